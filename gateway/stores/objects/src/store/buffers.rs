//! Buffers that are used again: a fresh one of this size costs the kernel a page at a time, more than reading into it.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// Buffers of one size, of which so many are kept.
pub(crate) struct Buffers {
    size: usize,
    most_kept: usize,
    kept: Mutex<Vec<Box<[u8]>>>,
}

/// A buffer that goes back where it came from.
pub(crate) struct Buffer {
    of: &'static Buffers,
    bytes: Box<[u8]>,
    filled: usize,
}

impl Buffers {
    pub(crate) const fn new(size: usize, most_kept: usize) -> Self {
        Self {
            size,
            most_kept,
            kept: Mutex::new(Vec::new()),
        }
    }

    /// An empty buffer.
    pub(crate) fn take(&'static self) -> Buffer {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Buffer {
            of: self,
            bytes: kept.unwrap_or_else(|| vec![0; self.size].into_boxed_slice()),
            filled: 0,
        }
    }
}

impl Buffer {
    /// Room for no more than so many bytes, to be read into.
    pub(crate) fn room(&mut self, most: u64) -> &mut [u8] {
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(self.bytes.len());
        &mut self.bytes[..most]
    }

    /// The first so many bytes of it. What an earlier use left behind them is never seen.
    pub(crate) fn filled(mut self, count: usize) -> Bytes {
        self.filled = count.min(self.bytes.len());
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut kept = self.of.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.of.most_kept {
            kept.push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_and_shows_nothing_of_its_first_use() {
        static BUFFERS: Buffers = Buffers::new(8, 1);
        let mut first = BUFFERS.take();
        first.room(u64::MAX).copy_from_slice(b"secretly");
        let first = first.filled(8);
        let part = first.slice(2..4);
        drop(first);
        assert_eq!(
            (&part[..], BUFFERS.kept.lock().map(|kept| kept.len()).unwrap_or(9)),
            (&b"cr"[..], 0),
            "still held by its part"
        );
        drop(part);
        let mut again = BUFFERS.take();
        again.room(2).copy_from_slice(b"ab");
        assert_eq!(again.filled(2), &b"ab"[..]);
        drop((BUFFERS.take(), BUFFERS.take()));
        assert_eq!(
            BUFFERS.kept.lock().map(|kept| kept.len()).unwrap_or(9),
            1,
            "no more are kept than were agreed"
        );
    }
}
