//! The body of a create or an update.

use actix_web::{HttpRequest, web};
use bytes::Bytes;
use hl7_fhir::resource::MAX_BYTES;
use hl7_fhir::{FhirError, Issue, IssueCode};

use crate::http::body::{self, BodyFault};

/// Reads a resource. The request must state a media type of FHIR's JSON format.
pub(crate) async fn read_resource(request: &HttpRequest, content: web::Payload) -> Result<Bytes, FhirError> {
    if !matches!(
        body::media_type(request).as_deref(),
        Some("application/fhir+json" | "application/json")
    ) {
        return Err(FhirError::UnsupportedMediaType);
    }
    read(content, MAX_BYTES).await
}

/// Reads a body of at most `limit_bytes` bytes.
pub(crate) async fn read(content: web::Payload, limit_bytes: usize) -> Result<Bytes, FhirError> {
    body::read(content, limit_bytes).await.map_err(|fault| match fault {
        BodyFault::Unreadable => FhirError::invalid(Issue::error(IssueCode::Structure, "the body cannot be read")),
        BodyFault::TooLarge => FhirError::TooLarge { limit_bytes },
    })
}
