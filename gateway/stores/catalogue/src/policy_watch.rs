//! The policy view of this moment: the consent epoch.
//!
//! A call is answered by a read of the state row that began after the call did. Calls that arrive while a read is under way share the next
//! one, never that one. Where the epoch moved, or the view's time is over, the newer rows are read and folded first. Where anything fails,
//! so does the call: an older view is never given.

mod flight;
mod folded;
mod reader;

use std::sync::Arc;
use std::time::Duration;

use gemj_access::{ConsentRules, ConsentView};
use gemj_model::{Clock, ConsentForm, DatasetId};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use flight::Flight;
use folded::Base;
use reader::Reader;

/// How long a call waits, unless set otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What holds now.
#[derive(Clone, Debug)]
pub struct Current {
    /// Consents, memberships and approvals.
    pub view: Arc<ConsentView>,
    /// The carrier index's generation.
    pub generation: u64,
}

/// Keeps the policy view in step with the ledger. Clones share one view.
#[derive(Clone)]
pub struct PolicyWatch {
    flight: Arc<Flight<Reader>>,
    timeout: Duration,
}

impl PolicyWatch {
    /// A watch that has read nothing yet. Made inside a runtime, it reads on that one; else on the runtime of the first call.
    #[must_use]
    pub fn new(catalogue: Catalogue, forms: Vec<ConsentForm>, datasets: Vec<DatasetId>, clock: Arc<dyn Clock>) -> Self {
        let base = Base {
            forms,
            datasets,
            rules: ConsentRules::default(),
        };
        Self {
            flight: Arc::new(Flight::new(Reader::new(catalogue, base, clock))),
            timeout: TIMEOUT,
        }
    }

    /// A watch of the same ledgers under these rules of the fold instead of the default ones. It has read nothing yet, and shares nothing with
    /// clones of this one.
    #[must_use]
    pub fn with_rules(self, rules: ConsentRules) -> Self {
        Self {
            flight: Arc::new(Flight::new(self.flight.work().with_rules(rules))),
            timeout: self.timeout,
        }
    }

    /// The same watch with another time-out than 5 s for calls through it.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// What holds at a moment after this call began.
    ///
    /// # Errors
    /// The database does not answer in time or cannot be read: the caller must refuse.
    pub async fn current(&self) -> Result<Current, CatalogueError> {
        let answer = self.flight.join();
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(CatalogueError::Unavailable),
        }
    }
}
