//! Registered files (data objects).

mod blocked;
mod erased;
mod files;
mod register;
mod row;
mod status;
mod taken_back;

use gemj_access::{Grant, LocatedObject, Mandate, WriteAction};
use gemj_model::{DataObject, DatasetId, FileFormat, ObjectId};

use crate::catalogue::Catalogue;
use crate::database::{Row, giving_way};
use crate::error::CatalogueError;
use crate::evidence::SampleEvidence;
use crate::new_object::{NewObject, Registered};
use crate::segments::SegmentRow;

pub use blocked::BlockedFile;
pub(crate) use blocked::block;
pub use erased::{Collection, FilesOfObject};
pub(crate) use files::Files;
pub use files::LocatedFile;
pub(crate) use row::{OBJECT_COLUMNS, SAMPLE_COLUMNS, object_of, sample_of};
pub use status::{ObjectStatus, StatusNote};
pub(crate) use status::{STATUS_COLUMNS, change_status, status_of};
pub use taken_back::TakenBack;
pub(crate) use taken_back::{is_else_in, is_family_said};

impl Catalogue {
    /// Finds a file's id, dataset, kind and participants, for a decision. The result contains no protected data. Absent for an unknown id, and
    /// for a file that is on hold or unloaded.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_object(&self, id: &ObjectId) -> Result<Option<LocatedObject>, CatalogueError> {
        // A file and its samples are written in one commit. One statement therefore reads both or neither.
        let sql = "SELECT o.dataset, o.format, s.ordinal FROM data_object o JOIN object_sample s ON s.object = o.id \
                   WHERE o.id = $1 AND o.status = 'served' ORDER BY s.position";
        let rows = self.database.fetch_all(sql, vec![id.as_str().into()]).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let format = first.parsed(1, "format", |text| FileFormat::parse(text).ok_or(()))?;
        Ok(Some(LocatedObject {
            id: id.clone(),
            dataset: first.parsed(0, "dataset", DatasetId::parse)?,
            kind: format.data_kind(),
            samples: rows.iter().map(|row| row.maybe_ordinal(2)).collect::<Result<_, _>>()?,
        }))
    }

    /// Finds a file for a decision, together with its description, which only a later Grant opens. The first look-up reads the database, later
    /// look-ups use the cache. `generation` is the generation that was read at the start of the same request. Absent for an unknown id, and for
    /// a file that is on hold or unloaded. An absent result is not cached.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_file(&self, id: &ObjectId, generation: u64) -> Result<Option<LocatedFile>, CatalogueError> {
        if let Some(file) = self.files.get(id, generation) {
            return Ok(Some(file));
        }
        let Some(row) = self.object_row(id).await? else {
            // For an unknown id, the same statements run as for a known id, so that both take the same time.
            self.sample_rows_of(id.as_str()).await?;
            return Ok(None);
        };
        let file = LocatedFile::read(self.with_samples(object_of(&row)?).await?);
        self.files.keep(&file, generation);
        Ok(Some(file))
    }

    /// Runs the statements of a look-up in the database, if the file came from the cache. Called when access to a file is denied, so that a
    /// request for a hidden file takes as long as a request for an unknown id. The statements use an id that does not exist.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn ask_all_the_same(&self, file: &LocatedFile) -> Result<(), CatalogueError> {
        if file.is_from_memory() {
            // This text has the same length as the id, but is not the id of a file, because the loader's ids end with a hexadecimal digit.
            let mut absent = file.located().id.as_str().to_owned();
            absent.pop();
            absent.push('?');
            self.row_of(&absent).await?;
            self.sample_rows_of(&absent).await?;
        }
        Ok(())
    }

    async fn object_row(&self, id: &ObjectId) -> Result<Option<Row>, CatalogueError> {
        self.row_of(id.as_str()).await
    }

    async fn row_of(&self, id: &str) -> Result<Option<Row>, CatalogueError> {
        let sql = format!("SELECT {OBJECT_COLUMNS} FROM data_object o WHERE o.id = $1 AND o.status = 'served'");
        Ok(self.database.fetch_all_of(sql, vec![id.into()]).await?.into_iter().next())
    }

    async fn sample_rows_of(&self, id: &str) -> Result<Vec<Row>, CatalogueError> {
        let sql = format!("SELECT {SAMPLE_COLUMNS} FROM object_sample s WHERE s.object = $1 ORDER BY s.position");
        self.database.fetch_all_of(sql, vec![id.into()]).await
    }

    /// Adds the samples to a file's description. A file and its samples are written in one commit and never change, so a second statement reads
    /// the matching samples.
    async fn with_samples(&self, mut object: DataObject) -> Result<DataObject, CatalogueError> {
        for row in self.sample_rows_of(object.id.as_str()).await? {
            object.samples.push(sample_of(&row)?.1);
        }
        Ok(object)
    }

    /// Reads a file's description. Absent if the Grant does not open the file's dataset or covers none of the file's participants.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn object(&self, grant: &Grant, id: &ObjectId) -> Result<Option<DataObject>, CatalogueError> {
        let Some(row) = self.object_row(id).await? else { return Ok(None) };
        let object = object_of(&row)?;
        let Some(granted) = grant.dataset(&object.dataset) else {
            return Ok(None);
        };
        let object = self.with_samples(object).await?;
        let covered = |sample: &gemj_model::object::ObjectSample| sample.participant.is_some_and(|o| granted.participants().contains(o.0));
        Ok(object.samples.iter().any(covered).then_some(object))
    }

    /// Registers a file, its participants and the carrier index's segments that were built from the file, in one transaction (action `Load`).
    ///
    /// # Errors
    /// * [`CatalogueError::Conflict`] `specimen` if a specimen belongs to another participant; `sex` or `family` if a statement contradicts a
    ///   stored one.
    /// * [`CatalogueError::Conflict`] `sha256` if the same bytes are registered in the dataset for other participants, or other bytes under the
    ///   same natural key.
    /// * [`CatalogueError::Conflict`] `dataset` if the natural key is registered in another dataset; `unloaded` if the file was unloaded.
    /// * [`CatalogueError::Conflict`] `object` or `segment` if the id already exists; `purged` for a participant whose data was erased.
    /// * [`CatalogueError::Invalid`] `samples` for a file without a sample.
    pub async fn register_object(
        &self,
        mandate: &Mandate,
        object: &NewObject,
        segments: &[SegmentRow],
    ) -> Result<Registered, CatalogueError> {
        self.register_checked_object(mandate, object, segments, &SampleEvidence::default())
            .await
    }

    /// Registers a file like [`Catalogue::register_object`], together with the evidence of the checks at loading. If the checks require it, the
    /// file is on hold from its registration. The names that the file uses for alleles count as soon as the file is served.
    ///
    /// # Errors
    /// The errors of [`Catalogue::register_object`], and [`CatalogueError::Conflict`] `compared` if a file was registered after the comparison
    /// in the evidence, or `names` if the names were abandoned or were stored for another file or dataset.
    pub async fn register_checked_object(
        &self,
        mandate: &Mandate,
        object: &NewObject,
        segments: &[SegmentRow],
        evidence: &SampleEvidence,
    ) -> Result<Registered, CatalogueError> {
        giving_way!(self.register_once(mandate, object, segments, evidence))
    }

    async fn register_once(
        &self,
        mandate: &Mandate,
        object: &NewObject,
        segments: &[SegmentRow],
        evidence: &SampleEvidence,
    ) -> Result<Registered, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let registered = register::register_object(&mut write, object, segments, evidence).await?;
        if registered == Registered::New {
            write.commit(self, mandate, object.id.as_str(), 1).await?;
        }
        Ok(registered)
    }

    /// The id of the file that is registered under a natural key (action `Load`). Absent if no file has the key.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `unloaded` if the file was unloaded, because such a file is not loaded again for the same participants. The
    /// database does not answer or cannot be read.
    pub async fn object_by_natural_key(&self, mandate: &Mandate, natural_key: &str) -> Result<Option<ObjectId>, CatalogueError> {
        if mandate.action() != WriteAction::Load {
            return Err(CatalogueError::WrongKey);
        }
        let sql = "SELECT id, status FROM data_object WHERE natural_key = $1";
        let rows = self.database.fetch_all(sql, vec![natural_key.into()]).await?;
        if let Some(row) = rows.first()
            && row.text(1, "object status")? == ObjectStatus::Unloaded.as_str()
        {
            return Err(CatalogueError::Conflict { field: "unloaded" });
        }
        rows.first().map(|row| row.parsed(0, "object id", ObjectId::parse)).transpose()
    }
}
