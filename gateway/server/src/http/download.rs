//! The use of signed URLs: before their expiry, or after their expiry to resume a download that began earlier.
//!
//! The URL of a long download is recorded once, when it is first used, and not again for further ranges. After the URL has expired, the gateway
//! still sends ranges of that download for a configured time. Access is decided again at every use, for the same caller. Therefore neither a
//! stream nor a resumed download outlasts a visa, an approval or a consent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::{Method, header};
use gemj_access::{Capability, Grant};
use gemj_catalogue::DownloadMark;
use gemj_model::Timestamp;

use super::credentials;
use super::flow::{Refusal, look_up};
use super::gateway::Gateway;

/// Downloads up to this size are not recorded and cannot be resumed after the expiry of their URL, because a new download of all bytes is as
/// fast.
const LEAST_RESUMED_BYTES: u64 = 1024 * 1024;

/// Maximum number of recorded downloads that a process caches, so that it does not query the database for each range.
const MOST_REMEMBERED: usize = 16 * 1024;

/// A signed URL that may be used now, subject to a new decision.
#[derive(Debug)]
pub(crate) struct Presented {
    pub(crate) capability: Capability,
    /// Whether the URL has expired. After the expiry, only ranges are sent, and not the whole file.
    pub(crate) is_resumed: bool,
    mark: DownloadMark,
}

/// Opens the sealed text of a signed URL. Absent if the URL is invalid, or has expired and may not be used to resume a download. The client
/// cannot distinguish these cases.
///
/// # Errors
/// Too many invalid URLs came from the client's address, or the catalogue does not answer.
pub(crate) async fn present(gateway: &Gateway, request: &HttpRequest, text: &str) -> Result<Option<Presented>, Refusal> {
    credentials::may_present(gateway, request)?;
    let presented = opened(gateway, request, text).await?;
    if presented.is_none() {
        credentials::failed(gateway, request);
    }
    Ok(presented)
}

async fn opened(gateway: &Gateway, request: &HttpRequest, text: &str) -> Result<Option<Presented>, Refusal> {
    let Ok(capability) = Capability::unseal(text, &gateway.key) else {
        return Ok(None);
    };
    let mark = DownloadMark::of(&gateway.key, text);
    let now = gateway.clock.now();
    let may_use = if now < capability.not_after {
        true
    } else {
        asks_for_a_part(request)
            && now < capability.rests_until()
            && gateway.downloads.resume_s > 0
            && look_up(gateway.stores.catalogue.locate_download(mark)).await?.is_some()
    };
    Ok(may_use.then(|| Presented {
        is_resumed: capability.not_after <= now,
        capability,
        mark,
    }))
}

/// Whether a request resumes a download: the request names a range, or asks for the size with HEAD.
fn asks_for_a_part(request: &HttpRequest) -> bool {
    request.headers().contains_key(header::RANGE) || request.method() == Method::HEAD
}

/// The time in which downloads may be resumed, and a cache of the recorded downloads.
#[derive(Debug)]
pub(crate) struct Downloads {
    /// Seconds after the first use of a URL in which its download may be resumed; 0 if downloads may not be resumed.
    resume_s: u32,
    recorded: Mutex<HashMap<DownloadMark, Timestamp>>,
}

impl Downloads {
    pub(crate) fn new(resume_s: u32) -> Self {
        Self {
            resume_s,
            recorded: Mutex::default(),
        }
    }

    fn is_recorded(&self, mark: DownloadMark, now: Timestamp) -> bool {
        let recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        recorded.get(&mark).is_some_and(|ends| now < *ends)
    }

    fn remember(&self, mark: DownloadMark, ends: Timestamp) {
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.len() >= MOST_REMEMBERED {
            recorded.clear();
        }
        recorded.insert(mark, ends);
    }
}

/// The data that a stream needs to record its download, so that the download may be resumed later.
#[derive(Debug)]
pub(crate) struct Recording {
    mark: DownloadMark,
    is_due: bool,
}

impl Recording {
    /// The recording for one use of a URL. `length` is the number of bytes of the content. If the length is unknown, the download is recorded
    /// when the stream turns out to be long. Absent for a resumed download, which is already recorded.
    pub(crate) fn of(presented: &Presented, length: Option<u64>) -> Option<Self> {
        (!presented.is_resumed).then(|| Self {
            mark: presented.mark,
            is_due: length.is_some_and(|length| length > LEAST_RESUMED_BYTES),
        })
    }

    /// Whether the download is already known to be long before its first byte is sent.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due
    }

    /// Records the download. If this fails, the download continues, but cannot be resumed after the URL has expired.
    pub(crate) async fn record(self, gateway: &Gateway, grant: &Grant) {
        let now = gateway.clock.now();
        if gateway.downloads.resume_s == 0 || gateway.downloads.is_recorded(self.mark, now) {
            return;
        }
        let ends = now.plus_seconds(i64::from(gateway.downloads.resume_s));
        match gateway.stores.catalogue.begin_download(grant, self.mark, ends).await {
            Ok(()) => gateway.downloads.remember(self.mark, ends),
            Err(error) => tracing::warn!(%error, "a download cannot be resumed: its beginning was not recorded"),
        }
    }
}
