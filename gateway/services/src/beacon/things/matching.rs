//! Finds the matching participants, specimens or files in one dataset, before suppression. If the answer lists no records, the things are
//! counted while they are read, and are not kept.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use ga4gh_beacon::EntryType;
use gemj_access::{DatasetGrant, Granularity};
use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{DataKind, ObjectId};
use roaring::RoaringBitmap;

use crate::beacon::answer_context::AnswerContext;
use crate::beacon::narrowed::Narrowed;
use crate::beacon::records::{self, Things};
use crate::service_error::ServiceError;

/// The matching participants, specimens or files of one or several datasets.
#[derive(Default)]
pub(super) struct Matching {
    /// The number of matching things that no other dataset can contain. These things are counted and not kept.
    apart: u64,
    /// The matching participants, if the request is about individuals.
    persons: RoaringBitmap,
    /// The matching specimens of participants in several datasets.
    specimens: BTreeSet<OwnedSpecimen>,
    /// The matching things in their order, if the answer lists records or if the path names a participant, specimen or file.
    pub(super) listed: Things,
    /// The participants of all matching things.
    pub(super) people: RoaringBitmap,
    /// The participants with at least one matching thing that belongs to them alone among the requested participants. Empty if `listed`
    /// contains the things.
    pub(super) own: RoaringBitmap,
}

impl Matching {
    /// The number of matching participants, specimens or files, without duplicates.
    pub(super) fn count(&self) -> u64 {
        self.apart + self.persons.len() + self.specimens.len() as u64 + self.listed.len()
    }

    /// Adds the matches of another dataset to these matches.
    pub(super) fn merge(&mut self, other: Self) {
        self.apart += other.apart;
        self.persons |= other.persons;
        self.specimens.extend(other.specimens);
        self.listed = std::mem::take(&mut self.listed).merge(other.listed);
        self.people |= other.people;
        self.own |= other.own;
    }
}

/// The Grant's participants of a dataset, limited to the participants that the request is about.
pub(super) fn people(dataset: &DatasetGrant, narrowed: &Narrowed) -> RoaringBitmap {
    let all = dataset.participants().as_ref();
    narrowed.people().map_or_else(|| all.clone(), |people| people & all)
}

/// The matches of a request in one dataset. `shared` contains the participants that can also be in another dataset's answer.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn of(
    asking: &AnswerContext<'_>,
    dataset: &DatasetGrant,
    narrowed: &Narrowed,
    granularity: Granularity,
    shared: &RoaringBitmap,
) -> Result<Matching, ServiceError> {
    let entry = asking.request.entry;
    let people = people(dataset, narrowed);
    // If the path names one participant, specimen or file, few things belong to it. These things must be listed, because only a listed
    // thing can be compared with the thing in the path.
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
    asking: &AnswerContext<'_>,
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
    asking: &AnswerContext<'_>,
    dataset: &DatasetGrant,
    kind: DataKind,
    people: &RoaringBitmap,
    granularity: Granularity,
) -> Result<Matching, ServiceError> {
    let mut found = Matching::default();
    // The file of the last visited owner, with its participant. The participant is absent if the file has several participants.
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

/// Stops reading at boolean granularity as soon as enough participants are found.
fn go_on(asking: &AnswerContext<'_>, granularity: Granularity, people: &RoaringBitmap) -> ControlFlow<()> {
    if granularity == Granularity::Boolean && asking.terms().shows(asking.grant, people) {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}
