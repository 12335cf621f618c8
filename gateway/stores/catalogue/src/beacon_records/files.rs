//! The files for Beacon runs and analyses: the participants to whom they belong, and the date, sequencing platform and tools in their headers.

use std::collections::HashMap;

use gemj_access::Grant;
use gemj_model::{DataKind, DatasetId, FileFormat, ObjectId, Ordinal, Origin, Provenance, SpecimenId, Timestamp};
use roaring::RoaringBitmap;

use super::part::Part;
use super::{opened, opened_arguments};
use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;
use crate::object_provenance::{PROVENANCE_COLUMNS, provenance_of};
use crate::origin::origin;

/// A participant of the Grant, and a served file with data of this participant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileOwner {
    /// The id of the file.
    pub object: ObjectId,
    /// The ordinal of the participant.
    pub ordinal: Ordinal,
    /// The participant's specimen from which the file was made; absent if the sample sheet does not state it.
    pub specimen: Option<SpecimenId>,
}

/// A served file with data of at least one of the Grant's participants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFile {
    /// The id of the file.
    pub id: ObjectId,
    /// The format of the file: BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// Whether the variants or reads of the file are germline or somatic.
    pub origin: Origin,
    /// Whether the file was loaded as a joint file.
    pub joint: bool,
    /// The time at which the file was registered.
    pub created: Timestamp,
    /// The Grant's participants in the file, in the order of the file's sample columns. Never empty.
    pub owners: Vec<FileOwner>,
    /// The date, sequencing platform, aligner and variant caller that the file's header states.
    pub provenance: Provenance,
}

impl Catalogue {
    /// Pairs of a participant in `people` and a served file with data of this participant, for one kind of file in a dataset. Only participants
    /// that the Grant covers are included. The pairs are in order of file and participant. A pair occurs once for each specimen of the
    /// participant in the file.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn file_owners(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        kind: DataKind,
        people: &RoaringBitmap,
    ) -> Result<Vec<FileOwner>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(Vec::new());
        };
        let people = people & granted.participants().as_ref();
        let [one, other] = formats(kind);
        let before = opened_arguments(granted);
        let mut owners = Vec::new();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            let sql = format!(
                "SELECT s.object, s.ordinal, s.specimen FROM object_sample s JOIN data_object o ON o.id = s.object \
                 WHERE {} AND o.format IN ('{}', '{}') AND {}",
                opened(granted, 1),
                one.as_str(),
                other.as_str(),
                part.condition("s.ordinal", before.len() + 1)
            );
            let arguments = before.iter().cloned().chain(part.arguments()).collect();
            for row in snapshot.fetch_all_of(sql, arguments).await? {
                let owner = owner_of(&row)?;
                if people.contains(owner.ordinal.0) {
                    owners.push(owner);
                }
            }
        }
        owners.sort();
        owners.dedup();
        Ok(owners)
    }

    /// The files with these ids that are served and have data of at least one of the Grant's participants of the dataset, in order of
    /// id. The same statements run for every id, whether the file exists or not, so that the time of the answer does not reveal which files
    /// exist.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn recorded_files(&self, grant: &Grant, dataset: &DatasetId, ids: &[&ObjectId]) -> Result<Vec<RecordedFile>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(Vec::new());
        };
        let before = opened_arguments(granted);
        let mut files: HashMap<String, RecordedFile> = HashMap::new();
        let mut snapshot = self.database.begin_snapshot().await?;
        for chunk in ids.chunks(MAX_PARAMETERS / 2) {
            let named = chunk.iter().map(|id| Value::from(id.as_str()));
            let sql = format!(
                "SELECT o.id, o.format, o.origin, o.joint, o.created, {PROVENANCE_COLUMNS} \
                 FROM data_object o LEFT JOIN object_provenance p ON p.object = o.id WHERE {} AND o.id IN ({})",
                opened(granted, 1),
                placeholders(before.len() + 1, chunk.len())
            );
            let arguments = before.iter().cloned().chain(named.clone()).collect();
            for row in snapshot.fetch_all_of(sql, arguments).await? {
                files.insert(row.text(0, "object id")?, file_of(&row)?);
            }
            let sql = format!(
                "SELECT s.object, s.ordinal, s.specimen FROM object_sample s WHERE s.object IN ({}) AND s.ordinal IS NOT NULL \
                 ORDER BY s.object, s.position",
                placeholders(1, chunk.len())
            );
            for row in snapshot.fetch_all_of(sql, named.collect()).await? {
                let owner = owner_of(&row)?;
                if granted.participants().contains(owner.ordinal.0)
                    && let Some(file) = files.get_mut(owner.object.as_str())
                {
                    file.owners.push(owner);
                }
            }
        }
        let mut files: Vec<RecordedFile> = files.into_values().filter(|file| !file.owners.is_empty()).collect();
        files.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(files)
    }
}

pub(super) fn formats(kind: DataKind) -> [FileFormat; 2] {
    match kind {
        DataKind::Reads => [FileFormat::Bam, FileFormat::Cram],
        DataKind::Variants => [FileFormat::Vcf, FileFormat::Bcf],
    }
}

pub(super) fn owner_of(row: &Row) -> Result<FileOwner, CatalogueError> {
    Ok(FileOwner {
        object: row.parsed(0, "object id", ObjectId::parse)?,
        ordinal: row.ordinal(1)?,
        specimen: row.maybe_parsed(2, "specimen", SpecimenId::parse)?,
    })
}

fn file_of(row: &Row) -> Result<RecordedFile, CatalogueError> {
    Ok(RecordedFile {
        id: row.parsed(0, "object id", ObjectId::parse)?,
        format: row.parsed(1, "format", |text| FileFormat::parse(text).ok_or(()))?,
        origin: row.parsed(2, "origin", origin)?,
        joint: row.bool(3, "joint")?,
        created: row.time(4, "created")?,
        owners: Vec::new(),
        provenance: provenance_of(row, 5)?,
    })
}
