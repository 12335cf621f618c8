//! Linkage: from an institution's own numbers to the programme's pseudonyms.

use crate::identifier::{ParticipantId, SiteId};

/// The linkage table could not be read. This error is never shown as "unknown number".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the linkage could not be read")]
pub struct LinkageUnavailable;

/// Resolves an institution's number for a participant. The numbers are not stored, logged or returned.
pub trait Linkage {
    /// The participant that a namespace (an institution, a study, a biobank) calls by this number. Absent if no participant is linked to the
    /// number.
    ///
    /// # Errors
    /// [`LinkageUnavailable`] ends the run.
    fn participant(&self, namespace: &str, number: &str) -> Result<Option<ParticipantId>, LinkageUnavailable>;

    /// The institution that enrolled a participant of the table; absent if none is recorded.
    fn enrolled_at(&self, participant: &ParticipantId) -> Option<&SiteId> {
        let _ = participant;
        None
    }
}
