//! The status of a file. A suspicious file is on hold until a steward has checked it; a wrong file is unloaded. From the commit on, every
//! caller of every standard gets the same answer for the file as for an unknown id.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{ObjectId, Timestamp};

use super::taken_back::{TakenBack, take_back};
use crate::allele_names;
use crate::catalogue::Catalogue;
use crate::database::{Row, Value, giving_way};
use crate::error::CatalogueError;
use crate::evidence;

/// The longest reason, in bytes.
pub(super) const MOST_REASON_BYTES: usize = 500;

/// The status of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectStatus {
    /// Served to callers with a Grant that opens the file.
    Served,
    /// On hold: not served until a steward releases the file.
    Held,
    /// Unloaded permanently: its entries in the carrier index no longer count, and the same file of the same participants is not loaded
    /// again.
    Unloaded,
}

impl ObjectStatus {
    /// The word in the database and in lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Held => "held",
            Self::Unloaded => "unloaded",
        }
    }

    /// Reads [`ObjectStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Served, Self::Held, Self::Unloaded]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A status with its reason and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusNote {
    /// The status.
    pub status: ObjectStatus,
    /// The reason of the last change; absent if the status never changed.
    pub reason: Option<String>,
    /// The time of the last change.
    pub changed: Option<Timestamp>,
}

/// The columns that `status_of` reads, from the alias `o`.
pub(crate) const STATUS_COLUMNS: &str = "o.status, o.status_reason, o.status_changed";

/// Reads [`STATUS_COLUMNS`] from column `first` on.
pub(crate) fn status_of(row: &Row, first: usize) -> Result<StatusNote, CatalogueError> {
    Ok(StatusNote {
        status: row.parsed(first, "object status", |text| ObjectStatus::parse(text).ok_or(()))?,
        reason: row.maybe_text(first + 1, "status reason")?,
        changed: row.maybe_time(first + 2, "status changed")?,
    })
}

impl Catalogue {
    /// Puts a file on hold, releases it, or unloads it (action `ChangeObjectStatus`). Returns false if the file has this status already.
    /// The reason is for stewards and should name no person.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] for an unknown id, [`CatalogueError::Conflict`] `status` for an unloaded file,
    /// [`CatalogueError::Invalid`] `reason` for an empty or too long reason.
    pub async fn set_object_status(
        &self,
        mandate: &Mandate,
        id: &ObjectId,
        to: ObjectStatus,
        reason: &str,
    ) -> Result<bool, CatalogueError> {
        Ok(self.change_status(mandate, id, to, reason).await?.is_some())
    }

    /// Unloads a file permanently (action `ChangeObjectStatus`), and withdraws the statements on participants that only its row made.
    /// Absent if the file was unloaded before. The file's names for alleles no longer count, and [`Catalogue::erase_allele_names`] deletes
    /// them later.
    ///
    /// # Errors
    /// As for [`Catalogue::set_object_status`].
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
        let sql = "SELECT status FROM data_object WHERE id = $1";
        let row = write.transaction.fetch_first(sql, vec![id.as_str().into()]).await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "file" })?;
        let now = row.parsed(0, "object status", |text| ObjectStatus::parse(text).ok_or(()))?;
        match (now, to) {
            (ObjectStatus::Unloaded, ObjectStatus::Served | ObjectStatus::Held) => {
                return Err(CatalogueError::Conflict { field: "status" });
            }
            (now, to) if now == to => return Ok(None),
            (ObjectStatus::Served | ObjectStatus::Held, _) | (ObjectStatus::Unloaded, ObjectStatus::Unloaded) => {}
        }
        let sql = "UPDATE data_object SET status = $1, status_reason = $2, status_changed = $3 WHERE id = $4";
        let arguments = vec![
            to.as_str().into(),
            Value::outside(reason, "reason")?,
            self.clock.now().into(),
            id.as_str().into(),
        ];
        write.transaction.execute(sql, arguments).await?;
        let mut taken_back = TakenBack::default();
        match to {
            ObjectStatus::Served => {
                evidence::accept(&mut write, id, self.clock.now()).await?;
                allele_names::set_served(&mut write, id, true).await?;
            }
            ObjectStatus::Held => allele_names::set_served(&mut write, id, false).await?,
            ObjectStatus::Unloaded => {
                evidence::forget(&mut write, id).await?;
                taken_back = take_back(&mut write, id).await?;
            }
        }
        if to == ObjectStatus::Unloaded {
            // A specimen that only this file assigned to a participant is deleted, because the assignment may be wrong.
            let sql = "DELETE FROM specimen WHERE id IN (SELECT s.specimen FROM object_sample s WHERE s.object = $1 AND s.specimen IS NOT NULL) \
                       AND NOT EXISTS (SELECT 1 FROM object_sample x JOIN data_object o ON o.id = x.object \
                                       WHERE x.specimen = specimen.id AND o.status <> 'unloaded') \
                       AND NOT EXISTS (SELECT 1 FROM specimen_statement t WHERE t.specimen = specimen.id OR t.parent = specimen.id)";
            write.transaction.execute(sql, vec![id.as_str().into()]).await?;
            allele_names::begin_erasing(&mut write, id).await?;
        }
        // At another generation, indexes and cached files are read again.
        write.manifest_changes();
        write.commit(self, mandate, &format!("{} {}", id.as_str(), to.as_str()), 1).await?;
        Ok(Some(taken_back))
    }
}
