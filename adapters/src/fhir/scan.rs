//! Finds the resources and the Bundle entries in a file, with their offsets. Only brackets and quotation marks are looked at, so a faulty entry
//! does not affect the others, and a large Bundle needs memory for one entry only.

use std::io::{self, BufRead};

use super::MAX_RESOURCE_BYTES;

/// A part of a file.
pub(super) struct Part<'b> {
    /// The offset of the first byte.
    pub(super) offset: u64,
    /// The number of bytes.
    pub(super) length: u64,
    /// The bytes; `None` if they are more than [`MAX_RESOURCE_BYTES`].
    pub(super) bytes: Option<&'b [u8]>,
}

/// What the scan found.
pub(super) enum Found<'b> {
    /// A document (a Bundle or a resource) begins.
    Begin,
    /// An element of the list `entry` of the current document.
    Entry(Part<'b>),
    /// The current document ends. The bytes are those of the whole document, with an empty list `entry`.
    End(Part<'b>),
}

/// Why the rest of a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The file ends inside a document.
    CutShort,
    /// The content is not JSON objects.
    NotJson,
    /// The file cannot be read.
    Unreadable,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Unreadable
    }
}

/// Finds the documents of a text: one after the other, or as the elements of a list. `begin` is the offset of the reader's first byte.
pub(super) fn scan(reader: &mut dyn BufRead, begin: u64, take: &mut dyn FnMut(Found<'_>)) -> Result<(), Stop> {
    let mut bytes = Bytes { reader, offset: begin };
    let mut is_list = false;
    let mut is_first = true;
    loop {
        match bytes.peek_content()? {
            None if is_list => return Err(Stop::CutShort),
            None => return Ok(()),
            Some(b'{') => document(&mut bytes, take)?,
            Some(b'[') if is_first => {
                bytes.next()?;
                is_list = true;
            }
            Some(b',') if is_list => {
                bytes.next()?;
            }
            Some(b']') if is_list => {
                bytes.next()?;
                is_list = false;
            }
            Some(_) => return Err(Stop::NotJson),
        }
        is_first = false;
    }
}

fn document(bytes: &mut Bytes<'_>, take: &mut dyn FnMut(Found<'_>)) -> Result<(), Stop> {
    take(Found::Begin);
    let offset = bytes.offset;
    let mut whole = Kept::default();
    let mut entry = Kept::default();
    whole.push(bytes.need()?);
    loop {
        match bytes.peek_content()?.ok_or(Stop::CutShort)? {
            b'}' => break,
            b',' => whole.push(bytes.need()?),
            b'"' => {
                entry.clear();
                bytes.value(&mut entry)?;
                let is_entry = entry.part() == Some(b"\"entry\"");
                whole.extend(&entry);
                if bytes.peek_content()?.ok_or(Stop::CutShort)? != b':' {
                    return Err(Stop::NotJson);
                }
                whole.push(bytes.need()?);
                match bytes.peek_content()?.ok_or(Stop::CutShort)? {
                    b'[' if is_entry => {
                        bytes.next()?;
                        whole.push(b'[');
                        entries(bytes, &mut entry, take)?;
                        whole.push(b']');
                    }
                    _ => bytes.value(&mut whole)?,
                }
            }
            _ => return Err(Stop::NotJson),
        }
    }
    whole.push(bytes.need()?);
    take(Found::End(Part {
        offset,
        length: bytes.offset - offset,
        bytes: whole.part(),
    }));
    Ok(())
}

fn entries(bytes: &mut Bytes<'_>, entry: &mut Kept, take: &mut dyn FnMut(Found<'_>)) -> Result<(), Stop> {
    loop {
        match bytes.peek_content()?.ok_or(Stop::CutShort)? {
            b']' => {
                bytes.next()?;
                return Ok(());
            }
            b',' => {
                bytes.next()?;
            }
            _ => {
                entry.clear();
                let offset = bytes.offset;
                bytes.value(entry)?;
                take(Found::Entry(Part {
                    offset,
                    length: bytes.offset - offset,
                    bytes: entry.part(),
                }));
            }
        }
    }
}

/// Bytes that are kept up to a limit.
#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    is_full: bool,
}

impl Kept {
    fn clear(&mut self) {
        self.bytes.clear();
        self.is_full = false;
    }

    fn push(&mut self, byte: u8) {
        if self.bytes.len() < MAX_RESOURCE_BYTES {
            self.bytes.push(byte);
        } else {
            self.is_full = true;
        }
    }

    fn extend(&mut self, other: &Self) {
        self.is_full |= other.is_full;
        other.bytes.iter().for_each(|byte| self.push(*byte));
    }

    fn part(&self) -> Option<&[u8]> {
        (!self.is_full).then_some(self.bytes.as_slice())
    }
}

struct Bytes<'r> {
    reader: &'r mut dyn BufRead,
    offset: u64,
}

impl Bytes<'_> {
    fn peek(&mut self) -> Result<Option<u8>, Stop> {
        loop {
            match self.reader.fill_buf() {
                Ok(buffer) => return Ok(buffer.first().copied()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Stop::Unreadable),
            }
        }
    }

    fn next(&mut self) -> Result<Option<u8>, Stop> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.reader.consume(1);
            self.offset += 1;
        }
        Ok(byte)
    }

    fn need(&mut self) -> Result<u8, Stop> {
        self.next()?.ok_or(Stop::CutShort)
    }

    /// The next byte that is no white space.
    fn peek_content(&mut self) -> Result<Option<u8>, Stop> {
        while let Some(byte) = self.peek()? {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(Some(byte));
            }
            self.next()?;
        }
        Ok(None)
    }

    /// Copies one value: a text, a list or an object to its end, or a scalar up to the next mark.
    fn value(&mut self, into: &mut Kept) -> Result<(), Stop> {
        let mut depth = 0_u64;
        loop {
            match self.peek()?.ok_or(Stop::CutShort)? {
                b'"' => self.string(into)?,
                b'{' | b'[' => {
                    depth += 1;
                    into.push(self.need()?);
                }
                // A mark at the outermost level ends a scalar. An empty scalar is not JSON.
                b'}' | b']' | b',' | b':' if depth == 0 => return Err(Stop::NotJson),
                b'}' | b']' => {
                    depth -= 1;
                    into.push(self.need()?);
                }
                _ if depth == 0 => return self.scalar(into),
                _ => into.push(self.need()?),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    fn scalar(&mut self, into: &mut Kept) -> Result<(), Stop> {
        while let Some(byte) = self.peek()? {
            if matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(());
            }
            into.push(self.need()?);
        }
        Err(Stop::CutShort)
    }

    fn string(&mut self, into: &mut Kept) -> Result<(), Stop> {
        into.push(self.need()?);
        loop {
            let byte = self.need()?;
            into.push(byte);
            match byte {
                b'\\' => into.push(self.need()?),
                b'"' => return Ok(()),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> (Vec<String>, Result<(), Stop>) {
        let mut seen = Vec::new();
        let mut reader = text.as_bytes();
        let result = scan(&mut reader, 0, &mut |found| match found {
            Found::Begin => seen.push("begin".to_owned()),
            Found::Entry(part) => {
                let (from, to) = (part.offset as usize, (part.offset + part.length) as usize);
                assert_eq!(part.bytes, Some(&text.as_bytes()[from..to]));
                seen.push(text[from..to].to_owned());
            }
            Found::End(part) => seen.push(String::from_utf8(part.bytes.unwrap().to_vec()).unwrap()),
        });
        (seen, result)
    }

    #[test]
    fn entries_are_found_wherever_the_list_is_in_the_document() {
        let (seen, result) = found(r#" {"a":"}\"", "entry" : [ {"x":[1,"]"]} , 7], "b":{"entry":[1]}} {"c":1}"#);
        assert_eq!(result, Ok(()));
        let expected = [
            "begin",
            r#"{"x":[1,"]"]}"#,
            "7",
            r#"{"a":"}\"","entry":[],"b":{"entry":[1]}}"#,
            "begin",
            r#"{"c":1}"#,
        ];
        assert_eq!(seen, expected);
        assert_eq!(found(r#"[{"a":1},{"b":2}]"#).0.len(), 4);
        assert_eq!(found("").1, Ok(()));
    }

    #[test]
    fn a_text_that_ends_early_or_is_not_json_is_told() {
        for (text, stop) in [
            (r#"{"a":1"#, Stop::CutShort),
            (r#"{"entry":[{"a":1}"#, Stop::CutShort),
            (r#"[{"a":1}"#, Stop::CutShort),
            (r#"{"a" 1}"#, Stop::NotJson),
            (r#"{"a":}"#, Stop::NotJson),
            ("<Bundle/>", Stop::NotJson),
            (r#"{"a":1} x"#, Stop::NotJson),
        ] {
            assert_eq!(found(text).1, Err(stop), "{text}");
        }
    }
}
