//! Single flight: one read at a time, shared by all who asked before it began.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use gemj_model::Clock;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::Current;
use super::folded::{Base, Folded};
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// The longest that one read of the state row is waited for. Those who asked are gone by then.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest that reading all newer rows is waited for.
const CHANGES_TIMEOUT: Duration = Duration::from_secs(300);

type Answer = Result<Current, CatalogueError>;

/// Who waits, and what was folded last.
pub(super) struct Flight {
    catalogue: Catalogue,
    clock: Arc<dyn Clock>,
    runtime: OnceLock<Handle>,
    line: Mutex<Line>,
    /// Taken by the flight under way. A flight that dies leaves the base, from which all is read anew.
    folded: Mutex<Option<Folded>>,
    base: Base,
}

#[derive(Default)]
struct Line {
    waiting: Vec<oneshot::Sender<Answer>>,
    flying: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the flying state also when the task is cancelled or panics; those who wait then get an error.
struct Landing {
    flight: Arc<Flight>,
    /// Whether the flight ended by itself. The next one may be under way already then.
    landed: bool,
}

impl Drop for Landing {
    fn drop(&mut self) {
        if self.landed {
            return;
        }
        let mut line = lock(&self.flight.line);
        line.flying = false;
        line.waiting.clear();
    }
}

impl Flight {
    pub(super) fn new(catalogue: Catalogue, folded: Folded, clock: Arc<dyn Clock>) -> Self {
        let runtime = OnceLock::new();
        if let Ok(handle) = Handle::try_current() {
            let _ = runtime.set(handle);
        }
        Self {
            catalogue,
            clock,
            runtime,
            line: Mutex::default(),
            base: folded.base(),
            folded: Mutex::new(Some(folded)),
        }
    }

    /// Joins the next flight; the answer comes from a read that begins after this call.
    pub(super) fn join(self: &Arc<Self>) -> oneshot::Receiver<Answer> {
        let (sender, answer) = oneshot::channel();
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
        answer
    }

    /// One read, and a fold where it is needed.
    async fn read(&self) -> Answer {
        let state = within(READ_TIMEOUT, self.catalogue.state()).await?;
        let folded = lock(&self.folded).take();
        let mut folded = folded.unwrap_or_else(|| Folded::from(self.base.clone()));
        if folded.epoch().is_some_and(|epoch| state.epoch < epoch) {
            // Epochs only rise. A lower one is a database put back from a copy: what was read of the other one does not count.
            folded = Folded::from(self.base.clone());
        }
        if let Some(view) = folded.view_at(state.epoch, self.clock.now()) {
            let view = Arc::clone(view);
            *lock(&self.folded) = Some(folded);
            return Ok(Current {
                view,
                generation: state.generation,
            });
        }
        let changes = folded.missing(&self.catalogue);
        let changes = match within(CHANGES_TIMEOUT, changes).await {
            Ok(changes) => changes,
            Err(error) => {
                *lock(&self.folded) = Some(folded);
                return Err(error);
            }
        };
        let generation = changes.generation;
        let clock = Arc::clone(&self.clock);
        // Folding a large programme takes a while and must not hold up the runtime.
        let task = tokio::task::spawn_blocking(move || {
            let view = folded.fold(changes, clock.now());
            (folded, view)
        });
        let (folded, view) = task.await.map_err(|_| CatalogueError::Unavailable)?;
        *lock(&self.folded) = Some(folded);
        Ok(Current { view, generation })
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, CatalogueError>>) -> Result<T, CatalogueError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(CatalogueError::Unavailable))
}

/// Flies until nobody waits.
async fn fly(mut landing: Landing) {
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
        // The read begins here: after everybody on board asked.
        let answer = flight.read().await;
        for passenger in passengers {
            let _ = passenger.send(answer.clone());
        }
    }
}
