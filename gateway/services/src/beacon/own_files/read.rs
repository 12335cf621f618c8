//! Builds the temporary segments of one answer from files and case reports.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::DatasetGrant;
use gemj_catalogue::{FileOwner, IndexedReport};
use gemj_model::{Assembly, DataObject, DatasetId, FileFormat, ObjectId, Ordinal, Origin, SpecimenId};
use gemj_objects::{GenotypeReader, GenotypeSlice, ObjectError, SliceError};
use gemj_variants::{AlleleQuery, BuildError, IngestError, SegmentBuilder, StoredSegment, VariantError, ingest_variants};
use roaring::RoaringBitmap;

use super::segments::{self, Made};
use super::{Columns, OwnFiles, Wanted};
use crate::beacon::answer_context::AnswerContext;
use crate::service_error::ServiceError;

/// The largest cost of one answer, as the number of BGZF bytes that take the same time to read: some seconds of work, and more than one
/// participant's whole chromosome of a gVCF.
const MOST_WEIGHTED_BYTES: u64 = 1024 * 1024 * 1024;

/// The memory for the entries of one segment, in bytes. Further entries are written to temporary files.
const BUDGET_BYTES: usize = 32 * 1024 * 1024;

/// The name of the source for alleles that come from case reports only.
const REPORTS: &str = "case reports";

/// The state of reading files for one request: the segments built so far, the files, and the cost that is left.
pub(super) struct Reading<'a> {
    asking: &'a AnswerContext<'a>,
    assembly: Assembly,
    alleles: &'a AlleleQuery,
    origin: Origin,
    left_bytes: u64,
    made: Vec<(Made, BTreeMap<u32, Option<SpecimenId>>)>,
    files: BTreeSet<(DatasetId, ObjectId, u32)>,
}

/// The part of a variant file that the query covers.
struct Slice {
    object: DataObject,
    slice: GenotypeSlice,
}

impl<'a> Reading<'a> {
    pub(super) fn new(asking: &'a AnswerContext<'a>, assembly: Assembly, alleles: &'a AlleleQuery) -> Self {
        Self {
            asking,
            assembly,
            alleles,
            origin: Origin::Germline,
            left_bytes: MOST_WEIGHTED_BYTES,
            made: Vec::new(),
            files: BTreeSet::new(),
        }
    }

    /// Reads the wanted files and case reports of one dataset, and builds their segments.
    pub(super) async fn take(&mut self, wanted: Wanted<'_>) -> Result<(), ServiceError> {
        let slices = self.slices(&wanted).await?;
        let reports = self.reports(&wanted).await?;
        let mut specimens: BTreeMap<u32, BTreeSet<Option<SpecimenId>>> = BTreeMap::new();
        for sample in slices.iter().flat_map(|slice| slice.slice.columns()) {
            if let Some(person) = sample.participant {
                specimens.entry(person.0).or_default().insert(sample.specimen.clone());
            }
        }
        for report in &reports {
            if let Some(specimen) = wanted.reported.get(&report.ordinal.0) {
                specimens.entry(report.ordinal.0).or_default().insert(specimen.specimen.clone());
            }
        }
        let most = specimens.values().map(BTreeSet::len).max().unwrap_or(0);
        for number in 0..most {
            let numbered = |(person, own): (&u32, &BTreeSet<Option<SpecimenId>>)| Some((*person, own.iter().nth(number)?.clone()));
            let one_of_each = specimens.iter().filter_map(numbered).collect();
            self.build(&wanted, &slices, &reports, one_of_each).await?;
        }
        Ok(())
    }

    /// Makes the readers of all segments that were built.
    pub(super) async fn finish(self) -> Result<OwnFiles, ServiceError> {
        let all = self.made.iter().map(|(made, _)| made.clone());
        let reader = segments::reader(all).await?;
        let mut columns = Vec::with_capacity(self.made.len());
        for (made, specimens) in self.made {
            columns.push(Columns {
                dataset: made.segment.dataset.clone(),
                reader: segments::reader([made]).await?,
                specimens,
            });
        }
        Ok(OwnFiles {
            reader,
            assembly: self.assembly,
            origin: self.origin,
            columns,
            files: self.files,
        })
    }

    /// Cuts the part that the query covers out of each wanted file.
    async fn slices(&mut self, wanted: &Wanted<'_>) -> Result<Vec<Slice>, ServiceError> {
        let stores = self.asking.stores;
        let stretches = self.alleles.stretches(wanted.dataset, self.assembly)?;
        let leftmost = stores.objects.reference(self.assembly).is_some();
        let ids: BTreeSet<&ObjectId> = wanted.owners.iter().map(|owner| &owner.object).collect();
        let mut slices = Vec::new();
        for id in ids {
            // If a file is removed after its owners were listed, the file is unknown from that moment and is skipped.
            let Some(object) = stores.catalogue.object(self.asking.grant, id).await? else {
                continue;
            };
            if wanted.analysis == Some(id) {
                self.origin = object.origin;
            } else if object.origin != Origin::Germline {
                continue;
            }
            let owners = wanted.owners.iter().filter(|owner| owner.object == *id);
            self.files
                .extend(owners.map(|owner| (object.dataset.clone(), id.clone(), owner.ordinal.0)));
            if object.assembly != self.assembly || stretches.is_empty() {
                continue;
            }
            let is_wanted = |sample: &gemj_model::object::ObjectSample| {
                sample.participant.is_some_and(|ordinal| {
                    wanted.owners.contains(&FileOwner {
                        object: id.clone(),
                        ordinal,
                        specimen: sample.specimen.clone(),
                    })
                })
            };
            let objects = &stores.objects;
            let slice = objects.genotypes(self.asking.grant, &object, is_wanted, &stretches, leftmost);
            let Some(slice) = slice.await.map_err(not_sliced)? else { continue };
            self.left_bytes = self
                .left_bytes
                .checked_sub(slice.weighted_cost_bytes())
                .ok_or(ServiceError::TooLarge("more file data than one request may read"))?;
            slices.push(Slice { object, slice });
        }
        Ok(slices)
    }

    async fn reports(&self, wanted: &Wanted<'_>) -> Result<Vec<IndexedReport>, ServiceError> {
        if wanted.reported.is_empty() {
            return Ok(Vec::new());
        }
        let (people, dataset): (RoaringBitmap, &DatasetGrant) = (wanted.reported.keys().copied().collect(), wanted.dataset);
        let catalogue = &self.asking.stores.catalogue;
        let reports = catalogue.indexed_reports(self.asking.grant, dataset.dataset(), &people, self.assembly, self.origin);
        Ok(reports.await?)
    }

    /// Builds a segment that contains one specimen of each participant.
    async fn build(
        &mut self,
        wanted: &Wanted<'_>,
        slices: &[Slice],
        reports: &[IndexedReport],
        specimens: BTreeMap<u32, Option<SpecimenId>>,
    ) -> Result<(), ServiceError> {
        let dataset = wanted.dataset.dataset();
        let reference = self.asking.stores.objects.reference(self.assembly);
        let mut builder = SegmentBuilder::new(dataset.clone(), self.assembly, self.origin, BUDGET_BYTES).with_reference(reference);
        for Slice { object, slice } in slices {
            let column = |sample: &gemj_model::object::ObjectSample| {
                let person = sample.participant?;
                (specimens.get(&person.0)? == &sample.specimen).then_some(person)
            };
            let columns: Vec<Option<Ordinal>> = slice.columns().iter().map(column).collect();
            if columns.iter().any(Option::is_some) {
                let file = File {
                    reader: slice.reader().await?,
                    format: slice.format(),
                    columns,
                    source: object.id.as_str().to_owned(),
                };
                builder = blocking(move || file.into(builder)).await?;
            }
        }
        let is_here = |report: &&IndexedReport| {
            let person = report.ordinal.0;
            wanted
                .reported
                .get(&person)
                .is_some_and(|reported| specimens.get(&person) == Some(&reported.specimen))
        };
        let reports: Vec<IndexedReport> = reports.iter().filter(is_here).cloned().collect();
        let id = format!("own-{}", self.made.len());
        let (bytes, built) = blocking(move || {
            let source = builder.source(REPORTS).map_err(not_built)?;
            for report in reports {
                match builder.add(&report.allele, report.ordinal, report.zygosity, source) {
                    // The carrier index cannot contain an impossible allele either, so the allele is skipped.
                    Ok(()) | Err(BuildError::ImpossibleAllele) => {}
                    Err(error) => return Err(not_built(error)),
                }
            }
            builder.finish().map_err(not_built)
        })
        .await?;
        if built.variant_count > 0 {
            let segment = StoredSegment {
                id: id.clone(),
                dataset: dataset.clone(),
                assembly: self.assembly,
                origin: self.origin,
                storage_key: id,
                size_bytes: bytes.len() as u64,
            };
            let bytes = bytes.into();
            self.made.push((Made { segment, bytes }, specimens));
        }
        Ok(())
    }
}

/// A slice of a variant file that is loaded into a segment.
struct File {
    reader: GenotypeReader,
    format: FileFormat,
    columns: Vec<Option<Ordinal>>,
    source: String,
}

impl File {
    fn into(self, mut builder: SegmentBuilder) -> Result<SegmentBuilder, ServiceError> {
        let (assembly, origin) = (builder.assembly(), builder.origin());
        let (columns, source) = (&self.columns, &self.source);
        let taken = ingest_variants(
            self.reader,
            self.format,
            columns,
            assembly,
            origin,
            source,
            &mut builder,
            &mut |_| {},
        );
        taken.map_err(not_taken)?;
        // The names of the alleles (HGVS) were stored when the file was loaded, so they are not needed here.
        drop(builder.take_names());
        Ok(builder)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static) -> Result<T, ServiceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(failure) if failure.is_panic() => Err(damaged().into()),
        Err(_) => Err(ObjectError::Stopped.into()),
    }
}

fn damaged() -> ObjectError {
    ObjectError::Damaged {
        what: "its genotypes cannot be read",
    }
}

/// Converts an error of the slicer. The access to the file was decided before, so every error is a failure of the file, except a query
/// outside the Grant's regions.
fn not_sliced(error: SliceError) -> ServiceError {
    match error {
        SliceError::OutsideRegions => VariantError::OutsideRegions.into(),
        SliceError::Object(error) => error.into(),
        SliceError::UnknownContig
        | SliceError::NotReads
        | SliceError::NotCovered
        | SliceError::ReferenceNeeded
        | SliceError::NotConverted => damaged().into(),
    }
}

fn not_taken(error: IngestError) -> ServiceError {
    match error {
        IngestError::Read { source, .. } => match source.downcast::<ObjectError>() {
            Ok(error) => error.into(),
            Err(_) => damaged().into(),
        },
        IngestError::Build(error) => not_built(error),
        IngestError::Malformed { .. } | IngestError::NotAVariantFile | IngestError::OtherScope | IngestError::SourceTwice => {
            damaged().into()
        }
    }
}

fn not_built(error: BuildError) -> ServiceError {
    match error {
        BuildError::Spill(source) => ObjectError::Io {
            operation: "using a temporary file",
            source,
        }
        .into(),
        BuildError::Reference(source) => ObjectError::Io {
            operation: "reading the reference FASTA",
            source,
        }
        .into(),
        BuildError::ImpossibleAllele | BuildError::TooMany => damaged().into(),
    }
}
