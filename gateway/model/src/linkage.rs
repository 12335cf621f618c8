//! Whose number is it: from an institution's own numbers to the programme's pseudonyms.

use crate::identifier::{ParticipantId, SiteId};

/// The table could not be read. It is never shown as "unknown number".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the linkage could not be read")]
pub struct LinkageUnavailable;

/// Resolves an institution's number for a person. Numbers go in; they are not kept, logged or given back.
pub trait Linkage {
    /// The participant whom a namespace (an institution, a study, a biobank) calls by this number; absent where nobody was linked to it.
    ///
    /// # Errors
    /// [`LinkageUnavailable`] ends the run.
    fn participant(&self, namespace: &str, number: &str) -> Result<Option<ParticipantId>, LinkageUnavailable>;

    /// The institution that enrolled a participant whom the table names; absent where none is recorded.
    fn enrolled_at(&self, participant: &ParticipantId) -> Option<&SiteId> {
        let _ = participant;
        None
    }
}
