//! The handle through which all parts of the gateway use the catalogue.

use std::sync::Arc;

use gemj_access::{Job, Upkeep};
use gemj_model::{Clock, Entropy, SystemClock, SystemEntropy};

use crate::database::{Database, KeptConnection};
use crate::error::CatalogueError;
use crate::filtering_terms::KeptTerms;
use crate::objects::Files;
use crate::ontology::KeptOntologies;
use crate::participants::KeptSexes;
use crate::programme_state::KnownHistory;
use crate::region_budget::BudgetTurns;

/// The programme's catalogue in one database. Clones share the database connections and caches.
#[derive(Clone)]
pub struct Catalogue {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    /// The source of random ids: of recontact requests and tasks, and of the FHIR ids of patients.
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The connection that reads the state row at the start of every answer.
    pub(crate) state: Arc<KeptConnection>,
    /// A cache of looked-up files.
    pub(crate) files: Arc<Files>,
    /// The connection that reads the versions of facts and ontologies before each answer to a filter.
    pub(crate) filter_state: Arc<KeptConnection>,
    /// A cache of the datasets' stored terms and values, for filters and filtering terms.
    pub(crate) terms: Arc<KeptTerms>,
    /// A cache of the loaded ontology releases.
    pub(crate) ontologies: Arc<KeptOntologies>,
    /// A cache of the participants' registered sexes.
    pub(crate) sexes: Arc<KeptSexes>,
    /// The locks by which requests under the same approval take turns to calculate their cost in base pairs.
    pub(crate) budget_turns: Arc<BudgetTurns>,
    /// The history of the database when this process first read it unsealed.
    pub(crate) history: Arc<KnownHistory>,
}

impl Catalogue {
    /// Opens the database (`sqlite:/absolute/path.db` or a PostgreSQL URL), creates an absent SQLite file and migrates the schema. Several
    /// processes may open the same database at the same time. On PostgreSQL only the primary is accepted.
    ///
    /// # Errors
    /// [`CatalogueError::BadUrl`], [`CatalogueError::Unavailable`], [`CatalogueError::NewerSchema`] for a database that a newer version has
    /// migrated, or [`CatalogueError::Schema`] for a database of another lineage.
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
            history: Arc::default(),
        })
    }

    /// Returns this catalogue with another clock. The clock dates the audit rows of writes, and all other times that a call does not receive as
    /// an argument. The default is the machine's clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Returns this catalogue with another source of random ids. The default is the operating system's random numbers.
    #[must_use]
    pub fn with_entropy(self, entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, ..self }
    }

    /// Closes all connections to the database. Later calls fail.
    pub async fn close(&self) {
        self.database.close().await;
    }
}

/// Fails if the maintenance key (`Upkeep`) was made for a job that is not in `jobs`.
pub(crate) fn check_job(upkeep: Upkeep, jobs: &[Job]) -> Result<(), CatalogueError> {
    if jobs.contains(&upkeep.job()) {
        Ok(())
    } else {
        Err(CatalogueError::WrongKey)
    }
}
