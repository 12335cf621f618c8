//! Why a message is refused.

use thiserror::Error;

/// Why a message is refused. The text names places, never content.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Hl7Fault {
    /// More than [`super::MAX_MESSAGE_BYTES`].
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
    /// A byte order mark of UTF-16.
    #[error("the text is UTF-16, which is not accepted for HL7 v2")]
    Utf16,
    /// A control character that is not allowed in a text.
    #[error("control character at byte {offset}")]
    ControlCharacter {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// SO or SI, with which older systems switch to half-width kana.
    #[error("shift-out or shift-in (half-width kana by SO/SI) at byte {offset}")]
    ShiftOut {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// The supplementary kanji set. The SS-MIX2 specification excludes the set, and the decoder does not support it.
    #[error("JIS X 0212 is designated at byte {offset}")]
    JisX0212 {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// The extended kanji set. The SS-MIX2 specification excludes the set, and the decoder does not support it.
    #[error("JIS X 0213 is designated at byte {offset}")]
    JisX0213 {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// MSH-18 names a character set that is not supported.
    #[error("MSH-18 names a character set that is not supported")]
    CharsetUnknown,
    /// No supported encoding reads every segment without error.
    #[error("the text cannot be decoded without error as declared, as UTF-8 or as windows-31j")]
    CharsetUnclean,
    /// The text is valid both as windows-31j and as EUC-JP, and MSH-18 declares neither.
    #[error("the text is valid as windows-31j and as EUC-JP, and MSH-18 declares neither")]
    CharsetAmbiguous,
    /// More than [`super::MAX_SEGMENTS`].
    #[error("the message has more than 100,000 segments")]
    TooManySegments,
    /// More than [`super::MAX_PARTS`] or [`super::MAX_VALUES`].
    #[error("too many fields, repetitions or components in the segment at byte {offset}")]
    TooManyParts {
        /// Start of the segment, in bytes from the start of the file.
        offset: u64,
    },
    /// A line that does not begin with a segment's name.
    #[error("the line at byte {offset} is not a segment")]
    SegmentName {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// A second MSH.
    #[error("a second message begins at byte {offset}; a file contains one message")]
    SeveralMessages {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// A second PID.
    #[error("a second patient begins at byte {offset}")]
    SeveralPatients {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
    /// No PID.
    #[error("the message has no PID segment")]
    NoPatient,
    /// No PID-3.1.
    #[error("PID-3.1 is empty")]
    NoPatientNumber,
    /// A segment before the segment to which it belongs.
    #[error("the segment at byte {offset} comes before the segment to which it belongs")]
    SegmentOrder {
        /// Offset in bytes from the start of the file.
        offset: u64,
    },
}

impl Hl7Fault {
    /// A short stable code.
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
            Self::TooManyParts { .. } => "too-many-parts",
            Self::SegmentName { .. } => "segment-name",
            Self::SeveralMessages { .. } => "several-messages",
            Self::SeveralPatients { .. } => "several-patients",
            Self::NoPatient => "no-patient",
            Self::NoPatientNumber => "no-patient-number",
            Self::SegmentOrder { .. } => "segment-order",
        }
    }
}
