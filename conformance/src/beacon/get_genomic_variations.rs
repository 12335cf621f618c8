//! Checks of Beacon's `/g_variants`, with GET and POST.

use serde_json::Value;

use crate::check::{Finding, Stop, fail};
use crate::schemas::{Named, Overlay};
use crate::shape;
use crate::target::Target;

use super::STANDARD;
use super::test_variant::{TestVariant, granularity};

pub(super) fn boolean(target: &Target) -> Finding {
    let value = TestVariant::of(target)?.ask(target, "boolean").send()?.json_200()?;
    let returned = granularity(&value)?;
    if returned != "boolean" {
        return fail(format!("returnedGranularity {returned}"));
    }
    shape::is_text(&value, "/meta/receivedRequestSummary/requestedGranularity", "boolean")?;
    let exists = shape::boolean(&value, "/responseSummary/exists")?;
    match target.settings.beacon.exists {
        Some(expected) if expected != exists => fail(format!("exists {exists}, but the settings state {expected}")),
        Some(_) | None => Ok(format!("exists {exists}")),
    }
}

/// Fails if an answer contains more detail than the requested granularity allows.
fn too_fine(value: &Value, asked: &str) -> Result<(), Stop> {
    let returned = granularity(value)?;
    if !(returned == "boolean" || (asked == "count" && returned == "count")) {
        return fail(format!("{returned}, but {asked} was requested"));
    }
    match value.pointer("/response/resultSets") {
        None => {}
        Some(_) if asked == "boolean" => return fail("result sets, but boolean was requested"),
        // For the granularity count, the answer may state a number for each dataset, but it must not contain records.
        Some(sets) => {
            let has_records = |set: &Value| {
                set.get("results")
                    .and_then(Value::as_array)
                    .is_some_and(|records| !records.is_empty())
            };
            if sets.as_array().is_none_or(|sets| sets.iter().any(has_records)) {
                return fail(format!("records, but {asked} was requested"));
            }
        }
    }
    if returned == "boolean" && value.pointer("/responseSummary/numTotalResults").is_some() {
        return fail("a number in a boolean answer");
    }
    Ok(())
}

pub(super) fn granularity_not_finer(target: &Target) -> Finding {
    let question = TestVariant::of(target)?;
    for asked in ["boolean", "count"] {
        too_fine(&question.ask(target, asked).send()?.json_200()?, asked)?;
    }
    Ok("boolean and count, neither is finer".to_owned())
}

pub(super) fn schema(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    let question = TestVariant::of(target)?;
    let mut found = Vec::new();
    for asked in ["boolean", "count", "record"] {
        let value = question.ask(target, asked).send()?.json_200()?;
        let returned = granularity(&value)?;
        let name = match returned {
            "boolean" => "beaconBooleanResponse",
            "count" => "beaconCountResponse",
            _ => "beaconResultsetsResponse",
        };
        schemas.judge(Named::BeaconResponse(name), &value)?;
        found.push(returned.to_owned());
    }
    Ok(format!("valid: {}", found.join(", ")))
}

pub(super) fn overlay(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    let question = TestVariant::of(target)?;
    for asked in ["boolean", "count", "record"] {
        let value = question.ask(target, asked).send()?.json_200()?;
        let has_sets = value.pointer("/response/resultSets").is_some();
        let overlay = if has_sets { Overlay::Resultsets } else { Overlay::Count };
        schemas.judge(Named::BeaconOverlay(overlay), &value)?;
    }
    Ok("valid".to_owned())
}

pub(super) fn post_as_get(target: &Target) -> Finding {
    let question = TestVariant::of(target)?;
    let by_get = question.ask(target, "boolean").send()?.json_200()?;
    let body = question.body("boolean");
    let by_post = target.ask("POST", STANDARD, &["g_variants"]).json(&body).send()?.json_200()?;
    for pointer in ["/responseSummary/exists", "/meta/returnedGranularity"] {
        if shape::member(&by_post, pointer)? != shape::member(&by_get, pointer)? {
            return fail(format!("{pointer} differs from GET"));
        }
    }
    Ok("the same".to_owned())
}

pub(super) fn bad_start(target: &Target) -> Finding {
    let answer = TestVariant::of(target)?.ask_at(target, "boolean", "abc").send()?;
    let value = answer.expect(&[400])?.json()?;
    shape::text(&value, "/meta/beaconId")?;
    match shape::whole(&value, "/error/errorCode")? {
        400 => Ok(answer.status.to_string()),
        code => fail(format!("400 with /error/errorCode {code}")),
    }
}

pub(super) fn absent_allele(target: &Target) -> Finding {
    let mut question = TestVariant::of(target)?;
    // The alternative allele has 40 invented bases, so no dataset contains it at this position.
    question.alternate_bases = "ACGTTGCA".repeat(5);
    let value = question.ask(target, "boolean").send()?.json_200()?;
    match shape::boolean(&value, "/responseSummary/exists")? {
        false => Ok("exists false".to_owned()),
        true => fail("exists true for 40 invented bases"),
    }
}
