//! The bytes of a file as UTF-8. A UTF-8 file is read from the disk each time, so that its size does not matter. A file in another character set
//! is converted in memory.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use super::Refused;
use crate::decode::is_utf16;
use crate::regular_file::open_regular;
use crate::table::{TableFault, bytes_of, repairs, text_of};
use crate::unit::Repair;

/// The size of one read, in bytes.
const CHUNK_BYTES: usize = 64 << 10;

/// A file whose text can be read from any offset.
pub(crate) struct Source {
    bytes: Bytes,
    /// The offset of the text, after a byte order mark.
    pub(crate) begin: u64,
    /// The offset of the end of the text.
    pub(crate) end: u64,
    /// The character set of the file: `utf-8`, `windows-31j` or `utf-16`.
    pub(crate) encoding: &'static str,
    /// The repairs of the whole file.
    pub(crate) repairs: Vec<Repair>,
}

enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

/// The limits of a file, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct SizeLimit {
    pub(crate) utf_8_bytes: u64,
    /// The limit for a file in another character set, which is converted in memory.
    pub(crate) converted_bytes: u64,
}

impl Source {
    pub(crate) fn open(path: &Path, limit: SizeLimit) -> Result<Self, Refused> {
        let mut file = open_regular(path).map_err(|_| TableFault::Unreadable)?;
        let metadata = file.metadata().map_err(|_| TableFault::Unreadable)?;
        if !metadata.is_file() {
            return Err(TableFault::Unreadable.into());
        }
        let end = metadata.len();
        if end > limit.utf_8_bytes {
            return Err(TableFault::TooLarge.into());
        }
        let kind = kind_of(&mut file).map_err(|_| TableFault::Unreadable)?;
        if let Kind::Utf8 { begin } = kind {
            return Ok(Self {
                bytes: Bytes::File(file),
                begin,
                end,
                encoding: "utf-8",
                repairs: repairs("utf-8", usize::from(begin > 0)),
            });
        }
        if end > limit.converted_bytes {
            let detail = "the file is not UTF-8 and is larger than the limit for other character sets; export it as UTF-8";
            return Err(Refused::new("too-large", detail));
        }
        let (text, encoding, begin) = text_of(&bytes_of(path, limit.converted_bytes)?)?;
        let repairs = repairs(encoding, begin);
        Ok(Self {
            begin: 0,
            end: text.len() as u64,
            bytes: Bytes::Memory(text.into_bytes()),
            encoding,
            repairs,
        })
    }

    /// The bytes from `from`, at most up to `to`.
    pub(crate) fn input(&self, from: u64, to: u64) -> Result<Input<'_>, Refused> {
        let length = to.saturating_sub(from);
        let reader: Box<dyn Read> = match &self.bytes {
            Bytes::File(file) => {
                let mut file = file;
                file.seek(SeekFrom::Start(from)).map_err(|_| TableFault::Unreadable)?;
                Box::new(file.take(length))
            }
            Bytes::Memory(bytes) => {
                let mut cursor = Cursor::new(bytes.as_slice());
                cursor.set_position(from);
                Box::new(cursor.take(length))
            }
        };
        Ok(Input {
            reader,
            chunk: vec![0; CHUNK_BYTES.min(usize::try_from(length).unwrap_or(CHUNK_BYTES).max(1))],
            from: 0,
            to: 0,
            at: from,
        })
    }

    /// The offset in the file as received; `None` if the text was converted.
    pub(crate) fn offset(&self, at: u64) -> Option<u64> {
        matches!(self.bytes, Bytes::File(_)).then_some(at)
    }
}

enum Kind {
    Utf8 { begin: u64 },
    Other,
}

/// Reads the whole file and states whether it is UTF-8 without a NUL.
fn kind_of(file: &mut File) -> io::Result<Kind> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut kept = 0;
    let mut begin = None;
    loop {
        let (_, free) = chunk.split_at_mut(kept);
        let count = file.read(free)?;
        let filled = chunk.get(..kept + count).unwrap_or_default();
        if begin.is_none() && (filled.len() >= 4 || count == 0) {
            if is_utf16(filled) {
                return Ok(Kind::Other);
            }
            begin = Some(if filled.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 });
        }
        if filled.contains(&0) {
            return Ok(Kind::Other);
        }
        let left = match std::str::from_utf8(filled) {
            Ok(_) => 0,
            // The last character of the chunk is not complete. Its other bytes are in the next chunk.
            Err(error) if error.error_len().is_none() && count > 0 => filled.len() - error.valid_up_to(),
            Err(_) => return Ok(Kind::Other),
        };
        let whole = filled.len() - left;
        if count == 0 {
            return Ok(Kind::Utf8 {
                begin: begin.unwrap_or_default(),
            });
        }
        if begin.is_none() {
            // Fewer than four bytes were read, which do not show the character set.
            kept = filled.len();
            continue;
        }
        chunk.copy_within(whole..whole + left, 0);
        kept = left;
    }
}

/// Bytes that are read one after the other, with the offset of the next byte.
pub(crate) struct Input<'s> {
    reader: Box<dyn Read + 's>,
    chunk: Vec<u8>,
    from: usize,
    to: usize,
    /// The offset of the next byte.
    pub(crate) at: u64,
}

impl Input<'_> {
    /// The next byte, which is not consumed; `None` at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Refused> {
        if self.from == self.to {
            self.from = 0;
            self.to = loop {
                match self.reader.read(&mut self.chunk) {
                    Ok(count) => break count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return Err(TableFault::Unreadable.into()),
                }
            };
            if self.to == 0 {
                return Ok(None);
            }
        }
        Ok(self.chunk.get(self.from).copied())
    }

    /// Appends the next bytes to `text`, up to the first byte that `ends` accepts. Only bytes that were already read are appended, so that the
    /// caller can limit the text.
    #[inline]
    pub(crate) fn take_until(&mut self, text: &mut Vec<u8>, ends: impl Fn(u8) -> bool) {
        let ready = self.chunk.get(self.from..self.to).unwrap_or_default();
        let count = ready.iter().position(|byte| ends(*byte)).unwrap_or(ready.len());
        text.extend_from_slice(ready.get(..count).unwrap_or_default());
        self.from += count;
        self.at += count as u64;
    }

    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<u8>, Refused> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.from += 1;
            self.at += 1;
        }
        Ok(byte)
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.peek().map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?.is_none() {
            return Ok(0);
        }
        let ready = self.chunk.get(self.from..self.to).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.from += count;
        self.at += count as u64;
        Ok(count)
    }
}
