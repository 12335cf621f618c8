//! Answers queries from the segments of one generation of the manifest.

mod blocks;
mod count;
mod directory;
mod exact;
mod lockstep;
mod numbers;
mod parsed_query;
mod snapshot;
mod stretches;
mod visible;
mod walk;
mod window;

pub use count::{CarrierCounts, CountedAllele};
pub use numbers::{AlleleNumbers, Frequencies};
pub use visible::{Cohort, VisibleAllele};

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use gemj_access::{Action, DatasetGrant, Grant};
use gemj_catalogue::Catalogue;
use gemj_model::{Assembly, Contig, DatasetId, ZeroBased};
use gemj_objects::ObjectStore;

use crate::cache::BlockCache;
use crate::error::VariantError;
use crate::mask::DenseMasks;
use crate::storage::{BlobReader, ManifestReader};
use snapshot::Snapshot;

/// The carrier index. Clones share one block cache and one cached manifest.
#[derive(Clone)]
pub struct CarrierIndex(Arc<Shared>);

struct Shared {
    manifests: Box<dyn ManifestReader>,
    store: Arc<Store>,
    newest: RwLock<Option<Arc<Snapshot>>>,
    /// This lock is held while the manifest is read, so that many requests after a change cause only one read.
    reload: tokio::sync::Mutex<()>,
}

/// The parts of the index that are needed to read a block.
struct Store {
    blobs: Box<dyn BlobReader>,
    cache: BlockCache,
    masks: DenseMasks,
    /// The number that the next new segment gets in this process.
    next_number: AtomicU64,
}

impl CarrierIndex {
    /// Makes a carrier index over the manifest of a catalogue and the blobs of an object store. `cache_bytes` is the size of the block
    /// cache. This function reads nothing.
    #[must_use]
    pub fn open(catalogue: Catalogue, objects: ObjectStore, cache_bytes: usize) -> Self {
        Self::over(Box::new(catalogue), Box::new(objects), cache_bytes)
    }

    /// Makes a carrier index over any source of manifests and any source of blobs.
    #[must_use]
    pub fn over(manifests: Box<dyn ManifestReader>, blobs: Box<dyn BlobReader>, cache_bytes: usize) -> Self {
        Self(Arc::new(Shared {
            manifests,
            store: Arc::new(Store {
                blobs,
                cache: BlockCache::new(cache_bytes),
                masks: DenseMasks::default(),
                next_number: AtomicU64::new(0),
            }),
            newest: RwLock::new(None),
            reload: tokio::sync::Mutex::new(()),
        }))
    }

    /// The estimated memory of the cached blocks in bytes, and the number of bytes that the cache may use.
    #[must_use]
    pub fn cache_bytes(&self) -> (usize, usize) {
        (self.0.store.cache.bytes(), self.0.store.cache.capacity_bytes())
    }

    fn newest(&self) -> Option<Arc<Snapshot>> {
        self.0.newest.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns a reader that is pinned to this generation of the manifest or to a newer generation. The manifest is read only if the newest
    /// generation that this process knows is older than `generation`.
    ///
    /// # Errors
    /// [`VariantError::Manifest`] if the manifest cannot be read or if the stored manifest is older than `generation`.
    pub async fn at(&self, generation: u64) -> Result<CarrierReader, VariantError> {
        let known = |snapshot: &Arc<Snapshot>| snapshot.generation >= generation;
        if let Some(snapshot) = self.newest().filter(known) {
            return Ok(self.reader(snapshot));
        }
        let _reloading = self.0.reload.lock().await;
        if let Some(snapshot) = self.newest().filter(known) {
            return Ok(self.reader(snapshot));
        }
        let snapshot = self.load().await?;
        if snapshot.generation < generation {
            return Err(VariantError::Manifest(None));
        }
        Ok(self.reader(snapshot))
    }

    /// Reads the manifest, and returns a reader that is pinned to the generation of this manifest.
    ///
    /// # Errors
    /// [`VariantError::Manifest`] if the manifest cannot be read.
    pub async fn now(&self) -> Result<CarrierReader, VariantError> {
        let _reloading = self.0.reload.lock().await;
        let snapshot = self.load().await?;
        Ok(self.reader(snapshot))
    }

    async fn load(&self) -> Result<Arc<Snapshot>, VariantError> {
        let manifest = self.0.manifests.manifest().await?;
        let before = self.newest();
        if let Some(same) = before.as_ref().filter(|s| s.generation == manifest.generation) {
            return Ok(Arc::clone(same));
        }
        let snapshot = Arc::new(Snapshot::of(manifest, before.as_deref(), &self.0.store.next_number));
        *self.0.newest.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&snapshot));
        Ok(snapshot)
    }

    fn reader(&self, snapshot: Arc<Snapshot>) -> CarrierReader {
        CarrierReader {
            store: Arc::clone(&self.0.store),
            snapshot,
        }
    }
}

/// A reader of the carrier index that is pinned to one generation. Every answer of the reader comes from the same segments.
#[derive(Clone)]
pub struct CarrierReader {
    store: Arc<Store>,
    snapshot: Arc<Snapshot>,
}

impl CarrierReader {
    /// The generation to which this reader is pinned.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.snapshot.generation
    }
}

/// The part of a Grant that covers a dataset. The result is an error if the Grant does not cover the dataset or if the Grant's action does
/// not allow queries for variants.
fn granted<'a>(grant: &'a Grant, dataset: &DatasetId) -> Result<&'a DatasetGrant, VariantError> {
    match grant.action() {
        Action::AskVariants | Action::AskIndividuals | Action::SelectForRecontact => grant.dataset(dataset).ok_or(VariantError::NotCovered),
        _ => Err(VariantError::NotCovered),
    }
}

/// Checks that the Grant opens every base that a query covers. A partial answer would lack variants and give wrong counts. `end` is the
/// first base after the range.
fn within(granted: &DatasetGrant, assembly: Assembly, contig: &Contig, start: u64, end: u64) -> Result<(), VariantError> {
    let covers = |regions: &gemj_access::GrantedRegions| regions.covers(assembly, contig, ZeroBased(start), ZeroBased(end));
    if granted.regions().is_none_or(covers) {
        Ok(())
    } else {
        Err(VariantError::OutsideRegions)
    }
}
