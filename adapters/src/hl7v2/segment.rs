//! Splits a message into segments of decoded text.

use std::fmt;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8};

use super::{Hl7Fault, MAX_PARTS, charset};
use crate::unit::Repair;

/// The five delimiters of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// The field separator: MSH-1, usually `|`.
    pub field: char,
    /// The component separator: the first character of MSH-2, usually `^`.
    pub component: char,
    /// The repetition separator: the second character of MSH-2, usually `~`.
    pub repetition: char,
    /// The escape character: the third character of MSH-2, usually `\`.
    pub escape: char,
    /// The subcomponent separator: the fourth character of MSH-2, usually `&`.
    pub subcomponent: char,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self {
            field: '|',
            component: '^',
            repetition: '~',
            escape: '\\',
            subcomponent: '&',
        }
    }
}

/// A message, decoded and split into segments. It contains all received content, so its [`fmt::Debug`] shows none of it.
pub struct Message {
    pub(super) delimiters: Delimiters,
    pub(super) segments: Vec<Segment>,
    pub(super) encoding: &'static Encoding,
    /// The repairs of the whole message.
    pub(super) repairs: Vec<Repair>,
}

/// One segment of a message.
pub(super) struct Segment {
    /// The offset of the segment from the start of the file, in bytes.
    pub(super) offset: u64,
    /// The decoded text of the segment, including its name.
    pub(super) text: String,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} segments)", self.segments.len())
    }
}

/// Decodes a message and splits it into segments.
///
/// # Errors
/// [`Hl7Fault`] states why the message is refused.
pub fn parse(bytes: &[u8]) -> Result<Message, Hl7Fault> {
    let decoded = charset::decode(bytes)?;
    let segments: Vec<_> = decoded
        .segments
        .into_iter()
        .map(|(offset, text)| Segment { offset, text })
        .collect();
    let delimiters = delimiters(&segments.first().ok_or(Hl7Fault::Empty)?.text)?;
    for (at, segment) in segments.iter().enumerate() {
        let offset = segment.offset;
        if !segment.is_named(delimiters.field) {
            return Err(Hl7Fault::SegmentName { offset });
        }
        if at > 0 && segment.name() == "MSH" {
            return Err(Hl7Fault::SeveralMessages { offset });
        }
        if segment.text.split(delimiters.field).nth(MAX_PARTS + 1).is_some() {
            return Err(Hl7Fault::TooManyParts { offset });
        }
    }
    Ok(Message {
        delimiters,
        segments,
        encoding: decoded.encoding,
        repairs: decoded.repairs,
    })
}

/// Reads the delimiters from MSH-1 and MSH-2: five distinct punctuation marks. Since HL7 v2.7, MSH-2 can contain a sixth mark for truncation,
/// which is ignored.
fn delimiters(header: &str) -> Result<Delimiters, Hl7Fault> {
    let mut marks = header.strip_prefix("MSH").ok_or(Hl7Fault::NotHl7)?.chars();
    let field = marks.next().ok_or(Hl7Fault::Delimiters)?;
    let marks: Vec<char> = marks.take_while(|mark| *mark != field).take(6).collect();
    let [component, repetition, escape, subcomponent] = match marks.as_slice() {
        [a, b, c, d] | [a, b, c, d, _] => [*a, *b, *c, *d],
        _ => return Err(Hl7Fault::Delimiters),
    };
    let all = [field, component, repetition, escape, subcomponent];
    let distinct = all
        .iter()
        .enumerate()
        .all(|(at, mark)| !all.iter().take(at).any(|other| other == mark));
    if !distinct || !all.iter().all(|mark| mark.is_ascii_punctuation() && *mark != '"') {
        return Err(Hl7Fault::Delimiters);
    }
    Ok(Delimiters {
        field,
        component,
        repetition,
        escape,
        subcomponent,
    })
}

impl Message {
    /// The name of the encoding with which the text was read: `iso-2022-jp`, `utf-8` or `windows-31j`.
    #[must_use]
    pub fn encoding(&self) -> &'static str {
        encoding_name(self.encoding)
    }
}

fn encoding_name(encoding: &'static Encoding) -> &'static str {
    if encoding == ISO_2022_JP {
        "iso-2022-jp"
    } else if encoding == UTF_8 {
        "utf-8"
    } else {
        "windows-31j"
    }
}

impl Segment {
    /// The name of the segment: three letters or digits.
    pub(super) fn name(&self) -> &str {
        self.text.get(..3).unwrap_or_default()
    }

    /// The segment's fields by number, as received. MSH-1 is the delimiter itself, so the numbers of MSH are higher by one.
    pub(super) fn fields(&self, field_separator: char) -> impl Iterator<Item = (usize, &str)> {
        let ahead = usize::from(self.name() == "MSH");
        self.text
            .split(field_separator)
            .enumerate()
            .skip(1)
            .map(move |(at, text)| (at + ahead, text))
    }

    fn is_named(&self, field_separator: char) -> bool {
        let mut name = self.text.chars();
        let first = name.next().is_some_and(|c| c.is_ascii_uppercase());
        let rest = name
            .by_ref()
            .take(2)
            .filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            .count()
            == 2;
        first && rest && name.next().is_none_or(|c| c == field_separator)
    }
}
