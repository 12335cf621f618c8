//! Parameters of a read.

use super::{Handling, refuse};
use crate::error::FhirError;
use crate::operation_outcome::IssueCode;

/// Checks the pairs of a read, whose parameters are general ones alone (R4 § 3.1.0.1.11): `_format` of JSON and `_pretty`. `_summary` and
/// `_elements` are not supported; passing over them would give more of a patient than was asked for.
///
/// # Errors
/// [`FhirError::Invalid`] with the name of the first other one, where it is not to be left out; [`FhirError::NotAcceptable`] for a `_format` that is
/// not JSON.
pub fn check_read(pairs: &[(String, String)], handling: Handling) -> Result<(), FhirError> {
    for (name, value) in pairs {
        match name.as_str() {
            "_format" if !is_json(value) => return Err(FhirError::NotAcceptable),
            "_format" | "_pretty" => {}
            _ if handling == Handling::Strict => {
                return Err(refuse(name, IssueCode::NotSupported, "the parameter is not supported for a read"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a `_format` asks for JSON.
pub(super) fn is_json(format: &str) -> bool {
    matches!(format, "json" | "text/json" | "application/json" | "application/fhir+json")
}
