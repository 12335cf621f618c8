//! The segments of one generation, and which of their sources still count.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use gemj_model::{Assembly, DatasetId, Origin};
use roaring::RoaringBitmap;
use tokio::sync::OnceCell;

use crate::mask::Liveness;
use crate::segment::footer::Footer;
use crate::storage::{SegmentManifest, StoredSegment};

/// One segment's place and, once it was asked, its footer. Shared by the generations that have it.
#[derive(Debug)]
pub(super) struct SegmentHandle {
    pub(super) stored: StoredSegment,
    /// Its number in this process: the cache's key.
    pub(super) number: u64,
    pub(super) footer: OnceCell<Arc<Footer>>,
}

/// A segment in one generation.
#[derive(Debug)]
pub(super) struct PinnedSegment {
    pub(super) handle: Arc<SegmentHandle>,
    retired: Arc<HashSet<String>>,
    liveness: OnceLock<Liveness>,
}

impl PinnedSegment {
    /// Which of its sources count in this generation.
    pub(super) fn liveness(&self, footer: &Footer) -> &Liveness {
        self.liveness.get_or_init(|| {
            let sources: Vec<bool> = footer.sources.iter().map(|s| !self.retired.contains(s)).collect();
            if sources.iter().all(|live| *live) {
                Liveness::All
            } else if sources.iter().all(|live| !*live) {
                Liveness::Nothing
            } else {
                let live = |source: u32| sources.get(source as usize).copied().unwrap_or(false);
                let usual: RoaringBitmap = footer.usual.iter().filter(|(_, s)| live(*s)).map(|(o, _)| *o).collect();
                Liveness::Partly { usual, sources }
            }
        })
    }
}

/// One generation.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) generation: u64,
    datasets: HashMap<DatasetId, Vec<Scope>>,
}

/// The segments of one assembly and origin of a dataset.
#[derive(Debug)]
struct Scope {
    of: (Assembly, Origin),
    segments: Vec<PinnedSegment>,
}

impl Snapshot {
    /// The generation of a manifest; segments known to an earlier one keep what was read of them.
    pub(super) fn of(manifest: SegmentManifest, before: Option<&Self>, next_number: &AtomicU64) -> Self {
        let known: HashMap<&str, &Arc<SegmentHandle>> = before
            .into_iter()
            .flat_map(|s| s.datasets.values().flatten())
            .flat_map(|scope| &scope.segments)
            .map(|s| (s.handle.stored.id.as_str(), &s.handle))
            .collect();
        let retired = Arc::new(manifest.retired_sources);
        let mut datasets: HashMap<DatasetId, Vec<Scope>> = HashMap::new();
        for stored in manifest.segments {
            let (dataset, of) = (stored.dataset.clone(), (stored.assembly, stored.origin));
            let handle = match known.get(stored.id.as_str()) {
                Some(handle) if handle.stored == stored => Arc::clone(handle),
                _ => Arc::new(SegmentHandle {
                    stored,
                    number: next_number.fetch_add(1, Ordering::Relaxed),
                    footer: OnceCell::new(),
                }),
            };
            let segment = PinnedSegment {
                handle,
                retired: Arc::clone(&retired),
                liveness: OnceLock::new(),
            };
            let scopes = datasets.entry(dataset).or_default();
            match scopes.iter_mut().find(|scope| scope.of == of) {
                Some(scope) => scope.segments.push(segment),
                None => scopes.push(Scope {
                    of,
                    segments: vec![segment],
                }),
            }
        }
        Self {
            generation: manifest.generation,
            datasets,
        }
    }

    /// The segments of a dataset on an assembly.
    pub(super) fn segments(&self, dataset: &DatasetId, assembly: Assembly, origin: Origin) -> &[PinnedSegment] {
        let scopes = self.datasets.get(dataset).map_or(&[][..], Vec::as_slice);
        let scope = scopes.iter().find(|scope| scope.of == (assembly, origin));
        scope.map_or(&[], |scope| scope.segments.as_slice())
    }
}
