//! Writes the server's id and version into the text of a received resource and changes nothing else.

use std::ops::Range;

use crate::date::is_instant;
use crate::reference::is_id;

/// The values that the server sets in a stored resource (FHIR R4 § 3.1.0.8 create, "the server SHALL populate the id, meta.versionId and
/// meta.lastUpdated").
#[derive(Clone, Copy)]
pub struct Stamp<'a> {
    /// The logical id of the resource.
    pub id: &'a str,
    /// The id of the version, such as `1`.
    pub version_id: &'a str,
    /// The time of the change, an `instant`.
    pub last_updated: &'a str,
}

/// Why a stamp cannot be written into a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// The id or version id is not a FHIR id.
    #[error("not an id")]
    NotAnId,
    /// The time of the stamp is not an `instant`.
    #[error("not an instant")]
    NotAnInstant,
    /// The text or its member `meta` is not a JSON object.
    #[error("not an object")]
    NotAnObject,
}

/// Returns `text` with `id`, `meta.versionId` and `meta.lastUpdated` set. Existing members are replaced in place. New members are added at the
/// front. Numbers, spaces and the order of members stay as received.
pub(super) fn stamp(text: &str, stamp: Stamp<'_>) -> Result<String, StampError> {
    if !is_id(stamp.id) || !is_id(stamp.version_id) {
        return Err(StampError::NotAnId);
    }
    if !is_instant(stamp.last_updated) {
        return Err(StampError::NotAnInstant);
    }
    let meta = member(text, "meta")?.map_or("{}", |span| &text[span]);
    let meta = set(
        &set(meta, "lastUpdated", &quoted(stamp.last_updated))?,
        "versionId",
        &quoted(stamp.version_id),
    )?;
    let with_meta = set(text, "meta", &meta)?;
    set(&with_meta, "id", &quoted(stamp.id))
}

/// Writes a value as a JSON string. Ids and instants contain no character that JSON escapes.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn set(object: &str, name: &str, value: &str) -> Result<String, StampError> {
    if let Some(span) = member(object, name)? {
        return Ok(format!("{}{value}{}", &object[..span.start], &object[span.end..]));
    }
    let inside = object.find('{').ok_or(StampError::NotAnObject)? + 1;
    let comma = if object[inside..].trim_start().starts_with('}') { "" } else { "," };
    Ok(format!("{}\"{name}\":{value}{comma}{}", &object[..inside], &object[inside..]))
}

/// The position, in the text, of the value of the member `name` of the outermost object; `None` if absent.
fn member(object: &str, name: &str) -> Result<Option<Range<usize>>, StampError> {
    let mut scanner = Scanner { text: object, at: 0 };
    scanner.spaces();
    scanner.expect(b'{')?;
    loop {
        scanner.spaces();
        if scanner.peek() != Some(b'"') {
            return scanner.expect(b'}').map(|()| None);
        }
        let key = scanner.value()?;
        scanner.spaces();
        scanner.expect(b':')?;
        scanner.spaces();
        let value = scanner.value()?;
        // The name in the text may contain escapes, so it is decoded before the comparison.
        let key = serde_json::from_str::<String>(&object[key]).map_err(|_| StampError::NotAnObject)?;
        if key == name {
            return Ok(Some(value));
        }
        scanner.spaces();
        if scanner.peek() == Some(b',') {
            scanner.at += 1;
        }
    }
}

/// A scanner for a JSON text that was parsed before. It finds the ends of values and does not check the values.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), StampError> {
        if self.peek() != Some(byte) {
            return Err(StampError::NotAnObject);
        }
        self.at += 1;
        Ok(())
    }

    /// Skips one value and returns its position in the text.
    fn value(&mut self) -> Result<Range<usize>, StampError> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or(StampError::NotAnObject)? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or(StampError::NotAnObject)?;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                _ => {
                    while !matches!(self.peek(), None | Some(b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n')) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Ok(start..self.at);
            }
        }
    }

    fn string(&mut self) -> Result<(), StampError> {
        self.at += 1;
        loop {
            match self.peek().ok_or(StampError::NotAnObject)? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
    }
}
