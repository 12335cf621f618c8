//! Finds the messages in a file of protobuf: one message, or messages with their lengths before them (`writeDelimitedTo`).
//!
//! The bytes do not state which of the two they are. A file is read in a way only if this way gives a packet, a family or a cohort and the other
//! way does not. Messages that were joined without lengths are refused, because a reader cannot separate them.

use std::io::{self, BufRead, Cursor, Read};
use std::ops::ControlFlow;

use ga4gh_phenopackets::{Document, TopLevel, from_protobuf, recognise_protobuf};

use super::{Item, Refusal, Take, cut_short, json, refusal, too_large, unknown};

/// Reads the messages of a file.
pub(super) fn read(reader: &mut dyn BufRead, name: &str, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let mut start = Vec::new();
    // The length of a message needs at most ten bytes.
    reader.take(limit.saturating_add(10)).read_to_end(&mut start)?;
    let single = (start.len() as u64 <= limit).then(|| recognise_protobuf(&start)).flatten();
    let first = first_message(&start).and_then(recognise_protobuf);
    match (single, first) {
        (Some(_), Some(_)) => Ok(take(Item::Rest(unknown(
            "one message or several; send each message in its own file",
        )))),
        (Some((_, document)), None) => Ok(take(Item::Document {
            at: None,
            inside: String::new(),
            read: Ok(document),
        })),
        (None, Some((kind, _))) => delimited(&mut Cursor::new(start).chain(reader), kind, limit, take),
        // A text with a control character, which JSON does not allow.
        (None, None) if matches!(start.trim_ascii_start().first(), Some(b'{' | b'[')) => {
            json::read(&mut Cursor::new(start).chain(reader), name, limit, take)
        }
        (None, None) if start.len() as u64 > limit => Ok(take(Item::Rest(too_large(limit)))),
        (None, None) => Ok(take(Item::Rest(not_recognised(&start, TopLevel::Phenopacket)))),
    }
}

/// Why a message of no clear kind is refused.
fn not_recognised(bytes: &[u8], kind: TopLevel) -> Refusal {
    match from_protobuf(bytes, kind) {
        Err(error) => refusal(&error),
        Ok(_) => unknown("not clearly a packet with a subject, a family, or a cohort"),
    }
}

/// The first message of a file, if it has its length before it and is complete.
fn first_message(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let Ok(Length::Of(length)) = length(&mut rest) else { return None };
    rest.get(..usize::try_from(length).ok()?)
}

/// The result of reading the length that precedes a message.
enum Length {
    /// The length of the message in bytes.
    Of(u64),
    /// The file ends here.
    End,
    /// The bytes are not a length, or the file ends inside them.
    Bad,
}

fn length(reader: &mut dyn BufRead) -> io::Result<Length> {
    let mut length = 0_u64;
    for at in 0..10 {
        let mut byte = [0];
        if reader.read(&mut byte)? == 0 {
            return Ok(if at == 0 { Length::End } else { Length::Bad });
        }
        let [byte] = byte;
        if at == 9 && byte > 1 {
            break;
        }
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Length::Of(length));
        }
    }
    Ok(Length::Bad)
}

fn delimited(reader: &mut dyn BufRead, kind: TopLevel, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let mut next_at = 0;
    loop {
        let length = match length(reader)? {
            Length::End => return Ok(ControlFlow::Continue(())),
            Length::Of(length) => length,
            Length::Bad => return Ok(take(Item::Rest(cut_short("the length of a message")))),
        };
        let (found, read) = if length > limit {
            let skipped = io::copy(&mut Read::take(&mut *reader, length), &mut io::sink())?;
            (skipped, Err(too_large(limit)))
        } else {
            let mut bytes = Vec::new();
            let found = Read::take(&mut *reader, length).read_to_end(&mut bytes)?;
            (found as u64, message(&bytes, kind))
        };
        if found < length {
            return Ok(take(Item::Rest(cut_short("a message"))));
        }
        let at = Some(next_at);
        next_at += 1;
        if take(Item::Document {
            at,
            inside: String::new(),
            read,
        })
        .is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
    }
}

fn message(bytes: &[u8], kind: TopLevel) -> Result<Document, Refusal> {
    match recognise_protobuf(bytes) {
        Some((_, document)) => Ok(document),
        None => Err(not_recognised(bytes, kind)),
    }
}
