//! Reusable buffers for reading files. The kernel maps every page of a fresh buffer separately, which takes longer than reading the data.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// A pool of buffers of one size. At most `most_kept` unused buffers are kept for reuse.
pub(crate) struct Buffers {
    size: usize,
    most_kept: usize,
    kept: Mutex<Vec<Box<[u8]>>>,
}

/// A buffer that returns to its pool ([`Buffers`]) when it is dropped.
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

    /// Takes an empty buffer from the pool, or allocates a buffer if the pool is empty.
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
    /// Space for at most `most` bytes of the buffer. The caller reads data into this space.
    pub(crate) fn room(&mut self, most: u64) -> &mut [u8] {
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(self.bytes.len());
        &mut self.bytes[..most]
    }

    /// Returns the first `count` bytes of the buffer. Bytes of an earlier use that remain behind them are never visible.
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
    fn a_reused_buffer_shows_no_bytes_of_its_earlier_use() {
        static BUFFERS: Buffers = Buffers::new(8, 1);
        let mut first = BUFFERS.take();
        first.room(u64::MAX).copy_from_slice(b"secretly");
        let first = first.filled(8);
        let part = first.slice(2..4);
        drop(first);
        assert_eq!(
            (&part[..], BUFFERS.kept.lock().map(|kept| kept.len()).unwrap_or(9)),
            (&b"cr"[..], 0),
            "the part still holds the buffer"
        );
        drop(part);
        let mut again = BUFFERS.take();
        again.room(2).copy_from_slice(b"ab");
        assert_eq!(again.filled(2), &b"ab"[..]);
        drop((BUFFERS.take(), BUFFERS.take()));
        assert_eq!(
            BUFFERS.kept.lock().map(|kept| kept.len()).unwrap_or(9),
            1,
            "at most `most_kept` buffers are kept"
        );
    }
}
