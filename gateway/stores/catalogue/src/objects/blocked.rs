//! Blocked ids: files that an earlier state of the installation held or unloaded, and that the restored database does not have.
//!
//! A load of such a file would make it with the same id and serve it again. Therefore an unloaded file is refused, and a held one is registered on hold.

use gemj_access::{Mandate, WriteAction};
use gemj_model::ObjectId;

use super::ObjectStatus;
use crate::catalogue::Catalogue;
use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::ledger_tail::TailFile;
use crate::new_object::NewObject;
use crate::write::Write;

const FIND: &str = "SELECT status, reason FROM blocked_object WHERE id = $1";

/// The status that the next load of a file gives it: held or unloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedFile {
    /// Held or unloaded.
    pub status: ObjectStatus,
    /// The reason of the status.
    pub reason: String,
}

impl Catalogue {
    /// The status with which a file is blocked (action `Load`). Absent if the id is not blocked.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn blocked_file(&self, mandate: &Mandate, id: &ObjectId) -> Result<Option<BlockedFile>, CatalogueError> {
        if mandate.action() != WriteAction::Load {
            return Err(CatalogueError::WrongKey);
        }
        let rows = self.database.fetch_all(FIND, vec![id.as_str().into()]).await?;
        rows.first().map(blocked_of).transpose()
    }
}

/// Blocks an id. An id that is blocked already gets the new status.
pub(crate) async fn block(write: &mut Write, file: &TailFile, status: ObjectStatus, reason: &str) -> Result<(), CatalogueError> {
    let sql = "INSERT INTO blocked_object (id, status, reason, sha256, dataset) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (id) DO UPDATE SET status = $2, reason = $3";
    let arguments = vec![
        file.id.as_str().into(),
        status.as_str().into(),
        Value::outside(reason, "reason")?,
        Value::outside(&file.sha256, "sha256")?,
        file.dataset.as_str().into(),
    ];
    write.transaction.execute(sql, arguments).await?;
    Ok(())
}

/// Removes the block of a file that is being registered. Returns the reason for which the file must be on hold; absent if the id is not blocked.
///
/// # Errors
/// [`CatalogueError::Conflict`] `unloaded` if the file was unloaded; `sha256` if the same bytes are blocked as held for other participants, as for a
/// registered file.
pub(super) async fn take_block(write: &mut Write, object: &NewObject) -> Result<Option<String>, CatalogueError> {
    let id = &object.id;
    let row = write.transaction.fetch_first(FIND, vec![id.as_str().into()]).await?;
    let Some(blocked) = row.as_ref().map(blocked_of).transpose()? else {
        let sql = "SELECT 1 FROM blocked_object WHERE sha256 = $1 AND dataset = $2 AND status = 'held'";
        let arguments = vec![Value::outside(&object.sha256, "sha256")?, object.dataset.as_str().into()];
        return match write.transaction.fetch_first(sql, arguments).await? {
            Some(_) => Err(CatalogueError::Conflict { field: "sha256" }),
            None => Ok(None),
        };
    };
    if blocked.status == ObjectStatus::Unloaded {
        return Err(CatalogueError::Conflict { field: "unloaded" });
    }
    let sql = "DELETE FROM blocked_object WHERE id = $1";
    write.transaction.execute(sql, vec![id.as_str().into()]).await?;
    Ok(Some(blocked.reason))
}

fn blocked_of(row: &Row) -> Result<BlockedFile, CatalogueError> {
    Ok(BlockedFile {
        status: row.parsed(0, "object status", |text| ObjectStatus::parse(text).ok_or(()))?,
        reason: row.text(1, "reason")?,
    })
}
