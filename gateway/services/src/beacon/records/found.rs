//! A thing that a path names, and what belongs to it.

use std::collections::{BTreeSet, HashMap};

use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{DataKind, ObjectId, Ordinal, SpecimenId};
use roaring::RoaringBitmap;

use super::things::Thing;

/// A thing that was found by the id under which it is listed.
#[derive(Clone)]
pub(in crate::beacon) struct Found {
    people: RoaringBitmap,
    what: What,
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Found(..)")
    }
}

#[derive(Clone)]
enum What {
    Person,
    Specimen(OwnedSpecimen),
    File {
        kind: DataKind,
        id: ObjectId,
        /// The specimens of each person that it was made from.
        specimens: HashMap<Ordinal, BTreeSet<Option<SpecimenId>>>,
    },
}

impl Found {
    /// A person or a specimen; files are found with their owners.
    pub(super) fn of_thing(thing: Thing) -> Option<Self> {
        let (person, what) = match thing {
            Thing::Person(person) => (person, What::Person),
            Thing::Specimen(owned) => (owned.ordinal, What::Specimen(owned)),
            Thing::File(_) => return None,
        };
        Some(Self {
            people: std::iter::once(person.0).collect(),
            what,
        })
    }

    pub(super) fn of_file(kind: DataKind, id: ObjectId, owners: Vec<FileOwner>) -> Self {
        let mut specimens: HashMap<Ordinal, BTreeSet<Option<SpecimenId>>> = HashMap::new();
        for owner in owners {
            specimens.entry(owner.ordinal).or_default().insert(owner.specimen);
        }
        Self {
            people: specimens.keys().map(|person| person.0).collect(),
            what: What::File { kind, id, specimens },
        }
    }

    /// The file of variants that it is; absent for everything else.
    pub(in crate::beacon) fn analysis(&self) -> Option<&ObjectId> {
        match &self.what {
            What::File { kind, id, .. } if *kind == DataKind::Variants => Some(id),
            What::File { .. } | What::Person | What::Specimen(_) => None,
        }
    }

    /// Whether an allele that a case report states, found in a specimen, belongs to it: of a person each, of a specimen its own, of a file none.
    pub(in crate::beacon) fn has_reported(&self, specimen: &OwnedSpecimen) -> bool {
        match &self.what {
            What::Person => true,
            What::Specimen(own) => own == specimen,
            What::File { .. } => false,
        }
    }

    /// Whose it is, of the Grant's participants.
    pub(in crate::beacon) fn people(&self) -> &RoaringBitmap {
        &self.people
    }

    /// Whether a specimen of its people belongs to it: of a person all; of a specimen itself; of a file those that it was made from.
    pub(super) fn has_specimen(&self, specimen: &OwnedSpecimen) -> bool {
        match &self.what {
            What::Person => true,
            What::Specimen(own) => own == specimen,
            What::File { specimens, .. } => specimens.get(&specimen.ordinal).is_some_and(|own| own.contains(&specimen.specimen)),
        }
    }

    /// Whether a file of a kind that one of its people is in belongs to it: of a person every one; of a specimen those made from it; of a file
    /// itself, and those of the other kind made from the same specimen, or, where its own sheet names none, of the same person.
    pub(super) fn has_file(&self, of: DataKind, file: &FileOwner) -> bool {
        match &self.what {
            What::Person => true,
            What::Specimen(own) => own.ordinal == file.ordinal && own.specimen == file.specimen,
            What::File { kind, id, .. } if of == *kind => *id == file.object,
            What::File { specimens, .. } => specimens
                .get(&file.ordinal)
                .is_some_and(|own| own.contains(&None) || own.contains(&file.specimen)),
        }
    }
}
