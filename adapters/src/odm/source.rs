//! Opens an ODM file and converts its encoding to UTF-8.

use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8};

use super::MAX_RECODED_BYTES;
use super::fault::Fault;
use super::tap::Tap;
use crate::decode::{DecodeFault, is_utf16, utf16_text};
use crate::hl7v2::without_empty_runs;
use crate::regular_file::open_regular;
use crate::unit::Repair;

/// The text of a file, as UTF-8. It can be read several times, and in parts.
pub(super) struct Opened {
    body: Body,
    /// The number of bytes in the file before the text begins (the length of a byte order mark).
    pub(super) begin: u64,
    /// The name of the encoding: `utf-8`, or the encoding from which the whole file was decoded.
    pub(super) encoding: &'static str,
    /// The repairs of the whole file.
    pub(super) repairs: Vec<Repair>,
}

enum Body {
    /// The file is UTF-8 and is read from the disk.
    Disk(PathBuf),
    /// The file had another encoding and was decoded as a whole.
    Memory(Arc<[u8]>),
}

impl Opened {
    /// A reader of the text from its start, behind a byte order mark.
    pub(super) fn tap(&self) -> Result<Tap, Fault> {
        let inner: Box<dyn BufRead> = match &self.body {
            Body::Memory(text) => Box::new(Cursor::new(Arc::clone(text))),
            Body::Disk(path) => {
                let mut file = open_regular(path).map_err(|_| unreadable())?;
                file.seek(SeekFrom::Start(self.begin)).map_err(|_| unreadable())?;
                Box::new(BufReader::with_capacity(1 << 16, file))
            }
        };
        Ok(Tap::new(inner))
    }

    /// The bytes of the text from `offset`, an offset in the file, on. Fewer bytes than `length` are a fault.
    pub(super) fn part(&self, offset: u64, length: usize) -> Result<Vec<u8>, Fault> {
        match &self.body {
            Body::Memory(text) => {
                let from = usize::try_from(offset.saturating_sub(self.begin)).map_err(|_| unreadable())?;
                let part = text.get(from..from.saturating_add(length));
                part.map(<[u8]>::to_vec).ok_or_else(unreadable)
            }
            Body::Disk(path) => {
                let mut file = open_regular(path).map_err(|_| unreadable())?;
                file.seek(SeekFrom::Start(offset)).map_err(|_| unreadable())?;
                let mut part = vec![0; length];
                file.read_exact(&mut part).map_err(|_| unreadable())?;
                Ok(part)
            }
        }
    }

    /// The SHA-256 of the whole text; `None` if the file cannot be read.
    pub(super) fn digest(&self) -> Option<Vec<u8>> {
        let mut sha256 = Sha256::new();
        match &self.body {
            Body::Memory(text) => sha256.update(text),
            Body::Disk(path) => {
                let mut reader = BufReader::with_capacity(1 << 16, open_regular(path).ok()?);
                loop {
                    let bytes = reader.fill_buf().ok()?;
                    let count = bytes.len();
                    if count == 0 {
                        break;
                    }
                    sha256.update(bytes);
                    reader.consume(count);
                }
            }
        }
        Some(sha256.finalize().to_vec())
    }

    /// The number of bytes of the text that are kept in memory.
    pub(super) fn kept_bytes(&self) -> u64 {
        match &self.body {
            Body::Disk(_) => 0,
            Body::Memory(text) => text.len() as u64,
        }
    }
}

fn unreadable() -> Fault {
    Fault::new(DecodeFault::Unreadable.code(), DecodeFault::Unreadable.to_string())
}

/// Opens a file. A UTF-8 file is read as a stream. A file in UTF-16, Shift_JIS, EUC-JP or ISO-2022-JP is decoded as a whole, and refused if any
/// byte is invalid.
pub(super) fn open(path: &Path) -> Result<Opened, Fault> {
    let fault = |fault: DecodeFault| Fault::new(fault.code(), fault.to_string());
    let is_file = std::fs::metadata(path).map(|metadata| metadata.is_file());
    if !is_file.map_err(|_| fault(DecodeFault::Unreadable))? {
        return Err(fault(DecodeFault::NotAFile));
    }
    let file = open_regular(path).map_err(|_| fault(DecodeFault::Unreadable))?;
    let mut reader = BufReader::new(file);
    let head = reader.fill_buf().map_err(|_| fault(DecodeFault::Unreadable))?;
    if is_utf16(head) {
        let text = utf16_text(&all_of(reader)?).ok_or_else(|| Fault::new("encoding-errors", "the file is UTF-16 that is not valid"))?;
        return Ok(Opened {
            body: Body::Memory(without_declaration(text).into()),
            begin: 0,
            encoding: "utf-16",
            repairs: vec![Repair::Utf16],
        });
    }
    let marked = head.starts_with(b"\xef\xbb\xbf");
    let begin = if marked { 3 } else { 0 };
    if head.get(begin..).is_some_and(|rest| rest.starts_with(b"\xef\xbb\xbf")) {
        return Err(Fault::new("encoding", "the file has two byte order marks of UTF-8"));
    }
    let encoding = match declared(head.get(begin..).unwrap_or_default()) {
        None => UTF_8,
        Some(label) if label.eq_ignore_ascii_case(b"us-ascii") => UTF_8,
        Some(label) => Encoding::for_label(label).ok_or_else(|| Fault::new("encoding", "the declared encoding is not supported"))?,
    };
    reader.consume(begin);
    let name = match encoding {
        _ if encoding == UTF_8 => "utf-8",
        _ if marked => {
            return Err(Fault::new(
                "encoding",
                "the file has the byte order mark of UTF-8 but declares another encoding",
            ));
        }
        _ if encoding == SHIFT_JIS => "windows-31j",
        _ if encoding == EUC_JP => "euc-jp",
        _ if encoding == ISO_2022_JP => "iso-2022-jp",
        _ => return Err(Fault::new("encoding", "the declared encoding is not supported")),
    };
    let body = if encoding == UTF_8 {
        Body::Disk(path.to_owned())
    } else {
        Body::Memory(recoded(reader, encoding)?.into())
    };
    Ok(Opened {
        body,
        begin: begin as u64,
        encoding: name,
        repairs: if marked { vec![Repair::ByteOrderMark] } else { Vec::new() },
    })
}

/// The text of a whole file, converted to UTF-8.
fn recoded(reader: impl Read, encoding: &'static Encoding) -> Result<Vec<u8>, Fault> {
    let bytes = all_of(reader)?;
    let bytes = if encoding == ISO_2022_JP {
        without_empty_runs(&bytes).into_owned()
    } else {
        bytes
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes);
    let text = text.ok_or_else(|| Fault::new("encoding-errors", "the file has bytes that are invalid in its declared encoding"))?;
    Ok(without_declaration(text.into_owned()))
}

fn all_of(reader: impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_RECODED_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| unreadable())?;
    if bytes.len() as u64 > MAX_RECODED_BYTES {
        return Err(Fault::new("too-large", "a file that is not UTF-8 must not be larger than 256 MiB"));
    }
    Ok(bytes)
}

/// The text with spaces in place of the XML declaration, because the encoding that the declaration states no longer applies.
fn without_declaration(mut text: String) -> Vec<u8> {
    if let Some(end) = text.find("?>").filter(|_| text.starts_with("<?xml")) {
        text.replace_range(..end + 2, &" ".repeat(end + 2));
    }
    text.into_bytes()
}

/// The name of the encoding in the XML declaration; `None` if the declaration states none.
fn declared(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = declaration.get(..end)?;
    let at = declaration.windows(8).position(|word| word == b"encoding")?;
    let value = declaration.get(at + 8..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let length = value.iter().position(|byte| byte == quote)?;
    value.get(..length)
}
