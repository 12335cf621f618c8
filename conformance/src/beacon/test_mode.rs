//! A check of Beacon's parameter `testMode`.

use crate::check::{Finding, fail, not_offered};
use crate::shape;
use crate::target::Target;

use super::STANDARD;
use super::test_variant::granularity;

pub(super) fn is_answered(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &["individuals"]).query("testMode", "true").send()?;
    if answer.status == 404 {
        return not_offered("/individuals is 404");
    }
    let value = answer.json_200()?;
    let returned = granularity(&value)?.to_owned();
    shape::boolean(&value, "/responseSummary/exists")?;
    match value.pointer("/meta/receivedRequestSummary/testMode") {
        None | Some(serde_json::Value::Bool(true)) => Ok(format!("answered at {returned}")),
        Some(_) => fail("receivedRequestSummary.testMode is not true"),
    }
}
