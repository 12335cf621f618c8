//! A check that Beacon returns one variant by the id in its record.

use serde_json::Value;

use crate::check::{Finding, fail, not_offered};
use crate::shape;
use crate::target::Target;

use super::STANDARD;
use super::test_variant::{TestVariant, granularity};

/// All records in the result sets of an answer.
fn records(value: &Value) -> Result<Vec<Value>, crate::check::Stop> {
    let mut all = Vec::new();
    for set in shape::list(value, "/response/resultSets")? {
        all.extend(shape::list(set, "/results")?.iter().cloned());
    }
    Ok(all)
}

pub(super) fn is_found_by_its_id(target: &Target) -> Finding {
    let question = TestVariant::of(target)?;
    let value = question.ask(target, "record").send()?.json_200()?;
    if granularity(&value)? != "record" {
        return not_offered("this caller gets no records");
    }
    let listed = records(&value)?;
    let Some(first) = listed.first() else {
        return not_offered("the requested variant has no record");
    };
    let id = shape::text(first, "/variantInternalId")?;
    let answer = target
        .get(STANDARD, &["g_variants", id])
        .query("requestedGranularity", "record")
        .send()?;
    if answer.status == 404 {
        return not_offered("/g_variants/{id} is 404");
    }
    let one = answer.json_200()?;
    if !shape::boolean(&one, "/responseSummary/exists")? {
        return fail("exists false for the id of a record that was just returned");
    }
    let found = records(&one)?;
    let is_it = |record: &Value| record.get("variantInternalId") == first.get("variantInternalId");
    if found.is_empty() || !found.iter().all(is_it) {
        return fail(format!("{} records, and not all have the requested id", found.len()));
    }
    Ok("the same record by its id".to_owned())
}
