//! The state row: the one row that every answer reads first.

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
}

/// The SQL statement that reads the state row.
pub(crate) const READ_STATE: &str = "SELECT epoch, generation, sealed FROM programme_state WHERE id = 1";

impl Catalogue {
    /// Reads the state row, on the primary and without a cache. The row contains no protected data, so no key is needed.
    ///
    /// # Errors
    /// The database does not answer, or the row is not readable.
    pub async fn state(&self) -> Result<ProgrammeState, CatalogueError> {
        if let Database::Sqlite { file, .. } = &self.database {
            file.check()?;
        }
        state_of(self.state.fetch_all(&self.database, READ_STATE).await?.first())
    }
}

/// Parses the state row. An absent row means a damaged database, not a new programme.
pub(crate) fn state_of(row: Option<&Row>) -> Result<ProgrammeState, CatalogueError> {
    let row = row.ok_or(CatalogueError::Corrupt { what: "programme state" })?;
    Ok(ProgrammeState {
        epoch: row.count(0, "epoch")?,
        generation: row.count(1, "generation")?,
        sealed: row.maybe_time(2, "seal")?,
    })
}
