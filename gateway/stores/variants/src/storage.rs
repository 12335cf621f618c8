//! The two narrow traits through which the index reads: the manifest from the catalogue, and the blobs from the object store.

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

/// The future result of a read.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreFailure>> + Send + 'a>>;

/// The store that failed.
#[derive(Debug)]
pub enum StoreFailure {
    /// The catalogue.
    Catalogue(CatalogueError),
    /// The object store.
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

/// One segment as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// The segment's id. An id always means the same bytes.
    pub id: String,
    /// The dataset of the carriers.
    pub dataset: DatasetId,
    /// The assembly of the coordinates.
    pub assembly: Assembly,
    /// Germline or somatic.
    pub origin: Origin,
    /// The key of the blob in the object store.
    pub storage_key: String,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// The segments of one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentManifest {
    /// The generation.
    pub generation: u64,
    /// Its segments.
    pub segments: Vec<StoredSegment>,
    /// Sources whose entries do not count.
    pub retired_sources: HashSet<String>,
}

/// Reads the manifest.
pub trait ManifestReader: Send + Sync {
    /// Reads the newest manifest.
    fn manifest(&self) -> Answer<'_, SegmentManifest>;
}

/// Reads segments.
pub trait BlobReader: Send + Sync {
    /// Reads bytes of a blob. The range is within the blob.
    fn read_range<'a>(&'a self, grant: &'a Grant, key: &'a str, range: Range<u64>) -> Answer<'a, Bytes>;
}

impl ManifestReader for Catalogue {
    fn manifest(&self) -> Answer<'_, SegmentManifest> {
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
    fn read_range<'a>(&'a self, grant: &'a Grant, key: &'a str, range: Range<u64>) -> Answer<'a, Bytes> {
        Box::pin(async move { self.read_blob_range(grant, key, range).await.map_err(StoreFailure::Objects) })
    }
}
