//! The catalogue as the sink to which the adapters write facts.

use gemj_access::Mandate;
use gemj_model::FactSink;
use gemj_model::fact::{CaseRecord, Committed, SinkError};
use tokio::runtime::Handle;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// Commits cases from synchronous code. It must be used on a thread that does not itself drive async tasks, for example a thread of
/// `spawn_blocking`.
pub struct CatalogueSink {
    catalogue: Catalogue,
    mandate: Mandate,
    handle: Handle,
}

impl CatalogueSink {
    /// Creates a sink that writes under a mandate for `Ingest`.
    #[must_use]
    pub fn new(catalogue: Catalogue, mandate: Mandate, handle: Handle) -> Self {
        Self {
            catalogue,
            mandate,
            handle,
        }
    }
}

impl FactSink for CatalogueSink {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        let outcome = self.handle.block_on(self.catalogue.commit_case(&self.mandate, &record));
        outcome.map_err(|error| match error {
            CatalogueError::Conflict { field } | CatalogueError::Invalid { field } => SinkError::Conflict { field },
            CatalogueError::Unavailable
            | CatalogueError::NotConnected { .. }
            | CatalogueError::Corrupt { .. }
            | CatalogueError::NotFound { .. }
            | CatalogueError::UnknownParticipant { .. }
            | CatalogueError::WrongKey
            | CatalogueError::BadUrl
            | CatalogueError::Sealed
            | CatalogueError::OtherHistory
            | CatalogueError::RestoreInterrupted { .. }
            | CatalogueError::SetBack
            | CatalogueError::DamagedHead
            | CatalogueError::CheckpointFolder { .. }
            | CatalogueError::Schema
            | CatalogueError::NewerSchema { .. } => SinkError::Store,
        })
    }
}
