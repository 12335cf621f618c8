//! The data block of a ticket: a slice of the file, opened under a Grant from a new decision.

use std::ops::Range;

use ga4gh_htsget::{HtsgetError, Missing};
use gemj_access::{CapabilityKey, Grant, PseudonymKey, SlicePart};
use gemj_model::DataObject;
use gemj_objects::{Naming, ObjectError, OpenSlice, SliceStream};

use super::part::{format_of, request_of};
use super::ticket::{NoTicket, refusal};
use crate::stores::Stores;

/// A data block that is ready to be sent. The same Grant always gives the same bytes.
pub struct OpenedBlock {
    /// The media type of the block.
    pub media_type: &'static str,
    /// The strong entity tag of the block (RFC 9110 § 8.8.3), quotation marks included.
    pub etag: String,
    /// Whether the slice has the same content as when the ticket was made. A client must not combine ranges of two different contents.
    pub is_as_promised: bool,
    slice: OpenSlice,
    /// The range of the slice's bytes that this block contains; absent if the block is the whole slice.
    window: Option<Range<u64>>,
}

impl OpenedBlock {
    /// The length of the block in bytes; absent if it is known only after the block is made.
    #[must_use]
    pub fn known_length(&self) -> Option<u64> {
        match &self.window {
            Some(window) => Some(window.end - window.start),
            None => self.slice.known_length(),
        }
    }

    /// The length of the block in bytes.
    ///
    /// # Errors
    /// A store's failure.
    pub async fn length(&self) -> Result<u64, HtsgetError> {
        match self.known_length() {
            Some(length) => Ok(length),
            None => self.slice.length().await.map_err(|error| unreadable(&error)),
        }
    }

    /// The bytes `[start, end)` (0-based) of the block, which must be within its length; without `part`, all bytes of the block.
    ///
    /// # Errors
    /// A store's failure that is known before the first byte.
    pub async fn stream(&self, part: Option<Range<u64>>) -> Result<SliceStream, HtsgetError> {
        let window = match (&self.window, part) {
            (None, part) => part,
            (Some(window), None) => Some(window.clone()),
            (Some(window), Some(part)) => Some(window.start + part.start..window.start + part.end),
        };
        self.slice.stream(window).await.map_err(|error| unreadable(&error))
    }
}

/// Opens the slice that a capability describes.
///
/// # Errors
/// * The approval no longer covers the regions.
/// * A reference name is unknown, or a required reference sequence is absent.
/// * No ticket promises this part.
/// * A store fails.
pub async fn open_block(
    stores: &Stores,
    grant: &Grant,
    object: &DataObject,
    part: &SlicePart,
    key: &CapabilityKey,
) -> Result<OpenedBlock, NoTicket> {
    let naming = Naming::Pseudonyms(PseudonymKey::of(key, grant));
    let request = request_of(part, naming).ok_or(HtsgetError::NotFound(Missing::Path))?;
    let slice = stores.objects.open_slice(grant, object, &request).await.map_err(refusal)?;
    let is_as_promised = part.made_of.as_ref().is_none_or(|then| *then == made_of(key, &slice));
    let window = part.bytes.map(|(start, end)| start..end);
    if window
        .as_ref()
        .is_some_and(|w| !is_as_promised || w.start >= w.end || slice.known_length().is_none_or(|length| w.end > length))
    {
        return Err(HtsgetError::NotFound(Missing::Path).into());
    }
    // The tag is made with a key, so that no client can test guesses about the participants in a slice.
    let tag = key.mac("entity-tag-1", &[&slice.identity()[..], format!("{window:?}").as_bytes()].concat());
    let digits = hex::encode(&tag[..16]);
    Ok(OpenedBlock {
        media_type: format_of(slice.format()).media_type(),
        etag: format!("\"{digits}\""),
        is_as_promised,
        slice,
        window,
    })
}

/// A short keyed digest that identifies the content of a slice of a joint file, so that a later change of the content is detected.
pub(super) fn made_of(key: &CapabilityKey, slice: &OpenSlice) -> String {
    hex::encode(&key.mac("slice-promise-1", &slice.identity())[..8])
}

/// Logs a store's failure and converts it. A store failure is never "not found".
fn unreadable(error: &ObjectError) -> HtsgetError {
    tracing::error!(%error, "a slice cannot be read");
    HtsgetError::ServiceUnavailable
}
