//! Single flight: one run of the work is in progress at a time. All calls made before a run began share the outcome of this run. Later calls
//! share a later run.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// Work whose outcome many callers request at the same time.
pub(super) trait Work: Send + Sync + 'static {
    /// The outcome of the work.
    type Outcome: Clone + Send + 'static;

    /// Runs the work once.
    fn run(&self) -> impl Future<Output = Self::Outcome> + Send;
}

/// The work, together with the callers that wait for its next run.
pub(super) struct Flight<W: Work> {
    work: W,
    runtime: OnceLock<Handle>,
    line: Mutex<Line<W::Outcome>>,
}

struct Line<T> {
    waiting: Vec<oneshot::Sender<T>>,
    flying: bool,
}

/// Locks a mutex even if a task panicked while it held the lock. No update under these locks can be left incomplete.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Marks the flight as ended when the task ends, also if the task is cancelled or panics. After a panic, the waiting callers get no answer.
struct Landing<W: Work> {
    flight: Arc<Flight<W>>,
    /// Whether the task ended normally. In this case the drop resets nothing, because the next task may already run.
    landed: bool,
}

impl<W: Work> Drop for Landing<W> {
    fn drop(&mut self) {
        if self.landed {
            return;
        }
        let mut line = lock(&self.flight.line);
        line.flying = false;
        line.waiting.clear();
    }
}

impl<W: Work> Flight<W> {
    /// Creates a flight without waiting callers. If it is created inside a tokio runtime, the work runs on that runtime, otherwise on the
    /// runtime of the first call.
    pub(super) fn new(work: W) -> Self {
        let runtime = OnceLock::new();
        if let Ok(handle) = Handle::try_current() {
            let _ = runtime.set(handle);
        }
        let line = Line {
            waiting: Vec::new(),
            flying: false,
        };
        Self {
            work,
            runtime,
            line: Mutex::new(line),
        }
    }

    /// The work that the flight runs.
    pub(super) fn work(&self) -> &W {
        &self.work
    }

    /// Requests the outcome of a run that begins after this call.
    pub(super) fn join(self: &Arc<Self>) -> oneshot::Receiver<W::Outcome> {
        let (sender, outcome) = oneshot::channel();
        let mut line = lock(&self.line);
        line.waiting.push(sender);
        if !line.flying {
            line.flying = true;
            let landing = Landing {
                flight: Arc::clone(self),
                landed: false,
            };
            self.runtime.get_or_init(Handle::current).spawn(fly(landing));
        }
        outcome
    }
}

/// Runs the work repeatedly until no caller waits.
async fn fly<W: Work>(mut landing: Landing<W>) {
    let flight = Arc::clone(&landing.flight);
    loop {
        let passengers = {
            let mut line = lock(&flight.line);
            line.waiting.retain(|sender| !sender.is_closed());
            if line.waiting.is_empty() {
                line.flying = false;
                landing.landed = true;
                return;
            }
            std::mem::take(&mut line.waiting)
        };
        // The run begins after all these callers made their calls. A caller that arrives during the run waits for the next run.
        let outcome = flight.work.run().await;
        for passenger in passengers {
            let _ = passenger.send(outcome.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// Work whose outcomes are 1, 2, 3, ... Each run signals its start, and ends when the test permits it.
    struct Counted {
        begun: Semaphore,
        end: Semaphore,
        count: AtomicU64,
    }

    impl Work for Arc<Counted> {
        type Outcome = u64;

        async fn run(&self) -> u64 {
            let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            self.begun.add_permits(1);
            self.end.acquire().await.unwrap().forget();
            assert_ne!(number, 666, "this run panics");
            number
        }
    }

    fn counted(count: u64) -> (Arc<Counted>, Arc<Flight<Arc<Counted>>>) {
        let work = Arc::new(Counted {
            begun: Semaphore::new(0),
            end: Semaphore::new(0),
            count: AtomicU64::new(count),
        });
        (Arc::clone(&work), Arc::new(Flight::new(work)))
    }

    #[tokio::test]
    async fn a_call_during_a_run_gets_and_shares_the_next_run() {
        let (work, flight) = counted(0);
        let first = flight.join();
        work.begun.acquire().await.unwrap().forget();
        let (second, third) = (flight.join(), flight.join());
        work.end.add_permits(1);
        assert_eq!(first.await.unwrap(), 1);
        work.begun.acquire().await.unwrap().forget();
        let fourth = flight.join();
        work.end.add_permits(1);
        assert_eq!((second.await.unwrap(), third.await.unwrap()), (2, 2));
        work.end.add_permits(1);
        assert_eq!(fourth.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn a_panicking_run_answers_no_caller_and_the_next_call_succeeds() {
        let (work, flight) = counted(665);
        let first = flight.join();
        work.begun.acquire().await.unwrap().forget();
        let second = flight.join();
        work.end.add_permits(2);
        assert!(first.await.is_err() && second.await.is_err());
        assert_eq!(flight.join().await.unwrap(), 667);
    }

    #[tokio::test]
    async fn no_run_starts_for_a_caller_that_left() {
        let (work, flight) = counted(0);
        let first = flight.join();
        work.begun.acquire().await.unwrap().forget();
        drop(flight.join());
        work.end.add_permits(1);
        assert_eq!(first.await.unwrap(), 1);
        while lock(&flight.line).flying {
            tokio::task::yield_now().await;
        }
        assert_eq!(work.count.load(Ordering::SeqCst), 1);
    }
}
