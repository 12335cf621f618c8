//! What a SMART client asked its token for. Scopes narrow what its role allows and never widen it.

use hl7_fhir::scope::SystemScope;
use hl7_fhir::{FhirError, Interaction};

use crate::http::asker::Asker;

/// Whether a caller's scopes leave an interaction open; callers without scopes are judged by their roles alone.
pub(crate) fn require(caller: &Asker, resource_type: &str, interaction: Interaction) -> Result<(), FhirError> {
    let Some(scopes) = &caller.scopes else { return Ok(()) };
    let open = scopes
        .iter()
        .filter_map(|scope| SystemScope::parse(scope).ok())
        .any(|scope| scope.allows(resource_type, interaction));
    if open {
        return Ok(());
    }
    Err(FhirError::Forbidden {
        explanation: format!("the token's scopes do not allow {} of {resource_type}", interaction.as_str()),
    })
}
