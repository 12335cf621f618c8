//! Request bodies, read completely, with a limit of size and of time, and their media types.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, rt};

/// Time limit for the arrival of a body. Without a limit, a client that stops in the middle of a body would hold its connection forever.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// A body that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// The body was cut off or did not arrive in time.
    Unreadable,
    /// The body is larger than its endpoint accepts.
    TooLarge,
}

/// Reads a body of at most `most_bytes` bytes.
pub(crate) async fn read(body: web::Payload, most_bytes: usize) -> Result<Bytes, BodyFault> {
    match rt::time::timeout(ARRIVES_WITHIN, body.to_bytes_limited(most_bytes)).await {
        Ok(Ok(read)) => read.map_err(|_| BodyFault::Unreadable),
        Ok(Err(_)) => Err(BodyFault::TooLarge),
        Err(_) => Err(BodyFault::Unreadable),
    }
}

/// The media type of a request's body in lower case, without parameters (`application/json`). Absent if the request states none.
pub(crate) fn media_type(request: &HttpRequest) -> Option<String> {
    let text = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}
