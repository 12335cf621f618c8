//! The append-only consent ledger.

use gemj_access::{Mandate, Upkeep};
use gemj_model::{ClauseSet, ConsentEvent, ConsentKind, FormId, Participant, ParticipantId, Timestamp};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// An event to be appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConsent {
    /// Whose consent.
    pub participant: ParticipantId,
    /// What happened.
    pub kind: ConsentKind,
    /// The form it was signed on; absent for events without one.
    pub form: Option<FormId>,
    /// The clauses it speaks of.
    pub clauses: ClauseSet,
    /// From when it holds.
    pub effective: Timestamp,
}

/// What to do with an event of somebody who is not registered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownParticipant {
    /// Register them, in no dataset: consent often comes before data.
    Register,
    /// Refuse the whole call.
    Refuse,
}

impl Catalogue {
    /// Appends events in order, all or none, each with its own sequence (action `RecordConsent`). Answers the epoch after the commit: every
    /// answer that begins after this returned sees the events.
    ///
    /// # Errors
    /// [`CatalogueError::UnknownParticipant`] where that is to be refused; nothing was appended then.
    pub async fn append_consent(
        &self,
        mandate: &Mandate,
        events: &[NewConsent],
        recorded: Timestamp,
        unknown: UnknownParticipant,
    ) -> Result<u64, CatalogueError> {
        let _ = (mandate, events, recorded, unknown);
        Err(CatalogueError::Unavailable)
    }

    /// A participant and their events in order (jobs `Inventory`, `FoldPolicy`); absent for somebody not registered.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn consent_history(
        &self,
        upkeep: Upkeep,
        participant: &ParticipantId,
    ) -> Result<Option<(Participant, Vec<ConsentEvent>)>, CatalogueError> {
        let _ = (upkeep, participant);
        Err(CatalogueError::Unavailable)
    }
}
