//! What matches in one dataset, before anything is hidden. What no record is wanted of is counted as it is read, and kept by nobody.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ga4gh_beacon::EntryType;
use gemj_access::{DatasetGrant, Granularity};
use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{DataKind, ObjectId};
use roaring::RoaringBitmap;

use crate::beacon::asking::Asking;
use crate::beacon::narrowed::Narrowed;
use crate::beacon::records::{self, Things};
use crate::service_error::ServiceError;

/// What matches, of one dataset or of several.
#[derive(Default)]
pub(super) struct Matching {
    /// Things that no other dataset can have.
    apart: u64,
    /// People, where they are what is asked for.
    persons: RoaringBitmap,
    /// Specimens of people of several datasets.
    specimens: BTreeSet<OwnedSpecimen>,
    /// Things in their order, where records are wanted of them.
    pub(super) listed: Things,
    /// Whose they all are.
    pub(super) people: RoaringBitmap,
    /// Who has one that nobody else of those asked for is in. Not kept of what is listed.
    pub(super) own: RoaringBitmap,
}

impl Matching {
    /// How many, each once.
    pub(super) fn count(&self) -> u64 {
        self.apart + self.persons.len() + self.specimens.len() as u64 + self.listed.len()
    }

    /// Adds those of another dataset.
    pub(super) fn merge(&mut self, other: Self) {
        self.apart += other.apart;
        self.persons |= other.persons;
        self.specimens.extend(other.specimens);
        self.listed = std::mem::take(&mut self.listed).merge(other.listed);
        self.people |= other.people;
        self.own |= other.own;
    }
}

/// The Grant's people of a dataset whom a question is narrowed to.
pub(super) fn people(dataset: &DatasetGrant, narrowed: &Narrowed) -> RoaringBitmap {
    let all = dataset.participants().as_ref();
    narrowed.people().map_or_else(|| all.clone(), |people| people & all)
}

/// What matches in a dataset. `shared` are the people who can be in another dataset's answer too.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn of(
    asking: &Asking<'_>,
    dataset: &DatasetGrant,
    narrowed: &Narrowed,
    granularity: Granularity,
    shared: &RoaringBitmap,
) -> Result<Matching, ServiceError> {
    let entry = asking.request.entry;
    let people = people(dataset, narrowed);
    // Of what belongs to one thing there is little, and what does is known by the things themselves.
    let is_of_thing = match asking.of {
        Some((EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis, _)) => true,
        Some((EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort, _)) | None => false,
    };
    if entry == EntryType::Individual && granularity < Granularity::Record {
        return Ok(Matching {
            persons: people.clone(),
            own: people.clone(),
            people,
            ..Matching::default()
        });
    }
    if granularity == Granularity::Record || is_of_thing {
        let listed = records::things(asking.stores, asking.grant, dataset, entry, &narrowed.within()).await?;
        return Ok(Matching {
            people: listed.people().clone(),
            listed,
            ..Matching::default()
        });
    }
    match entry {
        EntryType::Biosample => specimens(asking, dataset, &people, granularity, shared).await,
        EntryType::Run => files(asking, dataset, DataKind::Reads, &people, granularity).await,
        EntryType::Analysis => files(asking, dataset, DataKind::Variants, &people, granularity).await,
        EntryType::Individual | EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort => Ok(Matching::default()),
    }
}

async fn specimens(
    asking: &Asking<'_>,
    dataset: &DatasetGrant,
    people: &RoaringBitmap,
    granularity: Granularity,
    shared: &RoaringBitmap,
) -> Result<Matching, ServiceError> {
    let mut found = Matching::default();
    let add = |part: BTreeSet<OwnedSpecimen>| {
        found.people.extend(part.iter().map(|specimen| specimen.ordinal.0));
        let (of_several, apart): (BTreeSet<_>, BTreeSet<_>) = part.into_iter().partition(|specimen| shared.contains(specimen.ordinal.0));
        found.apart += apart.len() as u64;
        found.specimens.extend(of_several);
        go_on(asking, granularity, &found.people)
    };
    let catalogue = &asking.stores.catalogue;
    catalogue.visit_specimens(asking.grant, dataset.dataset(), people, add).await?;
    found.own = found.people.clone();
    Ok(found)
}

async fn files(
    asking: &Asking<'_>,
    dataset: &DatasetGrant,
    kind: DataKind,
    people: &RoaringBitmap,
    granularity: Granularity,
) -> Result<Matching, ServiceError> {
    let mut found = Matching::default();
    // The file that the last owner was of, and whose it is so far, where it is one person's.
    let mut last: Option<(ObjectId, Option<u32>)> = None;
    let add = |part: &[FileOwner]| {
        for owner in part {
            let person = owner.ordinal.0;
            found.people.insert(person);
            match &mut last {
                Some((object, of)) if *object == owner.object => {
                    if *of != Some(person) {
                        *of = None;
                    }
                }
                other => {
                    found.apart += 1;
                    let before = other.replace((owner.object.clone(), Some(person)));
                    found.own.extend(before.and_then(|(_, of)| of));
                }
            }
        }
        go_on(asking, granularity, &found.people)
    };
    let catalogue = &asking.stores.catalogue;
    catalogue
        .visit_file_owners(asking.grant, dataset.dataset(), kind, people, add)
        .await?;
    found.own.extend(last.and_then(|(_, of)| of));
    Ok(found)
}

/// A yes needs no more than enough people.
fn go_on(asking: &Asking<'_>, granularity: Granularity, people: &RoaringBitmap) -> ControlFlow<()> {
    if granularity == Granularity::Boolean && asking.terms().shows(asking.grant, people) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
