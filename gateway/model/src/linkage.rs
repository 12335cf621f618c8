//! Linkage: finds the programme's pseudonym for an institution's own number of a participant.

use crate::identifier::{ParticipantId, SiteId};

/// The error if the linkage table could not be read. This error is never shown as "unknown number".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the linkage could not be read")]
pub struct LinkageUnavailable;

/// Finds participants by the numbers that institutions use for them. The numbers are not stored, logged or returned.
pub trait Linkage {
    /// The participant to whom a namespace (an institution, a study, a biobank) gave this number. Absent if no participant is linked to the number.
    ///
    /// # Errors
    /// [`LinkageUnavailable`] if the table could not be read; the run then ends.
    fn participant(&self, namespace: &str, number: &str) -> Result<Option<ParticipantId>, LinkageUnavailable>;

    /// The institution that enrolled a participant, as the linkage table states it; absent if the table states no institution.
    fn enrolled_at(&self, participant: &ParticipantId) -> Option<&SiteId> {
        let _ = participant;
        None
    }
}
