//! Checks of FHIR's `GET /Patient/{id}`.

use crate::check::{Finding, not_offered};
use crate::client::Credential;
use crate::target::Target;

use super::{STANDARD, operation_outcome};

const UNKNOWN: [&str; 2] = ["Patient", "no-such-id-conformance"];

pub(super) fn unauthenticated(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &UNKNOWN).credential(Credential::Without).send()?;
    if matches!(answer.status, 200 | 404) {
        return not_offered(format!("{} without credentials: no token required", answer.status));
    }
    operation_outcome::expect(answer.expect(&[401])?)?;
    Ok(format!("{}, OperationOutcome", answer.status))
}

pub(super) fn unknown_id(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &UNKNOWN).send()?;
    operation_outcome::expect(answer.expect(&[404])?)?;
    Ok(format!("{}, OperationOutcome", answer.status))
}
