//! A reader between the file and the XML parser. It keeps the bytes of a subject for the digest, and ends the reading at a part of the document
//! that is too long.

use std::io::{self, BufRead, Read};

use super::{MAX_EVENT_BYTES, MAX_SUBJECT_BYTES};

/// A reader that keeps the bytes that the parser consumed, and limits the size of each part (event) of the document.
pub(super) struct Tap {
    inner: Box<dyn BufRead>,
    /// The number of bytes that the current part may still consume.
    left: usize,
    /// Whether a part exceeded its limit.
    pub(super) exhausted: bool,
    kept: Vec<u8>,
    /// The position of the first byte of `kept`, as the number of bytes consumed before it.
    kept_from: u64,
    consumed: u64,
    /// Whether the kept bytes exceeded the maximum size of a subject.
    pub(super) overflown: bool,
}

impl Tap {
    pub(super) fn new(inner: Box<dyn BufRead>) -> Self {
        Self {
            inner,
            left: MAX_EVENT_BYTES,
            exhausted: false,
            kept: Vec::new(),
            kept_from: 0,
            consumed: 0,
            overflown: false,
        }
    }

    /// Starts the next part of the document, with its full limit.
    pub(super) fn event(&mut self) {
        self.left = MAX_EVENT_BYTES;
    }

    /// Drops the kept bytes before `position`.
    pub(super) fn forget_before(&mut self, position: u64) {
        if self.overflown {
            self.kept_from = self.consumed;
        } else {
            let gone = usize::try_from(position.saturating_sub(self.kept_from)).unwrap_or(usize::MAX);
            let gone = gone.min(self.kept.len());
            self.kept.drain(..gone);
            self.kept_from += gone as u64;
        }
        self.overflown = false;
    }

    /// The kept bytes from `begin` to `end`; `None` if the maximum size of a subject was exceeded.
    pub(super) fn kept(&self, begin: u64, end: u64) -> Option<&[u8]> {
        if self.overflown {
            return None;
        }
        let at = |position: u64| usize::try_from(position.checked_sub(self.kept_from)?).ok();
        self.kept.get(at(begin)?..at(end)?)
    }
}

impl Read for Tap {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Tap {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let available = self.inner.fill_buf()?;
        if self.left == 0 && !available.is_empty() {
            self.exhausted = true;
            return Err(io::Error::other("one part is too long"));
        }
        let count = available.len().min(self.left);
        Ok(available.get(..count).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        if self.kept.len().saturating_add(count) > MAX_SUBJECT_BYTES + MAX_EVENT_BYTES {
            self.overflown = true;
            self.kept.clear();
        }
        if !self.overflown
            && let Ok(available) = self.inner.fill_buf()
        {
            // The bytes are not consumed yet, so the inner buffer still contains them.
            self.kept.extend_from_slice(available.get(..count).unwrap_or_default());
        }
        self.left = self.left.saturating_sub(count);
        self.consumed += count as u64;
        self.inner.consume(count);
    }
}
