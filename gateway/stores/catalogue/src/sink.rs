//! The catalogue as the sink to which the adapters write facts.

use gemj_access::Mandate;
use gemj_model::fact::{CaseRecord, Committed, FactSource, PacketContent, SinkError, StoredUnit};
use gemj_model::{DatasetId, FactSink, ParticipantId};
use tokio::runtime::Handle;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::facts::Batches;
use crate::linked_numbers::LinksState;

/// Commits cases from synchronous code, in batches. It must be used on a thread that does not itself drive async tasks, for example a thread of
/// `spawn_blocking`. The last cases are committed by [`CatalogueSink::flush`], or a moment after they were taken.
pub struct CatalogueSink {
    catalogue: Catalogue,
    mandate: Mandate,
    handle: Handle,
    batches: Batches,
}

impl CatalogueSink {
    /// Creates a sink that writes under a mandate for `Ingest`.
    #[must_use]
    pub fn new(catalogue: Catalogue, mandate: Mandate, handle: Handle) -> Self {
        Self {
            batches: Batches::new(catalogue.clone(), mandate.clone()),
            catalogue,
            mandate,
            handle,
        }
    }

    /// The same sink, which counts every stored case in the account of a run that has begun.
    #[must_use]
    pub fn counting_in(self, run: &str) -> Self {
        Self {
            batches: self.batches.counting_in(run),
            ..self
        }
    }

    /// The same sink, for cases whose participants were found by the links of this state. If a link ends later, the sink fails, so that no case is stored about
    /// the person whom its number named before.
    #[must_use]
    pub fn with_links(self, links: LinksState) -> Self {
        Self {
            batches: self.batches.with_links(links),
            ..self
        }
    }

    /// Commits the cases that the sink has taken.
    ///
    /// # Errors
    /// [`SinkError::Store`] if a case that was taken could not be committed, now or before. Neither the case nor its count in the account of the run is
    /// stored then.
    pub fn flush(&mut self) -> Result<(), SinkError> {
        self.handle.block_on(self.batches.flush()).map_err(|_| SinkError::Store)
    }
}

impl FactSink for CatalogueSink {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        self.handle.block_on(self.batches.store(&record, None)).map_err(sink_error)
    }

    fn commit_packet(&mut self, record: CaseRecord, content: PacketContent) -> Result<Committed, SinkError> {
        self.handle
            .block_on(self.batches.store(&record, Some(&content)))
            .map_err(sink_error)
    }

    fn stored(&mut self, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, SinkError> {
        self.flush()?;
        let stored = self.handle.block_on(self.catalogue.stored_unit(&self.mandate, dataset, unit));
        stored.map_err(|_| SinkError::Store)
    }

    fn hide(&mut self, dataset: &DatasetId, participant: &ParticipantId, source: &FactSource) -> Result<u64, SinkError> {
        self.flush()?;
        let hidden = self
            .handle
            .block_on(self.catalogue.hide_units(&self.mandate, dataset, participant, source));
        hidden.map_err(|_| SinkError::Store)
    }
}

/// The error of a sink for an error of the catalogue: a contradiction puts one unit in quarantine, and every other error ends the run.
#[must_use]
pub fn sink_error(error: CatalogueError) -> SinkError {
    match error {
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
    }
}
