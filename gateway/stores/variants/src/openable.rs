//! Checks whether every segment of the carrier index can be opened.

use futures::{StreamExt as _, TryStreamExt as _};
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{Catalogue, SegmentRow};
use gemj_objects::ObjectStore;

use crate::error::VariantError;
use crate::segment::trailer::Trailer;
use crate::segment::{SegmentError, TRAILER_BYTES};

/// The most segments that are checked at the same time.
const AT_ONCE: usize = 16;

/// Reads the manifest and the last 64 bytes of each of its segments (their trailers), and checks that a query could read each segment: it is stored
/// with the size that the manifest states, and has a format that answers queries. Other bytes are not read, so that the check is cheap.
///
/// # Errors
/// The first fault that is found, or an error of the database or the object store.
pub async fn check_segments(catalogue: &Catalogue, objects: &ObjectStore) -> Result<(), VariantError> {
    let (_, segments) = catalogue
        .segments(Upkeep::of(Job::Monitor))
        .await
        .map_err(|error| VariantError::Manifest(Some(error)))?;
    futures::stream::iter(segments)
        .map(|segment| check(objects, segment))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn check(objects: &ObjectStore, segment: SegmentRow) -> Result<(), VariantError> {
    let damaged = |fault| VariantError::Damaged {
        id: segment.id.clone(),
        fault,
    };
    let start = segment
        .size_bytes
        .checked_sub(TRAILER_BYTES)
        .ok_or_else(|| damaged(SegmentError::Truncated { part: "trailer" }))?;
    let tail = objects
        .read_blob_range(Upkeep::of(Job::BuildSegments), &segment.storage_key, start..segment.size_bytes)
        .await
        .map_err(VariantError::Blob)?;
    Trailer::parse(&tail, segment.size_bytes).map_err(damaged)?;
    Ok(())
}
