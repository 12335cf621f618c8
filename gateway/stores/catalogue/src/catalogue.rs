//! The handle on the catalogue.

use std::sync::Arc;

use gemj_access::{Job, Upkeep};
use gemj_model::{Clock, Entropy, SystemClock, SystemEntropy};

use crate::database::{Database, KeptConnection};
use crate::error::CatalogueError;
use crate::filtering_terms::KeptTerms;
use crate::objects::Files;
use crate::ontology::KeptOntologies;
use crate::participants::KeptSexes;
use crate::region_budget::BudgetTurns;

/// The programme's catalogue in one database. Clones share its connections.
#[derive(Clone)]
pub struct Catalogue {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    /// Source of the ids of requests and tasks, and of the patients' ids at their hospitals.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The connection that reads the state row.
    pub(crate) state: Arc<KeptConnection>,
    /// Cached results of file look-ups.
    pub(crate) files: Arc<Files>,
    /// The connection that reads the changes since the last answer to a filter.
    pub(crate) filter_state: Arc<KeptConnection>,
    /// Cached terms, for filters and filtering terms.
    pub(crate) terms: Arc<KeptTerms>,
    /// Cached ontology releases.
    pub(crate) ontologies: Arc<KeptOntologies>,
    /// Cached registered sexes.
    pub(crate) sexes: Arc<KeptSexes>,
    /// The turns of the approvals: the approval whose base-pair budget is calculated next.
    pub(crate) budget_turns: Arc<BudgetTurns>,
}

impl Catalogue {
    /// Opens the database (`sqlite:/absolute/path.db` or PostgreSQL), creates an absent SQLite file and migrates the schema. Several
    /// processes may start at once. On PostgreSQL only the primary is accepted.
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
            filter_state: Arc::default(),
            terms: Arc::default(),
            ontologies: Arc::default(),
            sexes: Arc::default(),
            budget_turns: Arc::default(),
        })
    }

    /// The same catalogue with another clock. The clock dates the audit rows of writes. The default is the machine's clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The same catalogue with another source of ids. The default is the operating system's random numbers.
    #[must_use]
    pub fn with_entropy(self, entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, ..self }
    }

    /// Closes all connections. Later calls fail.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

/// Rejects a maintenance key of another job.
pub(crate) fn check_job(upkeep: Upkeep, jobs: &[Job]) -> Result<(), CatalogueError> {
    if jobs.contains(&upkeep.job()) {
        Ok(())
    } else {
        Err(CatalogueError::WrongKey)
    }
}
