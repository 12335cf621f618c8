//! Computes the difference between two releases.

use std::collections::BTreeMap;

use gemj_catalogue::{RecordedRelease, ReleaseEntry};
use gemj_model::{ObjectId, Ordinal};
use roaring::RoaringBitmap;

/// The changes from the first release to the second release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseDifference {
    /// The files that are only in the second release, in order of id.
    pub added: Vec<ObjectId>,
    /// The files that are only in the first release, in order of id.
    pub removed: Vec<ObjectId>,
    /// The files in both releases whose entries differ, for example a joint file with another number of participants.
    pub changed: Vec<ObjectId>,
    /// The participants that are only in the second release, in order of ordinal.
    pub joined: Vec<Ordinal>,
    /// The participants that are only in the first release, in order of ordinal.
    pub left: Vec<Ordinal>,
}

/// Compares two releases.
#[must_use]
pub fn difference(first: &RecordedRelease, second: &RecordedRelease) -> ReleaseDifference {
    let by_id = |release: &RecordedRelease| -> BTreeMap<ObjectId, ReleaseEntry> {
        release.objects.iter().map(|entry| (entry.id.clone(), entry.clone())).collect()
    };
    let without = |some: &RoaringBitmap, others: &RoaringBitmap| (some - others).iter().map(Ordinal).collect();
    let (before, after) = (by_id(first), by_id(second));
    ReleaseDifference {
        added: after.keys().filter(|id| !before.contains_key(id)).cloned().collect(),
        removed: before.keys().filter(|id| !after.contains_key(id)).cloned().collect(),
        changed: after
            .iter()
            .filter(|(id, entry)| before.get(id).is_some_and(|earlier| earlier != *entry))
            .map(|(id, _)| id.clone())
            .collect(),
        joined: without(&second.participants, &first.participants),
        left: without(&first.participants, &second.participants),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gemj_catalogue::ReleaseSummary;
    use gemj_model::{DatasetId, FileFormat, ReleaseId, Timestamp};

    use super::*;

    fn release(objects: &[(&str, u64)], people: &[u32]) -> RecordedRelease {
        RecordedRelease {
            summary: ReleaseSummary {
                id: ReleaseId::parse("r").unwrap(),
                dataset: DatasetId::parse("cancer").unwrap(),
                created: Timestamp(0),
                participant_count: people.len() as u64,
                object_count: objects.len() as u64,
                citation: String::new(),
                manifest_sha256: String::new(),
            },
            participants: people.iter().copied().collect(),
            objects: objects
                .iter()
                .map(|(id, people_count)| ReleaseEntry {
                    id: ObjectId::parse(id).unwrap(),
                    format: FileFormat::Bam,
                    size_bytes: 1,
                    sha256: (*id).to_owned(),
                    people_count: *people_count,
                })
                .collect(),
            manifest: String::new(),
        }
    }

    #[test]
    fn added_removed_and_changed_files_and_participants_are_listed() {
        let first = release(&[("a", 1), ("joint", 3), ("gone", 1)], &[1, 2, 3]);
        let second = release(&[("a", 1), ("joint", 2), ("new", 1)], &[1, 3, 9]);
        let found = difference(&first, &second);
        let names = |ids: &[ObjectId]| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&found.added), ["new"]);
        assert_eq!(names(&found.removed), ["gone"]);
        assert_eq!(names(&found.changed), ["joint"]);
        assert_eq!(found.joined, [Ordinal(9)]);
        assert_eq!(found.left, [Ordinal(2)]);
        let none = difference(&first, &first);
        assert!(
            none.added.is_empty() && none.removed.is_empty() && none.changed.is_empty() && none.joined.is_empty() && none.left.is_empty()
        );
    }
}
