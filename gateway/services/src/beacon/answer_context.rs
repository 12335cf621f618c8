//! One Beacon request under one Grant, with everything that the answer needs.

use ga4gh_beacon::{BeaconRequest, EntryType, Pagination};
use gemj_access::{DatasetGrant, Grant, Granularity, Policy, PseudonymKey, Terms};
use gemj_model::DatasetId;
use gemj_variants::CarrierReader;
use serde_json::{Map, Value, json};

use super::answer::Finding;
use super::collections::CohortDefinition;
use super::filters::Matcher;
use crate::stores::Stores;

/// A Beacon request, its Grant, and the stores and configuration that the answer needs.
#[derive(Clone, Copy)]
pub struct AnswerContext<'a> {
    /// The stores of the programme.
    pub stores: &'a Stores,
    /// The carrier index, pinned to the generation of the decision.
    pub carriers: &'a CarrierReader,
    /// The configured descriptions of datasets and cohorts; absent if the answer does not list datasets or cohorts.
    pub described: Option<Described<'a>>,
    /// The datasets of the cohort in the path. The answer uses only these datasets of the Grant. Absent if the request is not limited to a
    /// cohort.
    pub only: Option<&'a [DatasetId]>,
    /// The Grant, which states what the request may read.
    pub grant: &'a Grant,
    /// The key for the pseudonyms of participants in records. If the key is absent, the granularity of an answer about variants,
    /// participants, specimens or files is at most `count`, and a participant, specimen or file that the path names is not found.
    pub names: Option<&'a PseudonymKey>,
    /// The Beacon request.
    pub request: &'a BeaconRequest,
    /// The entry type and the id of the thing that the path names; the id is as the client sent it. If the path names a dataset, the Grant
    /// is already limited to this dataset. If the path names a cohort, `only` contains the cohort's datasets. The id of a dataset or cohort
    /// is then needed only where the dataset or cohort itself is listed.
    pub of: Option<(EntryType, &'a str)>,
    /// The base addresses for links to files; absent if the answer contains no handovers.
    pub places: Option<Places<'a>>,
}

/// The configured descriptions of datasets and cohorts.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// The policy with the descriptions of the datasets.
    pub policy: &'a Policy,
    /// The descriptions of the configured cohorts.
    pub cohorts: &'a [CohortDefinition],
}

/// The base addresses at which this installation serves files.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// The base address of htsget, without a slash at the end.
    pub htsget_url: &'a str,
    /// The base address of DRS, without a slash at the end.
    pub drs_url: &'a str,
}

impl<'a> AnswerContext<'a> {
    /// The part of the Grant for each dataset of the request, in order of dataset id.
    pub(super) fn datasets(&self) -> Vec<&'a DatasetGrant> {
        let is_asked = |dataset: &&DatasetGrant| self.only.is_none_or(|only| only.contains(dataset.dataset()));
        self.grant.datasets().iter().filter(is_asked).collect()
    }

    /// The disclosure limits of the whole answer, over all datasets of the request.
    pub(super) fn terms(&self) -> Terms {
        self.grant.terms_of(self.datasets())
    }

    /// The granularity of the answer: the lowest of the requested granularity, the granularity that each dataset's Grant allows, and,
    /// without a pseudonym key, `count`.
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

    /// Whether the request asks for the result set of a dataset with this finding (`includeResultsetResponses`). If not, no record of the
    /// dataset is read, and nothing is disclosed about its participants.
    pub(super) fn lists(&self, finding: Finding) -> bool {
        self.request.include_resultset_responses.lists(finding.exists())
    }

    /// The members of `info` that every answer has: the datasets of the request, the releases to which they are bound and, with filters,
    /// the ontology releases used. No member depends on the finding.
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

/// The granularity that a request names.
pub(super) fn granularity_asked(request: &BeaconRequest) -> Granularity {
    match request.granularity_asked {
        ga4gh_beacon::Granularity::Boolean => Granularity::Boolean,
        ga4gh_beacon::Granularity::Count => Granularity::Count,
        ga4gh_beacon::Granularity::Record => Granularity::Record,
    }
}

/// States in `info` whether more records follow after a page, and which page is next. `total` is the number of all records, which the
/// caller receives exactly.
pub(super) fn describe_page(info: &mut Map<String, Value>, pagination: Pagination, on_page: usize, total: u64) {
    let is_cut = on_page > 0 && pagination.records_before() + (on_page as u64) < total;
    info.insert("pageIsCut".to_owned(), is_cut.into());
    if is_cut {
        let next = json!({"skip": pagination.skip.0.saturating_add(1), "limit": pagination.records_per_page()});
        info.insert("nextPage".to_owned(), next);
    }
}

/// The `info` of one dataset's result set: the release that the set's answer comes from.
pub(super) fn describe_set(dataset: &DatasetGrant) -> Map<String, Value> {
    Map::from_iter([("release".to_owned(), release_of(dataset))])
}

/// A dataset's release for `info`: the id of the release, a list if the dataset is bound to several releases, or `live` if it is bound to
/// no release.
fn release_of(dataset: &DatasetGrant) -> Value {
    match dataset.releases() {
        [] => "live".into(),
        [one] => one.as_str().into(),
        several => several.iter().map(gemj_model::ReleaseId::as_str).collect(),
    }
}
