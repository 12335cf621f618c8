//! Converts the bytes of a message file to the parts that enter a unit.

use super::identity::{Identity, first, identity};
use super::merge_event::changes_numbers;
use super::records::{Read, records};
use super::{Hl7Fault, MAX_RESULTS, Message, MessageKind, parse};
use crate::semantics::narrow;
use crate::unit::{LeftOutRule, Record, Repair, UnitAccount};

/// A message after it was read.
pub(crate) enum Taken {
    /// The message is of a kind that is read.
    Message(TakenMessage),
    /// The message is of another kind. The text is the kind, in the form for reports.
    Other(String),
}

/// A message of a kind that is read.
pub(crate) struct TakenMessage {
    pub(crate) kind: MessageKind,
    pub(crate) identity: Identity,
    pub(crate) records: Vec<Record>,
    /// The results that the message states as void. They are not among the records.
    pub(crate) void: Vec<Record>,
    pub(crate) encoding: &'static str,
    pub(crate) account: UnitAccount,
}

/// Reads a message from bytes. The message of a deletion gives only the header and the patient.
pub(crate) fn take(bytes: &[u8]) -> Result<Taken, Hl7Fault> {
    let message = parse(bytes)?;
    if is_test(&message)? {
        return Err(Hl7Fault::NotProduction);
    }
    // A change of numbers that is not recorded would leave later facts with the wrong person, so it is never only counted.
    if changes_numbers(&message) {
        return Err(Hl7Fault::ChangesNumbers);
    }
    let Some(kind) = message.kind() else {
        return Ok(Taken::Other(message.shown_kind()));
    };
    if message.segments.iter().filter(|segment| segment.name() == "OBX").count() > MAX_RESULTS {
        return Err(Hl7Fault::TooManyResults);
    }
    let identity = identity(&message)?;
    let mut account = UnitAccount::default();
    for repair in &message.repairs {
        account.repair(*repair);
    }
    if identity.has_long_time {
        account.repair(Repair::LongTime);
    }
    let Read { records, void } = match kind {
        MessageKind::PatientDelete => {
            for segment in message.segments.iter().skip(1) {
                account.leave_out(LeftOutRule::DeletedUnit, segment.name());
            }
            records(&message, kind, &mut UnitAccount::default())?
        }
        MessageKind::PatientUpdate | MessageKind::Problems | MessageKind::SpecimenResults | MessageKind::Observations => {
            records(&message, kind, &mut account)?
        }
    };
    Ok(Taken::Message(TakenMessage {
        kind,
        identity,
        records,
        void,
        encoding: message.encoding(),
        account,
    }))
}

/// Whether MSH-11 states that the message is not of the production system (HL7 v2.5 table 0103: `D` debugging, `T` training). An empty MSH-11 counts
/// as production. Any other content is not understood, and counts as a test.
pub(super) fn is_test(message: &Message) -> Result<bool, Hl7Fault> {
    let stated = first(message, "MSH", 11, &["MSH-11.1"])?;
    Ok(stated.is_some_and(|id| !narrow(&id).trim().eq_ignore_ascii_case("P")))
}
