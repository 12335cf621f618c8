//! The answer to a request, before the answer is written as Beacon JSON.

use ga4gh_beacon::{Collection, Handover, Record};
use gemj_access::Granularity;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

/// The member of an answer's `info` that lists the datasets that cannot answer a request by name.
pub const WITHOUT_NAMES: &str = "datasetsWithoutNames";
/// The member of a result set's `info` that states why `exists` of this set is not an answer.
const NOT_ANSWERED: &str = "notAnswered";
/// The value of that member where too few participants of the dataset have loaded names.
const NO_NAMES: &str = "names-not-loaded";

/// The participants about whom an answer discloses something, by dataset. A dataset can occur twice.
pub type ToldOf = Vec<(DatasetId, RoaringBitmap)>;

pub use gemj_access::Finding;

/// A finding, and the statements about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The finding.
    pub finding: Finding,
    /// Statements for the answer's `info`: the datasets of the request, the ontology releases used, the terms that no release contains.
    pub info: Map<String, Value>,
}

/// An answer with everything that it lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The finding of the whole request: distinct things over all its datasets.
    pub answer: Answer,
    /// The granularity of the answer: the requested granularity or a lower one.
    pub granularity: Granularity,
    /// What is listed.
    pub listed: Listed,
    /// The participants whose records are in the listed sets, and the participant that the path names, by dataset. Below record granularity,
    /// only the participant that the path names.
    pub handed_out: ToldOf,
}

/// What an answer lists in addition to its finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    /// The findings of the datasets whose result sets the request lists; empty at boolean granularity.
    Sets(Vec<FoundSet>),
    /// One page of datasets or cohorts; empty below record granularity.
    Collections(Vec<Collection>),
}

/// The finding of one dataset. Nothing in this value distinguishes a dataset without a match from a dataset with too few matches.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSet {
    /// The dataset.
    pub dataset: DatasetId,
    /// The number for the whole request, not for the page.
    pub finding: Finding,
    /// The records of the page; empty below record granularity.
    pub records: Vec<Record>,
    /// Links to the files that the records come from.
    pub handovers: Vec<Handover>,
    /// Statements about the set that do not depend on the finding.
    pub info: Map<String, Value>,
}

impl Answered {
    /// States which datasets cannot answer a request by name, in the whole answer and in each listed set of these datasets. If there are no
    /// such datasets, nothing is stated.
    pub(super) fn describe_without_names(&mut self, datasets: &[DatasetId]) {
        if datasets.is_empty() {
            return;
        }
        let listed: Value = datasets.iter().map(DatasetId::as_str).collect();
        self.answer.info.insert(WITHOUT_NAMES.to_owned(), listed);
        if let Listed::Sets(sets) = &mut self.listed {
            for set in sets.iter_mut().filter(|set| datasets.contains(&set.dataset)) {
                set.info.insert(NOT_ANSWERED.to_owned(), NO_NAMES.into());
            }
        }
    }

    /// The number of listed records.
    #[must_use]
    pub fn records_count(&self) -> u64 {
        match &self.listed {
            Listed::Sets(sets) => sets.iter().map(|set| set.records.len() as u64).sum(),
            Listed::Collections(page) => page.len() as u64,
        }
    }
}
