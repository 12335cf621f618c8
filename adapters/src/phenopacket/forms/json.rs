//! Finds the documents in a file of JSON: one document, the items of an array, documents one after the other, or one document a line.
//!
//! The ends of items are found by counting brackets outside of texts. An item with another fault (a missing comma, a duplicate member, a wrong
//! escape) is therefore refused by itself, and the items after it are read. The packets of a large `Family` or `Cohort` are found in the same way.

mod container;

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
        inside: None,
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
    /// The list of a large `Family` or `Cohort` whose items are read now.
    inside: Option<Inside>,
}

/// A list of packets in a document that is too large to be read as a whole.
struct Inside {
    /// The position of the document.
    at: Option<u64>,
    /// The name of the list.
    name: &'static str,
}

impl Json<'_, '_> {
    /// Passes on the next document with its position.
    fn give(&mut self, found: Result<Vec<u8>, Refusal>) -> ControlFlow<()> {
        let n = self.next_at;
        self.next_at += 1;
        match &self.inside {
            None => self.give_at(Some(n), String::new(), found),
            Some(inside) => self.give_at(inside.at, format!("/{}/{n}", inside.name), found),
        }
    }

    fn give_at(&mut self, at: Option<u64>, inside: String, found: Result<Vec<u8>, Refusal>) -> ControlFlow<()> {
        let read = found.and_then(|bytes| normalise(bytes.trim_ascii()).map_err(|error| refusal(&error)));
        (self.take)(Item::Document { at, inside, read })
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
                Some(b'{') => self.document()?,
                Some(_) => {
                    let found = "other text stands between or after the documents; the rest was not read";
                    return Ok((self.take)(Item::Rest(not_json(found))));
                }
            };
            if flow.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    fn document(&mut self) -> io::Result<ControlFlow<()>> {
        let (mut scan, mut bytes) = (Scan::default(), Vec::new());
        let (found, end) = match self.scan(&mut scan, &mut bytes, false)? {
            Some(end) => (Ok(bytes), end),
            None => match container::open_list(&bytes) {
                Some((name, start)) => return self.container(bytes, name, start),
                None => (Err(too_large(self.limit)), self.skip(&mut scan, false)?),
            },
        };
        if end == End::File {
            // The document that is not complete may contain all documents after it.
            let fault = found.and(Err(not_json("the file ends inside a document")));
            return Ok(match self.next_at {
                0 => self.give_at(None, String::new(), fault),
                _ => self.give(fault),
            });
        }
        let is_only = self.next_at == 0 && peek(self.reader)?.is_none();
        Ok(if is_only {
            self.give_at(None, String::new(), found)
        } else {
            self.give(found)
        })
    }

    /// Reads a large `Family` or `Cohort`. `bytes` is its start, and `start` is the position of the first item of the list that is open at the end
    /// of `bytes`. The items are read one by one. The rest of the document is then read as a document of its own.
    fn container(&mut self, mut bytes: Vec<u8>, name: &'static str, start: usize) -> io::Result<ControlFlow<()>> {
        let at = (self.next_at > 0).then_some(self.next_at);
        self.next_at += 1;
        let items = bytes.split_off(start.min(bytes.len()));
        let mut list = Json {
            reader: &mut Cursor::new(items).chain(&mut *self.reader),
            limit: self.limit,
            take: &mut *self.take,
            next_at: 0,
            inside: Some(Inside { at, name }),
        };
        let (flow, end) = list.items()?;
        if flow.is_break() || end == End::File {
            return Ok(flow);
        }
        bytes.push(b']');
        let mut scan = Scan {
            depth: 1,
            ..Scan::default()
        };
        let mut tail = Vec::new();
        let rest = match list.scan(&mut scan, &mut tail, false)? {
            Some(End::Close) => {
                bytes.append(&mut tail);
                normalise(&bytes).map_err(|error| refusal(&error))
            }
            Some(End::Comma | End::File) => Err(cut_short("a document")),
            None => {
                list.skip(&mut scan, false)?;
                Err(too_large(self.limit))
            }
        };
        Ok((self.take)(Item::Around { at, read: rest }))
    }

    /// The items of an array whose opening bracket was read.
    fn array(&mut self) -> io::Result<ControlFlow<()>> {
        if peek(self.reader)? == Some(b']') {
            self.reader.consume(1);
            // An export without any packet can be a mistake, so it does not pass in silence.
            return Ok((self.take)(Item::Rest(super::no_packet())));
        }
        self.items().map(|(flow, _)| flow)
    }

    /// Passes on the items of an array up to its end.
    fn items(&mut self) -> io::Result<(ControlFlow<()>, End)> {
        if peek(self.reader)? == Some(b']') {
            self.reader.consume(1);
            return Ok((ControlFlow::Continue(()), End::Close));
        }
        loop {
            let (mut scan, mut bytes) = (Scan::default(), Vec::new());
            let (found, end) = match self.scan(&mut scan, &mut bytes, true)? {
                Some(end) => (Ok(bytes), end),
                None => (Err(too_large(self.limit)), self.skip(&mut scan, true)?),
            };
            // At the end of a file that was cut between two items, no item begins.
            let is_nothing = end == End::File && found.as_ref().is_ok_and(|bytes| bytes.trim_ascii().is_empty());
            if !is_nothing && self.give(found).is_break() {
                return Ok((ControlFlow::Break(()), end));
            }
            match end {
                End::Comma => {}
                End::Close => return Ok((ControlFlow::Continue(()), end)),
                End::File => return Ok(((self.take)(Item::Rest(cut_short("an array"))), end)),
            }
        }
    }

    /// Reads the bytes of one value, and returns what ends it. An item of an array ends before a comma or bracket of the array, which is taken. A
    /// document ends with the bracket that closes it. `None` if the value is larger than the limit; the search can then be continued.
    fn scan(&mut self, scan: &mut Scan, bytes: &mut Vec<u8>, is_item: bool) -> io::Result<Option<End>> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(Some(End::File));
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
            bytes.extend_from_slice(buffer.get(..kept).unwrap_or_default());
            self.reader.consume(taken);
            let is_too_large = bytes.len() as u64 > self.limit;
            match found {
                Some((_, end)) if !is_too_large => return Ok(Some(end)),
                // The end was taken, so nothing is left to skip.
                Some((_, end)) => scan.ended = Some(end),
                None => {}
            }
            if is_too_large {
                return Ok(None);
            }
        }
    }

    /// Continues a search without keeping the bytes.
    fn skip(&mut self, scan: &mut Scan, is_item: bool) -> io::Result<End> {
        loop {
            if let Some(end) = scan.ended {
                return Ok(end);
            }
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(End::File);
            }
            let found = buffer
                .iter()
                .enumerate()
                .find_map(|(at, byte)| scan.step(*byte, is_item).map(|end| (at, end)));
            let taken = found.map_or(buffer.len(), |(at, _)| at + 1);
            scan.ended = found.map(|(_, end)| end);
            self.reader.consume(taken);
        }
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
    /// The end, if it was found in a value that is too large.
    ended: Option<End>,
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
