//! The result of a Beacon request, before it is written as Beacon JSON.

use ga4gh_beacon::{Collection, Handover, Record};
use gemj_access::Granularity;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

/// The member of an answer's `info` that lists the datasets that cannot answer a query by an allele's name (HGVS on a transcript or
/// protein).
pub const WITHOUT_NAMES: &str = "datasetsWithoutNames";
/// The member of a result set's `info` that states why `exists` of the set is not an answer to the query.
const NOT_ANSWERED: &str = "notAnswered";
/// The value of [`NOT_ANSWERED`] in a result set's `info`: too few participants of the dataset have loaded names of alleles.
const NO_NAMES: &str = "names-not-loaded";

/// For each dataset, the participants about whom an answer discloses something. The list can contain the same dataset twice.
pub type ToldOf = Vec<(DatasetId, RoaringBitmap)>;

pub use gemj_access::Finding;

/// The finding of a request (a boolean or a number), and the members of the answer's `info`.
#[derive(Clone, Debug, PartialEq)]
pub struct BeaconFinding {
    /// The boolean or the number that answers the request.
    pub finding: Finding,
    /// Statements for the answer's `info`: the datasets of the request, the ontology releases used, and the terms that no loaded release
    /// contains.
    pub info: Map<String, Value>,
}

/// An answer with its granularity, and with the records or collections that it lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The finding of the whole request. At the controlled tier it counts the distinct variants or records of all datasets. Below the
    /// controlled tier it is the greatest finding of one dataset. Datasets and cohorts are counted exactly at every tier.
    pub answer: BeaconFinding,
    /// The granularity of the answer: the requested granularity or a lower one.
    pub granularity: Granularity,
    /// The result sets, or the datasets or cohorts, that the answer lists.
    pub listed: Listed,
    /// For each dataset, the participants whose records are listed, and the participants of the thing that the path names. Below record
    /// granularity, only the participants of that thing.
    pub handed_out: ToldOf,
}

/// What an answer lists in addition to its finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Listed {
    /// The result sets that the request's `includeResultsetResponses` selects; empty at boolean granularity.
    Sets(Vec<FoundSet>),
    /// One page of datasets or cohorts; empty below record granularity.
    Collections(Vec<Collection>),
}

/// The result set of one dataset. Nothing in this value distinguishes a dataset without a match from a dataset with too few matches.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSet {
    /// The dataset of the result set.
    pub dataset: DatasetId,
    /// The finding of the whole request in this dataset, not only of the listed page.
    pub finding: Finding,
    /// The records of the requested page; empty below record granularity.
    pub records: Vec<Record>,
    /// Links (Beacon handovers) to the files that the records come from.
    pub handovers: Vec<Handover>,
    /// Members of the result set's `info`, for example the release. Below record granularity, no member depends on the finding.
    pub info: Map<String, Value>,
}

impl Answered {
    /// Adds a statement to the answer's `info`, and to each listed set of these datasets: the datasets cannot answer a query by an allele's
    /// name. If the list is empty, nothing is added.
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

    /// The number of listed records, datasets or cohorts.
    #[must_use]
    pub fn records_count(&self) -> u64 {
        match &self.listed {
            Listed::Sets(sets) => sets.iter().map(|set| set.records.len() as u64).sum(),
            Listed::Collections(page) => page.len() as u64,
        }
    }
}
