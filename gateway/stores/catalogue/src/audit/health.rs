//! The health of an audit chain: whether rows can be recorded at this moment, and how far the recorded rows are behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How far an audit chain is behind the answers of its process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditLag {
    /// The number of rows that wait to be recorded.
    pub waiting_rows: u64,
    /// An upper bound of the age of the oldest waiting row; zero if no row waits.
    pub oldest: Duration,
    /// The time since the last signed head was written. Absent if this process has written none.
    pub since_signed: Option<Duration>,
    /// The time since the chain has had a row that no signed head confirms; zero if there is none, or if no folder is configured.
    pub unsigned: Duration,
}

/// The state of a chain, as its writer reports it.
#[derive(Debug)]
pub(super) struct Health {
    failing: AtomicBool,
    ended: AtomicBool,
    /// Whether the last attempt to write the files outside the database failed.
    not_copied: AtomicBool,
    waiting: AtomicU64,
    /// The moments below are microseconds since this moment, plus 1; 0 stands for none.
    began: Instant,
    waiting_since: AtomicU64,
    signed: AtomicU64,
    unsigned_since: AtomicU64,
}

/// A row that waits to be recorded. It no longer waits when the value is dropped.
pub(super) struct WaitingRow(Arc<Health>);

impl Default for Health {
    fn default() -> Self {
        Self {
            failing: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            not_copied: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            began: Instant::now(),
            waiting_since: AtomicU64::new(0),
            signed: AtomicU64::new(0),
            unsigned_since: AtomicU64::new(0),
        }
    }
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

    /// Whether the last attempt to write the signed heads and the ledger tail succeeded.
    pub(super) fn is_copied(&self) -> bool {
        !self.not_copied.load(Ordering::Acquire)
    }

    /// Records the result of an attempt to write the signed heads and the ledger tail.
    pub(super) fn copied(&self, succeeded: bool) {
        self.not_copied.store(!succeeded, Ordering::Release);
    }

    /// Records that the chain accepts no more rows.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX - 1) + 1
    }

    fn since(&self, moment: &AtomicU64) -> Option<Duration> {
        let moment = moment.load(Ordering::Acquire);
        (moment > 0).then(|| Duration::from_micros(self.now().saturating_sub(moment)))
    }

    /// Counts a row as waiting until the returned value is dropped.
    pub(super) fn wait(self: &Arc<Self>) -> WaitingRow {
        if self.waiting.fetch_add(1, Ordering::AcqRel) == 0 {
            self.waiting_since.store(self.now(), Ordering::Release);
        }
        WaitingRow(Arc::clone(self))
    }

    /// Records that the writer takes all rows that wait now. The rows that still wait after the next commit are newer than this moment.
    pub(super) fn taken(&self) -> u64 {
        self.now()
    }

    /// Records that the rows are recorded that were taken at a moment.
    pub(super) fn recorded(&self, taken: u64) {
        self.waiting_since.store(taken, Ordering::Release);
    }

    /// Records that the chain has a row that no signed head confirms.
    pub(super) fn is_unsigned(&self) {
        let _ = self
            .unsigned_since
            .compare_exchange(0, self.now(), Ordering::AcqRel, Ordering::Acquire);
    }

    /// Records that a signed head of the whole chain was written.
    pub(super) fn signed(&self) {
        self.signed.store(self.now(), Ordering::Release);
        self.unsigned_since.store(0, Ordering::Release);
    }

    /// How far the chain is behind.
    pub(super) fn lag(&self) -> AuditLag {
        let waiting_rows = self.waiting.load(Ordering::Acquire);
        let oldest = self.since(&self.waiting_since).filter(|_| waiting_rows > 0);
        AuditLag {
            waiting_rows,
            oldest: oldest.unwrap_or_default(),
            since_signed: self.since(&self.signed),
            unsigned: self.since(&self.unsigned_since).unwrap_or_default(),
        }
    }
}

impl Drop for WaitingRow {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_waits_until_it_is_dropped() {
        let health = Arc::<Health>::default();
        assert_eq!(health.lag(), AuditLag::default());
        let (first, second) = (health.wait(), health.wait());
        assert_eq!(health.lag().waiting_rows, 2);
        drop(first);
        health.recorded(health.taken());
        assert_eq!(health.lag().waiting_rows, 1);
        drop(second);
        assert_eq!(health.lag().oldest, Duration::ZERO);
    }

    #[test]
    fn a_signed_head_confirms_all_rows_before_it() {
        let health = Health::default();
        health.is_unsigned();
        assert!(health.lag().since_signed.is_none());
        health.signed();
        let lag = health.lag();
        assert!(lag.since_signed.is_some() && lag.unsigned == Duration::ZERO);
    }
}
