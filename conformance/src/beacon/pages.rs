//! Checks of Beacon's pages, and of the list of result sets in an answer.

use serde_json::Value;

use crate::check::{Finding, Stop, fail, not_offered, skip};
use crate::shape;
use crate::target::Target;

use super::test_variant::{TestVariant, granularity};

/// One page of an answer: for each result set, its id and the ids of its records; and the response summary.
struct Page {
    sets: Vec<(String, Vec<String>)>,
    summary: Value,
}

fn page(target: &Target, question: &TestVariant, skip: &str, limit: &str) -> Result<Page, Stop> {
    let ask = question.ask_around(target, "record").query("skip", skip).query("limit", limit);
    let value = ask.send()?.json_200()?;
    if granularity(&value)? != "record" {
        return not_offered("this caller gets no records");
    }
    let mut sets = Vec::new();
    for set in shape::list(&value, "/response/resultSets")? {
        let mut ids = Vec::new();
        for record in shape::list(set, "/results")? {
            ids.push(shape::text(record, "/variantInternalId")?.to_owned());
        }
        sets.push((shape::text(set, "/id")?.to_owned(), ids));
    }
    let summary = shape::member(&value, "/responseSummary")?.clone();
    Ok(Page { sets, summary })
}

/// The ids of the records of a result set on a page; empty if the page does not list the result set.
fn of<'p>(page: &'p Page, set: &str) -> &'p [String] {
    page.sets.iter().find(|(id, _)| id == set).map_or(&[], |(_, ids)| ids.as_slice())
}

pub(super) fn skip_counts_pages(target: &Target) -> Finding {
    let question = TestVariant::of(target)?;
    let four = page(target, &question, "0", "4")?;
    if four.sets.iter().all(|(_, ids)| ids.len() < 2) {
        return skip("needs a position in beacon.start with at least two variants around it");
    }
    let (first, second) = (page(target, &question, "0", "2")?, page(target, &question, "1", "2")?);
    for (set, ids) in &four.sets {
        let at = ids.len().min(2);
        if of(&first, set) != &ids[..at] {
            return fail("skip=0&limit=2 and skip=0&limit=4 begin differently");
        }
        if of(&second, set) != &ids[at..] {
            return fail("skip=1&limit=2 does not return the records after the first two: skip counts pages");
        }
    }
    if first.summary != four.summary || second.summary != four.summary {
        return fail("responseSummary changes with the page");
    }
    Ok("skip counts pages, the summary covers the whole query".to_owned())
}

/// The ids of the result sets that an answer lists, each with its `exists`.
fn listed(value: &Value) -> Result<Vec<(String, bool)>, Stop> {
    let sets = shape::list(value, "/response/resultSets")?;
    let one = |set| Ok((shape::text(set, "/id")?.to_owned(), shape::boolean(set, "/exists")?));
    sets.iter().map(one).collect()
}

pub(super) fn include_resultset_responses(target: &Target) -> Finding {
    let question = TestVariant::of(target)?;
    let ask = |include: &str| {
        let ask = question.ask(target, "record").query("includeResultsetResponses", include);
        ask.send()?.json_200()
    };
    let all = ask("ALL")?;
    if all.pointer("/response/resultSets").is_none() {
        return not_offered("this caller gets no result sets");
    }
    let sets = listed(&all)?;
    for (include, wanted) in [("HIT", Some(true)), ("MISS", Some(false)), ("NONE", None)] {
        let value = ask(include)?;
        let expected: Vec<_> = sets.iter().filter(|(_, exists)| Some(*exists) == wanted).cloned().collect();
        let found = match value.pointer("/response/resultSets") {
            // If no result set is expected, the answer may omit the list of result sets.
            None if expected.is_empty() => Vec::new(),
            _ => listed(&value)?,
        };
        if found != expected {
            return fail(format!(
                "{include} lists {} sets, but {} of ALL's {} are expected",
                found.len(),
                expected.len(),
                sets.len()
            ));
        }
        if value.pointer("/responseSummary") != all.pointer("/responseSummary") {
            return fail(format!("responseSummary changes with {include}: it must cover the whole query"));
        }
    }
    Ok(format!("{} sets, each listed correctly", sets.len()))
}
