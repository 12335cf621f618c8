//! The records of record answers: individuals, biosamples, runs and analyses of a Grant's participants.
//!
//! * Participants and specimens have pseudonyms for the Grant's audience. Files have their ids, which reveal nothing.
//! * Records are sorted by these pseudonyms or ids. The order of registration would list relatives next to each other, and two audiences
//!   could compare their lists.
//! * If files or alleles of case reports come from a specimen without an id, the record of this unnamed specimen has a pseudonym of its
//!   own. A participant has at most one unnamed specimen.
//! * `docs/beacon-records.md` lists what records never contain, and why.

pub(super) mod age;
mod analysis;
pub(crate) mod biosample;
pub(crate) mod individual;
mod measurement;
pub(crate) mod names;
mod resolved_thing;
mod run;
pub(crate) mod term;
mod things;
pub(crate) mod untold;

use std::collections::BTreeMap;

use ga4gh_beacon::{EntryType, Record};
use gemj_access::{DatasetGrant, Grant, PseudonymKey};
use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{DataKind, ObjectId, Ordinal};
use roaring::RoaringBitmap;

use crate::service_error::ServiceError;
use crate::stores::Stores;
pub(super) use resolved_thing::ResolvedThing;
pub(super) use things::{Thing, Things};

/// The limits of a list of records: participants, and the thing that the path names.
#[derive(Clone, Copy, Default)]
pub(super) struct Within<'a> {
    /// Only these participants are listed; absent means all participants that the Grant opens in the dataset.
    pub(super) people: Option<&'a RoaringBitmap>,
    /// Only things that belong to this participant, specimen or file are listed; absent means no limit.
    pub(super) thing: Option<&'a ResolvedThing>,
}

/// The stored participants, specimens or files of an entry type in a dataset that the Grant opens. The result is empty for variants,
/// datasets and cohorts.
///
/// * Individuals: every participant.
/// * Biosamples: specimens from which a served file was made or that a current source describes, and each participant's unnamed specimen,
///   if data comes from a specimen whose id is not stated.
/// * Runs: served files of reads. Analyses: served files of variants. A joint file is included if the Grant opens at least one of its
///   participants.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn things(
    stores: &Stores,
    grant: &Grant,
    dataset: &DatasetGrant,
    entry: EntryType,
    within: &Within<'_>,
) -> Result<Things, ServiceError> {
    let mut people = dataset.participants().as_ref().clone();
    if let Some(some) = within.people {
        people &= some;
    }
    if let Some(thing) = within.thing {
        people &= thing.people();
    }
    let id = dataset.dataset();
    let files = async |kind| {
        let mut owners = stores.catalogue.file_owners(grant, id, kind, &people).await?;
        if let Some(thing) = within.thing {
            owners.retain(|owner| thing.has_file(kind, owner));
        }
        Ok::<_, ServiceError>(Things::of_files(owners))
    };
    match entry {
        EntryType::Individual => Ok(Things::of_people(people)),
        EntryType::Biosample => {
            let mut owned = stores.catalogue.owned_specimens(grant, id, &people).await?;
            if let Some(thing) = within.thing {
                owned.retain(|specimen| thing.has_specimen(specimen));
            }
            Ok(Things::of_specimens(owned))
        }
        EntryType::Run => files(DataKind::Reads).await,
        EntryType::Analysis => files(DataKind::Variants).await,
        EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort => Ok(Things::default()),
    }
}

/// The records of the things on a page, in the order of the things. A participant, specimen or file has no record if the Grant does not
/// open it, or if it was removed after it was listed.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn records(
    stores: &Stores,
    grant: &Grant,
    names: &PseudonymKey,
    dataset: &DatasetGrant,
    entry: EntryType,
    things: &[Thing],
) -> Result<Vec<Record>, ServiceError> {
    let id = dataset.dataset();
    match entry {
        EntryType::Individual => {
            let people = stores.catalogue.recorded_people(grant, id, &people_of(things)).await?;
            let terms = term::Terms::of_people(stores, &people).await?;
            let made = people.iter().map(|person| {
                let record = individual::record(names, person, &terms);
                (Thing::Person(person.ordinal), Record::from(record))
            });
            Ok(in_order(things, made.collect()))
        }
        EntryType::Biosample => {
            let specimens = stores.catalogue.recorded_specimens(grant, id, &people_of(things)).await?;
            let terms = term::Terms::of_specimens(stores, &specimens).await?;
            let made = specimens.iter().map(|specimen| {
                let record = biosample::record(names, specimen, &specimens, &terms);
                (Thing::Specimen(specimen.owned.clone()), Record::from(record))
            });
            Ok(in_order(things, made.collect()))
        }
        EntryType::Run | EntryType::Analysis => {
            let ids: Vec<&ObjectId> = things.iter().filter_map(Thing::file).collect();
            let files = stores.catalogue.recorded_files(grant, id, &ids).await?;
            let made = files.iter().filter_map(|file| {
                let record = match (entry, file.format.data_kind()) {
                    (EntryType::Run, DataKind::Reads) => run::record(names, file)?.into(),
                    (EntryType::Analysis, DataKind::Variants) => analysis::record(names, file)?.into(),
                    _ => return None,
                };
                Some((Thing::File(file.id.clone()), record))
            });
            Ok(in_order(things, made.collect()))
        }
        EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort => Ok(Vec::new()),
    }
}

/// The thing of an entry type in a dataset with the id that records contain. The result is absent for an unknown, hidden, withdrawn, held
/// or removed thing. The same statements and comparisons run in all of these cases, so the time of the answer does not distinguish them.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn find(
    stores: &Stores,
    grant: &Grant,
    names: &PseudonymKey,
    dataset: &DatasetGrant,
    entry: EntryType,
    id: &str,
) -> Result<Option<ResolvedThing>, ServiceError> {
    match entry {
        EntryType::Individual | EntryType::Biosample => {
            let all = things(stores, grant, dataset, entry, &Within::default()).await?;
            Ok(all.named(names, id).await.and_then(ResolvedThing::of_thing))
        }
        EntryType::Run | EntryType::Analysis => {
            let Ok(id) = ObjectId::parse(id) else { return Ok(None) };
            let kind = if entry == EntryType::Run {
                DataKind::Reads
            } else {
                DataKind::Variants
            };
            let files = stores.catalogue.recorded_files(grant, dataset.dataset(), &[&id]).await?;
            let file = files.into_iter().find(|file| file.format.data_kind() == kind);
            Ok(file.map(|file| ResolvedThing::of_file(kind, file.id, file.owners)))
        }
        EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort => Ok(None),
    }
}

/// One entry for each participant in each served variant file that belongs to a thing, with the specimen from which the file was made.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn variant_files(
    stores: &Stores,
    grant: &Grant,
    dataset: &DatasetGrant,
    thing: &ResolvedThing,
) -> Result<Vec<FileOwner>, ServiceError> {
    let id = dataset.dataset();
    let mut owners = stores.catalogue.file_owners(grant, id, DataKind::Variants, thing.people()).await?;
    owners.retain(|owner| thing.has_file(DataKind::Variants, owner));
    Ok(owners)
}

/// For each of these participants, the specimen under which the alleles of case reports are listed. Reports do not name a specimen. The
/// alleles are listed under the participant's only specimen or, if the participant has several specimens or none, under the participant's
/// unnamed specimen: an entry for a specimen whose id is not stated.
///
/// # Errors
/// The catalogue's failure.
pub(super) async fn reported_specimens(
    stores: &Stores,
    grant: &Grant,
    dataset: &DatasetGrant,
    people: &RoaringBitmap,
) -> Result<BTreeMap<u32, OwnedSpecimen>, ServiceError> {
    let mut owned: BTreeMap<u32, Vec<OwnedSpecimen>> = BTreeMap::new();
    for specimen in stores.catalogue.owned_specimens(grant, dataset.dataset(), people).await? {
        owned.entry(specimen.ordinal.0).or_default().push(specimen);
    }
    let one = |person: u32| match owned.remove(&person).as_deref() {
        Some([only]) => (person, only.clone()),
        Some(_) | None => {
            let not_named = OwnedSpecimen {
                ordinal: Ordinal(person),
                specimen: None,
            };
            (person, not_named)
        }
    };
    Ok(people.iter().map(one).collect())
}

/// The pseudonym of a specimen. The pseudonym of an unnamed specimen (its id is not stated) is derived from its participant and differs
/// from the participant's pseudonym.
pub(super) fn specimen_name(names: &PseudonymKey, owned: &OwnedSpecimen) -> String {
    match &owned.specimen {
        Some(specimen) => names.text("specimen", specimen.as_str()),
        None => names.text("specimen-not-named", &owned.ordinal.0.to_string()),
    }
}

fn people_of(things: &[Thing]) -> RoaringBitmap {
    things.iter().filter_map(Thing::person).map(|Ordinal(person)| person).collect()
}

/// The records in the order of `things`, which they describe.
fn in_order(things: &[Thing], mut made: BTreeMap<Thing, Record>) -> Vec<Record> {
    things.iter().filter_map(|thing| made.remove(thing)).collect()
}

#[cfg(test)]
pub(super) mod tests;
