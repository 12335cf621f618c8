//! The state row: the one row that every answer reads first.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gemj_model::Timestamp;

use crate::catalogue::Catalogue;
use crate::database::{Database, Row};
use crate::error::CatalogueError;

/// The state of the programme, as the state row contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgrammeState {
    /// The epoch. It rises with every policy-relevant write: consent, approval, participant, membership, family, release.
    pub epoch: u64,
    /// The generation. It rises with every change of the carrier index's manifest or of the registered files.
    pub generation: u64,
    /// The time at which the database was sealed; absent if it is not sealed. While the database is sealed, no request is decided.
    pub sealed: Option<Timestamp>,
    /// The history of the database: a random number that each closing of the seal replaces.
    pub history: i64,
}

/// The history of the database when this process first read it unsealed, or when this process itself closed the seal.
#[derive(Debug, Default)]
pub(crate) struct KnownHistory(Mutex<Option<i64>>);

impl KnownHistory {
    /// Notes that this process itself began a history.
    pub(crate) fn set(&self, history: i64) {
        *self.lock() = Some(history);
    }

    /// Whether the history is the known one. The first history becomes the known one.
    fn is(&self, history: i64) -> bool {
        *self.lock().get_or_insert(history) == history
    }

    fn lock(&self) -> MutexGuard<'_, Option<i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The SQL statement that reads the state row.
pub(crate) const READ_STATE: &str = "SELECT epoch, generation, sealed, history FROM programme_state WHERE id = 1";

impl Catalogue {
    /// Reads the state row, on the primary and without a cache. The row contains no protected data, so no key is needed.
    ///
    /// # Errors
    /// The database does not answer, or the row is not readable. [`CatalogueError::OtherHistory`] if a seal was closed and lifted since this process
    /// began.
    pub async fn state(&self) -> Result<ProgrammeState, CatalogueError> {
        if let Database::Sqlite { file, .. } = &self.database {
            file.check()?;
        }
        let state = state_of(self.state.fetch_all(&self.database, READ_STATE).await?.first())?;
        self.same_history(&state)?;
        Ok(state)
    }

    /// Fails if a seal was closed and lifted since this process first read the unsealed database. The process may have facts of a lost history in
    /// memory, so it must not answer, write or decide any more.
    pub(crate) fn same_history(&self, state: &ProgrammeState) -> Result<(), CatalogueError> {
        if state.sealed.is_some() || self.history.is(state.history) {
            return Ok(());
        }
        Err(CatalogueError::OtherHistory)
    }
}

/// Parses the state row. An absent row means a damaged database, not a new programme.
pub(crate) fn state_of(row: Option<&Row>) -> Result<ProgrammeState, CatalogueError> {
    let row = row.ok_or(CatalogueError::Corrupt { what: "programme state" })?;
    Ok(ProgrammeState {
        epoch: row.count(0, "epoch")?,
        generation: row.count(1, "generation")?,
        sealed: row.maybe_time(2, "seal")?,
        history: row.int(3, "history")?,
    })
}
