//! The frames of MLLP (HL7 v2.5 appendix C, minimal lower layer protocol) and the acknowledgement of a message (chapter 2 § 2.9.2). Only bytes in and
//! bytes out: the listener is elsewhere.

use gemj_model::Timestamp;
use thiserror::Error;

use super::MAX_MESSAGE_BYTES;

/// The byte that begins a frame.
const START: u8 = 0x0b;
/// The byte that ends a frame. A carriage return follows.
const END: u8 = 0x1c;
/// The maximum number of bytes that a field of the acknowledgement repeats.
const MAX_FIELD_BYTES: usize = 227;
/// The number of bytes at the start of a message in which its header is searched.
const HEADER_BYTES: usize = 4096;

/// Why the bytes of a frame are not read as a message.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FrameFault {
    /// The frame has more than [`MAX_MESSAGE_BYTES`] bytes.
    #[error("the message has more bytes than are accepted")]
    TooLarge,
    /// The frame has the end byte inside, so the message could have been cut short.
    #[error("the end byte of the frame (0x1c) is inside the message, and no carriage return follows")]
    EndInside,
}

impl FrameFault {
    /// The short stable code of this fault.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::EndInside => "end-byte-inside",
        }
    }
}

/// What a stream of bytes contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// A complete message, without the frame.
    Message(Vec<u8>),
    /// A complete frame that is not read, with its first bytes for the acknowledgement. The other bytes were discarded.
    Faulty(FrameFault, Vec<u8>),
    /// A frame that was not ended before the next frame began, or before the stream ended. Its bytes were discarded.
    Unfinished,
    /// Bytes between two frames that are no line end. They were discarded.
    Outside,
}

/// Finds the frames in a stream. The reader keeps at most one message in memory.
///
/// A frame ends with the end byte and a carriage return, or with the end byte and the next frame. Some senders leave out the carriage return. Their frames
/// end with the stream too, or when the caller has waited long enough ([`FrameReader::settle`]), but only for a reader of
/// [`FrameReader::accepting_bare_ends`]: the end byte can be a byte of the message, and the rest of the message can be late.
#[derive(Debug, Default)]
pub struct FrameReader {
    accepts_bare_ends: bool,
    /// The bytes of the open frame; `None` between two frames.
    open: Option<Vec<u8>>,
    fault: Option<FrameFault>,
    /// Whether the last byte of the open frame was the end byte.
    is_ending: bool,
    is_outside: bool,
}

impl FrameReader {
    /// A reader for a sender that leaves out the carriage return after the end byte.
    #[must_use]
    pub fn accepting_bare_ends() -> Self {
        Self {
            accepts_bare_ends: true,
            ..Self::default()
        }
    }

    /// Reads further bytes of the stream, and gives what was completed by them, in order.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Framed> {
        let mut found = Vec::new();
        for byte in bytes {
            if std::mem::take(&mut self.is_ending) {
                match *byte {
                    b'\r' | b'\n' => {
                        found.extend(self.ended());
                        continue;
                    }
                    START => found.extend(self.ended()),
                    _ => self.discard(FrameFault::EndInside),
                }
            }
            match (*byte, &mut self.open) {
                (START, open) => {
                    if open.is_some() {
                        found.push(Framed::Unfinished);
                    }
                    self.open = Some(Vec::new());
                    (self.fault, self.is_outside) = (None, false);
                }
                (END, Some(_)) => self.is_ending = true,
                (_, Some(_)) if self.fault.is_some() => {}
                (byte, Some(message)) if message.len() < MAX_MESSAGE_BYTES => message.push(byte),
                (_, Some(_)) => self.discard(FrameFault::TooLarge),
                (b'\r' | b'\n', None) => {}
                (_, None) if self.is_outside => {}
                (_, None) => {
                    self.is_outside = true;
                    found.push(Framed::Outside);
                }
            }
        }
        found
    }

    /// Whether a frame has begun and has not ended.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the end byte was read, and the frame ends if no further byte comes.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.is_ending && self.accepts_bare_ends
    }

    /// Ends a frame whose end byte was read, because no further byte came. `None` if the reader does not accept such an end.
    pub fn settle(&mut self) -> Option<Framed> {
        let is_ending = self.is_ending();
        self.is_ending &= !is_ending;
        is_ending.then(|| self.ended()).flatten()
    }

    /// Ends the stream. An open frame without its end byte is unfinished.
    pub fn finish(&mut self) -> Option<Framed> {
        self.settle().or_else(|| {
            (self.fault, self.is_ending) = (None, false);
            self.open.take().map(|_| Framed::Unfinished)
        })
    }

    fn ended(&mut self) -> Option<Framed> {
        let message = self.open.take()?;
        Some(match self.fault.take() {
            Some(fault) => Framed::Faulty(fault, message),
            None => Framed::Message(message),
        })
    }

    /// Discards the open frame except for its first bytes. The first fault of a frame counts.
    fn discard(&mut self, fault: FrameFault) {
        let _ = self.fault.get_or_insert(fault);
        if let Some(message) = &mut self.open {
            message.truncate(HEADER_BYTES);
            message.shrink_to_fit();
        }
    }
}

/// A message in a frame.
#[must_use]
pub fn frame(message: &[u8]) -> Vec<u8> {
    [&[START], message, &[END, b'\r']].concat()
}

/// The code of an acknowledgement (table 0008).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledgement {
    /// `AA`: the message was committed, or its content was stored before.
    Accept,
    /// `AE`: the message, or a part of it, has a fault. It is in quarantine, and a person must look at it.
    Error,
    /// `AR`: the type or the processing id of the message is not accepted, or the store failed, so that the sender must repeat the message.
    Reject,
}

impl Acknowledgement {
    /// The code as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "AA",
            Self::Error => "AE",
            Self::Reject => "AR",
        }
    }
}

/// The time of an acknowledgement: `YYYYMMDDHHMMSS` and the offset of Japan.
#[must_use]
pub fn acknowledgement_time(now: Timestamp) -> String {
    let now = jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let at = jiff::tz::Offset::constant(9).to_datetime(now);
    format!("{}+0900", at.strftime("%Y%m%d%H%M%S"))
}

/// The number and the text of a fault (HL7 v2.5 table 0357).
fn condition(code: Acknowledgement, reason: &str) -> (&'static str, &'static str) {
    match (code, reason) {
        (Acknowledgement::Reject, "message-not-read") => ("200", "Unsupported message type"),
        (Acknowledgement::Reject, "not-production") => ("202", "Unsupported processing id"),
        (Acknowledgement::Error, "unknown-number" | "merge-unknown-survivor" | "merge-unknown-prior") => ("204", "Unknown key identifier"),
        (Acknowledgement::Accept | Acknowledgement::Error | Acknowledgement::Reject, _) => ("207", "Application internal error"),
    }
}

/// The acknowledgement of a message, without a frame. `time` is the time of the acknowledgement (`YYYYMMDDHHMMSS`), `id` its own number, and `reason` the
/// code of the fault, which must not contain personal data.
///
/// The acknowledgement repeats only fields of the header that consist of ASCII characters without delimiters of another meaning: applications,
/// facilities, event, control number. If the header cannot be read, these fields are empty.
#[must_use]
pub fn acknowledge(message: &[u8], code: Acknowledgement, reason: Option<&str>, time: &str, id: &str) -> Vec<u8> {
    let header = Header::of(message);
    let field = |number: usize| header.as_ref().and_then(|header| header.field(number)).unwrap_or_default();
    let (separator, marks) = header.as_ref().map_or(('|', "^~\\&"), |header| (header.separator, header.marks));
    let component = marks.chars().next().unwrap_or('^');
    let event = field(9).split(component).nth(1).unwrap_or_default();
    let kind = match event.is_empty() {
        true => "ACK".to_owned(),
        false => format!("ACK{component}{event}{component}ACK"),
    };
    let processing = Some(field(11)).filter(|id| !id.is_empty()).unwrap_or("P");
    let s = separator;
    let mut text = format!(
        "MSH{s}{marks}{s}{}{s}{}{s}{}{s}{}{s}{time}{s}{s}{kind}{s}{id}{s}{processing}{s}2.5\rMSA{s}{}{s}{}\r",
        field(5),
        field(6),
        field(3),
        field(4),
        code.as_str(),
        field(10),
    );
    if let Some(reason) = reason {
        let (number, words) = condition(code, reason);
        let c = component;
        text += &format!("ERR{s}{s}{s}{number}{c}{words}{c}HL70357{s}E{s}{reason}\r");
    }
    text.into_bytes()
}

/// The fields of a header as text.
struct Header<'m> {
    separator: char,
    marks: &'m str,
    fields: Vec<&'m [u8]>,
}

impl<'m> Header<'m> {
    fn of(message: &'m [u8]) -> Option<Self> {
        let head = message.get(..message.len().min(HEADER_BYTES))?.trim_ascii_start();
        let line = head.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
        let (separator, rest) = line.strip_prefix(b"MSH")?.split_first()?;
        let fields: Vec<&[u8]> = rest.split(|byte| byte == separator).collect();
        let marks = std::str::from_utf8(fields.first()?).ok()?;
        let are_marks = |text: &str| (4..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_punctuation() && byte != b'"');
        (separator.is_ascii_punctuation() && are_marks(marks)).then_some(Self {
            separator: char::from(*separator),
            marks,
            fields,
        })
    }

    /// A field by its number, if it is a short text of visible ASCII characters.
    fn field(&self, number: usize) -> Option<&'m str> {
        let bytes = self.fields.get(number.checked_sub(2)?)?;
        let text = std::str::from_utf8(bytes).ok()?;
        let is_plain = text.len() <= MAX_FIELD_BYTES && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        is_plain.then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn frames_are_found_among_other_bytes_and_unfinished_frames() {
        let mut reader = FrameReader::default();
        let found = reader.push(b"\r\nxx\x0bMSH|1\x1c\r\x0bMSH|2\x0bMSH|3\x1c\x0bMSH|4");
        let message = |text: &str| Framed::Message(text.as_bytes().to_vec());
        assert_eq!(found, [Framed::Outside, message("MSH|1"), Framed::Unfinished, message("MSH|3")]);
        assert_eq!(reader.finish(), Some(Framed::Unfinished));
        assert_eq!(reader.finish(), None);
    }

    #[test]
    fn a_message_above_the_limit_is_discarded_and_the_next_message_is_read() {
        let mut reader = FrameReader::default();
        let large = vec![b'x'; MAX_MESSAGE_BYTES + 1];
        assert!(reader.push(b"\x0b").is_empty() && reader.push(&large).is_empty());
        assert_eq!(
            reader.push(b"\x1c\r\x0bMSH\x1c\r"),
            [
                Framed::Faulty(FrameFault::TooLarge, vec![b'x'; HEADER_BYTES]),
                Framed::Message(b"MSH".to_vec())
            ]
        );
    }

    #[test]
    fn an_end_byte_inside_a_message_never_cuts_the_message() {
        let mut reader = FrameReader::default();
        let found = reader.push(b"\x0bMSH|1\x1cOBX|1\rOBX|2\x1c\r\x0bMSH|2\x1c\x1c\r\x0bMSH|3\x1c\r");
        let faulty = |text: &str| Framed::Faulty(FrameFault::EndInside, text.as_bytes().to_vec());
        assert_eq!(found, [faulty("MSH|1"), faulty("MSH|2"), Framed::Message(b"MSH|3".to_vec())]);
    }

    #[test]
    fn a_frame_without_its_carriage_return_ends_with_the_next_frame_or_is_unfinished() {
        let mut reader = FrameReader::default();
        assert_eq!(reader.push(b"\x0bMSH|1\x1c\x0bMSH|2\x1c"), [Framed::Message(b"MSH|1".to_vec())]);
        // The rest of the message can still come.
        assert!(!reader.is_ending() && reader.is_within() && reader.settle().is_none());
        assert_eq!((reader.finish(), reader.finish()), (Some(Framed::Unfinished), None));
    }

    #[test]
    fn a_reader_that_accepts_bare_ends_ends_a_frame_after_a_wait_or_with_the_stream() {
        let mut reader = FrameReader::accepting_bare_ends();
        let message = |text: &str| Framed::Message(text.as_bytes().to_vec());
        assert_eq!(reader.push(b"\x0bMSH|1\x1c\x0bMSH|2\x1c"), [message("MSH|1")]);
        assert!(reader.is_ending() && reader.is_within());
        assert_eq!(reader.settle(), Some(message("MSH|2")));
        assert!(!reader.is_within() && reader.settle().is_none());
        assert!(reader.push(b"\r\x0bMSH|3\x1c").is_empty());
        assert_eq!((reader.finish(), reader.finish()), (Some(message("MSH|3")), None));
    }

    #[test]
    fn an_acknowledgement_repeats_the_control_number_and_swaps_sender_and_receiver() {
        let message = b"MSH|^~\\&|HIS|H01|GW|RCV|20260401||OUL^R22^OUL_R22|M0001|P|2.5\rPID|1||0012345";
        let text = |code, reason| String::from_utf8(acknowledge(message, code, reason, "20260401093000", "A1")).unwrap();
        assert_eq!(
            text(Acknowledgement::Accept, None),
            "MSH|^~\\&|GW|RCV|HIS|H01|20260401093000||ACK^R22^ACK|A1|P|2.5\rMSA|AA|M0001\r"
        );
        assert_eq!(
            text(Acknowledgement::Error, Some("unknown-number")),
            "MSH|^~\\&|GW|RCV|HIS|H01|20260401093000||ACK^R22^ACK|A1|P|2.5\rMSA|AE|M0001\rERR|||204^Unknown key identifier^HL70357|E|unknown-number\r"
        );
        let of_garbage = String::from_utf8(acknowledge(b"\xff\x00", Acknowledgement::Error, None, "20260401", "A1")).unwrap();
        assert_eq!(of_garbage, "MSH|^~\\&|||||20260401||ACK|A1|P|2.5\rMSA|AE|\r");
    }

    #[test]
    fn the_time_of_an_acknowledgement_is_that_of_japan() {
        assert_eq!(
            acknowledgement_time(Timestamp::parse("2026-04-01T00:30:00Z").unwrap()),
            "20260401093000+0900"
        );
    }

    proptest! {
        #[test]
        fn any_cut_of_a_stream_gives_the_same_frames(bytes in prop::collection::vec(prop_oneof![Just(START), Just(END), Just(b'\r'), any::<u8>()], 0..200), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
            let mut whole = FrameReader::default();
            let expected = whole.push(&bytes);
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
            at.sort_unstable();
            let mut reader = FrameReader::default();
            let found: Vec<Framed> = at.windows(2).flat_map(|pair| reader.push(&bytes[pair[0]..pair[1]])).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(reader.finish(), whole.finish());
        }

        #[test]
        fn the_acknowledgement_of_any_bytes_has_two_segments_and_one_control_number(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let text = String::from_utf8(acknowledge(&bytes, Acknowledgement::Error, None, "20260401", "A1")).unwrap();
            prop_assert_eq!(text.matches('\r').count(), 2);
            prop_assert!(text.contains("AE"));
        }
    }
}
