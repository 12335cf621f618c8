//! Whether a chain takes rows at this moment.

use std::sync::atomic::{AtomicBool, Ordering};

/// What the writer of a chain says of itself.
#[derive(Debug, Default)]
pub(super) struct Health {
    failing: AtomicBool,
    ended: AtomicBool,
}

impl Health {
    /// Whether the last attempt to commit succeeded, and the chain goes on.
    pub(super) fn is_good(&self) -> bool {
        !self.failing.load(Ordering::Acquire) && !self.ended.load(Ordering::Acquire)
    }

    /// The outcome of an attempt to commit.
    pub(super) fn attempted(&self, succeeded: bool) {
        self.failing.store(!succeeded, Ordering::Release);
    }

    /// The chain takes no more rows.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }
}
