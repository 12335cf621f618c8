//! Finds the documents in a file of JSON: one document, the items of an array, documents one after the other, or one document a line.
//!
//! The ends of items are found by counting brackets outside of texts. An item with another fault (a missing comma, a duplicate member, a wrong
//! escape) is therefore refused by itself, and the items after it are read.

use std::io::{self, BufRead, Cursor, Read};
use std::ops::ControlFlow;

use ga4gh_phenopackets::normalise;

use super::lines;
use super::{Item, Refusal, Take, cut_short, has_ending, refusal, too_large};

/// Reads the documents of a file.
pub(super) fn read(reader: &mut dyn BufRead, name: &str, limit: u64, take: &mut Take<'_>) -> io::Result<ControlFlow<()>> {
    let Some(first) = blank_lines_skipped(reader, limit)? else {
        return Ok(ControlFlow::Continue(()));
    };
    let has_lines = !first.is_too_long && is_first_of_lines(&first.bytes, reader, name)?;
    // A line that is too long was not skipped, see `blank_lines_skipped`.
    let reader = &mut Cursor::new(first.bytes).chain(reader);
    let mut file = Json {
        reader,
        limit,
        take,
        next_at: 0,
    };
    if has_lines { file.lines() } else { file.documents() }
}

/// The first line that is not blank. If it is longer than the limit, only its first bytes, and the reader is behind these bytes.
fn blank_lines_skipped(reader: &mut dyn BufRead, limit: u64) -> io::Result<Option<lines::Line>> {
    loop {
        let mut bytes = Vec::new();
        Read::take(&mut *reader, limit.saturating_add(1)).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if !bytes.trim_ascii().is_empty() {
            let is_too_long = bytes.len() as u64 > limit;
            return Ok(Some(lines::Line { bytes, is_too_long }));
        }
    }
}

/// Whether the file has one document a line: the first line is a whole object, or the name of the file states it, and another object follows.
fn is_first_of_lines(line: &[u8], reader: &mut dyn BufRead, name: &str) -> io::Result<bool> {
    let line = line.trim_ascii();
    let is_object = line.starts_with(b"{") && line.len() > 1;
    let is_whole = line.ends_with(b"}") || has_ending(name, &["jsonl", "ndjson"]);
    if !is_object || !is_whole {
        return Ok(false);
    }
    Ok(peek(reader)? == Some(b'{'))
}

/// The next byte that is not white space, without taking it.
fn peek(reader: &mut dyn BufRead) -> io::Result<Option<u8>> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if let Some(byte) = buffer.get(blank) {
            let byte = *byte;
            reader.consume(blank);
            return Ok(Some(byte));
        }
        reader.consume(blank);
    }
}

struct Json<'r, 't> {
    reader: &'r mut dyn BufRead,
    limit: u64,
    take: &'r mut Take<'t>,
    /// The position of the next document.
    next_at: u64,
}

impl Json<'_, '_> {
    /// Passes on the next document with its position.
    fn give(&mut self, found: Result<Vec<u8>, Refusal>) -> ControlFlow<()> {
        let at = Some(self.next_at);
        self.next_at += 1;
        self.give_at(at, found)
    }

    fn give_at(&mut self, at: Option<u64>, found: Result<Vec<u8>, Refusal>) -> ControlFlow<()> {
        let read = found.and_then(|bytes| normalise(bytes.trim_ascii()).map_err(|error| refusal(&error)));
        (self.take)(Item::Document { at, read })
    }

    fn lines(&mut self) -> io::Result<ControlFlow<()>> {
        while let Some(line) = lines::next(self.reader, self.limit)? {
            let found = match line.is_too_long {
                true => Err(too_large(self.limit)),
                false if line.bytes.trim_ascii().is_empty() => continue,
                false => Ok(line.bytes),
            };
            if self.give(found).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn documents(&mut self) -> io::Result<ControlFlow<()>> {
        loop {
            let flow = match peek(self.reader)? {
                None => return Ok(ControlFlow::Continue(())),
                Some(b'[') => {
                    self.reader.consume(1);
                    self.array()?
                }
                Some(b'{') => {
                    let (found, end) = self.value(false)?;
                    let is_only = end == End::Close && self.next_at == 0 && peek(self.reader)?.is_none();
                    let found = match end {
                        // The document that is not complete may contain all documents after it.
                        End::File => found.and(Err(not_json("the file ends inside a document"))),
                        End::Close | End::Comma => found,
                    };
                    match end == End::File && self.next_at == 0 || is_only {
                        true => self.give_at(None, found),
                        false => self.give(found),
                    }
                }
                Some(_) => {
                    return Ok((self.take)(Item::Rest(not_json(
                        "other text stands between or after the documents; the rest was not read",
                    ))));
                }
            };
            if flow.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// The items of an array whose opening bracket was read.
    fn array(&mut self) -> io::Result<ControlFlow<()>> {
        if peek(self.reader)? == Some(b']') {
            self.reader.consume(1);
            return Ok(ControlFlow::Continue(()));
        }
        loop {
            let (found, end) = self.value(true)?;
            // At the end of a file that was cut between two items, no item begins.
            let is_nothing = end == End::File && found.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty());
            if !is_nothing && self.give(found).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            match end {
                End::Comma => {}
                End::Close => return Ok(ControlFlow::Continue(())),
                End::File => return Ok((self.take)(Item::Rest(cut_short("an array")))),
            }
        }
    }

    /// The bytes of one value, and what ends it. An item of an array ends before a comma or bracket of the array, which is taken. A document ends
    /// with the bracket that closes it.
    fn value(&mut self, is_item: bool) -> io::Result<(Result<Vec<u8>, Refusal>, End)> {
        let mut scan = Scan::default();
        let mut bytes = Vec::new();
        let mut is_too_large = false;
        let end = loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                break End::File;
            }
            let found = buffer
                .iter()
                .enumerate()
                .find_map(|(at, byte)| scan.step(*byte, is_item).map(|end| (at, end)));
            let (kept, taken) = match found {
                Some((at, End::Close)) if !is_item => (at + 1, at + 1),
                Some((at, _)) => (at, at + 1),
                None => (buffer.len(), buffer.len()),
            };
            if bytes.len() as u64 + kept as u64 > self.limit {
                is_too_large = true;
                bytes = Vec::new();
            }
            if !is_too_large {
                bytes.extend_from_slice(buffer.get(..kept).unwrap_or_default());
            }
            self.reader.consume(taken);
            if let Some((_, end)) = found {
                break end;
            }
        };
        Ok((if is_too_large { Err(too_large(self.limit)) } else { Ok(bytes) }, end))
    }
}

/// What ends a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// A comma between two items of an array.
    Comma,
    /// The bracket that closes the array or the document.
    Close,
    /// The end of the file.
    File,
}

/// The state of a search for the end of a value.
#[derive(Default)]
struct Scan {
    depth: u64,
    in_text: bool,
    is_escaped: bool,
}

impl Scan {
    /// The end of the value, if this byte is its end.
    fn step(&mut self, byte: u8, is_item: bool) -> Option<End> {
        if self.in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return None;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b',' if is_item && self.depth == 0 => return Some(End::Comma),
            b']' | b'}' if is_item && self.depth == 0 => return Some(End::Close),
            b']' | b'}' => {
                self.depth = self.depth.saturating_sub(1);
                return (!is_item && self.depth == 0).then_some(End::Close);
            }
            _ => {}
        }
        None
    }
}

fn not_json(found: &str) -> Refusal {
    Refusal {
        reason_code: "not-json",
        detail: format!("is not JSON: {found}"),
    }
}
