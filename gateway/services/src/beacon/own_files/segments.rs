//! Segments of the carrier index that are built for one answer and kept in memory.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use gemj_access::Grant;
use gemj_objects::ObjectError;
use gemj_variants::storage::StoreFuture;
use gemj_variants::{BlobReader, CarrierIndex, CarrierReader, ManifestReader, SegmentManifest, StoreFailure, StoredSegment, VariantError};

/// The size of the block cache while one answer is built.
const CACHE_BYTES: usize = 4 * 1024 * 1024;

/// A temporary segment with its bytes.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) segment: StoredSegment,
    pub(super) bytes: Bytes,
}

#[derive(Clone)]
struct Memory(Arc<HashMap<String, Made>>);

impl ManifestReader for Memory {
    fn manifest(&self) -> StoreFuture<'_, SegmentManifest> {
        let manifest = SegmentManifest {
            generation: 0,
            segments: self.0.values().map(|made| made.segment.clone()).collect(),
            retired_sources: HashSet::new(),
        };
        Box::pin(async move { Ok(manifest) })
    }
}

impl BlobReader for Memory {
    fn read_range<'a>(&'a self, _grant: &'a Grant, key: &'a str, range: Range<u64>) -> StoreFuture<'a, Bytes> {
        let bytes = self.0.get(key).map(|made| &made.bytes);
        let part = bytes.and_then(|bytes| {
            let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
            (start <= end && end <= bytes.len()).then(|| bytes.slice(start..end))
        });
        Box::pin(async move { part.ok_or(StoreFailure::Objects(ObjectError::RangeNotSatisfiable)) })
    }
}

/// A reader of these temporary segments only.
pub(super) async fn reader(made: impl IntoIterator<Item = Made>) -> Result<CarrierReader, VariantError> {
    let memory = Memory(Arc::new(
        made.into_iter().map(|made| (made.segment.storage_key.clone(), made)).collect(),
    ));
    CarrierIndex::over(Box::new(memory.clone()), Box::new(memory), CACHE_BYTES)
        .now()
        .await
}
