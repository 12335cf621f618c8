//! One question under one Grant, with all that answering it takes.

use ga4gh_beacon::{BeaconRequest, EntryType, Pagination};
use gemj_access::{DatasetGrant, Grant, Granularity, Policy, PseudonymKey, Terms};
use gemj_model::DatasetId;
use gemj_variants::CarrierReader;
use serde_json::{Map, Value, json};

use super::answer::Finding;
use super::collections::CohortDefinition;
use super::filters::Matcher;
use crate::stores::Stores;

/// A question, and what it is answered with.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The stores.
    pub stores: &'a Stores,
    /// The carrier index, pinned to the generation of the decision.
    pub carriers: &'a CarrierReader,
    /// How datasets and cohorts are described; absent where none are listed.
    pub described: Option<Described<'a>>,
    /// The datasets to which the question is narrowed beside those that the Grant was asked for: a cohort's. Absent where it is not.
    pub only: Option<&'a [DatasetId]>,
    /// What may be read.
    pub grant: &'a Grant,
    /// What people are called in records. Absent where nobody is to be named: then no record is given and no id resolved.
    pub names: Option<&'a PseudonymKey>,
    /// What is asked.
    pub request: &'a BeaconRequest,
    /// The thing whose id is in the path: of its entry type, and the id as the client sent it. The datasets of a dataset or a cohort in the path
    /// are what the Grant was asked for; its id is needed only where it is listed itself.
    pub of: Option<(EntryType, &'a str)>,
    /// Where files are to be had; absent where no handovers are given.
    pub places: Option<Places<'a>>,
}

/// What is said of datasets and cohorts by configuration.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// The datasets.
    pub policy: &'a Policy,
    /// The cohorts.
    pub cohorts: &'a [CohortDefinition],
}

/// Where this installation's files are to be had.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The address below which htsget serves them, without a slash at its end.
    pub htsget_url: &'a str,
    /// The address below which DRS describes them, without a slash at its end.
    pub drs_url: &'a str,
}

impl<'a> Asking<'a> {
    /// What the Grant allows in each dataset that is asked about, in order of dataset id.
    pub(super) fn datasets(&self) -> Vec<&'a DatasetGrant> {
        let is_asked = |dataset: &&DatasetGrant| self.only.is_none_or(|only| only.contains(dataset.dataset()));
        self.grant.datasets().iter().filter(is_asked).collect()
    }

    /// What the whole answer may tell.
    pub(super) fn terms(&self) -> Terms {
        self.grant.terms_of(self.datasets())
    }

    /// The granularity to give.
    pub(super) fn granularity(&self) -> Granularity {
        let asked = granularity_asked(self.request);
        let named = if self.names.is_some() {
            Granularity::Record
        } else {
            Granularity::Count
        };
        let allowed = self.datasets().iter().map(|dataset| dataset.granularity()).min();
        allowed.unwrap_or(Granularity::Boolean).min(asked).min(named)
    }

    /// Whether the answer lists the set of a dataset in which this was found. Nothing is read for one that it does not, and nobody of it is told of.
    pub(super) fn lists(&self, finding: Finding) -> bool {
        self.request.include_resultset_responses.lists(finding.exists())
    }

    /// What `info` says of every answer: the datasets it comes from, the releases that these are bound to, and the ontology releases used.
    /// Nothing of it depends on what was found.
    pub(super) fn describe(&self, matcher: &Matcher) -> Map<String, Value> {
        let mut info = Map::new();
        let datasets = self.datasets();
        info.insert("datasets".to_owned(), datasets.iter().map(|d| d.dataset().as_str()).collect());
        let releases: Map<String, Value> = datasets.iter().map(|d| (d.dataset().as_str().to_owned(), release_of(d))).collect();
        info.insert("releases".to_owned(), releases.into());
        matcher.describe(&mut info);
        info
    }
}

/// The granularity that a request asks for.
pub(super) fn granularity_asked(request: &BeaconRequest) -> Granularity {
    match request.granularity_asked {
        ga4gh_beacon::Granularity::Boolean => Granularity::Boolean,
        ga4gh_beacon::Granularity::Count => Granularity::Count,
        ga4gh_beacon::Granularity::Record => Granularity::Record,
    }
}

/// Says whether more records follow behind a page, and which page is the next one. `total` is the number of all records, of which the caller is given the
/// exact number.
pub(super) fn describe_page(info: &mut Map<String, Value>, pagination: Pagination, on_page: usize, total: u64) {
    let is_cut = on_page > 0 && pagination.records_before() + (on_page as u64) < total;
    info.insert("pageIsCut".to_owned(), is_cut.into());
    if is_cut {
        let next = json!({"skip": pagination.skip.0.saturating_add(1), "limit": pagination.records_per_page()});
        info.insert("nextPage".to_owned(), next);
    }
}

/// What `info` says of one dataset: the release that its answer comes from.
pub(super) fn describe_set(dataset: &DatasetGrant) -> Map<String, Value> {
    Map::from_iter([("release".to_owned(), release_of(dataset))])
}

/// The releases that a dataset is bound to, or `live`.
fn release_of(dataset: &DatasetGrant) -> Value {
    match dataset.releases() {
        [] => "live".into(),
        [one] => one.as_str().into(),
        several => several.iter().map(gemj_model::ReleaseId::as_str).collect(),
    }
}
