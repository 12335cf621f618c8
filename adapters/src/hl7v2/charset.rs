//! Decodes the bytes of a message to text, segment by segment.
//!
//! Segments are split at the byte level before they are decoded. Otherwise a kanji run that is not closed before the carriage return would
//! consume the following segments. Bytes are never split at `|^&~\` before they are decoded, because half of all kanji contain one of these
//! bytes in ISO-2022-JP.

use std::borrow::Cow;

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};

use super::plain::plain;
use super::{Hl7Fault, MAX_MESSAGE_BYTES, MAX_SEGMENTS};
use crate::unit::Repair;

const ESC: u8 = 0x1b;

/// The segments of a message as text, each with its byte offset, the encoding that was used, and the repairs.
pub(super) struct Decoded {
    pub(super) segments: Vec<(u64, String)>,
    pub(super) encoding: &'static Encoding,
    pub(super) repairs: Vec<Repair>,
}

/// Splits and decodes a message. The encodings are tried in this order: the declared encoding (ISO-2022-JP if none is declared), UTF-8,
/// windows-31j. A byte order mark counts as the declared encoding UTF-8, and a text in UTF-16 is always read as UTF-16. The first encoding that decodes every segment without error is
/// used. If this encoding is windows-31j, the message does not declare it, and the text is also valid EUC-JP, the message is refused.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Hl7Fault> {
    if bytes.len() > MAX_MESSAGE_BYTES {
        return Err(Hl7Fault::TooLarge);
    }
    let plain = plain(bytes)?;
    let (body, begin) = (plain.bytes.as_ref(), plain.begin);
    let mut repairs = plain.repairs;
    refuse_bytes(body, begin)?;
    if body.contains(&b'\n') {
        repairs.push(Repair::LineEnds);
    }
    let segments = cut(body, begin)?;
    let Some((_, header)) = segments.first() else {
        return Err(Hl7Fault::Empty);
    };
    let header = candidates(Some(ISO_2022_JP))
        .into_iter()
        .find_map(|encoding| text_of(header, encoding));
    let declared = declared(&header.ok_or(Hl7Fault::CharsetUnclean)?)?;
    let candidates = match (plain.is_utf16, plain.is_marked) {
        (true, _) => vec![UTF_8],
        (false, true) => candidates(Some(UTF_8)),
        (false, false) => candidates(declared),
    };
    let expected = candidates.first().copied();
    for encoding in candidates {
        let texts: Option<Vec<_>> = segments
            .iter()
            .map(|(at, bytes)| text_of(bytes, encoding).map(|text| (*at, text)))
            .collect();
        let Some(texts) = texts else { continue };
        if encoding == SHIFT_JIS && declared != Some(SHIFT_JIS) && !body.is_ascii() && is_euc_jp(&segments) {
            return Err(Hl7Fault::CharsetAmbiguous);
        }
        if Some(encoding) != expected {
            repairs.push(if encoding == UTF_8 {
                Repair::ReadAsUtf8
            } else {
                Repair::ReadAsWindows31j
            });
        }
        return Ok(Decoded {
            segments: texts,
            encoding,
            repairs,
        });
    }
    Err(Hl7Fault::CharsetUnclean)
}

/// Drops an escape sequence that another escape sequence follows directly (an empty run), because the decoder treats an empty run as an error.
/// Also replaces JIS X 0201 Roman by ASCII. The decoder would turn its `\` and `~` into `¥` and `‾`, and HL7 uses `\` and `~` as delimiters.
pub(crate) fn without_empty_runs(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.contains(&ESC) {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let length = escape_length(rest);
        match rest.get(..length) {
            Some(sequence) if length > 0 => {
                let following = rest.get(length..).unwrap_or_default();
                if escape_length(following) == 0 {
                    out.extend_from_slice(if sequence == b"\x1b(J" { b"\x1b(B" } else { sequence });
                }
                rest = following;
            }
            Some(_) | None => {
                out.push(first);
                rest = after;
            }
        }
    }
    Cow::Owned(out)
}

/// The length of the escape sequence at the start of these bytes; 0 if they do not start with a known sequence.
fn escape_length(bytes: &[u8]) -> usize {
    match bytes {
        [ESC, b'(', b'B' | b'J' | b'I', ..] | [ESC, b'$', b'@' | b'B', ..] => 3,
        _ => 0,
    }
}

/// The text of a segment; `None` if the bytes are not valid in this encoding or contain control characters.
fn text_of(bytes: &[u8], encoding: &'static Encoding) -> Option<String> {
    let bytes = if encoding == ISO_2022_JP {
        without_empty_runs(bytes)
    } else {
        Cow::Borrowed(bytes)
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?;
    let clean = !text.chars().any(|c| c.is_control() && c != '\t');
    clean.then(|| text.into_owned())
}

fn is_euc_jp(segments: &[(u64, &[u8])]) -> bool {
    segments.iter().all(|(_, bytes)| text_of(bytes, EUC_JP).is_some())
}

/// The encodings to try, in order. `declared` is the encoding that the message declares.
fn candidates(declared: Option<&'static Encoding>) -> Vec<&'static Encoding> {
    let mut order = vec![declared.unwrap_or(ISO_2022_JP)];
    order.extend([UTF_8, SHIFT_JIS].into_iter().filter(|encoding| Some(*encoding) != declared));
    order
}

/// The encoding that MSH-18 declares; `None` if MSH-18 is empty or names only ASCII, which gives no information about Japanese text. If
/// MSH-18 names several encodings, the last one counts. Spaces in a name are ignored (`ISO IR87`, `ISOIR87`). MSH-20, the rule for switching
/// between sets, is not read, because all sets here use the same rule.
fn declared(header: &str) -> Result<Option<&'static Encoding>, Hl7Fault> {
    let Some(field_separator) = header.strip_prefix("MSH").and_then(|rest| rest.chars().next()) else {
        return Err(Hl7Fault::NotHl7);
    };
    let repetition = header.chars().nth(5).unwrap_or('~');
    let field = header.split(field_separator).nth(17).unwrap_or_default();
    let mut found = None;
    for set in field.split(repetition) {
        let set: String = set.chars().filter(|c| *c != ' ').collect::<String>().to_ascii_uppercase();
        match set.as_str() {
            "" | "\"\"" | "ASCII" | "ISOIR6" | "ISOIR-6" => {}
            "ISOIR13" | "ISOIR-13" | "ISOIR14" | "ISOIR-14" | "ISOIR87" | "ISOIR-87" | "ISOIR159" | "ISO-2022-JP" => {
                found = Some(ISO_2022_JP);
            }
            "UNICODEUTF-8" | "UTF-8" | "UTF8" => found = Some(UTF_8),
            "SHIFT_JIS" | "SHIFT-JIS" | "SJIS" | "MS932" | "CP932" | "WINDOWS-31J" => found = Some(SHIFT_JIS),
            _ => return Err(Hl7Fault::CharsetUnknown),
        }
    }
    Ok(found)
}

/// Refuses bytes that no supported encoding allows.
fn refuse_bytes(body: &[u8], begin: u64) -> Result<(), Hl7Fault> {
    for (at, byte) in body.iter().enumerate() {
        let offset = begin + at as u64;
        match byte {
            0x0e | 0x0f => return Err(Hl7Fault::ShiftOut { offset }),
            b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80.. => {}
            &ESC => match body.get(at + 1..at + 4) {
                Some(b"$(D") => return Err(Hl7Fault::JisX0212 { offset }),
                Some(b"$(O" | b"$(P" | b"$(Q") => return Err(Hl7Fault::JisX0213 { offset }),
                Some(_) | None => {}
            },
            0..=0x1f | 0x7f => return Err(Hl7Fault::ControlCharacter { offset }),
        }
    }
    Ok(())
}

/// Splits a message into segments at CR, LF and CR LF. Each segment gets its byte offset.
fn cut(body: &[u8], begin: u64) -> Result<Vec<(u64, &[u8])>, Hl7Fault> {
    let mut segments = Vec::new();
    let mut offset = begin;
    for line in body.split(|byte| matches!(byte, b'\r' | b'\n')) {
        if !line.is_empty() {
            if segments.len() == MAX_SEGMENTS {
                return Err(Hl7Fault::TooManySegments);
            }
            segments.push((offset, line));
        }
        offset += line.len() as u64 + 1;
    }
    Ok(segments)
}
