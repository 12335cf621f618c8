//! The current policy view, which includes every withdrawal that was recorded before the request.
//!
//! Every call is answered from a read of the state row that began after the call. Calls that arrive during a read share the next read, never
//! the read in progress. If the epoch has moved or the view has expired, the newer rows are read and folded first. If anything fails, the call
//! fails too. An older view is never returned.

mod flight;
mod folded;
mod reader;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use gemj_access::{ConsentRules, ConsentView};
use gemj_model::{Clock, ConsentForm, DatasetId};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use flight::Flight;
use folded::Base;
use reader::Reader;

/// The default time limit of a call.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The policy that was current at a moment after the call began.
#[derive(Clone, Debug)]
pub struct Current {
    /// The folded consents, memberships and approvals.
    pub view: Arc<ConsentView>,
    /// The generation of the carrier index.
    pub generation: u64,
}

/// Keeps the policy view up to date with the ledger. Clones share one view.
#[derive(Clone)]
pub struct PolicyWatch {
    flight: Arc<RwLock<Arc<Flight<Reader>>>>,
    timeout: Duration,
}

impl PolicyWatch {
    /// Creates a watch that has read nothing yet. If it is created inside a tokio runtime, the watch reads on that runtime, otherwise on the
    /// runtime of the first call.
    #[must_use]
    pub fn new(catalogue: Catalogue, forms: Vec<ConsentForm>, datasets: Vec<DatasetId>, clock: Arc<dyn Clock>) -> Self {
        let base = Base {
            forms,
            datasets,
            rules: ConsentRules::default(),
        };
        Self {
            flight: over(Reader::new(catalogue, base, clock)),
            timeout: TIMEOUT,
        }
    }

    /// Creates a watch of the same ledgers that folds consents with these rules instead of the default rules. The new watch has read nothing
    /// yet, and shares nothing with clones of this watch.
    #[must_use]
    pub fn with_rules(self, rules: ConsentRules) -> Self {
        Self {
            flight: over(self.flight().work().with_rules(rules)),
            timeout: self.timeout,
        }
    }

    /// Returns this watch with another time limit of calls than the default of 5 s.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Uses another watch's datasets, forms and rules from now on, in this watch and its clones. A call in progress ends with the earlier ones.
    pub fn replace(&self, other: &Self) {
        let flight = other.flight();
        *self.flight.write().unwrap_or_else(PoisonError::into_inner) = flight;
    }

    fn flight(&self) -> Arc<Flight<Reader>> {
        Arc::clone(&self.flight.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The policy that was current at a moment after this call began.
    ///
    /// # Errors
    /// The database does not answer in time or cannot be read. The calling code must refuse the request.
    pub async fn current(&self) -> Result<Current, CatalogueError> {
        let flight = self.flight();
        let answer = flight.join();
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(CatalogueError::Unavailable),
        }
    }
}

fn over(reader: Reader) -> Arc<RwLock<Arc<Flight<Reader>>>> {
    Arc::new(RwLock::new(Arc::new(Flight::new(reader))))
}
