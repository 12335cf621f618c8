//! Removes from the bytes of a file what does not belong to the message: the frame of MLLP and byte order marks. Converts UTF-16.

use std::borrow::Cow;

use super::Hl7Fault;
use crate::decode::{is_utf16, utf16_text};
use crate::unit::Repair;

/// The byte with which MLLP begins a message.
const START: u8 = 0x0b;
/// The byte with which MLLP ends a message. A carriage return follows.
const END: u8 = 0x1c;

/// The bytes of a message without a frame and without a byte order mark.
pub(crate) struct Plain<'b> {
    pub(crate) bytes: Cow<'b, [u8]>,
    /// The number of bytes in the file before the message. It is 0 for UTF-16, because the offsets then count bytes of the converted text.
    pub(crate) begin: u64,
    /// Whether the text was UTF-16 and is now UTF-8.
    pub(crate) is_utf16: bool,
    /// Whether the text has a byte order mark of UTF-8.
    pub(crate) is_marked: bool,
    pub(crate) repairs: Vec<Repair>,
}

/// Removes a frame and a byte order mark, and converts UTF-16 to UTF-8.
///
/// # Errors
/// [`Hl7Fault::Utf16`] if the bytes are UTF-16 that is not valid.
pub(crate) fn plain(bytes: &[u8]) -> Result<Plain<'_>, Hl7Fault> {
    let mut repairs = Vec::new();
    // In UTF-16 with the low byte first, the start character is followed by a zero. The frame is then removed from the converted text.
    let body = match bytes {
        [START, rest @ ..] if rest.first() != Some(&0) => rest,
        _ => bytes,
    };
    if is_utf16(body) {
        // A frame of single bytes around UTF-16 has both ends. Without a start byte, the last bytes belong to a character.
        let body = if body.len() < bytes.len() { without_end(body) } else { body };
        let text = utf16_text(body).ok_or(Hl7Fault::Utf16)?.into_bytes();
        let inner = unframed(&text);
        if body.len() < bytes.len() || inner.len() < text.len() {
            repairs.push(Repair::MllpFrame);
        }
        repairs.push(Repair::Utf16);
        return Ok(Plain {
            bytes: Cow::Owned(inner.to_vec()),
            begin: 0,
            is_utf16: true,
            is_marked: false,
            repairs,
        });
    }
    let framed_by_bytes = without_end(body);
    let (marked, is_marked) = match framed_by_bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, true),
        None => (framed_by_bytes, false),
    };
    let inner = marked.strip_prefix(&[START]).unwrap_or(marked);
    let mark_length = if is_marked { 3 } else { 0 };
    if inner.len() + mark_length < bytes.len() {
        repairs.push(Repair::MllpFrame);
    }
    if is_marked {
        repairs.push(Repair::ByteOrderMark);
    }
    let begin = (bytes.len() - body.len()) + mark_length + (marked.len() - inner.len());
    Ok(Plain {
        bytes: Cow::Borrowed(inner),
        begin: begin as u64,
        is_utf16: false,
        is_marked,
        repairs,
    })
}

fn unframed(bytes: &[u8]) -> &[u8] {
    without_end(bytes.strip_prefix(&[START]).unwrap_or(bytes))
}

/// The bytes without the end of a frame. Line ends after the end byte are part of the frame.
fn without_end(bytes: &[u8]) -> &[u8] {
    let last = bytes.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
    match last {
        Some(at) if bytes.get(at) == Some(&END) => bytes.get(..at).unwrap_or_default(),
        Some(_) | None => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn a_frame_and_a_byte_order_mark_are_removed_and_counted() {
        use Repair::{ByteOrderMark, MllpFrame, Utf16};
        let message = b"MSH|a\rPID|1\r";
        let with = |before: &[u8], after: &[u8]| [before, message, after].concat();
        for (bytes, begin, repairs) in [
            (with(b"", b""), 0, &[][..]),
            (with(b"\x0b", b"\x1c\r"), 1, &[MllpFrame]),
            (with(b"\x0b", b"\x1c"), 1, &[MllpFrame]),
            (with(b"", b"\x1c\r\n"), 0, &[MllpFrame]),
            (with(b"\x0b", b""), 1, &[MllpFrame]),
            (with(b"\xef\xbb\xbf", b""), 3, &[ByteOrderMark]),
            (with(b"\x0b\xef\xbb\xbf", b"\x1c\r"), 4, &[MllpFrame, ByteOrderMark]),
            (with(b"\xef\xbb\xbf\x0b", b"\x1c\r"), 4, &[MllpFrame, ByteOrderMark]),
            (wide("\u{feff}MSH|a\rPID|1\r"), 0, &[Utf16]),
            (wide("MSH|a\rPID|1\r"), 0, &[Utf16]),
            (wide("\u{b}MSH|a\rPID|1\r\u{1c}\r"), 0, &[MllpFrame, Utf16]),
            (
                [b"\x0b", &wide("\u{feff}MSH|a\rPID|1\r")[..], b"\x1c\r"].concat(),
                0,
                &[MllpFrame, Utf16],
            ),
        ] {
            let found = plain(&bytes).unwrap();
            assert_eq!(found.bytes.as_ref(), message, "{bytes:?}");
            assert_eq!((found.begin, found.repairs.as_slice()), (begin, repairs), "{bytes:?}");
        }
        assert!(plain(b"\xff\xfeM").is_err());
        assert_eq!(plain(b"").unwrap().bytes.len(), 0);
    }
}
