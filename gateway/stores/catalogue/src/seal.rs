//! The seal of a restored database.
//!
//! A restored database may lack withdrawals that were recorded after its copy was made. Therefore the database is sealed. The state row contains the
//! seal, and [`crate::PolicyWatch`] refuses every call while the seal is closed, so that nothing is decided and nothing is served.

use std::collections::HashSet;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::audit::operation::append_seal;
use crate::catalogue::{Catalogue, check_job};
use crate::database::Value;
use crate::error::CatalogueError;
use crate::write::lock_state;

/// A closed seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The time at which the database was sealed.
    pub closed: Timestamp,
    /// The epoch of the ledgers at that time. Later consent events and approvals have a higher number.
    pub epoch: u64,
    /// The reason, for the operator.
    pub because: String,
}

/// The text before the reason in the audit row of a seal.
pub(crate) const CLOSED: &str = "seal closed: ";

/// The resource of the audit row of a seal. Its random word makes the row of every seal different, also if two copies of one database are sealed at the
/// same instant, so that their histories differ from here on.
fn closed(because: &str) -> String {
    format!("{CLOSED}{because} [{:08x}]", rand::random::<u32>())
}

const READ_SEAL: &str = "SELECT sealed, sealed_epoch, sealed_because FROM programme_state WHERE id = 1";
const CLOSE: &str = "UPDATE programme_state SET sealed = $1, sealed_epoch = $2, sealed_because = $3 WHERE id = 1 AND sealed IS NULL";
const CLOSE_AGAIN: &str = "UPDATE programme_state SET sealed = $1, sealed_epoch = $2, sealed_because = $3 WHERE id = 1";
const LIFT: &str = "UPDATE programme_state SET sealed = NULL, sealed_epoch = NULL, sealed_because = NULL, home = $1 WHERE id = 1";

impl Catalogue {
    /// The seal (job `Inventory`). Absent if the database is not sealed.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn seal(&self, upkeep: Upkeep) -> Result<Option<Seal>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let rows = self.database.fetch_all(READ_SEAL, Vec::new()).await?;
        let row = rows.first().ok_or(CatalogueError::Corrupt { what: "programme state" })?;
        let Some(closed) = row.maybe_time(0, "seal")? else {
            return Ok(None);
        };
        Ok(Some(Seal {
            closed,
            epoch: row.count(1, "seal")?,
            because: row.maybe_text(2, "seal")?.unwrap_or_default(),
        }))
    }

    /// Seals the database (action `Restore`). A closed seal is replaced, so that lists that were compared before do not count: the database may be the
    /// copy of a sealed one. The reason must name no person.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`]; [`CatalogueError::Invalid`] for a reason that cannot be stored; the database does not answer.
    pub async fn close_seal(&self, mandate: &Mandate, because: &str, now: Timestamp) -> Result<(), CatalogueError> {
        self.close_with(mandate, because, now, CLOSE_AGAIN).await.map(drop)
    }

    /// Seals the database unless it is sealed (action `Restore`). A closed seal keeps its time and reason; the result is then false.
    ///
    /// # Errors
    /// The errors of [`Self::close_seal`].
    pub async fn close_open_seal(&self, mandate: &Mandate, because: &str, now: Timestamp) -> Result<bool, CatalogueError> {
        self.close_with(mandate, because, now, CLOSE).await
    }

    async fn close_with(&self, mandate: &Mandate, because: &str, now: Timestamp, sql: &'static str) -> Result<bool, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        let arguments = vec![
            now.into(),
            Value::count(write.before().epoch, "epoch")?,
            Value::outside(because, "reason")?,
        ];
        if write.transaction.execute(sql, arguments).await? == 0 {
            return Ok(false);
        }
        write.commit(self, mandate, &closed(because), 1).await?;
        Ok(true)
    }

    /// Seals the database because it was set back to an earlier state under a running process. The process itself found this, so no operator's
    /// mandate exists. A seal takes access away and needs none. Closing a closed seal changes nothing.
    ///
    /// # Errors
    /// The database does not answer.
    pub(crate) async fn seal_as_set_back(&self, because: &str) -> Result<(), CatalogueError> {
        tracing::error!("the database was set back to an earlier state and is sealed: {because}");
        let mut transaction = self.database.begin_write().await?;
        let before = lock_state(&mut transaction).await?;
        let now = self.clock.now();
        let arguments = vec![now.into(), Value::count(before.epoch, "epoch")?, because.into()];
        if transaction.execute(CLOSE, arguments).await? == 1 {
            append_seal(&mut transaction, now, &closed(because), before.epoch).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    /// The hashes of the audit rows of all seals that were closed. Each seal has another hash, also in two copies of one database.
    pub(crate) async fn closed_seals(&self) -> Result<HashSet<Vec<u8>>, CatalogueError> {
        let sql = "SELECT hash FROM audit_row WHERE chain = 'operations' AND action = $1 AND resource LIKE $2";
        let closed = format!("{CLOSED}%");
        let rows = self
            .database
            .fetch_all(sql, vec![WriteAction::Restore.as_str().into(), closed.as_str().into()])
            .await?;
        rows.iter().map(|row| row.bytes(0, "audit row")).collect()
    }

    /// Lifts the seal (action `Restore`). The code that calls this method has checked that the ledgers are complete. Returns false if the
    /// database was not sealed. The reason must name no person.
    ///
    /// # Errors
    /// The errors of [`Self::close_seal`].
    pub async fn lift_seal(&self, mandate: &Mandate, reason: &str) -> Result<bool, CatalogueError> {
        Value::outside(reason, "reason")?;
        let place = self.database.place().await?;
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        if write.before().sealed.is_none() {
            return Ok(false);
        }
        write.transaction.execute(LIFT, vec![place.as_str().into()]).await?;
        write.commit(self, mandate, &format!("seal lifted: {reason}"), 1).await?;
        Ok(true)
    }

    /// A name of the place of the database, which changes if a copy replaces the database (job `Inventory`). It contains hexadecimal digits only.
    ///
    /// # Errors
    /// The database does not answer, or its file cannot be read.
    pub async fn place(&self, upkeep: Upkeep) -> Result<String, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let place = self.database.place().await?;
        Ok(hex::encode(&Sha256::digest(place.as_bytes())[..8]))
    }

    /// Seals the database if it is at another place than before, that is, if it is a copy (action `Restore`). A database without a recorded
    /// place is new or of an earlier version; its place is recorded. Returns whether the database is at another place.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`]; the database does not answer.
    pub async fn seal_if_moved(&self, mandate: &Mandate, now: Timestamp) -> Result<bool, CatalogueError> {
        let place = self.database.place().await?;
        let sql = "SELECT home FROM programme_state WHERE id = 1";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        let home = rows.first().map(|row| row.maybe_text(0, "home")).transpose()?.flatten();
        if home.as_deref() == Some(&place) {
            return Ok(false);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        // Another process may have recorded the place since.
        let row = write.transaction.fetch_first(sql, Vec::new()).await?;
        let home = row.map(|row| row.maybe_text(0, "home")).transpose()?.flatten();
        if home.as_deref() == Some(&place) {
            return Ok(false);
        }
        let record = "UPDATE programme_state SET home = $1 WHERE id = 1";
        write.transaction.execute(record, vec![place.as_str().into()]).await?;
        // An earlier version recorded only the file's number, without the time at which the file was made and the word beside it.
        let is_earlier_form = home
            .as_deref()
            .is_some_and(|home| place.strip_prefix(home).is_some_and(|rest| rest.starts_with(':')));
        if home.is_none() || is_earlier_form {
            write.transaction.commit().await?;
            return Ok(false);
        }
        let because = "the database was copied or moved, or a standby server was promoted";
        let arguments = vec![now.into(), Value::count(write.before().epoch, "epoch")?, because.into()];
        write.transaction.execute(CLOSE, arguments).await?;
        write.commit(self, mandate, &closed(because), 1).await?;
        Ok(true)
    }

    /// Whether the database belongs to the key with this mark (action `Restore`). A database without a recorded mark is new or of an earlier
    /// version; the mark is recorded.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`]; the database does not answer.
    pub async fn belongs_to_key(&self, mandate: &Mandate, mark: &str) -> Result<bool, CatalogueError> {
        let sql = "SELECT key_mark FROM programme_state WHERE id = 1";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        if let Some(known) = rows.first().map(|row| row.maybe_text(0, "key mark")).transpose()?.flatten() {
            return Ok(known == mark);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        let record = "UPDATE programme_state SET key_mark = $1 WHERE id = 1 AND key_mark IS NULL";
        let is_first = write.transaction.execute(record, vec![mark.into()]).await? == 1;
        if is_first {
            write.transaction.commit().await?;
            return Ok(true);
        }
        // Another process recorded its mark at the same time.
        let row = write.transaction.fetch_first(sql, Vec::new()).await?;
        let known = row.map(|row| row.maybe_text(0, "key mark")).transpose()?.flatten();
        Ok(known.as_deref() == Some(mark))
    }
}
