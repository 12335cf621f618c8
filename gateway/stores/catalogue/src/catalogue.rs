//! The handle on the catalogue.

use std::sync::Arc;

use gemj_access::{Job, Upkeep};
use gemj_model::{Clock, Entropy, SystemClock, SystemEntropy};

use crate::database::{Database, KeptConnection};
use crate::error::CatalogueError;
use crate::filtering_terms::KeptTerms;
use crate::objects::Files;

/// The programme's catalogue in one database. Clones share its connections.
#[derive(Clone)]
pub struct Catalogue {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    /// The ids of requests, tasks and patients at their hospitals.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// For the read of the state row.
    pub(crate) state: Arc<KeptConnection>,
    /// Files that were looked up.
    pub(crate) files: Arc<Files>,
    /// Stored terms, for filtering terms.
    pub(crate) terms: Arc<KeptTerms>,
}

impl Catalogue {
    /// Opens the database, creating the file (`sqlite:/absolute/path.db`) and bringing the schema up to date. Safe when several processes
    /// start at once. On PostgreSQL only the primary is accepted.
    ///
    /// # Errors
    /// [`CatalogueError::BadUrl`], [`CatalogueError::Unavailable`], or [`CatalogueError::Schema`] for a database of another version.
    pub async fn open(url: &str, max_connections: u32) -> Result<Self, CatalogueError> {
        Ok(Self {
            database: Database::open(url, max_connections).await?,
            clock: SystemClock::default().shared(),
            entropy: SystemEntropy.shared(),
            state: Arc::default(),
            files: Arc::default(),
            terms: Arc::default(),
        })
    }

    /// The same catalogue by another clock; it dates the audit rows of writes. Without it the machine's clock does.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The same catalogue with another source of ids. Without it the operating system's random numbers are the source.
    #[must_use]
    pub fn with_entropy(self, entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, ..self }
    }

    /// Closes all connections. Calls after it fail.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

/// Refuses a maintenance key of another job.
pub(crate) fn check_job(upkeep: Upkeep, jobs: &[Job]) -> Result<(), CatalogueError> {
    if jobs.contains(&upkeep.job()) {
        Ok(())
    } else {
        Err(CatalogueError::WrongKey)
    }
}
