//! Finds the parts of a JSON file, with their offsets: the resources and the Bundle entries of FHIR, or the elements of a list. Only brackets and quotation
//! marks are looked at, so a faulty part does not affect the others, and a large file needs memory for one part only.

use std::io::{self, BufRead};

/// The maximum number of bytes of a part that are kept.
pub(crate) const MAX_PART_BYTES: usize = 16 << 20;

/// A part of a file.
pub(crate) struct Part<'b> {
    /// The offset of the first byte.
    pub(crate) offset: u64,
    /// The number of bytes.
    pub(crate) length: u64,
    /// The bytes; `None` if they are more than [`MAX_PART_BYTES`].
    pub(crate) bytes: Option<&'b [u8]>,
}

/// What the scan found.
pub(crate) enum Found<'b> {
    /// A document (a Bundle or a resource) begins.
    Begin,
    /// An element of the list `entry` of the current document.
    Entry(Part<'b>),
    /// The current document ends. The bytes are those of the whole document, with an empty list `entry`.
    End(Part<'b>),
}

/// Why the rest of a file cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
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
pub(crate) fn scan(reader: &mut dyn BufRead, begin: u64, take: &mut dyn FnMut(Found<'_>)) -> Result<(), Stop> {
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

/// Finds the elements of a file that is one list, or the one value of a file that is no list.
pub(crate) fn elements(reader: &mut dyn BufRead, begin: u64, take: &mut dyn FnMut(Part<'_>)) -> Result<(), Stop> {
    let mut bytes = Bytes { reader, offset: begin };
    let mut kept = Kept::default();
    match bytes.peek_content()?.ok_or(Stop::CutShort)? {
        b'[' => {
            bytes.next()?;
            entries(&mut bytes, &mut kept, &mut |found| {
                if let Found::Entry(part) = found {
                    take(part);
                }
            })?;
        }
        _ => {
            let offset = bytes.offset;
            bytes.value(&mut kept)?;
            take(Part {
                offset,
                length: bytes.offset - offset,
                bytes: kept.part(),
            });
        }
    }
    match bytes.peek_content()? {
        None => Ok(()),
        Some(_) => Err(Stop::NotJson),
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
        if self.bytes.len() < MAX_PART_BYTES {
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

    #[test]
    fn the_elements_of_a_list_are_found_whatever_they_are() {
        let found = |text: &str| {
            let mut seen = Vec::new();
            let result = elements(&mut text.as_bytes(), 3, &mut |part| {
                assert_eq!(part.length as usize, part.bytes.unwrap().len());
                seen.push((part.offset, String::from_utf8(part.bytes.unwrap().to_vec()).unwrap()));
            });
            (seen, result)
        };
        let seen = |parts: &[(u64, &str)]| parts.iter().map(|(at, text)| (*at, (*text).to_owned())).collect::<Vec<_>>();
        let of_list = seen(&[(5, r#"{"a":"]"}"#), (16, "7"), (18, "[1]")]);
        assert_eq!(found(r#"[ {"a":"]"}, 7,[1]]"#), (of_list, Ok(())));
        assert_eq!(found(r#" {"entry":[1]} "#), (seen(&[(4, r#"{"entry":[1]}"#)]), Ok(())));
        assert_eq!(found("[]"), (vec![], Ok(())));
        for (text, stop) in [
            ("", Stop::CutShort),
            ("[{", Stop::CutShort),
            ("[1] 2", Stop::NotJson),
            ("x", Stop::CutShort),
        ] {
            assert_eq!(found(text).1, Err(stop), "{text}");
        }
    }
}
