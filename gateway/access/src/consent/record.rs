//! A consent event as the fold reads it: compact, with forms by number.

use gemj_model::{ClauseSet, ConsentEvent, ConsentKind, Ground, Timestamp};

use super::form_table::FormNumber;

/// One consent event of one participant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) sequence: u64,
    pub(super) effective: Timestamp,
    pub(super) recorded: Timestamp,
    pub(super) corrects: Option<u64>,
    /// The number of the form that the event names; absent if the event names no form.
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
