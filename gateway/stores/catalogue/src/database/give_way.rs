//! Long writes that give way to a waiting consent write: the long write is rolled back and begins again.
//!
//! A write that replaces a whole ontology occupies the database for seconds and must be one transaction. A withdrawal must not wait for this
//! write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The maximum number of attempts at a long write. The last attempt does not give way, so that the write also finishes on a day with many
/// consent writes.
pub(crate) const MOST_BEGINNINGS: u32 = 20;

tokio::task_local! {
    /// Set while the current task runs a write that gives way. The value becomes true when the write has given way.
    static GIVES_WAY: Arc<AtomicBool>;
}

/// One attempt at a long write, with a flag that is set when the attempt gives way.
#[derive(Debug, Default)]
pub(crate) struct Attempt(Arc<AtomicBool>);

impl Attempt {
    /// Runs the write. If `gives_way` is true, the write ends with an error as soon as a consent write waits.
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

/// Whether the write of the current task must give way to consent writes.
pub(super) fn gives_way() -> bool {
    GIVES_WAY.try_with(|_| ()).is_ok()
}

/// Records that the write of the current task gave way to a consent write.
pub(super) fn give_way() {
    let _ = GIVES_WAY.try_with(|gave| gave.store(true, Ordering::Release));
}

/// Runs a long write. `$write` is an expression that creates the write's future. If the write gave way, it begins again.
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
