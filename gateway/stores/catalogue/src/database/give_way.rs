//! Long writes that give way to a waiting consent write: they roll back and begin again.
//!
//! A write that replaces a whole ontology holds the database for seconds and must be one transaction. A withdrawal must not wait for this
//! write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The maximum number of beginnings of a long write. The last attempt runs to its end, so that the write also finishes on a day with many
/// consent writes.
pub(crate) const MOST_BEGINNINGS: u32 = 20;

tokio::task_local! {
    /// Set by a write that gives way. Absent for every other write.
    static GIVES_WAY: Arc<AtomicBool>;
}

/// One attempt at a long write.
#[derive(Debug, Default)]
pub(crate) struct Attempt(Arc<AtomicBool>);

impl Attempt {
    /// Runs the write. With `gives_way`, the write ends with an error as soon as a consent write waits.
    pub(crate) async fn run<T>(&self, gives_way: bool, write: impl Future<Output = T>) -> T {
        if gives_way {
            GIVES_WAY.scope(Arc::clone(&self.0), write).await
        } else {
            write.await
        }
    }

    /// Whether the attempt ended because a consent write waited.
    pub(crate) fn gave_way(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Whether the write of this task gives way to consent writes.
pub(super) fn gives_way() -> bool {
    GIVES_WAY.try_with(|_| ()).is_ok()
}

/// Records that the write of this task gave way.
pub(super) fn give_way() {
    let _ = GIVES_WAY.try_with(|gave| gave.store(true, Ordering::Release));
}

/// Runs a long write (an expression that makes its future). Begins again if the write gave way.
macro_rules! giving_way {
    ($write:expr) => {{
        let mut beginning = 1;
        loop {
            let attempt = $crate::database::Attempt::default();
            let outcome = attempt.run(beginning < $crate::database::MOST_BEGINNINGS, $write).await;
            if !attempt.gave_way() {
                break outcome;
            }
            beginning += 1;
        }
    }};
}
pub(crate) use giving_way;
