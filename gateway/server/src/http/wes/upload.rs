//! Receives the body of a run's submission. Only the body of a caller who may submit a run is received. The body is written to the disk, within
//! a time limit.

use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, rt};
use futures::{Stream, StreamExt as _};
use ga4gh_wes::{BadRequest, FormPart, WesError};
use gemj_model::ErrorKind;
use gemj_services::wes::{Arrived, MAX_BODY_BYTES, Turn, UploadFault, Workflows};
use tokio::io::AsyncReadExt as _;

use super::{WesFailure, form};
use crate::http::problem::Problem;
use crate::http::request_caller::RequestCaller;

/// Maximum time without new bytes while a body is received.
const MAX_PAUSE: Duration = Duration::from_secs(15);

/// The number of bytes that are read from the disk at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Seconds after which a caller should try again if too many bodies are being received at the same time.
const RETRY_AFTER_S: u32 = 10;

/// Receives the body and parses its form. The number of concurrent submissions is limited. The caller of this function must keep the
/// returned [`Turn`] as long as the parts are in memory.
pub(super) async fn read(
    workflows: &Workflows,
    caller: &RequestCaller,
    request: &HttpRequest,
    body: web::Payload,
) -> Result<(Vec<FormPart>, Turn), WesFailure> {
    form::check_media_type(request)?;
    if declared_length(request).is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(UploadFault::TooLarge.into());
    }
    let receive = receive(workflows, caller, body);
    let arrived = rt::time::timeout(workflows.upload_timeout(), receive).await;
    let Arrived { file, turn } = arrived.map_err(|_| WesError::RequestTimeout)??;
    let parts = form::read(Multipart::new(request.headers(), Box::pin(pieces(file)))).await?;
    Ok((parts, turn))
}

async fn receive(workflows: &Workflows, caller: &RequestCaller, mut body: web::Payload) -> Result<Arrived, WesFailure> {
    let mut upload = workflows.uploads().begin(&caller.pseudonym).await?;
    loop {
        let piece = rt::time::timeout(MAX_PAUSE, body.next()).await;
        match piece.map_err(|_| WesError::RequestTimeout)? {
            Some(Ok(piece)) => upload.take(&piece).await?,
            Some(Err(_)) => return Err(BadRequest::MalformedForm.into()),
            None => return Ok(upload.arrived().await?),
        }
    }
}

fn declared_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn pieces(file: tokio::fs::File) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    futures::stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE_BYTES];
        let count = file.read(&mut piece).await.map_err(PayloadError::Io)?;
        piece.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(piece), file)))
    })
}

impl From<UploadFault> for WesFailure {
    fn from(fault: UploadFault) -> Self {
        match fault {
            UploadFault::TooLarge => WesError::RequestTooLarge {
                limit: MAX_BODY_BYTES,
                unit: "bytes",
            }
            .into(),
            UploadFault::Busy => Self::Other(Box::new(Problem {
                retry_after_s: Some(RETRY_AFTER_S),
                ..Problem::new(ErrorKind::Unavailable, &fault.to_string())
            })),
            UploadFault::Disk(error) => {
                tracing::error!(%error, "the body of a submission cannot be kept");
                WesError::ServiceUnavailable.into()
            }
        }
    }
}
