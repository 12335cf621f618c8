//! A reader that computes the digest of what was read so far, so that a packet that cannot be read is recognised by its content.

use std::cell::RefCell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use sha2::{Digest, Sha256};

/// A reader that computes the digest of the bytes that passed it.
pub(super) struct Hashing<'r> {
    inner: &'r mut dyn BufRead,
    seen: Seen,
}

/// The digest of the bytes that passed a [`Hashing`] reader so far. A clone is cheap; all clones share one state.
#[derive(Clone, Default)]
pub(super) struct Seen(Rc<RefCell<Sha256>>);

impl Seen {
    /// The SHA-256 of the bytes so far, in lower-case hexadecimal.
    pub(super) fn digest(&self) -> String {
        hex::encode(self.0.borrow().clone().finalize())
    }
}

impl<'r> Hashing<'r> {
    pub(super) fn new(inner: &'r mut dyn BufRead) -> (Self, Seen) {
        let seen = Seen::default();
        (Self { inner, seen: seen.clone() }, seen)
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.seen.0.borrow_mut().update(into.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl BufRead for Hashing<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // The buffer was filled before, so this reads nothing new.
        if let Ok(buffer) = self.inner.fill_buf() {
            self.seen.0.borrow_mut().update(buffer.get(..amount).unwrap_or_default());
        }
        self.inner.consume(amount);
    }
}
