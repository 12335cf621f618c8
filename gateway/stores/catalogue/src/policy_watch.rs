//! The policy view of this moment.

use std::sync::Arc;
use std::time::Duration;

use gemj_access::ConsentView;
use gemj_model::{Clock, ConsentForm, DatasetId};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

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
pub struct PolicyWatch {}

impl PolicyWatch {
    /// A watch that has read nothing yet.
    #[must_use]
    pub fn new(catalogue: Catalogue, forms: Vec<ConsentForm>, datasets: Vec<DatasetId>, clock: Arc<dyn Clock>) -> Self {
        let _ = (catalogue, forms, datasets, clock);
        Self {}
    }

    /// The same watch with another time-out than 5 s.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        let _ = timeout;
        self
    }

    /// What holds at a moment after this call began. Answered by a state read that began after the call.
    ///
    /// # Errors
    /// The database does not answer in time or cannot be read: the caller must refuse. An older view is never given.
    pub async fn current(&self) -> Result<Current, CatalogueError> {
        Err(CatalogueError::Unavailable)
    }
}
