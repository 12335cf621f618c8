//! The seal of a restored database.
//!
//! A restored database may lack withdrawals that were recorded after its copy was made. Therefore the database is sealed. The state row contains the
//! seal, and [`crate::PolicyWatch`] refuses every call while the seal is closed, so that nothing is decided and nothing is served.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::audit::operation::append_seal;
use crate::catalogue::{Catalogue, check_job};
use crate::database::{Transaction, Value};
use crate::error::CatalogueError;
use crate::write::{Write, lock_state};

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

/// The text before the reason in the audit row of a lifted seal.
pub(crate) const LIFTED: &str = "seal lifted: ";

/// The resource of the audit row of a seal. Its random word makes the row of every seal different, also if two copies of one database are sealed at the
/// same instant, so that their histories differ from here on.
fn closed(because: &str) -> String {
    format!("{CLOSED}{because} [{:08x}]", rand::random::<u32>())
}

/// A new random history.
fn new_history() -> i64 {
    rand::random()
}

/// Whether a seal was closed for this reason before.
async fn is_closed_for(transaction: &mut Transaction, because: &str) -> Result<bool, CatalogueError> {
    let sql = "SELECT resource FROM audit_row WHERE chain = 'operations' AND action = $1 AND resource LIKE $2";
    let all = format!("{CLOSED}%");
    let arguments = vec![WriteAction::Restore.as_str().into(), all.as_str().into()];
    let begin = format!("{CLOSED}{because} [");
    let rows = transaction.fetch_all(sql, arguments).await?;
    let seals: Vec<String> = rows.iter().map(|row| row.text(0, "audit row")).collect::<Result<_, _>>()?;
    Ok(seals.iter().any(|seal| seal.starts_with(&begin)))
}

/// Whether two texts describe one place in two forms. An earlier version recorded only the number of an SQLite file. A PostgreSQL role that may no longer
/// read the identity of the server, or may read it now, has only the number of the database in common.
fn is_other_form(home: &str, place: &str) -> bool {
    let number = |place: &str| place.rsplit(':').next().map(str::to_owned);
    let kind = |place: &str| place.split(':').next().map(str::to_owned);
    let is_of_server = |place: &str| place.starts_with("server:") || place.starts_with("database:");
    place.strip_prefix(home).is_some_and(|rest| rest.starts_with(':'))
        || (is_of_server(home) && is_of_server(place) && kind(home) != kind(place) && number(home) == number(place))
}

const READ_SEAL: &str = "SELECT sealed, sealed_epoch, sealed_because FROM programme_state WHERE id = 1";
const CLOSE: &str = "UPDATE programme_state SET sealed = $1, sealed_epoch = $2, sealed_because = $3, history = $4 WHERE id = 1";
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

    /// Whether the database is sealed. The answer contains no protected data.
    pub(crate) async fn is_sealed(&self) -> Result<bool, CatalogueError> {
        let rows = self.database.fetch_all(READ_SEAL, Vec::new()).await?;
        let seal = rows.first().map(|row| row.maybe_time(0, "seal")).transpose()?;
        Ok(seal.flatten().is_some())
    }

    /// Seals the database (action `Restore`). A closed seal is replaced, so that lists that were compared before do not count: the database may be the
    /// copy of a sealed one. The reason must name no person.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`]; [`CatalogueError::Invalid`] for a reason that cannot be stored; the database does not answer.
    pub async fn close_seal(&self, mandate: &Mandate, because: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        Value::outside(because, "reason")?;
        self.close_in(&mut write, because, now).await?;
        // The next opening records the place. A restored database moves to its final name after it was sealed.
        write
            .transaction
            .execute("UPDATE programme_state SET home = NULL WHERE id = 1", Vec::new())
            .await?;
        write.commit(self, mandate, &closed(because), 1).await?;
        Ok(())
    }

    /// Seals the database because of a fact outside it, for example a signed head that confirms a write which the database lacks (action `Restore`).
    /// The reason names the fact. If the database is sealed and was sealed for this fact before, nothing changes. Returns whether the seal was open.
    ///
    /// # Errors
    /// The errors of [`Self::close_seal`].
    pub async fn close_seal_once(&self, mandate: &Mandate, because: &str, now: Timestamp) -> Result<bool, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        if write.before().sealed.is_some() && is_closed_for(&mut write.transaction, because).await? {
            return Ok(false);
        }
        let was_open = write.before().sealed.is_none();
        self.close_in(&mut write, because, now).await?;
        write.commit(self, mandate, &closed(because), 1).await?;
        Ok(was_open)
    }

    /// Writes the seal. This process has read nothing of another history, so it continues with the new one.
    async fn close_in(&self, write: &mut Write, because: &str, now: Timestamp) -> Result<(), CatalogueError> {
        let history = new_history();
        let arguments = vec![
            now.into(),
            Value::count(write.before().epoch, "epoch")?,
            because.into(),
            history.into(),
        ];
        write.transaction.execute(CLOSE, arguments).await?;
        self.history.set(history);
        Ok(())
    }

    /// Seals the database because it was set back to an earlier state under a running process. The process itself found this, so no operator's
    /// mandate exists. A seal takes access away and needs none. If the database is sealed and was sealed for this reason before, nothing changes. This
    /// process keeps its own history, so it does not answer again after the seal is lifted.
    ///
    /// # Errors
    /// The database does not answer.
    pub(crate) async fn seal_as_set_back(&self, because: &str) -> Result<(), CatalogueError> {
        tracing::error!("the database was set back to an earlier state and is sealed: {because}");
        let mut transaction = self.database.begin_write().await?;
        let before = lock_state(&mut transaction).await?;
        let now = self.clock.now();
        if before.sealed.is_some() && is_closed_for(&mut transaction, because).await? {
            return Ok(());
        }
        let arguments = vec![
            now.into(),
            Value::count(before.epoch, "epoch")?,
            because.into(),
            new_history().into(),
        ];
        transaction.execute(CLOSE, arguments).await?;
        append_seal(&mut transaction, now, &closed(because), before.epoch).await?;
        transaction.commit().await
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
        write.commit(self, mandate, &format!("{LIFTED}{reason}"), 1).await?;
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
        if home.is_none_or(|home| is_other_form(&home, &place)) {
            write.transaction.commit().await?;
            return Ok(false);
        }
        let because = "the database was copied or moved, or a standby server was promoted";
        self.close_in(&mut write, because, now).await?;
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
