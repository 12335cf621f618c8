//! Loads one row of the sample sheet: inspects, stores, indexes and registers the file, completely or not at all.

use std::collections::{BTreeSet, HashMap};

use bytes::Bytes;
use gemj_access::{CapabilityKey, Mandate};
use gemj_catalogue::{
    CatalogueError, IndexedFile, MAX_NAMED_ALLELE_BYTES, NamingFile, NewObject, NewSample, ObjectStatus, PART_NAMES, Registered,
    SampleEvidence, SegmentRow,
};
use gemj_model::{Clock, DataKind, ObjectId, Ordinal, Sex};
use gemj_objects::inspect::{Expected, InspectError, Inspection, inspect};
use gemj_objects::{HashedFile, ObjectError, Stored};
use gemj_variants::{
    BuildError, BuiltSegment, DEFAULT_BUDGET_BYTES, EntryWitness, IngestError, IngestReport, NameSpool, SegmentBuilder, SegmentError,
    ingest_variants, verify,
};

use super::checks::{CheckSummary, SampleChecks};
use super::provenance;
use super::sheet::{Owner, Ownership, SheetRow};
use crate::stores::Stores;

/// The result of loading one row of the sample sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOutcome {
    /// The id under which the file is served.
    pub id: ObjectId,
    /// Whether the file is new. If the file was loaded before, only the provenance in its header is stored.
    pub is_new: bool,
    /// The number of variants that the file added to the carrier index.
    pub variant_count: u64,
    /// Warnings for the operator.
    pub warnings: Vec<String>,
    /// The results of the sample checks; empty for a file that was loaded before.
    pub checks: CheckSummary,
    /// The parts of a variant file that have no entry in the carrier index or that need attention: each reason with its count. The
    /// catalogue stores these counts.
    pub left_out: Vec<(&'static str, u64)>,
}

/// Why a row was not loaded. Nothing of the row takes effect. If stored names of alleles or files could not be removed, the maintenance
/// jobs remove them. No text names a person.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The file of the row or its index is invalid.
    #[error("{what} {fault}")]
    Inspect {
        /// The name of the file that the sheet contains.
        what: String,
        /// The reason why the file or its index is invalid.
        fault: InspectError,
    },
    /// The sheet states reads, but the file contains variants; or the reverse.
    #[error("data_kind contradicts the file, which contains {}", .0.as_str())]
    Kind(DataKind),
    /// The row names one participant, but the file has several samples.
    #[error("the file has {0} samples, but the row names one participant")]
    SeveralSamples(usize),
    /// The variant file has no sample column.
    #[error("the file has no sample")]
    NoSample,
    /// The row describes a joint file of reads, which is not supported.
    #[error("a file of reads belongs to one participant")]
    JointReads,
    /// The sheet of samples contains a sample that the file does not have.
    #[error("samples_path names {0} sample(s) that the file does not have")]
    UnknownSamples(usize),
    /// The sheet of samples names no sample of the file.
    #[error("samples_path maps none of the file's samples")]
    NobodyMapped,
    /// The variants of the file cannot be indexed.
    #[error("variants: {0}")]
    Variants(#[from] IngestError),
    /// The carrier segment of the file could not be built.
    #[error("carrier index: {0}")]
    Build(#[from] BuildError),
    /// The carrier segment that was built fails verification; this is an internal error.
    #[error("carrier index: the built segment {0}")]
    Unsound(#[from] SegmentError),
    /// The object store failed.
    #[error("object store: {0}")]
    Objects(#[from] ObjectError),
    /// The same file was loaded and unloaded before, for the same owners.
    #[error("this file was unloaded for the same owners, which is permanent")]
    TakenOut,
    /// The catalogue failed, or the row contradicts the data in the catalogue.
    #[error("{0}")]
    Catalogue(CatalogueError),
    /// The bytes that were verified, inspected or indexed are not the stored bytes.
    #[error("the file changed while it was loaded; nothing of it was loaded: load it again")]
    Changed,
    /// A background task was stopped.
    #[error("stopped")]
    Stopped,
}

impl From<CatalogueError> for RowError {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Conflict { field: "unloaded" } => Self::TakenOut,
            error => Self::Catalogue(error),
        }
    }
}

/// The parts of a row that are stored before the row is registered. These parts are removed if the registration fails.
#[derive(Default)]
struct Written {
    keys: Vec<String>,
    names: Option<NamingFile>,
}

/// Loads rows of a sample sheet under one mandate.
pub struct Loader<'a> {
    /// The stores into which files are loaded.
    pub stores: &'a Stores,
    /// The key for the writes of the load.
    pub mandate: &'a Mandate,
    /// The installation's key, from which ids are derived. The ids reveal nothing about the files.
    pub key: &'a CapabilityKey,
    /// The clock that gives the time of registration.
    pub clock: &'a dyn Clock,
}

impl Loader<'_> {
    /// Loads one row of the sample sheet. `progress` receives the number of stored bytes.
    ///
    /// # Errors
    /// [`RowError`]; nothing of the row then takes effect.
    pub async fn load(&self, row: &SheetRow, progress: impl Fn(u64) + Send + Sync) -> Result<RowOutcome, RowError> {
        let inspection = self.inspect(row).await?;
        let kind = inspection.format.data_kind();
        if row.kind.is_some_and(|k| k != kind) {
            return Err(RowError::Kind(kind));
        }
        let samples = samples(row, &inspection)?;
        let stored = self.stores.objects.put_file(self.mandate, &row.path, &progress).await?;
        let mut written = Written {
            keys: vec![stored.key.clone()],
            names: None,
        };
        // Another process can change or replace the file meanwhile. What was verified and inspected must be what is stored.
        let is_same = inspection.sha256 == stored.sha256 && row.sha256.as_ref().is_none_or(|verified| *verified == stored.sha256);
        let mut outcome = match is_same {
            true => self.register(row, &inspection, &samples, &stored, &mut written).await,
            false => Err(RowError::Changed),
        };
        if let Ok(outcome) = &mut outcome {
            provenance::keep(self.stores, self.mandate, &inspection.provenance, outcome).await;
        }
        if !matches!(&outcome, Ok(outcome) if outcome.is_new) {
            self.remove(written).await?;
        }
        outcome
    }

    /// Removes the stored parts of a row that was not registered. The names of alleles are only marked as abandoned; maintenance erases
    /// them with other unused names.
    async fn remove(&self, written: Written) -> Result<(), RowError> {
        let given_up = match written.names {
            Some(names) => self.stores.catalogue.abandon_allele_names(self.mandate, names).await,
            None => Ok(()),
        };
        for key in written.keys {
            self.stores.objects.delete_orphan(self.mandate, &key).await?;
        }
        Ok(given_up?)
    }

    async fn inspect(&self, row: &SheetRow) -> Result<Inspection, RowError> {
        let (path, index_path, assembly) = (row.path.clone(), row.index_path.clone(), row.assembly);
        let what = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected = Expected { format: None, assembly };
        tokio::task::spawn_blocking(move || inspect(&path, index_path.as_deref(), expected))
            .await
            .map_err(|_| RowError::Stopped)?
            .map_err(|fault| RowError::Inspect { what, fault })
    }

    /// Performs all steps of a load after the file itself is stored. The stored parts are added to `written`, so that they can be removed
    /// if the registration fails.
    async fn register(
        &self,
        row: &SheetRow,
        inspection: &Inspection,
        samples: &[NewSample],
        stored: &Stored,
        written: &mut Written,
    ) -> Result<RowOutcome, RowError> {
        let natural_key = natural_key(row, inspection, samples, stored);
        let warnings = inspection.warnings.iter().map(ToString::to_string).collect();
        if let Some(id) = self.stores.catalogue.object_by_natural_key(self.mandate, &natural_key).await? {
            return Ok(RowOutcome {
                id,
                is_new: false,
                variant_count: 0,
                warnings,
                checks: CheckSummary::default(),
                left_out: Vec::new(),
            });
        }
        let id = self.object_id(&natural_key);
        let blocked = self.stores.catalogue.blocked_file(self.mandate, &id).await?;
        if blocked.as_ref().is_some_and(|blocked| blocked.status == ObjectStatus::Unloaded) {
            return Err(RowError::TakenOut);
        }
        let index = self
            .stores
            .objects
            .put_bytes(self.mandate, "index", Bytes::from(inspection.index.bytes.clone()))
            .await?;
        written.keys.push(index.key.clone());
        let ordinals = self
            .stores
            .catalogue
            .ensure_participants(self.mandate, samples, &row.dataset)
            .await?;
        let checks = SampleChecks::new(self, row, &ordinals);
        let mut warnings: Vec<String> = warnings;
        warnings.extend(blocked.map(|blocked| {
            let reason = blocked.reason;
            format!("this file was on hold before the database was restored, so it is registered on hold: {reason}")
        }));
        let (segments, report, names) = match inspection.format.data_kind() {
            DataKind::Reads => (Vec::new(), IngestReport::default(), NameSpool::default()),
            DataKind::Variants => {
                self.segments(row, (inspection, stored), &ordinals, &id, checks.witness(), &mut written.keys)
                    .await?
            }
        };
        let mut left_out = left_out(&report);
        if inspection.format.data_kind() == DataKind::Variants {
            if !report.leftmost {
                warnings.push(format!(
                    "no reference of {} is configured (objects.reference_fasta): insertions and deletions in repeats are found only as they are written (`gemj-gateway reindex` indexes the file again later)",
                    row.assembly.as_str()
                ));
            }
            let long = self.name_alleles(row, &id, names, &mut written.names).await?;
            if long > 0 {
                left_out.push((LONG_NAMES, long));
            }
        }
        let object = NewObject {
            id: id.clone(),
            dataset: row.dataset.clone(),
            format: inspection.format,
            assembly: row.assembly,
            origin: row.origin,
            samples: samples.to_vec(),
            joint: matches!(row.ownership, Ownership::Joint(_)),
            size_bytes: stored.size_bytes,
            sha256: stored.sha256.clone(),
            storage_key: stored.key.clone(),
            index_key: index.key,
            index_format: inspection.index.format,
            created: self.clock.now(),
            natural_key,
        };
        let variant_count = segments.iter().map(|s| s.variant_count).sum();
        let read = SampleEvidence {
            names: written.names,
            left_out: left_out.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect(),
            indexed: (inspection.format.data_kind() == DataKind::Variants).then(|| IndexedFile {
                leftmost: report.leftmost,
                entries: segments.iter().map(|segment| segment.entry_count).sum(),
            }),
            ..SampleEvidence::default()
        };
        match checks.register(self, row, inspection, &object, &segments, read).await? {
            (Registered::New, checks) => Ok(RowOutcome {
                id,
                is_new: true,
                variant_count,
                warnings,
                checks,
                left_out,
            }),
            (Registered::Same, _) => Ok(RowOutcome {
                id,
                is_new: false,
                variant_count: 0,
                warnings,
                checks: CheckSummary::default(),
                left_out: Vec::new(),
            }),
        }
    }

    async fn segments(
        &self,
        row: &SheetRow,
        (inspection, file): (&Inspection, &Stored),
        ordinals: &[Option<Ordinal>],
        id: &ObjectId,
        witness: Box<dyn EntryWitness>,
        written: &mut Vec<String>,
    ) -> Result<(Vec<SegmentRow>, IngestReport, NameSpool), RowError> {
        let columns = ordinals.to_vec();
        let (path, format, dataset, assembly, origin) =
            (row.path.clone(), inspection.format, row.dataset.clone(), row.assembly, row.origin);
        let (source, sha256) = (id.to_string(), file.sha256.clone());
        let reference = self.stores.objects.reference(assembly);
        let build = move || -> Result<(Vec<u8>, BuiltSegment, IngestReport, NameSpool), RowError> {
            let mut builder = SegmentBuilder::new(dataset, assembly, origin, DEFAULT_BUDGET_BYTES)
                .with_reference(reference)
                .witnessed_by(witness);
            let unreadable = |error| {
                RowError::Objects(ObjectError::Io {
                    operation: "reading the file",
                    source: error,
                })
            };
            let mut file = HashedFile::open(&path).map_err(unreadable)?;
            let report = ingest_variants(&mut file, format, &columns, assembly, origin, &source, &mut builder, &mut |_| {});
            // A fault of other bytes says nothing about the file.
            if file.finish().map_err(unreadable)? != sha256 {
                return Err(RowError::Changed);
            }
            let report = report?;
            let names = builder.take_names();
            let (bytes, built) = builder.finish()?;
            verify(&bytes)?;
            Ok((bytes, built, report, names))
        };
        let (bytes, built, report, names) = tokio::task::spawn_blocking(build).await.map_err(|_| RowError::Stopped)??;
        if built.is_empty() {
            return Ok((Vec::new(), report, names));
        }
        let stored = self.stores.objects.put_index_blob(self.mandate, "carriers", bytes.into()).await?;
        written.push(stored.key.clone());
        let segment = SegmentRow {
            id: format!("carriers-{id}"),
            dataset: row.dataset.clone(),
            assembly: row.assembly,
            origin: row.origin,
            storage_key: stored.key,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            variant_count: built.variant_count,
            entry_count: built.entry_count,
            created: self.clock.now(),
        };
        Ok((vec![segment], report, names))
    }

    /// Stores the names of alleles (HGVS) that the file states. Returns the number of names that were skipped because their alleles are too
    /// long.
    async fn name_alleles(
        &self,
        row: &SheetRow,
        id: &ObjectId,
        names: NameSpool,
        stated: &mut Option<NamingFile>,
    ) -> Result<u64, RowError> {
        let catalogue = &self.stores.catalogue;
        let spooled = |error| RowError::Build(BuildError::Spill(error));
        let (mut reader, mut long) = (names.read().map_err(spooled)?, 0);
        loop {
            let some = reader.next_names(PART_NAMES).map_err(spooled)?;
            if some.is_empty() {
                return Ok(long);
            }
            let file = match *stated {
                Some(file) => file,
                None => *stated.insert(catalogue.begin_allele_names(self.mandate, id, &row.dataset).await?),
            };
            long += catalogue.add_allele_names(self.mandate, file, row.assembly, &some).await?;
        }
    }

    /// The id of the file. A repeated load of the same file gives the same id, and the id reveals nothing about the load.
    fn object_id(&self, natural_key: &str) -> ObjectId {
        let code = self.key.mac("object-id-1", natural_key.as_bytes());
        let text = hex::encode(&code[..16]);
        ObjectId::parse(&format!("gemj.{text}")).unwrap_or_else(|_| unreachable!("hexadecimal digits are an identifier"))
    }
}

/// The reason in `left_out` for names of alleles that the catalogue does not store.
const LONG_NAMES: &str = "names of alleles of more than 400 bases";
const _: () = assert!(MAX_NAMED_ALLELE_BYTES == 400);

/// The parts of a file without an entry in the carrier index, and the parts that need attention: each reason with a count above zero.
fn left_out(report: &IngestReport) -> Vec<(&'static str, u64)> {
    let skipped = report.skipped.iter().map(|(reason, count)| (reason.as_str(), *count));
    skipped
        .chain([
            ("genotypes without a call", report.no_calls),
            ("records that FILTER does not pass (indexed)", report.filtered),
            ("names of alleles beyond the most kept", report.names_left_out),
        ])
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The columns of a file with their owners.
fn samples(row: &SheetRow, inspection: &Inspection) -> Result<Vec<NewSample>, RowError> {
    let named = |sample: &str, owner: Option<&Owner>| NewSample {
        sample: sample.to_owned(),
        participant: owner.map(|o| o.participant.clone()),
        specimen: owner.and_then(|o| o.specimen.clone()),
        family: owner.and_then(|o| o.family.clone()),
        sex: owner.map_or(Sex::Unknown, |o| o.sex),
        site: owner.and_then(|o| o.site.clone()),
    };
    let kind = inspection.format.data_kind();
    match (&row.ownership, kind) {
        (Ownership::Single(_), DataKind::Reads) if inspection.samples.len() > 1 => Err(RowError::SeveralSamples(inspection.samples.len())),
        (Ownership::Single(owner), DataKind::Reads) => Ok(vec![named(inspection.samples.first().map_or("", String::as_str), Some(owner))]),
        (Ownership::Single(owner), DataKind::Variants) => match inspection.samples.as_slice() {
            [] => Err(RowError::NoSample),
            [sample] => Ok(vec![named(sample, Some(owner))]),
            several => Err(RowError::SeveralSamples(several.len())),
        },
        (Ownership::Joint(_), DataKind::Reads) => Err(RowError::JointReads),
        (Ownership::Joint(owners), DataKind::Variants) => {
            let columns: BTreeSet<&str> = inspection.samples.iter().map(String::as_str).collect();
            let unknown = owners.keys().filter(|sample| !columns.contains(sample.as_str())).count();
            if unknown > 0 {
                return Err(RowError::UnknownSamples(unknown));
            }
            if owners.is_empty() {
                return Err(RowError::NobodyMapped);
            }
            Ok(inspection.samples.iter().map(|sample| named(sample, owners.get(sample))).collect())
        }
    }
}

/// The text that identifies a repeated load: dataset, format, assembly, origin, checksum and owners.
fn natural_key(row: &SheetRow, inspection: &Inspection, samples: &[NewSample], stored: &Stored) -> String {
    let owners: HashMap<&str, (Option<&str>, Option<&str>)> = samples
        .iter()
        .map(|s| {
            (
                s.sample.as_str(),
                (s.participant.as_ref().map(|p| p.as_str()), s.specimen.as_ref().map(|p| p.as_str())),
            )
        })
        .collect();
    let mut owners: Vec<_> = owners.into_iter().collect();
    owners.sort_unstable();
    serde_json::json!([
        row.dataset.as_str(),
        inspection.format.as_str(),
        row.assembly.as_str(),
        row.origin.as_str(),
        stored.sha256,
        owners
    ])
    .to_string()
}

#[cfg(test)]
mod tests;
