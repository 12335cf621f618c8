//! Reads the bytes of a variant file, decompresses BGZF, and checks that the file is complete.

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hts_formats::bgzf::END_MARKER;
use noodles::bgzf;

use super::{IngestError, IngestFault, Place};

/// A reader that counts the bytes that pass through it and keeps the last bytes, which should be the BGZF end-of-file marker.
#[derive(Debug)]
pub(super) struct Counted<R> {
    inner: R,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    bytes: AtomicU64,
    tail: std::sync::Mutex<Vec<u8>>,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            seen: Arc::default(),
        }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.seen.bytes.fetch_add(count as u64, Ordering::Relaxed);
        let mut tail = self.seen.tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fresh = &buffer[..count];
        if count >= END_MARKER.len() {
            tail.clear();
        }
        tail.extend_from_slice(&fresh[count.saturating_sub(END_MARKER.len())..]);
        let surplus = tail.len().saturating_sub(END_MARKER.len());
        tail.drain(..surplus);
        Ok(count)
    }
}

type Whole<R> = BufReader<io::Chain<Cursor<Vec<u8>>, Counted<R>>>;

/// The decompressed content of a variant file.
pub(super) struct Input<R: Read> {
    content: Content<R>,
    seen: Arc<Seen>,
    /// The line or record that is being read. Error messages contain this place.
    pub(super) place: Place,
}

enum Content<R: Read> {
    Plain(Whole<R>),
    Bgzf(Box<bgzf::io::Reader<Whole<R>>>),
}

impl<R: Read> Input<R> {
    pub(super) fn open(mut file: Counted<R>) -> Result<Self, IngestError> {
        let seen = Arc::clone(&file.seen);
        let mut first = Vec::new();
        file.by_ref().take(2).read_to_end(&mut first).map_err(|source| IngestError::Read {
            place: Place::Header,
            source,
        })?;
        let compressed = first == [0x1f, 0x8b];
        let whole = BufReader::with_capacity(128 * 1024, Cursor::new(first).chain(file));
        let content = if compressed {
            Content::Bgzf(Box::new(bgzf::io::Reader::new(whole)))
        } else {
            Content::Plain(whole)
        };
        Ok(Self {
            content,
            seen,
            place: Place::Header,
        })
    }

    /// The number of bytes read from the file so far, as stored.
    pub(super) fn bytes(&self) -> u64 {
        self.seen.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn failed(&self, source: io::Error) -> IngestError {
        if source.kind() == io::ErrorKind::UnexpectedEof {
            return self.fault(IngestFault::Truncated);
        }
        IngestError::Read { place: self.place, source }
    }

    pub(super) fn fault(&self, fault: IngestFault) -> IngestError {
        IngestError::Malformed { place: self.place, fault }
    }

    fn reader(&mut self) -> &mut dyn BufRead {
        match &mut self.content {
            Content::Plain(reader) => reader,
            Content::Bgzf(reader) => reader.as_mut(),
        }
    }

    /// Reads a line into `line`, without its line end. Returns false at the end of the file.
    pub(super) fn line(&mut self, line: &mut Vec<u8>, limit_bytes: usize) -> Result<bool, IngestError> {
        line.clear();
        let count = self
            .reader()
            .take(limit_bytes as u64 + 1)
            .read_until(b'\n', line)
            .map_err(|e| self.failed(e))?;
        if count == 0 {
            return Ok(false);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        } else if count > limit_bytes {
            return Err(self.fault(IngestFault::TooLong { limit_bytes }));
        }
        Ok(true)
    }

    /// Replaces `bytes` by exactly `count` bytes from the file. The buffer grows only as bytes arrive, so a wrong count needs no memory.
    pub(super) fn exact(&mut self, bytes: &mut Vec<u8>, count: usize) -> Result<(), IngestError> {
        bytes.clear();
        self.more(bytes, count)
    }

    /// Appends exactly `count` bytes from the file to `bytes`. The buffer grows only as bytes arrive, so a wrong count needs no memory.
    pub(super) fn more(&mut self, bytes: &mut Vec<u8>, count: usize) -> Result<(), IngestError> {
        let read = self.reader().take(count as u64).read_to_end(bytes).map_err(|e| self.failed(e))?;
        if read < count {
            return Err(self.fault(IngestFault::Truncated));
        }
        Ok(())
    }

    /// Whether the content has no further bytes.
    pub(super) fn at_end(&mut self) -> Result<bool, IngestError> {
        let empty = self.reader().fill_buf().map(<[u8]>::is_empty);
        empty.map_err(|e| self.failed(e))
    }

    /// Checks that a compressed file ends with the BGZF end-of-file marker. Without this check, a file that was cut between two blocks
    /// would seem complete.
    pub(super) fn finish(mut self) -> Result<(), IngestError> {
        if let Content::Bgzf(reader) = &mut self.content {
            io::copy(reader.get_mut(), &mut io::sink()).map_err(|source| IngestError::Read { place: self.place, source })?;
            let tail = self.seen.tail.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if tail.as_slice() != END_MARKER {
                return Err(IngestError::Malformed {
                    place: self.place,
                    fault: IngestFault::Truncated,
                });
            }
        }
        Ok(())
    }
}
