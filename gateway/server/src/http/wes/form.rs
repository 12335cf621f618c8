//! The multipart form of a run's submission, read with limits.

use actix_multipart::{Multipart, MultipartError};
use actix_web::HttpRequest;
use futures::StreamExt as _;
use ga4gh_wes::{BadRequest, FormPart, WesError};
use gemj_services::wes::LIMITS;

use crate::http::body;

/// Maximum number of parts: files, the eight fields, and some more, so that a field that occurs more than once gets its own error.
const MAX_PARTS: usize = LIMITS.attachments + 32;

/// Rejects a body that is not a multipart form, before the body is read.
pub(super) fn check_media_type(request: &HttpRequest) -> Result<(), WesError> {
    if body::media_type(request).as_deref() != Some("multipart/form-data") {
        return Err(WesError::UnsupportedMediaType);
    }
    Ok(())
}

/// Reads every part of the form. A part that exceeds a limit of submissions is an error.
pub(super) async fn read(mut form: Multipart) -> Result<Vec<FormPart>, WesError> {
    let too_large = |limit: usize, unit| WesError::RequestTooLarge { limit: limit as u64, unit };
    let (mut parts, mut total) = (Vec::new(), 0_usize);
    while let Some(field) = form.next().await {
        let mut field = field.map_err(malformed)?;
        if parts.len() == MAX_PARTS {
            return Err(too_large(LIMITS.attachments, "attachments"));
        }
        let disposition = field.content_disposition().ok_or(BadRequest::MalformedForm)?;
        let mut part = FormPart {
            name: disposition.get_name().ok_or(BadRequest::MalformedForm)?.to_owned(),
            filename: disposition.get_filename().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            bytes: Vec::new(),
        };
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(malformed)?;
            total += chunk.len();
            if total > LIMITS.total_bytes {
                return Err(too_large(LIMITS.total_bytes, "bytes"));
            }
            part.bytes.extend_from_slice(&chunk);
        }
        parts.push(part);
    }
    Ok(parts)
}

fn malformed(_: MultipartError) -> WesError {
    BadRequest::MalformedForm.into()
}
