//! The status of a file. A suspicious file is put on hold until a steward has checked it, and a wrong file is unloaded. After the commit, every
//! caller of every standard gets the same answer for the file as for an unknown id.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{ObjectId, Timestamp};

use super::taken_back::{TakenBack, take_back};
use crate::allele_names;
use crate::catalogue::Catalogue;
use crate::database::{Row, Value, giving_way};
use crate::error::CatalogueError;
use crate::evidence;
use crate::write::Write;

/// The maximum length of the reason for a change of status, in bytes.
pub(super) const MOST_REASON_BYTES: usize = 500;

/// The status of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectStatus {
    /// The file is served to callers whose Grant opens it.
    Served,
    /// The file is on hold: it is not served until a steward releases it.
    Held,
    /// The file is unloaded permanently. Its entries in the carrier index no longer count, and the same file for the same participants is not
    /// loaded again.
    Unloaded,
}

impl ObjectStatus {
    /// The name of the status, in the database and in lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Held => "held",
            Self::Unloaded => "unloaded",
        }
    }

    /// Parses the output of [`ObjectStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Served, Self::Held, Self::Unloaded]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// The status of a file, with the reason and the time of its last change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusNote {
    /// The status.
    pub status: ObjectStatus,
    /// The reason for the last change of the status, for the hold at the registration, or for the deletion of the bytes. Absent if the file has
    /// always been served.
    pub reason: Option<String>,
    /// The time that belongs to the reason. Absent if the file has always been served.
    pub changed: Option<Timestamp>,
}

/// The columns that `status_of` reads, from a table with the alias `o`.
pub(crate) const STATUS_COLUMNS: &str = "o.status, o.status_reason, o.status_changed";

/// Reads a status from the columns [`STATUS_COLUMNS`]. The first of them is column number `first` of the row.
pub(crate) fn status_of(row: &Row, first: usize) -> Result<StatusNote, CatalogueError> {
    Ok(StatusNote {
        status: row.parsed(first, "object status", |text| ObjectStatus::parse(text).ok_or(()))?,
        reason: row.maybe_text(first + 1, "status reason")?,
        changed: row.maybe_time(first + 2, "status changed")?,
    })
}

impl Catalogue {
    /// Puts a file on hold, releases it, or unloads it (action `ChangeObjectStatus`). Returns false if the file already has the new status. The
    /// reason is for stewards and should name no person.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] for an unknown id, [`CatalogueError::Conflict`] `status` for an unloaded file, [`CatalogueError::Invalid`]
    /// `reason` for an empty or too long reason.
    pub async fn set_object_status(
        &self,
        mandate: &Mandate,
        id: &ObjectId,
        to: ObjectStatus,
        reason: &str,
    ) -> Result<bool, CatalogueError> {
        Ok(self.change_status(mandate, id, to, reason).await?.is_some())
    }

    /// Unloads a file permanently (action `ChangeObjectStatus`). Also withdraws the statements about participants that only the file's row in
    /// the sample sheet made. Absent if the file was already unloaded. The names that the file uses for alleles no longer count, and
    /// [`Catalogue::erase_allele_names`] deletes them later.
    ///
    /// # Errors
    /// The errors of [`Catalogue::set_object_status`].
    pub async fn unload_object(&self, mandate: &Mandate, id: &ObjectId, reason: &str) -> Result<Option<TakenBack>, CatalogueError> {
        self.change_status(mandate, id, ObjectStatus::Unloaded, reason).await
    }

    async fn change_status(
        &self,
        mandate: &Mandate,
        id: &ObjectId,
        to: ObjectStatus,
        reason: &str,
    ) -> Result<Option<TakenBack>, CatalogueError> {
        if reason.trim().is_empty() || reason.len() > MOST_REASON_BYTES {
            return Err(CatalogueError::Invalid { field: "reason" });
        }
        giving_way!(self.change_once(mandate, id, to, reason))
    }

    async fn change_once(
        &self,
        mandate: &Mandate,
        id: &ObjectId,
        to: ObjectStatus,
        reason: &str,
    ) -> Result<Option<TakenBack>, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::ChangeObjectStatus]).await?;
        let taken_back = change_status(&mut write, id, to, reason, self.clock.now()).await?;
        if taken_back.is_some() {
            write.commit(self, mandate, &format!("{} {}", id.as_str(), to.as_str()), 1).await?;
        }
        Ok(taken_back)
    }
}

/// Changes the status of a file within a write, without its audit row. Absent if the file already has the new status.
/// [`Catalogue::set_object_status`] describes the errors.
pub(crate) async fn change_status(
    write: &mut Write,
    id: &ObjectId,
    to: ObjectStatus,
    reason: &str,
    now: Timestamp,
) -> Result<Option<TakenBack>, CatalogueError> {
    let sql = "SELECT status FROM data_object WHERE id = $1";
    let row = write.transaction.fetch_first(sql, vec![id.as_str().into()]).await?;
    let row = row.ok_or(CatalogueError::NotFound { what: "file" })?;
    let before = row.parsed(0, "object status", |text| ObjectStatus::parse(text).ok_or(()))?;
    match (before, to) {
        (ObjectStatus::Unloaded, ObjectStatus::Served | ObjectStatus::Held) => {
            return Err(CatalogueError::Conflict { field: "status" });
        }
        (before, to) if before == to => return Ok(None),
        (ObjectStatus::Served | ObjectStatus::Held, _) | (ObjectStatus::Unloaded, ObjectStatus::Unloaded) => {}
    }
    let sql = "UPDATE data_object SET status = $1, status_reason = $2, status_changed = $3 WHERE id = $4";
    let arguments = vec![
        to.as_str().into(),
        Value::outside(reason, "reason")?,
        now.into(),
        id.as_str().into(),
    ];
    write.transaction.execute(sql, arguments).await?;
    let mut taken_back = TakenBack::default();
    match to {
        ObjectStatus::Served => {
            evidence::accept(write, id, now).await?;
            allele_names::set_served(write, id, true).await?;
        }
        ObjectStatus::Held => allele_names::set_served(write, id, false).await?,
        ObjectStatus::Unloaded => {
            evidence::forget(write, id).await?;
            taken_back = take_back(write, id).await?;
        }
    }
    if to == ObjectStatus::Unloaded {
        // A specimen is deleted if only this file assigned it to a participant, because the assignment may be wrong.
        let sql = "DELETE FROM specimen WHERE id IN (SELECT s.specimen FROM object_sample s WHERE s.object = $1 AND s.specimen IS NOT NULL) \
                   AND NOT EXISTS (SELECT 1 FROM object_sample x JOIN data_object o ON o.id = x.object \
                                   WHERE x.specimen = specimen.id AND o.status <> 'unloaded') \
                   AND NOT EXISTS (SELECT 1 FROM specimen_statement t WHERE t.specimen = specimen.id OR t.parent = specimen.id)";
        write.transaction.execute(sql, vec![id.as_str().into()]).await?;
        allele_names::begin_erasing(write, id).await?;
    }
    // The new generation causes indexes and cached files to be read again.
    write.manifest_changes();
    Ok(Some(taken_back))
}
