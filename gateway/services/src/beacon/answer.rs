//! What a question was answered, before it is written as Beacon JSON.

use ga4gh_beacon::{Collection, Handover, Record};
use gemj_access::Granularity;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

/// The member of an answer's `info` that lists the datasets which cannot answer a question by name.
pub const WITHOUT_NAMES: &str = "datasetsWithoutNames";
/// The member of a set's `info` that states why its `exists` is no answer.
const NOT_ANSWERED: &str = "notAnswered";
/// What it states where too few people of the dataset have loaded names.
const NO_NAMES: &str = "names-not-loaded";

/// Who is told of, by dataset. A dataset can come twice.
pub type ToldOf = Vec<(DatasetId, RoaringBitmap)>;

pub use gemj_access::Finding;

/// A finding and what has to be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The finding.
    pub finding: Finding,
    /// Statements for the answer's `info`: datasets asked, ontology releases used, terms that no release knows.
    pub info: Map<String, Value>,
}

/// An answer with all that it lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Of the whole question: distinct things over all its datasets.
    pub answer: Answer,
    /// The granularity given, which is what was asked or less.
    pub granularity: Granularity,
    /// What is listed.
    pub listed: Listed,
    /// Whose records are in the sets listed, by dataset, and who is named in the path; nobody else below record granularity.
    pub handed_out: ToldOf,
}

/// What an answer lists beside its finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    /// What was found in each dataset whose set the request has listed; none at boolean granularity.
    Sets(Vec<FoundSet>),
    /// One page of datasets or cohorts; none below record granularity.
    Collections(Vec<Collection>),
}

/// What was found in one dataset. Nothing in it tells a dataset without a match from one with too few.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSet {
    /// The dataset.
    pub dataset: DatasetId,
    /// How many, of the whole question and not of the page.
    pub finding: Finding,
    /// The page's records; none below record granularity.
    pub records: Vec<Record>,
    /// Where the files are that the records come from.
    pub handovers: Vec<Handover>,
    /// Statements about the set, which do not depend on what was found in it.
    pub info: Map<String, Value>,
}

impl Answered {
    /// States the datasets that cannot answer a question by name: of the whole answer, and of each such set that is listed. Without them nothing is stated.
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

    /// How many records are listed.
    #[must_use]
    pub fn records_count(&self) -> u64 {
        match &self.listed {
            Listed::Sets(sets) => sets.iter().map(|set| set.records.len() as u64).sum(),
            Listed::Collections(page) => page.len() as u64,
        }
    }
}
