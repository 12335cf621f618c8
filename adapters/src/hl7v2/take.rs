//! Converts the bytes of a message file to the parts that enter a unit.

use super::identity::{Identity, identity};
use super::records::records;
use super::{Hl7Fault, MessageKind, parse};
use crate::unit::{LeftOutRule, Record, Repair, UnitAccount};

/// A message after it was read.
pub(crate) enum Taken {
    /// The message is of a kind that is read.
    Message {
        kind: MessageKind,
        identity: Identity,
        records: Vec<Record>,
        encoding: &'static str,
        account: UnitAccount,
    },
    /// The message is of another kind. The text is the kind, in the form for reports.
    Other(String),
}

/// Reads a message from bytes. The message of a deletion gives no records.
pub(crate) fn take(bytes: &[u8]) -> Result<Taken, Hl7Fault> {
    let message = parse(bytes)?;
    let Some(kind) = message.kind() else {
        return Ok(Taken::Other(message.shown_kind()));
    };
    let identity = identity(&message, kind)?;
    let mut account = UnitAccount::default();
    for repair in &message.repairs {
        account.repair(*repair);
    }
    if identity.has_long_time {
        account.repair(Repair::LongTime);
    }
    let records = match kind {
        MessageKind::PatientDelete => {
            for segment in message.segments.iter().skip(1) {
                account.leave_out(LeftOutRule::DeletedUnit, segment.name());
            }
            Vec::new()
        }
        MessageKind::PatientUpdate | MessageKind::Problems | MessageKind::SpecimenResults => records(&message, kind, &mut account)?,
    };
    Ok(Taken::Message {
        kind,
        identity,
        records,
        encoding: message.encoding(),
        account,
    })
}
