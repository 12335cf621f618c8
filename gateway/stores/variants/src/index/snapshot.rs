//! The segments of one generation of the manifest, and the sources whose entries count.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use gemj_access::DatasetGrant;
use gemj_access::consent::ReleaseMembers;
use gemj_model::{Assembly, DatasetId, ObjectId, Origin};
use tokio::sync::OnceCell;

use crate::mask::{Counting, Liveness};
use crate::segment::footer::Footer;
use crate::storage::{SegmentManifest, StoredSegment};

/// The stored place of one segment and, after it was read, the segment's footer. All generations that contain the segment share the handle.
#[derive(Debug)]
pub(super) struct SegmentHandle {
    pub(super) stored: StoredSegment,
    /// The number of the segment in this process. It is part of the block cache's key.
    pub(super) number: u64,
    pub(super) footer: OnceCell<Arc<Footer>>,
}

/// One segment in one generation of the manifest.
#[derive(Debug)]
pub(super) struct PinnedSegment {
    pub(super) handle: Arc<SegmentHandle>,
    retired: Arc<HashSet<String>>,
    live: OnceLock<Liveness>,
    released: Mutex<Vec<OfReleases>>,
}

/// The sources of a segment that count under a list of releases. Releases are compared by address, which is safe: the weak references
/// prevent the reuse of the addresses, and the shared data does not change.
#[derive(Debug)]
struct OfReleases {
    releases: Vec<Weak<ReleaseMembers>>,
    sources: Arc<Liveness>,
}

impl OfReleases {
    fn is_of(&self, releases: &[Arc<ReleaseMembers>]) -> bool {
        let same = |(known, asked): (&Weak<ReleaseMembers>, &Arc<ReleaseMembers>)| known.as_ptr() == Arc::as_ptr(asked);
        self.releases.len() == releases.len() && self.releases.iter().zip(releases).all(same)
    }

    fn is_over(&self) -> bool {
        self.releases.iter().any(|release| release.strong_count() == 0)
    }
}

/// The maximum number of lists of releases that are remembered for each segment. The oldest list is dropped first.
const KEPT_RELEASES: usize = 8;

impl PinnedSegment {
    /// The sources of the segment that count under a dataset's part of a Grant. A source must still be loaded in this generation. If the
    /// Grant is bound to releases, a source must also be a file in every one of these releases. A case report is not a file, so it does not
    /// count under releases.
    pub(super) fn counting(&self, footer: &Footer, granted: &DatasetGrant) -> Counting<'_> {
        let live = self.live.get_or_init(|| {
            let sources = footer.sources.iter().map(|s| !self.retired.contains(s)).collect();
            Liveness::of(sources, &footer.usual)
        });
        match granted.released() {
            [] => Counting::Live(live),
            releases => Counting::Released(self.released(footer, live, granted, releases)),
        }
    }

    fn released(&self, footer: &Footer, live: &Liveness, granted: &DatasetGrant, releases: &[Arc<ReleaseMembers>]) -> Arc<Liveness> {
        let known = |kept: &[OfReleases]| kept.iter().find(|one| one.is_of(releases)).map(|one| Arc::clone(&one.sources));
        if let Some(sources) = known(&self.kept()) {
            return sources;
        }
        let has = |source: &str| ObjectId::parse(source).is_ok_and(|file| granted.has_file(&file));
        let counts = |(number, source): (u32, &String)| live.has(number) && has(source);
        let sources = (0..).zip(&footer.sources).map(counts).collect();
        let sources = Arc::new(Liveness::of(sources, &footer.usual));
        let mut kept = self.kept();
        kept.retain(|one| !one.is_over() && !one.is_of(releases));
        if kept.len() == KEPT_RELEASES {
            kept.remove(0);
        }
        kept.push(OfReleases {
            releases: releases.iter().map(Arc::downgrade).collect(),
            sources: Arc::clone(&sources),
        });
        sources
    }

    fn kept(&self) -> MutexGuard<'_, Vec<OfReleases>> {
        self.released.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One generation of the manifest, with its segments by dataset.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) generation: u64,
    datasets: HashMap<DatasetId, Vec<Scope>>,
}

/// The segments of one dataset with the same assembly and origin.
#[derive(Debug)]
struct Scope {
    of: (Assembly, Origin),
    segments: Vec<PinnedSegment>,
}

impl Snapshot {
    /// Makes the snapshot of a manifest. Segments that the snapshot `before` also has keep their footers, so that the footers are not read
    /// again.
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
                live: OnceLock::new(),
                released: Mutex::default(),
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

    /// The segments of this dataset, assembly and origin.
    pub(super) fn segments(&self, dataset: &DatasetId, assembly: Assembly, origin: Origin) -> &[PinnedSegment] {
        let scopes = self.datasets.get(dataset).map_or(&[][..], Vec::as_slice);
        let scope = scopes.iter().find(|scope| scope.of == (assembly, origin));
        scope.map_or(&[], |scope| scope.segments.as_slice())
    }
}
