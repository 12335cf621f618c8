//! The form that FHIR requires for errors.

use crate::check::{Stop, fail};
use crate::client::HttpAnswer;
use crate::shape;

/// Requires that an answer is an OperationOutcome. Every issue must have severity and code, and at least one
/// issue must have the severity error or fatal.
pub(super) fn expect(answer: &HttpAnswer) -> Result<(), Stop> {
    let value = answer.json()?;
    if value["resourceType"] != "OperationOutcome" {
        return fail(format!("{} without an OperationOutcome", answer.status));
    }
    let issues = shape::list(&value, "/issue")?;
    let mut severe = false;
    for issue in issues {
        let severity = shape::text(issue, "/severity")?;
        if !["fatal", "error", "warning", "information"].contains(&severity) {
            return fail(format!("severity \"{}\"", shape::short(severity)));
        }
        shape::text(issue, "/code")?;
        severe |= matches!(severity, "fatal" | "error");
    }
    if !severe {
        return fail("no issue of severity error or fatal");
    }
    Ok(())
}
