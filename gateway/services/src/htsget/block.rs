//! The data block behind a ticket: its slice, opened under a Grant that was decided anew.

use std::ops::Range;

use ga4gh_htsget::{HtsgetError, Missing};
use gemj_access::{CapabilityKey, Grant, PseudonymKey, SlicePart};
use gemj_model::DataObject;
use gemj_objects::{Naming, ObjectError, OpenSlice, SliceStream};

use super::part::{format_of, request_of};
use super::ticket::slice_error;
use crate::stores::Stores;

/// A block about to be sent. Made again under the same Grant it is the same bytes.
pub struct OpenedBlock {
    /// Its media type.
    pub media_type: &'static str,
    /// Its strong entity tag (RFC 9110 § 8.8.3), quotation marks included.
    pub etag: String,
    slice: OpenSlice,
    /// The block's own bytes of the slice, where it is not all of it.
    window: Option<Range<u64>>,
}

impl OpenedBlock {
    /// Its length in bytes where that is known without making it.
    #[must_use]
    pub fn known_length(&self) -> Option<u64> {
        match &self.window {
            Some(window) => Some(window.end - window.start),
            None => self.slice.known_length(),
        }
    }

    /// Its length in bytes.
    ///
    /// # Errors
    /// A store's failure.
    pub async fn length(&self) -> Result<u64, HtsgetError> {
        match self.known_length() {
            Some(length) => Ok(length),
            None => self.slice.length().await.map_err(|error| unreadable(&error)),
        }
    }

    /// Its bytes, or 0-based `[start, end)` of them, which must lie inside its length.
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
/// An unknown reference, a reference sequence that is needed and absent, a part that no ticket promises, or a store's failure.
pub async fn open_block(
    stores: &Stores,
    grant: &Grant,
    object: &DataObject,
    part: &SlicePart,
    key: &CapabilityKey,
) -> Result<OpenedBlock, HtsgetError> {
    let naming = Naming::Pseudonyms(PseudonymKey::of(key, grant));
    let request = request_of(part, naming).ok_or(HtsgetError::NotFound(Missing::Path))?;
    let slice = stores.objects.open_slice(grant, object, &request).await.map_err(slice_error)?;
    let window = part.bytes.map(|(start, end)| start..end);
    if window
        .as_ref()
        .is_some_and(|w| w.start >= w.end || slice.known_length().is_none_or(|length| w.end > length))
    {
        return Err(HtsgetError::NotFound(Missing::Path));
    }
    // Under a key, so that nobody can try out who it is that a slice covers.
    let tag = key.mac("entity-tag-1", &[&slice.identity()[..], format!("{window:?}").as_bytes()].concat());
    let digits: String = tag[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(OpenedBlock {
        media_type: format_of(slice.format()).media_type(),
        etag: format!("\"{digits}\""),
        slice,
        window,
    })
}

/// A store that fails is never "not found".
fn unreadable(error: &ObjectError) -> HtsgetError {
    tracing::error!(%error, "a slice cannot be read");
    HtsgetError::ServiceUnavailable
}
