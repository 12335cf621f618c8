//! Checks of FHIR's `GET /metadata`.

use serde_json::Value;

use crate::check::{Finding, Stop, fail};
use crate::client::HttpAnswer;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

fn ask(target: &Target) -> Result<HttpAnswer, Stop> {
    target.get(STANDARD, &["metadata"]).header("Accept", "application/fhir+json").send()
}

/// Requests the server's capability statement.
pub(super) fn statement(target: &Target) -> Result<Value, Stop> {
    ask(target)?.json_200()
}

pub(super) fn fhir_version(target: &Target) -> Finding {
    let value = statement(target)?;
    shape::is_text(&value, "/resourceType", "CapabilityStatement")?;
    shape::is_text(&value, "/fhirVersion", "4.0.1")?;
    for pointer in ["/status", "/date", "/kind"] {
        shape::text(&value, pointer)?;
    }
    shape::list(&value, "/format")?;
    let rest = shape::list(&value, "/rest")?;
    if !rest.iter().any(|rest| rest["mode"] == "server") {
        return fail("no rest of mode server");
    }
    let count = rest
        .iter()
        .filter_map(|rest| rest["resource"].as_array())
        .map(Vec::len)
        .sum::<usize>();
    Ok(format!("4.0.1, {count} resource types"))
}

pub(super) fn media_type(target: &Target) -> Finding {
    let answer = ask(target)?;
    answer.expect(&[200])?;
    match answer.media_type() {
        found if found == "application/fhir+json" => Ok(found),
        found => fail(format!("\"{found}\"")),
    }
}

pub(super) fn schema(target: &Target) -> Finding {
    target.schemas()?.judge_resource(&statement(target)?)
}
