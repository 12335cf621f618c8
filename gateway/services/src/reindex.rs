//! Indexes loaded files of variants again: files whose entries are absent from the carrier index, and files that were indexed without a reference
//! although a reference is configured now.
//!
//! A group of files is replaced in one transaction, so every answer contains either the earlier or the new entries of a file. An interrupted run
//! leaves some groups done; the next run continues with the rest.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use bytes::Bytes;
use gemj_access::{Mandate, Upkeep};
use gemj_catalogue::{
    CatalogueError, IndexedFile, ObjectStatus, PART_NAMES, ReindexedFiles, SegmentLease, SegmentRow, SegmentScope, lease_holder,
};
use gemj_model::{Clock, DataKind, DataObject, DatasetId, ObjectId, Ordinal};
use gemj_objects::ObjectError;
use gemj_variants::{
    BuildError, DEFAULT_BUDGET_BYTES, IngestError, MergeError, NameSpool, SegmentBuilder, SegmentError, indexed_sources, ingest_path,
    verify, without_files,
};

use crate::stores::Stores;

/// The number of files that one transaction replaces. A segment that contains several of them is rewritten once.
const TOGETHER: usize = 16;

/// The duration of the lease on a scope, in seconds. If a lease ends too early, the group is repeated by the next run.
const LEASE_SECONDS: i64 = 3600;

/// The number of attempts to commit a group while other processes change the manifest.
const ATTEMPTS: usize = 5;

/// The keys for reads.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// The job `Inventory`.
    pub inventory: Upkeep,
    /// The job `BuildSegments`.
    pub segments: Upkeep,
}

/// Why a file is indexed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// No segment contains entries of the file.
    Missing,
    /// Insertions and deletions are as the file spells them, and a reference is configured now.
    WithoutReference,
    /// All files are to be indexed again.
    Requested,
}

/// A file to index again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToIndex {
    /// The file.
    pub object: DataObject,
    /// The reason.
    pub why: Why,
}

/// The counts of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reindexed {
    /// The number of files whose entries were replaced.
    pub files: u64,
    /// The number of new entries.
    pub entries: u64,
    /// The number of files of scopes that another process merges at the moment. A later run indexes them.
    pub busy: u64,
}

/// Why a run ended early. Groups that were committed before stay replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReindexError {
    /// The catalogue failed.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed.
    #[error("object store: {0}")]
    Objects(#[from] ObjectError),
    /// A segment of the carrier index could not be read or written.
    #[error("carrier index: {0}")]
    Segments(#[from] MergeError),
    /// The stored bytes of a file differ from those that were loaded.
    #[error("the stored bytes of {0} differ from the loaded file: restore them from a back-up")]
    OtherBytes(ObjectId),
    /// The variants of a file cannot be read.
    #[error("{id}: variants: {fault}")]
    Variants {
        /// The file.
        id: ObjectId,
        /// The fault of the file.
        fault: IngestError,
    },
    /// A segment could not be built.
    #[error("carrier index: {0}")]
    Build(#[from] BuildError),
    /// The segment that was built fails verification; this is an internal error.
    #[error("carrier index: the built segment {0}")]
    Unsound(#[from] SegmentError),
    /// A background task was stopped.
    #[error("stopped")]
    Stopped,
}

/// The files to index again, in the order of registration, optionally limited to one dataset. With `all`, every file of variants. Unloaded files are
/// left out.
///
/// # Errors
/// [`ReindexError`].
pub async fn to_index(stores: &Stores, keys: Keys, dataset: Option<&DatasetId>, all: bool) -> Result<Vec<ToIndex>, ReindexError> {
    let items = stores.catalogue.inventory(keys.inventory, dataset).await?;
    let indexed = stores.catalogue.indexed_files(keys.segments).await?;
    let sources = indexed_sources(&stores.catalogue, &stores.objects).await?;
    let mut found = Vec::new();
    for item in items {
        let object = item.object;
        let is_there = item.status.status != ObjectStatus::Unloaded && !object.storage_key.is_empty();
        if !is_there || object.format.data_kind() != DataKind::Variants {
            continue;
        }
        let has_entries = sources.contains(object.id.as_str());
        let can_be_leftmost = stores.objects.reference(object.assembly).is_some();
        let why = match indexed.get(&object.id) {
            Some(file) if file.entries > 0 && !has_entries => Some(Why::Missing),
            Some(file) if !file.leftmost && can_be_leftmost => Some(Why::WithoutReference),
            Some(_) => None,
            // An earlier version of the gateway indexed the file, and did not record how.
            None if can_be_leftmost => Some(Why::WithoutReference),
            None if !has_entries => Some(Why::Missing),
            None => None,
        };
        let why = why.or(all.then_some(Why::Requested));
        found.extend(why.map(|why| ToIndex { object, why }));
    }
    Ok(found)
}

/// Indexes files again. `folder` is an existing empty folder for one copy of a file at a time, and `progress` receives the number of files that are
/// done.
///
/// # Errors
/// [`ReindexError`]. The groups that were committed before the error stay replaced.
pub async fn reindex(
    stores: &Stores,
    (mandate, keys): (&Mandate, Keys),
    clock: &dyn Clock,
    files: Vec<ToIndex>,
    folder: &Path,
    progress: impl Fn(u64),
) -> Result<Reindexed, ReindexError> {
    let run = Run {
        stores,
        mandate,
        upkeep: keys.segments,
        clock,
        folder,
        holder: lease_holder("reindex"),
    };
    let mut scopes: BTreeMap<SegmentScope, Vec<DataObject>> = BTreeMap::new();
    for file in files {
        let object = file.object;
        let scope = SegmentScope {
            dataset: object.dataset.clone(),
            assembly: object.assembly,
            origin: object.origin,
        };
        scopes.entry(scope).or_default().push(object);
    }
    let (mut done, mut seen) = (Reindexed::default(), 0);
    let upkeep = keys.segments;
    for (scope, objects) in scopes {
        for group in objects.chunks(TOGETHER) {
            let lease = stores.catalogue.lease_segments(upkeep, &scope, &run.holder, LEASE_SECONDS).await?;
            if let Some(lease) = lease {
                let replaced = run.group(&lease, group).await;
                stores.catalogue.release_segments(upkeep, &lease).await?;
                done.entries += replaced?;
                done.files += group.len() as u64;
            } else {
                done.busy += group.len() as u64;
            }
            seen += group.len() as u64;
            progress(seen);
        }
    }
    Ok(done)
}

struct Run<'a> {
    stores: &'a Stores,
    mandate: &'a Mandate,
    upkeep: Upkeep,
    clock: &'a dyn Clock,
    folder: &'a Path,
    holder: String,
}

/// What one file adds to the index.
struct Read {
    segment: Option<(Bytes, u64, u64)>,
    leftmost: bool,
    names: NameSpool,
}

impl Run<'_> {
    /// Replaces the entries of a group of files. Returns the number of new entries. The group is read again if the data of a participant was erased
    /// meanwhile.
    async fn group(&self, lease: &SegmentLease, group: &[DataObject]) -> Result<u64, ReindexError> {
        let mut attempt = 1;
        loop {
            // A file that other participants need can have columns of participants whose data was erased.
            let erased = self.stores.catalogue.purged_participants(self.upkeep).await?;
            match self.replaced(lease, group, &erased).await {
                Err(ReindexError::Catalogue(CatalogueError::Conflict { field: "purged" })) if attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    async fn replaced(&self, lease: &SegmentLease, group: &[DataObject], erased: &BTreeSet<Ordinal>) -> Result<u64, ReindexError> {
        let (mut segments, mut files) = (Vec::new(), Vec::new());
        for object in group {
            let read = self.read(object, erased).await?;
            self.name(object, read.names).await?;
            let entries = read.segment.as_ref().map_or(0, |(_, _, entries)| *entries);
            if let Some((bytes, variant_count, entry_count)) = read.segment {
                segments.push(self.store(object, bytes, variant_count, entry_count).await?);
            }
            files.push((
                object.id.clone(),
                IndexedFile {
                    leftmost: read.leftmost,
                    entries,
                },
            ));
        }
        let names: HashSet<String> = group.iter().map(|object| object.id.to_string()).collect();
        let entries: u64 = files.iter().map(|(_, file): &(ObjectId, IndexedFile)| file.entries).sum();
        let catalogue = &self.stores.catalogue;
        for attempt in 1.. {
            let manifest = catalogue.manifest(self.upkeep).await?;
            let without = without_files(&self.stores.objects, self.mandate, &manifest, &lease.scope, &names).await?;
            let new = ReindexedFiles {
                files: files.clone(),
                replaced: without.replaced,
                segments: segments.iter().cloned().chain(without.segments).collect(),
                erased: erased.clone(),
            };
            match catalogue.commit_reindexed(self.mandate, lease, &new).await {
                // Another process changed the manifest. The rewritten segments are orphans, which a collection removes.
                Err(CatalogueError::Conflict { field: "segment" }) if attempt < ATTEMPTS => {}
                // The new segments have entries of a participant whose data was erased meanwhile.
                Err(error @ CatalogueError::Conflict { field: "purged" }) => {
                    for segment in &new.segments {
                        self.stores.objects.delete_orphan(self.mandate, &segment.storage_key).await?;
                    }
                    return Err(error.into());
                }
                committed => {
                    committed?;
                    break;
                }
            }
        }
        Ok(entries)
    }

    /// Reads a stored file as a load does. The copy of the file is removed.
    async fn read(&self, object: &DataObject, erased: &BTreeSet<Ordinal>) -> Result<Read, ReindexError> {
        let copy = self.folder.join("variants");
        let stored = self.stores.objects.copy_out(self.upkeep, &object.storage_key, &copy).await;
        let read = match stored {
            Ok(stored) if stored.sha256 == object.sha256 => self.built(object, &copy, erased).await,
            Ok(_) => Err(ReindexError::OtherBytes(object.id.clone())),
            Err(error) => Err(error.into()),
        };
        let _ = std::fs::remove_file(&copy);
        read
    }

    async fn built(&self, object: &DataObject, copy: &Path, erased: &BTreeSet<Ordinal>) -> Result<Read, ReindexError> {
        let reference = self.stores.objects.reference(object.assembly);
        let (object, copy) = (object.clone(), copy.to_owned());
        let erased = erased.clone();
        let build = move || -> Result<Read, ReindexError> {
            let columns: Vec<Option<Ordinal>> = object
                .samples
                .iter()
                .map(|sample| sample.participant.filter(|participant| !erased.contains(participant)))
                .collect();
            let mut builder =
                SegmentBuilder::new(object.dataset.clone(), object.assembly, object.origin, DEFAULT_BUDGET_BYTES).with_reference(reference);
            let source = object.id.to_string();
            let report = ingest_path(
                &copy,
                object.format,
                &columns,
                object.assembly,
                object.origin,
                &source,
                &mut builder,
                &mut |_| {},
            );
            let report = report.map_err(|fault| ReindexError::Variants {
                id: object.id.clone(),
                fault,
            })?;
            let names = builder.take_names();
            let (bytes, built) = builder.finish()?;
            verify(&bytes)?;
            Ok(Read {
                segment: (!built.is_empty()).then(|| (bytes.into(), built.variant_count, built.entry_count)),
                leftmost: report.leftmost,
                names,
            })
        };
        tokio::task::spawn_blocking(build).await.map_err(|_| ReindexError::Stopped)?
    }

    /// Stores the names of the file's alleles in their leftmost form. A name counts only for carriers in the index, so the order of the commits does
    /// not matter.
    async fn name(&self, object: &DataObject, names: NameSpool) -> Result<(), ReindexError> {
        let spooled = |error| ReindexError::Build(BuildError::Spill(error));
        let mut reader = names.read().map_err(spooled)?;
        loop {
            let some = reader.next_names(PART_NAMES).map_err(spooled)?;
            if some.is_empty() {
                return Ok(());
            }
            let catalogue = &self.stores.catalogue;
            catalogue
                .add_names_of_registered(self.mandate, &object.id, object.assembly, &some)
                .await?;
        }
    }

    async fn store(&self, object: &DataObject, bytes: Bytes, variant_count: u64, entry_count: u64) -> Result<SegmentRow, ReindexError> {
        let stored = self.stores.objects.put_index_blob(self.mandate, "carriers", bytes).await?;
        Ok(SegmentRow {
            // The key of a blob is never reused, so an id made from the key is unique.
            id: stored.key.replace('/', "-"),
            dataset: object.dataset.clone(),
            assembly: object.assembly,
            origin: object.origin,
            storage_key: stored.key,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            variant_count,
            entry_count,
            created: self.clock.now(),
        })
    }
}
