//! Cohorts of the Beacon: configured groups of datasets.

use std::collections::HashSet;

use ga4gh_beacon::{Cohort, CohortType, OntologyTerm};
use gemj_access::{DatasetGrant, Grant};
use gemj_model::DatasetId;
use serde::Deserialize;

use super::dataset::size;

/// The maximum length of a cohort's id and of its name, in characters.
const MOST_CHARS: usize = 200;

/// A cohort as the configuration describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortDefinition {
    /// The id of the cohort.
    pub id: String,
    /// The display name of the cohort.
    pub name: String,
    /// The kind of cohort: whether a study, the programme or a user defined the cohort.
    #[serde(rename = "type", default)]
    pub kind: CohortKind,
    /// The study design, a CURIE such as `OMIABIS:0001017`; absent if not stated.
    #[serde(default)]
    pub design: Option<String>,
    /// The datasets whose participants are the participants of the cohort.
    pub datasets: Vec<DatasetId>,
}

/// The kind of cohort (`cohortType` of Beacon): whether a study, the programme or a user defined the cohort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CohortKind {
    /// A study defined the cohort.
    StudyDefined,
    /// The programme defined the cohort.
    #[default]
    BeaconDefined,
    /// A user defined the cohort.
    UserDefined,
}

/// A fault in the configured cohorts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CohortFault {
    /// Two cohorts have the same id.
    #[error("'{0}' is configured twice")]
    Twice(String),
    /// The id or the name of a cohort is empty, is longer than `MOST_CHARS` or contains control characters; or the id contains a space or a
    /// slash.
    #[error("'{0}': an id without spaces and slashes, and a name, both of at most {MOST_CHARS} characters, are expected")]
    Name(String),
    /// The cohort names no dataset, or names a dataset twice.
    #[error("'{0}': one or more different datasets are expected")]
    Datasets(String),
    /// The cohort names a dataset that is not configured.
    #[error("'{cohort}': the dataset '{dataset}' is not configured")]
    UnknownDataset {
        /// The id of the cohort.
        cohort: String,
        /// The dataset that is not configured.
        dataset: DatasetId,
    },
    /// The design is not a CURIE.
    #[error("'{0}': design: a term such as OMIABIS:0001017 is expected")]
    Design(String),
}

impl CohortDefinition {
    /// Checks the definitions of all cohorts against the configured datasets.
    ///
    /// # Errors
    /// The first fault that is found.
    pub fn check(definitions: &[Self], configured: &HashSet<&DatasetId>) -> Result<(), CohortFault> {
        let mut ids = HashSet::new();
        for cohort in definitions {
            let id = || cohort.id.clone();
            let shows = |text: &str| !text.trim().is_empty() && text.chars().count() <= MOST_CHARS && !text.contains(char::is_control);
            if !shows(&cohort.id) || !shows(&cohort.name) || cohort.id.contains(|c: char| c.is_whitespace() || c == '/') {
                return Err(CohortFault::Name(id()));
            }
            if !ids.insert(cohort.id.as_str()) {
                return Err(CohortFault::Twice(id()));
            }
            let different: HashSet<&DatasetId> = cohort.datasets.iter().collect();
            if different.is_empty() || different.len() < cohort.datasets.len() {
                return Err(CohortFault::Datasets(id()));
            }
            if let Some(dataset) = cohort.datasets.iter().find(|dataset| !configured.contains(dataset)) {
                return Err(CohortFault::UnknownDataset {
                    cohort: id(),
                    dataset: dataset.clone(),
                });
            }
            if cohort
                .design
                .as_deref()
                .is_some_and(|design| OntologyTerm::parse(design, None).is_none())
            {
                return Err(CohortFault::Design(id()));
            }
        }
        Ok(())
    }

    /// The cohort's datasets that the caller may use; absent if the caller may use none of them.
    fn open<'a>(&self, grant: Option<&'a Grant>) -> Option<Vec<&'a DatasetGrant>> {
        let grant = grant?;
        let open: Vec<&DatasetGrant> = self.datasets.iter().filter_map(|id| grant.dataset(id)).collect();
        (!open.is_empty()).then_some(open)
    }
}

/// The cohorts that the caller may see, in order of configuration; empty without a Grant. The size of a cohort counts only datasets that
/// the caller may use. At the controlled tier, each participant counts once. At the registered tier, the size is the bucket of the largest
/// dataset.
#[must_use]
pub fn cohorts(grant: Option<&Grant>, definitions: &[CohortDefinition]) -> Vec<Cohort> {
    let described = |definition: &CohortDefinition| {
        let open = definition.open(grant)?;
        let kind = match definition.kind {
            CohortKind::StudyDefined => CohortType::StudyDefined,
            CohortKind::BeaconDefined => CohortType::BeaconDefined,
            CohortKind::UserDefined => CohortType::UserDefined,
        };
        let mut cohort = Cohort::new(&definition.id, &definition.name, kind);
        cohort.cohort_design = definition.design.as_deref().and_then(|design| OntologyTerm::parse(design, None));
        if let Some((people, precision)) = size(grant?, &open) {
            cohort.cohort_size = Some(people);
            cohort.info.insert("countPrecision".to_owned(), precision.into());
        }
        Some(cohort)
    };
    definitions.iter().filter_map(described).collect()
}

/// The datasets of a cohort that the caller may use; absent for an unknown cohort, and for a cohort with no dataset that the caller may use.
#[must_use]
pub fn datasets_of_cohort<'a>(id: &str, grant: Option<&'a Grant>, definitions: &[CohortDefinition]) -> Option<Vec<&'a DatasetId>> {
    let open = definitions.iter().find(|cohort| cohort.id == id)?.open(grant)?;
    Some(open.into_iter().map(DatasetGrant::dataset).collect())
}
