//! The health of an audit chain: whether rows can be recorded at this moment.

use std::sync::atomic::{AtomicBool, Ordering};

/// The state of a chain, as its writer reports it.
#[derive(Debug, Default)]
pub(super) struct Health {
    failing: AtomicBool,
    ended: AtomicBool,
}

impl Health {
    /// Whether the last attempt to commit succeeded and the chain has not ended.
    pub(super) fn is_good(&self) -> bool {
        !self.failing.load(Ordering::Acquire) && !self.ended.load(Ordering::Acquire)
    }

    /// Records the result of an attempt to commit.
    pub(super) fn attempted(&self, succeeded: bool) {
        self.failing.store(!succeeded, Ordering::Release);
    }

    /// Records that the chain accepts no more rows.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }
}
