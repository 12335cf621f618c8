//! Variants from the files of whoever, or whatever, is named in a path, and not from the carrier index.
//!
//! The stretches that a question is about are cut out of each file as htsget cuts them, for the Grant's people alone, and taken in as a load takes
//! them in: into segments of the carrier index, which live as long as the answer and are asked as the index is. So a question means the same of a file
//! as of the index. Of each person a segment holds one specimen, so that it is known in which an allele was found.

mod read;
mod segments;

use std::collections::{BTreeMap, BTreeSet};

use ga4gh_beacon::EntryType;
use gemj_access::{DatasetGrant, Grant};
use gemj_catalogue::{FileOwner, OwnedSpecimen};
use gemj_model::{Allele, Assembly, DatasetId, ObjectId, Ordinal, Origin, SpecimenId, ZeroBased, Zygosity};
use gemj_variants::{AlleleQuery, CarrierReader, VariantError};
use roaring::RoaringBitmap;

use self::read::Reading;
use super::asking::Asking;
use super::narrowed::Narrowed;
use super::{named_variant, records};
use crate::service_error::ServiceError;

/// What was read of the files.
pub(super) struct OwnFiles {
    /// Of all that was read.
    reader: CarrierReader,
    assembly: Assembly,
    origin: Origin,
    columns: Vec<Columns>,
    files: BTreeSet<(DatasetId, ObjectId, u32)>,
}

/// One specimen of each of some people of a dataset.
struct Columns {
    dataset: DatasetId,
    reader: CarrierReader,
    specimens: BTreeMap<u32, Option<SpecimenId>>,
}

/// An allele of a person, and the specimen that it was found in.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) specimen: OwnedSpecimen,
    pub(super) zygosity: Zygosity,
}

/// What is read of a dataset.
struct Wanted<'a> {
    dataset: &'a DatasetGrant,
    /// Columns of files.
    owners: BTreeSet<FileOwner>,
    /// Whose case reports count, and the specimens that their alleles are said to be of.
    reported: BTreeMap<u32, OwnedSpecimen>,
    /// The file that is asked about, germline or somatic; absent where germline ones are.
    analysis: Option<&'a ObjectId>,
}

impl OwnFiles {
    /// What a question finds in the files of the thing in the path; absent where none is named. Of one that is not found nothing is read.
    ///
    /// # Errors
    /// A question that reaches beyond the Grant's regions, or for which too much would have to be read; a store's failure, which is never an
    /// empty answer.
    pub(super) async fn of_path(
        asking: &Asking<'_>,
        narrowed: &[Narrowed],
        assembly: Assembly,
        alleles: &AlleleQuery,
    ) -> Result<Option<Self>, ServiceError> {
        match asking.of {
            Some((EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis, _)) => {}
            None | Some((EntryType::GenomicVariant | EntryType::Dataset | EntryType::Cohort, _)) => return Ok(None),
        }
        let (stores, grant) = (asking.stores, asking.grant);
        let mut reading = Reading::new(asking, assembly, alleles);
        for (dataset, narrowed) in asking.datasets().into_iter().zip(narrowed) {
            let Some(thing) = narrowed.thing() else { continue };
            let counts = |person: u32| narrowed.people().is_none_or(|people| people.contains(person));
            let owners = records::variant_files(stores, grant, dataset, thing).await?;
            let mut reported = match thing.analysis() {
                Some(_) => BTreeMap::new(),
                // No report is in a release.
                None if !dataset.releases().is_empty() => BTreeMap::new(),
                None => records::reported_specimens(stores, grant, dataset, thing.people()).await?,
            };
            reported.retain(|person, specimen| counts(*person) && thing.has_reported(specimen));
            let wanted = Wanted {
                dataset,
                owners: owners.into_iter().filter(|owner| counts(owner.ordinal.0)).collect(),
                reported,
                analysis: thing.analysis(),
            };
            reading.take(wanted).await?;
        }
        Ok(Some(reading.finish().await?))
    }

    /// What a question finds in these columns of germline files of a dataset.
    ///
    /// # Errors
    /// As [`OwnFiles::of_path`].
    pub(super) async fn of_columns(
        asking: &Asking<'_>,
        dataset: &DatasetGrant,
        owners: BTreeSet<FileOwner>,
        assembly: Assembly,
        alleles: &AlleleQuery,
    ) -> Result<Self, ServiceError> {
        let mut reading = Reading::new(asking, assembly, alleles);
        let wanted = Wanted {
            dataset,
            owners,
            reported: BTreeMap::new(),
            analysis: None,
        };
        reading.take(wanted).await?;
        reading.finish().await
    }

    /// What answers the question in the place of the carrier index.
    pub(super) fn reader(&self) -> &CarrierReader {
        &self.reader
    }

    /// As what the variants were loaded.
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// The files of a dataset that some people's variants were looked for in.
    pub(super) fn files(&self, dataset: &DatasetId, people: &RoaringBitmap) -> BTreeSet<ObjectId> {
        let theirs = self
            .files
            .iter()
            .filter(|(of, _, person)| of == dataset && people.contains(*person));
        theirs.map(|(_, file, _)| file.clone()).collect()
    }

    /// Who carries an allele that the question found in a dataset, once for each specimen, in order of specimen. `asked_from` is as in
    /// [`named_variant::again`].
    ///
    /// # Errors
    /// See [`VariantError`].
    pub(super) async fn cases(
        &self,
        grant: &Grant,
        dataset: &DatasetGrant,
        allele: &Allele,
        asked_from: ZeroBased,
    ) -> Result<Vec<Case>, VariantError> {
        let mut cases = Vec::new();
        for columns in self.columns.iter().filter(|columns| columns.dataset == *dataset.dataset()) {
            let scope = (self.assembly, self.origin);
            let carriers = named_variant::carriers_again(&columns.reader, grant, dataset, scope, allele, asked_from).await?;
            for zygosity in [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous] {
                cases.extend(carriers.class(zygosity).iter().filter_map(|person| {
                    let specimen = OwnedSpecimen {
                        ordinal: Ordinal(person),
                        specimen: columns.specimens.get(&person)?.clone(),
                    };
                    Some(Case { specimen, zygosity })
                }));
            }
        }
        cases.sort_by(|a, b| a.specimen.cmp(&b.specimen));
        Ok(cases)
    }
}

#[cfg(test)]
mod tests;
