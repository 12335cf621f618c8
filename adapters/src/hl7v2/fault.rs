//! The faults for which a message is refused.

use thiserror::Error;

/// Why a message is refused. The text of a fault names places and never contains content of the message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Hl7Fault {
    /// The message has more than [`super::MAX_MESSAGE_BYTES`] bytes.
    #[error("the message is larger than 8 MiB")]
    TooLarge,
    /// The file contains only line ends.
    #[error("the file is empty")]
    Empty,
    /// The first segment is not a message header.
    #[error("the file does not begin with an MSH segment")]
    NotHl7,
    /// MSH-1 and MSH-2 are not five distinct punctuation marks.
    #[error("MSH-1 and MSH-2 do not define the delimiters")]
    Delimiters,
    /// The file is UTF-16 and contains a code unit that is not valid.
    #[error("the text is UTF-16 with invalid code units")]
    Utf16,
    /// The message contains a control character that is not allowed in a text.
    #[error("control character at byte {offset}")]
    ControlCharacter {
        /// The offset of the character from the start of the file, in bytes.
        offset: u64,
    },
    /// The message contains SO or SI, with which older systems switch to half-width kana.
    #[error("shift-out or shift-in (half-width kana by SO/SI) at byte {offset}")]
    ShiftOut {
        /// The offset from the start of the file, in bytes.
        offset: u64,
    },
    /// The message uses the supplementary kanji set. The SS-MIX2 specification excludes this set, and the decoder does not support it.
    #[error("JIS X 0212 is designated at byte {offset}")]
    JisX0212 {
        /// The offset from the start of the file, in bytes.
        offset: u64,
    },
    /// The message uses the extended kanji set. The SS-MIX2 specification excludes this set, and the decoder does not support it.
    #[error("JIS X 0213 is designated at byte {offset}")]
    JisX0213 {
        /// The offset from the start of the file, in bytes.
        offset: u64,
    },
    /// MSH-18 names a character set that is not supported.
    #[error("MSH-18 names a character set that is not supported")]
    CharsetUnknown,
    /// No supported encoding decodes every segment without error.
    #[error("the text cannot be decoded without error as declared, as UTF-8 or as windows-31j")]
    CharsetUnclean,
    /// The text is valid both as windows-31j and as EUC-JP, and MSH-18 declares neither.
    #[error("the text is valid as windows-31j and as EUC-JP, and MSH-18 declares neither")]
    CharsetAmbiguous,
    /// The message has more than [`super::MAX_SEGMENTS`] segments.
    #[error("the message has more than 100,000 segments")]
    TooManySegments,
    /// The message has more than [`super::MAX_RESULTS`] results.
    #[error("the message has more than 5,000 results (OBX); divide it")]
    TooManyResults,
    /// A segment or a field has more than [`super::MAX_PARTS`] parts, or the message has more than [`super::MAX_VALUES`] values.
    #[error("too many fields, repetitions or components in the segment at byte {offset}")]
    TooManyParts {
        /// The start of the segment, in bytes from the start of the file.
        offset: u64,
    },
    /// A line does not begin with the name of a segment.
    #[error("the line at byte {offset} is not a segment")]
    SegmentName {
        /// The offset of the line from the start of the file, in bytes.
        offset: u64,
    },
    /// The file contains a second message (a second MSH).
    #[error("a second message begins at byte {offset}; a file contains one message")]
    SeveralMessages {
        /// The offset of the second MSH from the start of the file, in bytes.
        offset: u64,
    },
    /// The message contains a second patient (a second PID).
    #[error("a second patient begins at byte {offset}")]
    SeveralPatients {
        /// The offset of the second PID from the start of the file, in bytes.
        offset: u64,
    },
    /// The message has no patient (no PID).
    #[error("the message has no PID segment")]
    NoPatient,
    /// The message has no patient number (no PID-3.1).
    #[error("PID-3.1 is empty")]
    NoPatientNumber,
    /// PID-3 has numbers of several kinds, and does not state which of them is the patient's number in the hospital.
    #[error("PID-3 has several numbers, and only the first may be of the type PI (PID-3.5)")]
    SeveralNumbers,
    /// The only number of PID-3 is of a type that does not number the patients of the hospital.
    #[error("PID-3.5 is neither empty nor PI, MR or PT, so PID-3.1 is not the hospital's number for the patient")]
    NumberType,
    /// PID-3.8 states that the number was no longer valid when the message was sent.
    #[error("the number in PID-3 had ended when the message was sent (PID-3.8)")]
    NumberEnded,
    /// MSH-7 is empty, so the message cannot be put in order with other messages of the patient.
    #[error("MSH-7, the time of the message, is empty")]
    NoTime,
    /// MSH-7 is not a time of the calendar, or does not state the day.
    #[error("MSH-7 is not a time that states the day")]
    BadTime,
    /// MSH-11 states that the message is for training or for debugging.
    #[error("MSH-11 is not P: the message is not of the hospital's production system")]
    NotProduction,
    /// The message merges, links, moves or renumbers patients.
    #[error("the message changes the numbers of patients (merge, link, move or change of a number); a person must decide")]
    ChangesNumbers,
    /// A result message has no result.
    #[error("the message has no result (OBX); stored results of the order stay as they are")]
    NoResults,
    /// A segment is before the segment to which it belongs.
    #[error("the segment at byte {offset} comes before the segment to which it belongs")]
    SegmentOrder {
        /// The offset of the segment from the start of the file, in bytes.
        offset: u64,
    },
}

impl Hl7Fault {
    /// The short stable code of this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::Empty => "empty",
            Self::NotHl7 => "not-hl7",
            Self::Delimiters => "delimiters",
            Self::Utf16 => "utf-16",
            Self::ControlCharacter { .. } => "control-character",
            Self::ShiftOut { .. } => "charset-shift-out",
            Self::JisX0212 { .. } => "charset-jis-x-0212",
            Self::JisX0213 { .. } => "charset-jis-x-0213",
            Self::CharsetUnknown => "charset-unknown",
            Self::CharsetUnclean => "charset-unclean",
            Self::CharsetAmbiguous => "charset-ambiguous",
            Self::TooManySegments => "too-many-segments",
            Self::TooManyResults => "too-many-results",
            Self::TooManyParts { .. } => "too-many-parts",
            Self::SegmentName { .. } => "segment-name",
            Self::SeveralMessages { .. } => "several-messages",
            Self::SeveralPatients { .. } => "several-patients",
            Self::NoPatient => "no-patient",
            Self::NoPatientNumber => "no-patient-number",
            Self::SeveralNumbers => "several-numbers",
            Self::NumberType => "number-type",
            Self::NumberEnded => "number-ended",
            Self::NoTime => "no-message-time",
            Self::BadTime => "bad-message-time",
            Self::NotProduction => "not-production",
            Self::ChangesNumbers => "changes-numbers",
            Self::NoResults => "no-results",
            Self::SegmentOrder { .. } => "segment-order",
        }
    }
}
