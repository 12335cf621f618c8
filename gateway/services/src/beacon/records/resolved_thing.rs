//! A participant, specimen or file that a path names, and which specimens and files belong to it.

use std::collections::{BTreeSet, HashMap};

use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{DataKind, ObjectId, Ordinal, SpecimenId};
use roaring::RoaringBitmap;

use super::things::Thing;

/// A participant, specimen or file that was found by its id in records.
#[derive(Clone)]
pub(in crate::beacon) struct ResolvedThing {
    people: RoaringBitmap,
    what: What,
}

impl std::fmt::Debug for ResolvedThing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResolvedThing(..)")
    }
}

#[derive(Clone)]
enum What {
    Person,
    Specimen(OwnedSpecimen),
    File {
        kind: DataKind,
        id: ObjectId,
        /// For each participant in the file, the specimens from which the file was made.
        specimens: HashMap<Ordinal, BTreeSet<Option<SpecimenId>>>,
    },
}

impl ResolvedThing {
    /// The found thing for a participant or a specimen. Absent for a file, because a file is found together with its owners
    /// ([`ResolvedThing::of_file`]).
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

    /// The id of the file, if the thing is a variant file; absent otherwise.
    pub(in crate::beacon) fn analysis(&self) -> Option<&ObjectId> {
        match &self.what {
            What::File { kind, id, .. } if *kind == DataKind::Variants => Some(id),
            What::File { .. } | What::Person | What::Specimen(_) => None,
        }
    }

    /// Whether an allele of a case report that is listed under `specimen` belongs to the thing. For a participant: every allele. For a
    /// specimen: only its own alleles. For a file: no allele.
    pub(in crate::beacon) fn has_reported(&self, specimen: &OwnedSpecimen) -> bool {
        match &self.what {
            What::Person => true,
            What::Specimen(own) => own == specimen,
            What::File { .. } => false,
        }
    }

    /// The participants of the found thing, limited to the Grant's participants.
    pub(in crate::beacon) fn people(&self) -> &RoaringBitmap {
        &self.people
    }

    /// Whether a specimen of the found thing's participants belongs to the thing. For a participant: every specimen. For a specimen: only
    /// itself. For a file: the specimens from which the file was made.
    pub(super) fn has_specimen(&self, specimen: &OwnedSpecimen) -> bool {
        match &self.what {
            What::Person => true,
            What::Specimen(own) => own == specimen,
            What::File { specimens, .. } => specimens.get(&specimen.ordinal).is_some_and(|own| own.contains(&specimen.specimen)),
        }
    }

    /// Whether a file of kind `of`, which contains one of the found thing's participants, belongs to the thing:
    /// * for a participant: every file;
    /// * for a specimen: the files made from it;
    /// * for a file: itself, and the files of the other kind made from the same specimen. If the file has no stated specimen, all files of
    ///   the other kind of the same participant belong to it.
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
