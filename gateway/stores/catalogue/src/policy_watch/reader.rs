//! Reads the state row and, if the epoch has moved, the newer rows.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gemj_access::ConsentRules;
use gemj_model::Clock;

use super::Current;
use super::flight::{Work, lock};
use super::folded::{Base, Folded};
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// The maximum time for one read of the state row. Callers wait for a shorter time.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum time for reading all newer rows after the epoch has moved.
const CHANGES_TIMEOUT: Duration = Duration::from_secs(300);

/// Reads the policy, and keeps the ledgers that were read so far in memory.
pub(super) struct Reader {
    catalogue: Catalogue,
    clock: Arc<dyn Clock>,
    base: Base,
    /// The ledgers in memory. The value is removed during a read. If the read panics or is cancelled, the next read starts again without it.
    folded: Mutex<Option<Folded>>,
}

impl Reader {
    pub(super) fn new(catalogue: Catalogue, base: Base, clock: Arc<dyn Clock>) -> Self {
        Self {
            catalogue,
            clock,
            base,
            folded: Mutex::default(),
        }
    }

    /// Creates a reader with other consent rules, which has read nothing yet.
    pub(super) fn with_rules(&self, rules: ConsentRules) -> Self {
        let base = Base {
            rules,
            ..self.base.clone()
        };
        Self::new(self.catalogue.clone(), base, Arc::clone(&self.clock))
    }

    async fn read(&self) -> Result<Current, CatalogueError> {
        let state = within(READ_TIMEOUT, self.catalogue.state()).await?;
        // The only check of the seal. Every decision needs a view, so a sealed database decides nothing.
        if state.sealed.is_some() {
            // The ledgers in memory may belong to a lost history, so they are not used after the seal is lifted.
            *lock(&self.folded) = None;
            return Err(CatalogueError::Sealed);
        }
        // Epochs only rise. A lower epoch means that the database was set back to an earlier state, which may lack withdrawals.
        let is_set_back = lock(&self.folded)
            .as_ref()
            .and_then(Folded::epoch)
            .is_some_and(|epoch| epoch > state.epoch);
        if is_set_back {
            let because = "the epoch of the database is lower than before: the database was set back under a running gateway";
            within(READ_TIMEOUT, self.catalogue.seal_as_set_back(because)).await?;
            *lock(&self.folded) = None;
            return Err(CatalogueError::Sealed);
        }
        let folded = lock(&self.folded).take();
        let mut folded = folded.unwrap_or_else(|| Folded::from(self.base.clone()));
        if let Some(view) = folded.view_at(state.epoch, self.clock.now()) {
            let view = Arc::clone(view);
            *lock(&self.folded) = Some(folded);
            return Ok(Current {
                view,
                generation: state.generation,
            });
        }
        let changes = match within(CHANGES_TIMEOUT, folded.missing(&self.catalogue)).await {
            Ok(changes) => changes,
            Err(error) => {
                *lock(&self.folded) = Some(folded);
                return Err(error);
            }
        };
        let generation = changes.generation;
        let clock = Arc::clone(&self.clock);
        // The fold of a large programme takes time and must not block the runtime.
        let fold = tokio::task::spawn_blocking(move || {
            let view = folded.fold(changes, clock.now());
            (folded, view)
        });
        let (folded, view) = fold.await.map_err(|_| CatalogueError::Unavailable)?;
        *lock(&self.folded) = Some(folded);
        Ok(Current { view, generation })
    }
}

impl Work for Reader {
    type Outcome = Result<Current, CatalogueError>;

    fn run(&self) -> impl Future<Output = Self::Outcome> + Send {
        self.read()
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, CatalogueError>>) -> Result<T, CatalogueError> {
    tokio::time::timeout(limit, work).await.unwrap_or(Err(CatalogueError::Unavailable))
}
