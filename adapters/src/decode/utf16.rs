//! Finds and decodes text in UTF-16.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Whether the bytes are text in UTF-16. They begin with a byte order mark of UTF-16, or with two ASCII characters in UTF-16. No text in another
/// encoding begins with these bytes, because no text contains a NUL.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    encoding_of(bytes).is_some()
}

/// The text of bytes in UTF-16, without the byte order mark. `None` if the bytes are not UTF-16, or not valid.
pub(crate) fn utf16_text(bytes: &[u8]) -> Option<String> {
    let encoding = encoding_of(bytes)?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

fn encoding_of(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        [1..=0x7f, 0, 1..=0x7f, 0, ..] => Some(UTF_16LE),
        [0, 1..=0x7f, 0, 1..=0x7f, ..] => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_found_with_and_without_a_byte_order_mark() {
        // U+3042 is the kana "a".
        for (bytes, text) in [
            (&b"\xff\xfeM\0\x42\x30"[..], "Mあ"),
            (b"\xfe\xff\0M\x30\x42", "Mあ"),
            (b"M\0S\0\x42\x30", "MSあ"),
            (b"\0M\0S\x30\x42", "MSあ"),
        ] {
            assert!(is_utf16(bytes));
            assert_eq!(utf16_text(bytes).as_deref(), Some(text));
        }
        assert_eq!(utf16_text(b"\xff\xfeM\0S"), None, "an odd number of bytes");
        assert_eq!(utf16_text(b"\xff\xfe\x00\xd8M\0"), None, "half of a pair of surrogates");
        for bytes in [&b"MSH|^~"[..], b"", b"\xef\xbb\xbfM", b"\x0bMSH"] {
            assert!(!is_utf16(bytes) && utf16_text(bytes).is_none());
        }
    }
}
