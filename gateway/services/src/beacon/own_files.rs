//! Reads variants from the files of the participant, specimen or file that a path names, instead of from the carrier index.
//!
//! The htsget slicer cuts the requested intervals out of each file, for the Grant's participants only. The slices are then loaded into
//! temporary segments of the carrier index, which exist only until the answer is complete. The same queries read these segments and the
//! index, so a request has the same meaning for both. A segment contains one specimen of each participant, so that the specimen of an
//! allele is known.

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
use super::answer_context::AnswerContext;
use super::narrowed::Narrowed;
use super::{named_variant, records};
use crate::service_error::ServiceError;

/// The variants that were read from participants' own files, in temporary segments of the carrier index.
pub(super) struct OwnFiles {
    /// A reader of the segments of all files together.
    reader: CarrierReader,
    assembly: Assembly,
    origin: Origin,
    columns: Vec<Columns>,
    files: BTreeSet<(DatasetId, ObjectId, u32)>,
}

/// A reader of one temporary segment, with the specimen of each participant in the segment.
struct Columns {
    dataset: DatasetId,
    reader: CarrierReader,
    specimens: BTreeMap<u32, Option<SpecimenId>>,
}

/// The specimen in which a participant's allele was found, with the zygosity.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) specimen: OwnedSpecimen,
    pub(super) zygosity: Zygosity,
}

/// The files and case reports that are read for one dataset.
struct Wanted<'a> {
    dataset: &'a DatasetGrant,
    /// The sample columns of files to read: each has a file, a participant and a specimen.
    owners: BTreeSet<FileOwner>,
    /// The participants whose case reports are used, with the specimen under which their reported alleles are listed.
    reported: BTreeMap<u32, OwnedSpecimen>,
    /// The file that the path names, germline or somatic; absent if all germline files are read.
    analysis: Option<&'a ObjectId>,
}

impl OwnFiles {
    /// The variants that a query finds in the files of the thing that the path names. `None` if the path does not name a participant,
    /// specimen or file. If the thing is not found in a dataset, nothing of that dataset is read.
    ///
    /// # Errors
    /// * The query covers more than the Grant's regions.
    /// * More file data than one request may read would be read.
    /// * A store fails. A failure is never an empty answer.
    pub(super) async fn of_path(
        asking: &AnswerContext<'_>,
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
                // A release contains no case reports.
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

    /// The variants that a query finds in the sample columns `owners` of a dataset's germline files.
    ///
    /// # Errors
    /// As [`OwnFiles::of_path`].
    pub(super) async fn of_columns(
        asking: &AnswerContext<'_>,
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

    /// The reader of the variants from files. It answers the query instead of the carrier index.
    pub(super) fn reader(&self) -> &CarrierReader {
        &self.reader
    }

    /// The origin (germline or somatic) under which the variants were loaded.
    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// The files of a dataset in which the variants of these participants were searched.
    pub(super) fn files(&self, dataset: &DatasetId, people: &RoaringBitmap) -> BTreeSet<ObjectId> {
        let theirs = self
            .files
            .iter()
            .filter(|(of, _, person)| of == dataset && people.contains(*person));
        theirs.map(|(_, file, _)| file.clone()).collect()
    }

    /// The carriers of an allele that the query found in a dataset, once for each specimen, in order of specimen. `asked_from` is the first
    /// base of the allele that the query covered.
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
