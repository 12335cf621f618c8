//! Determines the specimens of participants in which an allele of the carrier index was found.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::DatasetGrant;
use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{Allele, Assembly, DataKind, ObjectId, Ordinal, Origin, SpecimenId, ZeroBased, Zygosity};
use gemj_variants::AlleleQuery;
use roaring::RoaringBitmap;

use super::answer_context::AnswerContext;
use super::own_files::{Case, OwnFiles};
use super::{named_variant, records};
use crate::service_error::ServiceError;

/// The largest number of files that are read to distinguish specimens, for one page of a dataset. If a participant's files would exceed
/// this number, the participant's alleles are listed under the participant's unnamed specimen: an entry for a specimen whose id is not
/// stated.
const MOST_FILES: usize = 50;

/// An allele, its first base within the requested intervals, and its carriers with their zygosity.
pub(super) struct Carried {
    pub(super) allele: Allele,
    pub(super) asked_from: ZeroBased,
    pub(super) carriers: Vec<(u32, Zygosity)>,
}

impl Carried {
    fn by(&self, people: &RoaringBitmap) -> bool {
        self.carriers.iter().any(|(person, _)| people.contains(*person))
    }
}

/// The alleles of one page with their carriers, once for each specimen. The specimen of a carrier is:
/// * the only specimen from which the participant's variant files were made;
/// * for a participant with several specimens, the specimen in whose file the allele is found when the files are read;
/// * for an allele from a case report, the specimen of [`records::reported_specimens`].
///
/// # Errors
/// A store's failure.
pub(super) async fn found_in(
    asking: &AnswerContext<'_>,
    dataset: &DatasetGrant,
    assembly: Assembly,
    page: Vec<Carried>,
) -> Result<Vec<(Allele, Vec<Case>)>, ServiceError> {
    let (stores, grant) = (asking.stores, asking.grant);
    let people: RoaringBitmap = page.iter().flat_map(|one| &one.carriers).map(|(person, _)| *person).collect();
    let owners = stores
        .catalogue
        .file_owners(grant, dataset.dataset(), DataKind::Variants, &people)
        .await?;
    let mut specimens = by_person(&owners);
    let several = specimens.extract_if(.., |_, own| own.len() > 1).map(|(person, _)| person).collect();
    let owners = germline(asking, dataset, owners, &several).await?;
    let mut unclear = RoaringBitmap::new();
    for (person, own) in by_person(&owners) {
        if own.len() > 1 {
            unclear.insert(person);
        } else {
            specimens.insert(person, own);
        }
    }
    let of_no_file = people
        .iter()
        .filter(|person| !specimens.contains_key(person) && !unclear.contains(*person));
    for (person, specimen) in records::reported_specimens(stores, grant, dataset, &of_no_file.collect()).await? {
        specimens.insert(person, BTreeSet::from([specimen.specimen]));
    }
    let own = read(asking, dataset, assembly, &page, owners, &unclear).await?;
    let mut found = Vec::with_capacity(page.len());
    for one in page {
        let mut cases = match &own {
            Some(own) if one.by(&unclear) => own.cases(grant, dataset, &one.allele, one.asked_from).await?,
            Some(_) | None => Vec::new(),
        };
        // For the carriers in `told`, a file states the specimen. Every other carrier gets the specimen in `specimens`: the only specimen
        // of the participant's files, or the specimen for case reports. If the participant has several specimens, but no readable file
        // contains the allele, the participant's unnamed specimen is listed: an entry for a specimen whose id is not stated.
        let told: RoaringBitmap = cases.iter().map(|case| case.specimen.ordinal.0).collect();
        let carriers: BTreeSet<u32> = one.carriers.iter().map(|(person, _)| *person).collect();
        cases.retain(|case| carriers.contains(&case.specimen.ordinal.0));
        cases.extend(
            one.carriers
                .iter()
                .filter(|(person, _)| !told.contains(*person))
                .map(|(person, zygosity)| Case {
                    specimen: OwnedSpecimen {
                        ordinal: Ordinal(*person),
                        specimen: specimens.get(person).and_then(|own| own.first().cloned()).flatten(),
                    },
                    zygosity: *zygosity,
                }),
        );
        found.push((one.allele, cases));
    }
    Ok(found)
}

fn by_person(owners: &[FileOwner]) -> BTreeMap<u32, BTreeSet<Option<SpecimenId>>> {
    let mut specimens: BTreeMap<u32, BTreeSet<Option<SpecimenId>>> = BTreeMap::new();
    for owner in owners {
        specimens.entry(owner.ordinal.0).or_default().insert(owner.specimen.clone());
    }
    specimens
}

/// Keeps an entry of `owners` only if its participant is in `people` and its file is germline.
async fn germline(
    asking: &AnswerContext<'_>,
    dataset: &DatasetGrant,
    mut owners: Vec<FileOwner>,
    people: &RoaringBitmap,
) -> Result<Vec<FileOwner>, ServiceError> {
    owners.retain(|owner| people.contains(owner.ordinal.0));
    let ids: BTreeSet<&ObjectId> = owners.iter().map(|owner| &owner.object).collect();
    let ids: Vec<&ObjectId> = ids.into_iter().collect();
    let files = asking
        .stores
        .catalogue
        .recorded_files(asking.grant, dataset.dataset(), &ids)
        .await?;
    let files = files.into_iter().filter(|file| file.origin == Origin::Germline);
    let files: BTreeSet<ObjectId> = files.map(|file| file.id).collect();
    owners.retain(|owner| files.contains(&owner.object));
    Ok(owners)
}

/// Reads the page's alleles from the files of the participants in `unclear`, which have several specimens. A participant whose files would
/// exceed [`MOST_FILES`] is skipped. Returns `None` if no file is left to read, or if the files are too large.
async fn read(
    asking: &AnswerContext<'_>,
    dataset: &DatasetGrant,
    assembly: Assembly,
    page: &[Carried],
    owners: Vec<FileOwner>,
    unclear: &RoaringBitmap,
) -> Result<Option<OwnFiles>, ServiceError> {
    let mut of_people: BTreeMap<u32, Vec<FileOwner>> = BTreeMap::new();
    for owner in owners.into_iter().filter(|owner| unclear.contains(owner.ordinal.0)) {
        of_people.entry(owner.ordinal.0).or_default().push(owner);
    }
    let mut files: BTreeSet<ObjectId> = BTreeSet::new();
    let mut columns: BTreeSet<FileOwner> = BTreeSet::new();
    for theirs in of_people.into_values() {
        let more: BTreeSet<&ObjectId> = theirs
            .iter()
            .map(|owner| &owner.object)
            .filter(|file| !files.contains(file))
            .collect();
        if files.len() + more.len() <= MOST_FILES {
            files.extend(theirs.iter().map(|owner| owner.object.clone()));
            columns.extend(theirs);
        }
    }
    if columns.is_empty() {
        return Ok(None);
    }
    let windows = page
        .iter()
        .filter(|one| one.by(unclear))
        .map(|one| AlleleQuery::Window(named_variant::again(&one.allele, one.asked_from)));
    let alleles = AlleleQuery::AnyOf(windows.collect());
    match OwnFiles::of_columns(asking, dataset, columns, assembly, &alleles).await {
        Ok(own) => Ok(Some(own)),
        Err(ServiceError::TooLarge(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
