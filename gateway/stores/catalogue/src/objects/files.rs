//! A bounded cache of looked-up files. An entry is valid for one generation of the carrier index's manifest. A write that puts a file on
//! hold or unloads a file begins a new generation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gemj_access::{Grant, LocatedObject};
use gemj_model::object::ObjectSample;
use gemj_model::{DataObject, ObjectId, SpecimenId};

/// The approximate maximum size of the cache in bytes: enough for two joint files of 100,000 samples, or for tens of thousands of files with
/// one sample.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// The result of looking up a file before a decision. [`LocatedFile::located`] needs no Grant. The file's description needs a Grant.
#[derive(Clone)]
pub struct LocatedFile {
    located: Arc<LocatedObject>,
    object: Arc<DataObject>,
    from_memory: bool,
}

impl std::fmt::Debug for LocatedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocatedFile")
            .field("located", &self.located)
            .finish_non_exhaustive()
    }
}

impl LocatedFile {
    pub(super) fn read(object: DataObject) -> Self {
        let located = LocatedObject {
            id: object.id.clone(),
            dataset: object.dataset.clone(),
            kind: object.format.data_kind(),
            samples: object.samples.iter().map(|sample| sample.participant).collect(),
        };
        Self {
            located: Arc::new(located),
            object: Arc::new(object),
            from_memory: false,
        }
    }

    /// The data that a decision about the file needs. The data is not protected.
    #[must_use]
    pub fn located(&self) -> &Arc<LocatedObject> {
        &self.located
    }

    /// The file's description. Absent if the Grant does not open the file's dataset or covers none of the file's participants.
    #[must_use]
    pub fn open(&self, grant: &Grant) -> Option<Arc<DataObject>> {
        let granted = grant.dataset(&self.located.dataset)?;
        let covered = !granted.participants().is_disjoint(self.located.samples.people());
        covered.then(|| Arc::clone(&self.object))
    }

    /// Whether the file came from the cache, not from the database.
    pub(super) fn is_from_memory(&self) -> bool {
        self.from_memory
    }

    /// The approximate size of this entry in the cache, in bytes.
    fn weight(&self) -> usize {
        let text = |text: &str| text.len() + 32;
        let sample = |sample: &ObjectSample| {
            let specimen = sample.specimen.as_ref().map(SpecimenId::as_str).map_or(0, text);
            size_of::<ObjectSample>() + 16 + text(&sample.sample) + specimen
        };
        1024 + self.object.samples.iter().map(sample).sum::<usize>()
    }
}

/// The cached files, in a part with recent look-ups and a part with earlier look-ups. When the recent part reaches half of the maximum size, it
/// replaces the earlier part.
#[derive(Default)]
pub(crate) struct Files {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The generation at which all cached files were looked up.
    generation: u64,
    lately: HashMap<ObjectId, LocatedFile>,
    lately_bytes: usize,
    before: HashMap<ObjectId, LocatedFile>,
}

impl Kept {
    /// Empties the cache if its generation differs from `generation`. A cached file may have been put on hold or unloaded. If the database was
    /// restored from a copy, any row may differ.
    fn at(&mut self, generation: u64) {
        if generation != self.generation {
            *self = Self::default();
        }
        self.generation = generation;
    }

    fn keep(&mut self, file: LocatedFile) {
        let bytes = file.weight();
        if bytes > MOST_BYTES / 2 {
            return;
        }
        if self.lately_bytes + bytes > MOST_BYTES / 2 {
            self.before = std::mem::take(&mut self.lately);
            self.lately_bytes = 0;
        }
        if self.lately.insert(file.located.id.clone(), file).is_none() {
            self.lately_bytes += bytes;
        }
    }
}

impl Files {
    /// The cached file with an id. Absent if the cache does not contain the file at this generation.
    pub(super) fn get(&self, id: &ObjectId, generation: u64) -> Option<LocatedFile> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.at(generation);
        if let Some(file) = kept.lately.get(id) {
            return Some(file.clone());
        }
        let file = kept.before.remove(id)?;
        kept.keep(file.clone());
        Some(file)
    }

    /// Caches a file. The file must have been read after the generation was read.
    pub(super) fn keep(&self, file: &LocatedFile, generation: u64) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.at(generation);
        kept.keep(LocatedFile {
            from_memory: true,
            ..file.clone()
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_model::{Assembly, DatasetId, FileFormat, IndexFormat, Ordinal, Origin, Timestamp};

    use super::*;

    fn file(name: &str, samples: usize) -> LocatedFile {
        LocatedFile::read(DataObject {
            id: id(name),
            dataset: DatasetId::parse("d").unwrap(),
            format: FileFormat::Bcf,
            assembly: Assembly::parse("GRCh38").unwrap(),
            origin: Origin::Germline,
            samples: (0..samples)
                .map(|n| ObjectSample {
                    sample: n.to_string(),
                    participant: Some(Ordinal(0)),
                    specimen: None,
                })
                .collect(),
            joint: true,
            size_bytes: 1,
            sha256: String::new(),
            storage_key: String::new(),
            index_key: String::new(),
            index_format: IndexFormat::Csi,
            created: Timestamp(0),
        })
    }

    fn id(name: &str) -> ObjectId {
        ObjectId::parse(name).unwrap()
    }

    #[test]
    fn a_file_cached_at_another_generation_is_not_returned() {
        let files = Files::default();
        files.keep(&file("a", 1), 7);
        assert!(files.get(&id("a"), 7).unwrap().is_from_memory());
        assert!(files.get(&id("a"), 8).is_none());
        files.keep(&file("a", 1), 7);
        assert!(files.get(&id("a"), 7).is_some());
        assert!(files.get(&id("a"), 6).is_none());
    }

    #[test]
    fn the_cache_is_bounded_and_a_requested_file_stays() {
        let files = Files::default();
        let size = file("a", 2_000).weight();
        files.keep(&file("asked-for", 2_000), 1);
        for n in 0..5 * MOST_BYTES / size {
            files.keep(&file(&format!("f{n}"), 2_000), 1);
            assert!(files.get(&id("asked-for"), 1).is_some());
        }
        let kept = files.kept.lock().unwrap();
        let held: usize = kept.lately.values().chain(kept.before.values()).map(LocatedFile::weight).sum();
        assert!(held <= MOST_BYTES && held > MOST_BYTES / 4, "{held}");
        drop(kept);
        assert!(files.get(&id("f0"), 1).is_none());
        files.keep(&file("too-large", 400_000), 1);
        assert!(files.get(&id("too-large"), 1).is_none());
    }
}
