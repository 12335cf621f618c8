//! The parameters of a read request.

use super::{Handling, refuse};
use crate::error::FhirError;
use crate::operation_outcome::IssueCode;

/// Checks the parameters of a read. Only two general parameters are supported (R4 § 3.1.0.1.11): `_format` with JSON, and `_pretty`. Other
/// parameters, such as `_summary` and `_elements`, are rejected with strict handling, because the answer would contain more patient data
/// than requested. With lenient handling they are ignored.
///
/// # Errors
/// [`FhirError::Invalid`] with the name of the first parameter that is not allowed, for strict handling; [`FhirError::NotAcceptable`] for a
/// `_format` other than JSON.
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

/// Whether the value of `_format` requests JSON.
pub(super) fn is_json(format: &str) -> bool {
    matches!(format, "json" | "text/json" | "application/json" | "application/fhir+json")
}
