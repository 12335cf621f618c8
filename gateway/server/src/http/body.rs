//! Request bodies, read whole: none larger than its endpoint takes, and none waited for without end.

use std::time::Duration;

use actix_web::web::{self, Bytes};
use actix_web::{Error, error, rt};

/// How long a body may take to arrive. Its head has arrived within seconds; who sends half a body and stops would hold a connection for ever.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);

/// A body is larger than its endpoint takes.
pub(crate) struct TooLarge;

/// Reads a body of at most `most_bytes`. The inner error is a body that was cut off, or did not arrive in time.
pub(crate) async fn read(body: web::Payload, most_bytes: usize) -> Result<Result<Bytes, Error>, TooLarge> {
    match rt::time::timeout(ARRIVES_WITHIN, body.to_bytes_limited(most_bytes)).await {
        Ok(Ok(read)) => Ok(read),
        Ok(Err(_)) => Err(TooLarge),
        Err(_) => Ok(Err(error::ErrorRequestTimeout("the body did not arrive in time"))),
    }
}
