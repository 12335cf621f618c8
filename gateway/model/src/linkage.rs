//! Linkage: finds the programme's pseudonym for an institution's own number of a participant.

use crate::clock::Timestamp;
use crate::identifier::{ParticipantId, SiteId};

/// The error if the linkage table could not be read. This error is never shown as "unknown number".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the linkage could not be read")]
pub struct LinkageUnavailable;

/// A number with which an institution names a person. Two institutions use the same number for two persons, and so do two systems of one
/// institution. Only the three parts together name a person. The type has no `Debug`, because the number identifies a person.
#[derive(Clone, Copy)]
pub struct SiteNumber<'n> {
    /// The institution that uses the number.
    pub site: &'n SiteId,
    /// The institution's list of numbers, for example its patient numbers or the subject keys of one study.
    pub namespace: &'n str,
    /// The number as received.
    pub number: &'n str,
}

/// Finds participants by the numbers that institutions use for them. The numbers are not stored, logged or returned.
pub trait Linkage {
    /// The participant whom the institution names by this number. Absent if no participant is linked to the number.
    ///
    /// # Errors
    /// [`LinkageUnavailable`] if the table could not be read; the run then ends.
    fn participant(&self, number: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable>;

    /// The time since when the number names its participant, if it named another person before. Absent if it never named another person. There is no
    /// default: a linkage that forgets the former person would give that person's late data to the present one.
    ///
    /// # Errors
    /// [`LinkageUnavailable`] if the table could not be read; the run then ends.
    fn since(&self, number: SiteNumber<'_>) -> Result<Option<Timestamp>, LinkageUnavailable>;
}
