//! The statement of an institution that two of its numbers name one person, for example of an HL7 message A40.

use crate::clock::Timestamp;

/// A statement that two numbers of one namespace name one person. The type has no `Debug`, because the numbers identify persons.
#[derive(Clone)]
pub struct StatedMerge {
    /// The number that remains.
    pub survivor: String,
    /// The number that ends.
    pub prior: String,
    /// The id of the message or event. A repeated message with the same id, numbers and time changes nothing.
    pub message: String,
    /// The time of the statement.
    pub stated: Timestamp,
}

/// What became of a stated merge. Each statement has exactly one outcome, for the account of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatedMergeOutcome {
    /// A case with this number was opened for a person's review.
    Opened(u64),
    /// The statement is recorded, or a case of the two persons is open already.
    Duplicate(u64),
    /// Both numbers lead to the same person already.
    OnePerson,
    /// The statement is refused: the surviving number is not linked to a participant. The number is linked first, then the message is sent again.
    UnknownSurvivor,
    /// The statement is refused: the prior number is not linked to a participant. The statement would be lost if the number were linked later.
    UnknownPrior,
    /// The statement is refused: it concerns a participant of another institution, too. Only the operator opens such a case.
    OtherSite,
    /// The receiver records no merges. A person must decide.
    NotRecorded,
}
