//! The one row that every answer reads first.

use crate::catalogue::Catalogue;
use crate::database::{Database, Row};
use crate::error::CatalogueError;

/// The state of the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgrammeState {
    /// Rises with every policy-relevant write: consent, approval, participant, membership, family.
    pub epoch: u64,
    /// Rises with every change of the carrier index's manifest or of the registered objects.
    pub generation: u64,
}

/// The statement that reads the state.
pub(crate) const READ_STATE: &str = "SELECT epoch, generation FROM programme_state WHERE id = 1";

impl Catalogue {
    /// Reads the state: one indexed row, on the primary, without a cache. The row has no protected data, so no key is needed.
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

/// Parses the row. An absent row is damage, not a new programme.
pub(crate) fn state_of(row: Option<&Row>) -> Result<ProgrammeState, CatalogueError> {
    let row = row.ok_or(CatalogueError::Corrupt { what: "programme state" })?;
    Ok(ProgrammeState {
        epoch: row.count(0, "epoch")?,
        generation: row.count(1, "generation")?,
    })
}
