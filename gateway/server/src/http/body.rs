//! Request bodies, read completely, with a limit of size and of time.

use std::time::Duration;

use actix_web::web::{self, Bytes};
use actix_web::{Error, error, rt};

/// Time limit for the arrival of a body. Without a limit, a client that stops in the middle of a body would hold its connection forever.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// The error for a body that is larger than its endpoint accepts.
pub(crate) struct TooLarge;

/// Reads a body of at most `most_bytes` bytes. The outer error means that the body is larger. The inner error means that the body was cut off
/// or did not arrive in time.
pub(crate) async fn read(body: web::Payload, most_bytes: usize) -> Result<Result<Bytes, Error>, TooLarge> {
    match rt::time::timeout(ARRIVES_WITHIN, body.to_bytes_limited(most_bytes)).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(_)) => Err(TooLarge),
        Err(_) => Ok(Err(error::ErrorRequestTimeout("the body did not arrive in time"))),
    }
}
