//! What is read passes through here: kept where its digest is asked for, and stopped where one piece is too long.

use std::io::{self, BufRead, Read};

use super::{MAX_EVENT_BYTES, MAX_SUBJECT_BYTES};

/// A reader that keeps what is consumed and gives out no more than an event may have.
pub(super) struct Tap {
    inner: Box<dyn BufRead>,
    /// What the present event may still consume.
    left: usize,
    /// Whether an event wanted more than it may have.
    pub(super) exhausted: bool,
    kept: Vec<u8>,
    /// Where `kept` begins, in bytes consumed.
    kept_from: u64,
    consumed: u64,
    /// Whether more was to be kept than a subject may have.
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

    /// Another event begins.
    pub(super) fn event(&mut self) {
        self.left = MAX_EVENT_BYTES;
    }

    /// Forgets what was kept before this position.
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

    /// What was kept between these positions; `None` where it was more than a subject may have.
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
            return Err(io::Error::other("one piece is too long"));
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
            // what was given out is still there until it is consumed
            self.kept.extend_from_slice(available.get(..count).unwrap_or_default());
        }
        self.left = self.left.saturating_sub(count);
        self.consumed += count as u64;
        self.inner.consume(count);
    }
}
