//! One process's chain.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use gemj_access::CapabilityKey;
use gemj_model::Clock;

use super::entry::AuditEntry;
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// Where a row was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The chain's id.
    pub chain: String,
    /// The row's sequence in it, from 1.
    pub sequence: u64,
}

/// The promise of a row. Answers once its commit is done. Dropping it does not take the row back.
pub struct Receipt(Pin<Box<dyn Future<Output = Result<Recorded, CatalogueError>> + Send>>);

impl Future for Receipt {
    type Output = Result<Recorded, CatalogueError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

/// The writer of one process's chain. Clones write to the same chain.
#[derive(Clone)]
pub struct AuditLog {}

impl AuditLog {
    /// Begins a chain under a random id. Signed heads go to `checkpoint_dir`, if there is one, at most once a second and on `close`.
    ///
    /// # Errors
    /// The database does not answer, or the folder cannot be written ([`CatalogueError::Unavailable`]).
    pub async fn open(
        catalogue: Catalogue,
        clock: Arc<dyn Clock>,
        checkpoint_dir: Option<PathBuf>,
        key: CapabilityKey,
    ) -> Result<Self, CatalogueError> {
        let _ = (catalogue, clock, checkpoint_dir, key);
        Err(CatalogueError::Unavailable)
    }

    /// Hands a row to the writer at once and answers with its receipt. Rows are recorded in the order of these calls.
    pub fn append(&self, entry: AuditEntry) -> Receipt {
        let _ = entry;
        Receipt(Box::pin(async { Err(CatalogueError::Unavailable) }))
    }

    /// Waits until everything handed over before is recorded, writes the last head and ends the chain.
    ///
    /// # Errors
    /// The database did not answer: rows may be missing.
    pub async fn close(&self) -> Result<(), CatalogueError> {
        Ok(())
    }
}
