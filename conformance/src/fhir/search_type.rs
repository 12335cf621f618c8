//! Checks of FHIR's search, `GET /{type}?…`.

use serde_json::Value;

use crate::check::{Finding, Stop, fail};
use crate::settings::needed;
use crate::shape;
use crate::target::Target;

use super::{STANDARD, operation_outcome};

/// Searches for the patient in the settings by identifier. The report does not show the identifier.
fn search(target: &Target) -> Result<Value, Stop> {
    let identifier = needed(&target.settings.fhir.patient_identifier, "fhir.patient_identifier")?;
    let ask = target.get(STANDARD, &["Patient"]).query("identifier", identifier);
    ask.shown_as("…/Patient?identifier=…")
        .header("Accept", "application/fhir+json")
        .send()?
        .json_200()
}

pub(super) fn bundle(target: &Target) -> Finding {
    let value = search(target)?;
    shape::is_text(&value, "/resourceType", "Bundle")?;
    shape::is_text(&value, "/type", "searchset")?;
    let links = shape::list(&value, "/link")?;
    if !links.iter().any(|link| link["relation"] == "self") {
        return fail("no link self");
    }
    let entries = value.get("entry").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut matches = 0;
    for entry in &entries {
        shape::text(entry, "/fullUrl")?;
        match (
            entry.pointer("/search/mode").and_then(Value::as_str),
            shape::text(entry, "/resource/resourceType")?,
        ) {
            (Some("match"), "Patient") => matches += 1,
            (Some("include"), _) | (Some("outcome"), "OperationOutcome") => {}
            (mode, kind) => return fail(format!("an entry of {} with search mode {mode:?}", shape::short(kind))),
        }
    }
    if matches == 0 {
        return fail("the patient is not found");
    }
    Ok(format!("searchset, {matches} matches"))
}

pub(super) fn schema(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    schemas.judge_resource(&search(target)?)
}

pub(super) fn unknown_type(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &["NoSuchType"]).send()?;
    operation_outcome::expect(answer.expect(&[404])?)?;
    Ok(format!("{}, OperationOutcome", answer.status))
}
