//! The stored participants, specimens or files of one entry type, from which records are made.

use std::collections::BTreeSet;

use gemj_access::PseudonymKey;
use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{ObjectId, Ordinal};
use roaring::RoaringBitmap;

use super::specimen_name;

/// How many names of records are computed before other tasks can run: some milliseconds of work.
const NAMES_AT_ONCE: usize = 4_096;

/// The participant, specimen or file that a record describes. The value identifies a participant, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::beacon) enum Thing {
    /// A participant, by ordinal.
    Person(Ordinal),
    /// A specimen of a participant.
    Specimen(OwnedSpecimen),
    /// A file, by id.
    File(ObjectId),
}

impl std::fmt::Debug for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Thing(..)")
    }
}

impl Thing {
    /// The id of the thing in records: a pseudonym for a participant or specimen, the file's id for a file.
    pub(super) fn name(&self, names: &PseudonymKey) -> String {
        match self {
            Self::Person(person) => names.person(*person),
            Self::Specimen(owned) => specimen_name(names, owned),
            Self::File(id) => id.as_str().to_owned(),
        }
    }

    /// The participant, or the participant of the specimen; absent for a file.
    pub(in crate::beacon) fn person(&self) -> Option<Ordinal> {
        match self {
            Self::Person(person) => Some(*person),
            Self::Specimen(owned) => Some(owned.ordinal),
            Self::File(_) => None,
        }
    }

    /// The specimen, if the thing is a specimen; absent otherwise.
    pub(in crate::beacon) fn specimen(&self) -> Option<&OwnedSpecimen> {
        match self {
            Self::Specimen(owned) => Some(owned),
            Self::Person(_) | Self::File(_) => None,
        }
    }

    /// The id of the file, if the thing is a file; absent otherwise.
    pub(in crate::beacon) fn file(&self) -> Option<&ObjectId> {
        match self {
            Self::File(id) => Some(id),
            Self::Person(_) | Self::Specimen(_) => None,
        }
    }
}

/// Distinct participants, specimens or files of one entry type, in one or several datasets. A participant or specimen in two datasets is
/// listed once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::beacon) struct Things {
    /// The things without duplicates, in the order of the stored values. Records are listed in another order, by name ([`Things::page`]).
    list: Vec<Thing>,
    people: RoaringBitmap,
}

impl Things {
    pub(super) fn of_people(people: RoaringBitmap) -> Self {
        Self {
            list: people.iter().map(|person| Thing::Person(Ordinal(person))).collect(),
            people,
        }
    }

    pub(super) fn of_specimens(owned: BTreeSet<OwnedSpecimen>) -> Self {
        Self {
            people: owned.iter().map(|specimen| specimen.ordinal.0).collect(),
            list: owned.into_iter().map(Thing::Specimen).collect(),
        }
    }

    pub(super) fn of_files(owners: Vec<FileOwner>) -> Self {
        let people = owners.iter().map(|owner| owner.ordinal.0).collect();
        let mut list: Vec<Thing> = owners.into_iter().map(|owner| Thing::File(owner.object)).collect();
        list.sort();
        list.dedup();
        Self { list, people }
    }

    /// The number of participants, specimens or files.
    pub(in crate::beacon) fn len(&self) -> u64 {
        self.list.len() as u64
    }

    /// The participants in the list, or the participants of its specimens or files. For a joint file, the requested participants in the
    /// file that the Grant opens.
    pub(in crate::beacon) fn people(&self) -> &RoaringBitmap {
        &self.people
    }

    /// The participants, specimens or files of both lists, without duplicates.
    #[must_use]
    pub(in crate::beacon) fn merge(mut self, other: Self) -> Self {
        self.people |= other.people;
        self.list.extend(other.list);
        self.list.sort();
        self.list.dedup();
        self
    }

    /// A page of the things in the order of their names in records: at most `most` things, after the first `first` things.
    pub(in crate::beacon) async fn page(&self, names: &PseudonymKey, first: u64, most: u64) -> Vec<Thing> {
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        // Files are already in the order of their ids, which are their names in records.
        if most == 0 || first >= self.list.len() || self.list.iter().all(|thing| thing.file().is_some()) {
            return self.list.iter().skip(first).take(most).cloned().collect();
        }
        let mut named: Vec<(String, &Thing)> = Vec::with_capacity(self.list.len());
        for some in self.list.chunks(NAMES_AT_ONCE) {
            named.extend(some.iter().map(|thing| (thing.name(names), thing)));
            tokio::task::yield_now().await;
        }
        named.sort_unstable();
        named.into_iter().skip(first).take(most).map(|(_, thing)| thing.clone()).collect()
    }

    /// The thing with this name in records. Every name is computed and compared, whether or not a name matches.
    pub(super) async fn named(&self, names: &PseudonymKey, name: &str) -> Option<Thing> {
        let mut found = None;
        for some in self.list.chunks(NAMES_AT_ONCE) {
            for thing in some {
                if thing.name(names) == name {
                    found = Some(thing);
                }
            }
            tokio::task::yield_now().await;
        }
        found.cloned()
    }
}
