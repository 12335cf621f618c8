//! Reads messages that merge or link the numbers of patients (HL7 v2.5 chapter 3: ADT^A18, A24, A34, A37, A40).
//!
//! Such a message states that two numbers are of one person, or are not. A feed never applies it: a merge opens a case for a person's review, and
//! every other message of this kind is quarantined. This module gives the content of the message.

use std::collections::BTreeMap;
use std::fmt;

use gemj_model::Timestamp;
use thiserror::Error;

use super::identity::{all, first};
use super::time::{instant, message_time};
use super::{Hl7Fault, MAX_PARTS, Message, parse};
use crate::unit::{Field, LeftOutRule, UnitAccount};

/// What a message states about two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeKind {
    /// The prior number was merged into the surviving number (A18, A34, A40).
    Merge,
    /// Both numbers are of one person, and both stay in use (A24).
    Link,
    /// The two numbers are not of one person any more (A37).
    Unlink,
}

/// A number of a patient, with the institution that assigned it. The number is personal data, so the [`fmt::Debug`] shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientNumber {
    /// The number as received (CX.1).
    pub number: String,
    /// The parts of the assigning authority (CX.4): its name and its OID, as received. Empty if the message states none.
    pub authority: Vec<String>,
}

impl fmt::Debug for PatientNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientNumber(..)")
    }
}

/// A statement of a message about two numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeEvent {
    /// What the message states.
    pub kind: MergeKind,
    /// The number that stays in use (PID-3). For a link, the first of the two numbers.
    pub survivor: PatientNumber,
    /// The number that was replaced (MRG-1). For a link, the second of the two numbers.
    pub prior: PatientNumber,
    /// The facility that sent the message (MSH-4.1); `None` if it is empty.
    pub facility: Option<String>,
    /// The time of the message (MSH-7) as 17 digits of Japanese time. Later messages sort after earlier ones.
    pub time: String,
    /// The same time as an instant.
    pub stated: Timestamp,
    /// The sender's number of the message (MSH-10).
    pub message_id: String,
    /// The encoding with which the text was read.
    pub encoding: &'static str,
    /// What the message has beside the two numbers and its header, by the names of segments and fields, and what was repaired.
    pub account: UnitAccount,
}

/// Why a message gives no [`MergeEvent`]. The text names places and never contains content of the message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum MergeFault {
    /// The message cannot be read.
    #[error(transparent)]
    Message(#[from] Hl7Fault),
    /// The message states nothing about two numbers.
    #[error("MSH-9 is not a merge or a link of patients")]
    NotAMerge,
    /// The message moves visits or accounts, or changes a number. A person must decide.
    #[error("MSH-9 is a move or a change of numbers, which is not read")]
    NotSupported,
    /// The message does not have exactly one pair of numbers.
    #[error("the message does not have exactly one pair of patients")]
    NotOnePair,
    /// PID-3 or MRG-1 is empty.
    #[error("a number of the pair is empty")]
    NoNumber,
    /// PID-3 or MRG-1 has several numbers, and not exactly one of the type PI, or its only number is of another type than PI, MR and PT.
    #[error("PID-3 or MRG-1 does not state which number is the hospital's number for the patient")]
    NumberNotCertain,
    /// Both numbers are the same.
    #[error("both numbers of the pair are the same")]
    SameNumber,
    /// MSH-10 is empty, so a repetition of the message cannot be recognised.
    #[error("MSH-10 is empty")]
    NoMessageId,
}

impl MergeFault {
    /// The short stable code of this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Message(fault) => fault.code(),
            Self::NotAMerge => "not-a-merge",
            Self::NotSupported => "change-not-supported",
            Self::NotOnePair => "not-one-pair",
            Self::NoNumber => "no-patient-number",
            Self::NumberNotCertain => "number-not-certain",
            Self::SameNumber => "same-number",
            Self::NoMessageId => "no-message-id",
        }
    }
}

/// Reads a message that merges or links two numbers.
///
/// # Errors
/// [`MergeFault`] states why the message gives no event.
pub fn merge_event(bytes: &[u8]) -> Result<MergeEvent, MergeFault> {
    let message = parse(bytes)?;
    let kind = match (message.header_component(9, 0), message.header_component(9, 1)) {
        (Some("ADT"), Some("A18" | "A34" | "A40")) => MergeKind::Merge,
        (Some("ADT"), Some("A24")) => MergeKind::Link,
        (Some("ADT"), Some("A37")) => MergeKind::Unlink,
        _ if changes_numbers(&message) => return Err(MergeFault::NotSupported),
        _ => return Err(MergeFault::NotAMerge),
    };
    if super::take::is_test(&message)? {
        return Err(Hl7Fault::NotProduction.into());
    }
    let count = |name: &str| message.segments.iter().filter(|segment| segment.name() == name).count();
    let wanted = match kind {
        MergeKind::Merge => (1, 1),
        MergeKind::Link | MergeKind::Unlink => (2, 0),
    };
    if (count("PID"), count("MRG")) != wanted {
        return Err(MergeFault::NotOnePair);
    }
    let mut patients = all(&message, "PID", 3)?.into_iter();
    let survivor = number(patients.next(), "PID-3")?;
    let prior = match kind {
        MergeKind::Merge => number(all(&message, "MRG", 1)?.into_iter().next(), "MRG-1")?,
        MergeKind::Link | MergeKind::Unlink => number(patients.next(), "PID-3")?,
    };
    if survivor.number == prior.number {
        return Err(MergeFault::SameNumber);
    }
    let header = |field: usize| first(&message, "MSH", field, &[&format!("MSH-{field}.1")]);
    let time = header(7)?.ok_or(Hl7Fault::NoTime)?;
    let time = message_time(&time).ok_or(Hl7Fault::BadTime)?;
    Ok(MergeEvent {
        kind,
        survivor,
        prior,
        facility: header(4)?,
        stated: instant(&time).ok_or(Hl7Fault::BadTime)?,
        time,
        message_id: header(10)?.ok_or(MergeFault::NoMessageId)?,
        encoding: message.encoding(),
        account: account(&message),
    })
}

/// What a message has beside the two numbers and its header. Nothing of it is stored.
fn account(message: &Message) -> UnitAccount {
    let mut account = UnitAccount::default();
    for repair in &message.repairs {
        account.repair(*repair);
    }
    for segment in &message.segments {
        let read: &[usize] = match segment.name() {
            "MSH" => &[1, 2, 3, 4, 7, 9, 10, 11, 18],
            "PID" => &[3],
            "MRG" => &[1],
            name => {
                account.leave_out(LeftOutRule::SegmentNotRead, name);
                continue;
            }
        };
        for (number, text) in segment.fields(message.delimiters.field) {
            if !text.is_empty() && !read.contains(&number) {
                account.leave_out(LeftOutRule::FieldNotAdmitted, format!("{}-{number}", segment.name()));
            }
        }
    }
    account
}

/// Whether a message merges, links, moves or renumbers patients: by its event, or because it has a segment with a prior number (MRG).
pub(super) fn changes_numbers(message: &Message) -> bool {
    let is_event = match (message.header_component(9, 0), message.header_component(9, 1)) {
        (Some("ADT"), Some(event)) => matches!(
            event,
            "A18"
                | "A24"
                | "A30"
                | "A34"
                | "A35"
                | "A36"
                | "A37"
                | "A39"
                | "A40"
                | "A41"
                | "A42"
                | "A43"
                | "A44"
                | "A45"
                | "A46"
                | "A47"
                | "A48"
                | "A49"
                | "A50"
                | "A51"
        ),
        _ => false,
    };
    is_event || message.segments.iter().any(|segment| segment.name() == "MRG")
}

/// The hospital's number for a patient in a list of numbers (type CX, table 0203).
fn number(fields: Option<BTreeMap<String, Field>>, name: &str) -> Result<PatientNumber, MergeFault> {
    let fields = fields.ok_or(MergeFault::NoNumber)?;
    let text = |name: String| match fields.get(&name) {
        Some(Field::Value(text)) if !text.trim().is_empty() => Some(text.clone()),
        Some(_) | None => None,
    };
    let mut found: Vec<(String, Option<String>, Vec<String>)> = Vec::new();
    for repetition in 1..=MAX_PARTS {
        let field = if repetition == 1 {
            name.to_owned()
        } else {
            format!("{name}({repetition})")
        };
        let Some(number) = text(format!("{field}.1")) else { continue };
        let authority = ["4", "4.1", "4.2"].into_iter().filter_map(|part| text(format!("{field}.{part}")));
        found.push((number, text(format!("{field}.5")), authority.collect()));
    }
    let is_hospital = |kind: &Option<String>| matches!(kind.as_deref(), None | Some("PI" | "MR" | "PT"));
    let chosen = match found.as_slice() {
        [] => return Err(MergeFault::NoNumber),
        [only] => Some(only).filter(|(_, kind, _)| is_hospital(kind)),
        several => {
            let mut own = several.iter().filter(|(_, kind, _)| kind.as_deref() == Some("PI"));
            let first = own.next();
            // A second number without a type could also be the hospital's.
            let is_certain = own.next().is_none() && several.iter().all(|(_, kind, _)| kind.is_some());
            first.filter(|_| is_certain)
        }
    };
    let (number, _, authority) = chosen.ok_or(MergeFault::NumberNotCertain)?.clone();
    Ok(PatientNumber { number, authority })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(event: &str, segments: &str) -> String {
        format!("MSH|^~\\&|HIS|HOSPITAL-A|||20260401093000+0900||ADT^{event}^ADT_A39|M7|P|2.5\rEVN||20260401\r{segments}")
    }

    #[test]
    fn a_merge_gives_the_surviving_and_the_prior_number_with_their_authority() {
        let text = message(
            "A40",
            "PID|1||0002^^^A&1.2.3&ISO^PI||山田^花子\rMRG|0001^^^A&1.2.3&ISO^PI~X9^^^^VN\r",
        );
        let event = merge_event(text.as_bytes()).unwrap();
        assert_eq!(
            (event.kind, event.survivor.number.as_str(), event.prior.number.as_str()),
            (MergeKind::Merge, "0002", "0001")
        );
        assert_eq!(event.prior.authority, ["A", "1.2.3"]);
        assert_eq!((event.time.as_str(), event.message_id.as_str()), ("20260401093000000", "M7"));
        assert_eq!(event.facility.as_deref(), Some("HOSPITAL-A"));
        assert!(!format!("{event:?}").contains("0002") && !format!("{event:?}").contains("0001"));
    }

    #[test]
    fn a_link_and_an_unlink_give_both_numbers() {
        for (event, kind) in [("A24", MergeKind::Link), ("A37", MergeKind::Unlink)] {
            let found = merge_event(message(event, "PID|1||0001^^^^PI\rPID|2||0002^^^^PI\r").as_bytes()).unwrap();
            assert_eq!(
                (found.kind, found.survivor.number.as_str(), found.prior.number.as_str()),
                (kind, "0001", "0002")
            );
        }
    }

    #[test]
    fn a_message_without_exactly_one_certain_pair_gives_no_event() {
        for (event, segments, code) in [
            ("A40", "PID|1||2\r", "not-one-pair"),
            ("A40", "PID|1||2\rMRG|1\rMRG|3\r", "not-one-pair"),
            ("A40", "PID|1||2\rMRG|1\rPID|1||4\rMRG|3\r", "not-one-pair"),
            ("A40", "PID|1||2\rMRG|\r", "no-patient-number"),
            ("A40", "PID|1||\rMRG|1\r", "no-patient-number"),
            ("A40", "PID|1||2\rMRG|2\r", "same-number"),
            ("A40", "PID|1||2~3\rMRG|1\r", "number-not-certain"),
            ("A40", "PID|1||2^^^^PI~3\rMRG|1\r", "number-not-certain"),
            ("A40", "PID|1||2^^^^VN\rMRG|1\r", "number-not-certain"),
            ("A24", "PID|1||2\r", "not-one-pair"),
            ("A43", "PID|1||2\rMRG|1\r", "change-not-supported"),
            ("A08", "PID|1||2\rMRG|1\r", "change-not-supported"),
            ("A08", "PID|1||2\r", "not-a-merge"),
        ] {
            assert_eq!(
                merge_event(message(event, segments).as_bytes()).unwrap_err().code(),
                code,
                "{event} {segments}"
            );
        }
        let good = message("A40", "PID|1||2\rMRG|1\r");
        for (from, to, code) in [
            ("|P|", "|T|", "not-production"),
            ("|M7|", "||", "no-message-id"),
            ("20260401093000+0900", "", "no-message-time"),
        ] {
            assert_eq!(merge_event(good.replacen(from, to, 1).as_bytes()).unwrap_err().code(), code);
        }
    }
}
