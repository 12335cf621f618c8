//! Finds the documents in a file, in every form in which packets are sent: JSON, a JSON array, JSON documents one after the other or one a line,
//! YAML, and protobuf.
//!
//! The content decides the form, not the name of the file. Documents are read one by one, so a large file needs memory for one document only.

mod json;
mod lines;
mod protobuf;
mod yaml;

use std::io::{self, BufRead, Cursor, Read};
use std::ops::ControlFlow;

use ga4gh_phenopackets::{Document, MAX_YAML_BYTES, PhenopacketError};

use super::Refusal;
use crate::decode::{is_utf16, utf16_text};
use crate::unit::Repair;

/// One item of a file.
pub(super) enum Item {
    /// A document, or the reason why it cannot be read.
    Document {
        /// The position of the document in the file, counted from 0; `None` if the file contains one document only.
        at: Option<u64>,
        /// The place of the document inside a `Family` or `Cohort` that is too large to be read as a whole (`/members/3`); empty otherwise.
        inside: String,
        /// The document.
        read: Result<Document, Refusal>,
    },
    /// The rest of a large `Family` or `Cohort`, after a list of its packets was taken out.
    Around {
        /// The position of the document in the file.
        at: Option<u64>,
        /// The document with an empty list.
        read: Result<Document, Refusal>,
    },
    /// The file, or the rest of the file, cannot be read.
    Rest(Refusal),
    /// A repair of the whole file.
    Repaired(Repair),
}

/// The callback for each item.
pub(super) type Take<'t> = dyn FnMut(Item) -> ControlFlow<()> + 't;

/// The number of bytes from which the form is recognised.
const HEAD_BYTES: u64 = 8 << 10;
/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads the documents of a file. `limit` is the maximum size of one document, in bytes.
///
/// # Errors
/// The error of the reader, if the content could not be read to its end. The documents before the fault were passed to `take`.
pub(super) fn read(reader: &mut dyn BufRead, name: &str, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let mut start = Vec::new();
    Read::take(&mut *reader, HEAD_BYTES).read_to_end(&mut start)?;
    if is_utf16(&start) {
        return utf16(&mut Cursor::new(start).chain(reader), name, limit, take);
    }
    if let Some(rest) = start.strip_prefix(MARK) {
        if take(Item::Repaired(Repair::ByteOrderMark)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        start = rest.to_vec();
    }
    let whole = &mut Cursor::new(start.clone()).chain(reader);
    if has_control_characters(&start) {
        return protobuf::read(whole, name, limit, take);
    }
    text(whole, &start, name, limit, take)
}

/// Reads a file in UTF-16. It is decoded as a whole, because no tool writes large files in UTF-16.
fn utf16(reader: &mut dyn BufRead, name: &str, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let mut bytes = Vec::new();
    reader.take(limit.saturating_mul(2).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit.saturating_mul(2) {
        return Ok(take(Item::Rest(too_large(limit))));
    }
    let Some(content) = utf16_text(&bytes) else {
        return Ok(take(Item::Rest(unknown("not valid UTF-16"))));
    };
    if take(Item::Repaired(Repair::Utf16)).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let start: String = content.chars().take(1024).collect();
    text(&mut Cursor::new(content.as_bytes()), start.as_bytes(), name, limit, take)
}

/// Reads a file of text that begins with `start`.
fn text(reader: &mut dyn BufRead, start: &[u8], name: &str, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    match start.trim_ascii_start().first() {
        Some(b'{' | b'[') if has_ending(name, &["yaml", "yml"]) => yaml_or_json(reader, name, limit, take),
        Some(b'{' | b'[') => json::read(reader, name, limit, take),
        _ if is_yaml(start) => yaml::read(reader, take),
        _ => Ok(take(Item::Rest(unknown("neither JSON, nor YAML, nor protobuf of a packet")))),
    }
}

/// Reads a file with the name of a YAML file that begins like JSON. YAML has braces and brackets too, but reads some texts of JSON differently.
fn yaml_or_json(reader: &mut dyn BufRead, name: &str, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let mut start = Vec::new();
    reader.take(MAX_YAML_BYTES as u64 + 1).read_to_end(&mut start)?;
    let mut documents = serde_json::Deserializer::from_slice(&start).into_iter::<serde::de::IgnoredAny>();
    let is_json = start.len() > MAX_YAML_BYTES || documents.all(|document| document.is_ok());
    let whole = &mut Cursor::new(start).chain(reader);
    if is_json {
        json::read(whole, name, limit, take)
    } else {
        yaml::read(whole, take)
    }
}

/// Whether the bytes have characters that occur in protobuf and in no JSON or YAML. The tag of the member `subject` is such a character.
fn has_control_characters(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0..=8 | 11 | 12 | 14..=31))
}

/// Whether a text begins like YAML: with a marker, a directive, a list or a member.
fn is_yaml(start: &[u8]) -> bool {
    let text = String::from_utf8_lossy(start);
    let mut lines = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(line) = lines.next() else { return false };
    let is_member = || {
        line.split_once(':').is_some_and(|(name, rest)| {
            let name = name.trim_matches(['"', '\'', ' ']);
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            is_name && (rest.is_empty() || rest.starts_with([' ', '\t']))
        })
    };
    yaml::is_marker(line.as_bytes(), b"---") || line.starts_with('%') || line.starts_with("- ") || line == "-" || is_member()
}

/// Whether the name of a file has one of the extensions.
fn has_ending(name: &str, endings: &[&str]) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

fn refusal(error: &PhenopacketError) -> Refusal {
    Refusal {
        reason_code: error.code(),
        detail: error.to_string(),
    }
}

fn too_large(limit: u64) -> Refusal {
    Refusal {
        reason_code: "too-large",
        detail: format!("is larger than {limit} bytes"),
    }
}

fn unknown(found: &str) -> Refusal {
    Refusal {
        reason_code: "unknown-form",
        detail: format!("the content is {found}"),
    }
}

fn no_packet() -> Refusal {
    Refusal {
        reason_code: "no-packet",
        detail: "is an array without packets".to_owned(),
    }
}

fn cut_short(what: &str) -> Refusal {
    Refusal {
        reason_code: "cut-short",
        detail: format!("the file ends inside {what}; what was complete before was read"),
    }
}
