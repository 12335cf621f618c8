//! The one row that every answer begins with.

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// Where the programme stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgrammeState {
    /// Rises with every policy-relevant write: consent, approval, participant, membership, family.
    pub epoch: u64,
    /// Rises with every change of the carrier index's manifest or of the registered objects.
    pub generation: u64,
}

impl Catalogue {
    /// Reads the state: one indexed row, on the primary, no cache. With `locate_object` the only read without a key.
    ///
    /// # Errors
    /// The database does not answer, or the row is not readable.
    pub async fn state(&self) -> Result<ProgrammeState, CatalogueError> {
        Err(CatalogueError::Unavailable)
    }
}
