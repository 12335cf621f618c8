//! The two traits through which the carrier index reads: [`ManifestReader`] reads the manifest from the catalogue, and [`BlobReader`] reads
//! segments from the object store.

use std::collections::HashSet;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;

use bytes::Bytes;
use gemj_access::{Grant, Job, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError, SegmentRow};
use gemj_model::{Assembly, DatasetId, Origin};
use gemj_objects::{ObjectError, ObjectStore};

use crate::error::VariantError;

/// The future of a read from a store.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreFailure>> + Send + 'a>>;

/// The store that failed, and its error.
#[derive(Debug)]
pub enum StoreFailure {
    /// The catalogue failed.
    Catalogue(CatalogueError),
    /// The object store failed.
    Objects(ObjectError),
}

impl From<StoreFailure> for VariantError {
    fn from(failure: StoreFailure) -> Self {
        match failure {
            StoreFailure::Catalogue(error) => Self::Manifest(Some(error)),
            StoreFailure::Objects(error) => Self::Blob(error),
        }
    }
}

/// One segment, as the manifest describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// The id of the segment. An id is never used for other bytes.
    pub id: String,
    /// The dataset of the segment's carriers.
    pub dataset: DatasetId,
    /// The assembly of the segment's coordinates.
    pub assembly: Assembly,
    /// The origin of the segment: germline or somatic.
    pub origin: Origin,
    /// The storage key of the segment's blob in the object store.
    pub storage_key: String,
    /// The size of the segment in bytes.
    pub size_bytes: u64,
}

/// The segments of one generation of the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentManifest {
    /// The number of the generation.
    pub generation: u64,
    /// The segments that the manifest names.
    pub segments: Vec<StoredSegment>,
    /// The ids of the sources whose entries do not count.
    pub retired_sources: HashSet<String>,
}

/// A source of manifests.
pub trait ManifestReader: Send + Sync {
    /// Reads the newest manifest from the store.
    fn manifest(&self) -> StoreFuture<'_, SegmentManifest>;
}

/// A source of the bytes of segments.
pub trait BlobReader: Send + Sync {
    /// Reads a byte range of a blob. The caller ensures that the range is inside the blob.
    fn read_range<'a>(&'a self, grant: &'a Grant, key: &'a str, range: Range<u64>) -> StoreFuture<'a, Bytes>;
}

impl ManifestReader for Catalogue {
    fn manifest(&self) -> StoreFuture<'_, SegmentManifest> {
        Box::pin(async move {
            let manifest = Self::manifest(self, Upkeep::of(Job::BuildSegments))
                .await
                .map_err(StoreFailure::Catalogue)?;
            Ok(SegmentManifest {
                generation: manifest.generation,
                segments: manifest.segments.into_iter().map(stored).collect(),
                retired_sources: manifest.retired_sources.into_iter().chain(manifest.held_sources).collect(),
            })
        })
    }
}

fn stored(row: SegmentRow) -> StoredSegment {
    StoredSegment {
        id: row.id,
        dataset: row.dataset,
        assembly: row.assembly,
        origin: row.origin,
        storage_key: row.storage_key,
        size_bytes: row.size_bytes,
    }
}

impl BlobReader for ObjectStore {
    fn read_range<'a>(&'a self, grant: &'a Grant, key: &'a str, range: Range<u64>) -> StoreFuture<'a, Bytes> {
        Box::pin(async move { self.read_blob_range(grant, key, range).await.map_err(StoreFailure::Objects) })
    }
}
