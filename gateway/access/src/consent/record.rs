//! An event as the fold reads it: compact, with forms by number.

use gemj_model::{ClauseSet, ConsentEvent, ConsentKind, Ground, Timestamp};

use super::form_table::FormNumber;

/// One event of one participant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) sequence: u64,
    pub(super) effective: Timestamp,
    pub(super) recorded: Timestamp,
    pub(super) corrects: Option<u64>,
    /// Absent for an event without a form.
    pub(super) form: Option<FormNumber>,
    pub(super) clauses: ClauseSet,
    pub(super) kind: ConsentKind,
    pub(super) ground: Ground,
}

impl Record {
    pub(super) fn of(event: &ConsentEvent, form: Option<FormNumber>) -> Self {
        Self {
            sequence: event.sequence,
            effective: event.effective,
            recorded: event.recorded,
            corrects: event.corrects,
            form,
            clauses: event.clauses,
            kind: event.kind,
            ground: event.ground,
        }
    }
}
