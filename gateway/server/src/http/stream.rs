//! Streams of bytes. At least every 1 MiB or every second, a stream checks its permission again. If the permission has ended or reading fails, the stream
//! resets the connection: the client never receives a well-formed short file.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use gemj_access::{Action, Grant, LocatedObject};
use gemj_catalogue::audit::{AuditEntry, AuditResource};

use super::credentials;
use super::download::Recording;
use super::flow::{OpenedFile, Refusal, permit_again};
use super::gateway::Gateway;
use super::places::Place;
use super::request_caller::RequestCaller;
use super::stalled::{Taken, within};

const RECHECK_BYTES: usize = 1024 * 1024;
const RECHECK_AFTER: Duration = Duration::from_secs(1);

/// A stream's Grant, with the data for deciding again while the stream is sent.
pub(crate) struct Watched {
    pub(crate) gateway: web::Data<Gateway>,
    pub(crate) caller: RequestCaller,
    pub(crate) action: Action,
    pub(crate) located: Arc<LocatedObject>,
    pub(crate) grant: Grant,
    /// The recording of the download, until the download is known to be long and is recorded. Absent after that, or if the download cannot be
    /// resumed.
    pub(crate) recording: Option<Recording>,
    /// The stream's place among the limited number of streams. The place is released when the stream ends.
    pub(crate) _place: Place,
}

/// Takes a place for a stream. The number of places is limited in total, for the caller and for the request's address.
pub(crate) fn place(gateway: &Gateway, request: &HttpRequest, caller: &RequestCaller) -> Result<Place, Refusal> {
    let address = credentials::address(gateway, request);
    gateway.streams.take(&caller.pseudonym, address).map_err(Refusal::Busy)
}

/// Counts the sent bytes of a stream. When the stream ends, successfully or not, the number is written to the audit trail.
struct Tally {
    watched: Watched,
    bytes: u64,
}

impl Drop for Tally {
    fn drop(&mut self) {
        let Watched {
            gateway,
            caller,
            located,
            grant,
            ..
        } = &self.watched;
        let mut entry = AuditEntry::allowed(grant, caller, AuditResource::Object(located.id.clone()));
        entry.bytes = Some(self.bytes);
        // The decision's audit row was written before the first byte was sent. This second row records the number of sent bytes.
        drop(gateway.audit.append(entry));
    }
}

/// The reason why a stream was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Cut {
    #[error("permission narrowed while the answer was sent")]
    Narrowed,
    #[error("the bytes could not be read")]
    Unreadable,
    #[error("the reader took nothing for too long")]
    Stalled,
    #[error("the gateway ends")]
    Stopping,
}

impl Cut {
    /// Every reason, for the metrics.
    pub(crate) const ALL: [Self; 4] = [Self::Narrowed, Self::Unreadable, Self::Stalled, Self::Stopping];

    /// The name of the reason in the metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Narrowed => "narrowed",
            Self::Unreadable => "unreadable",
            Self::Stalled => "stalled",
            Self::Stopping => "stopping",
        }
    }
}

type Chunks<E> = Pin<Box<dyn Stream<Item = Result<Bytes, E>>>>;

/// Passes chunks on as long as the permission lasts and the client reads them. Chunks may have any size. The permission is checked before a
/// large chunk is sent.
pub(crate) fn watched<E: std::fmt::Display + 'static>(watched: Watched, chunks: impl Stream<Item = Result<Bytes, E>> + 'static) -> Taken {
    let gateway = watched.gateway.clone();
    within(gateway, checked(watched, chunks))
}

fn checked<E: std::fmt::Display + 'static>(
    watched: Watched,
    chunks: impl Stream<Item = Result<Bytes, E>> + 'static,
) -> impl Stream<Item = Result<Bytes, Cut>> {
    let chunks: Chunks<E> = Box::pin(chunks);
    let state = (Tally { watched, bytes: 0 }, chunks, 0_usize, Instant::now());
    futures::stream::try_unfold(state, |(mut tally, mut chunks, unchecked, checked)| async move {
        let Some(chunk) = chunks.next().await else { return Ok(None) };
        let chunk = chunk.map_err(|error| {
            tracing::error!(%error, "a stream broke off");
            Cut::Unreadable
        })?;
        let mut unchecked = unchecked + chunk.len();
        let mut checked = checked;
        let is_long = tally.watched.recording.as_ref().is_some_and(Recording::is_due);
        if is_long && let Some(recording) = tally.watched.recording.take() {
            recording.record(&tally.watched.gateway, &tally.watched.grant).await;
        }
        if unchecked > RECHECK_BYTES || checked.elapsed() >= RECHECK_AFTER {
            let Watched {
                gateway,
                caller,
                action,
                located,
                grant,
                ..
            } = &tally.watched;
            match permit_again(gateway, caller, *action, located, grant.decision()).await {
                Ok(again) if again.still_covers(grant) => (unchecked, checked) = (0, Instant::now()),
                _ => return Err(Cut::Narrowed),
            }
            if let Some(recording) = tally.watched.recording.take() {
                recording.record(&tally.watched.gateway, &tally.watched.grant).await;
            }
        }
        tally.bytes += chunk.len() as u64;
        Ok(Some((chunk, (tally, chunks, unchecked, checked))))
    })
}

/// The located data of a file that a Grant opened, which are needed to decide again about the file.
pub(crate) fn located(file: &OpenedFile) -> Arc<LocatedObject> {
    Arc::clone(&file.located)
}
