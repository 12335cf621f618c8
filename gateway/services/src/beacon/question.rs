//! A question in one spelling, for telling whether it has been asked before.

use ga4gh_beacon::{BeaconRequest, EntryType, Filter};
use gemj_access::{CapabilityKey, Grant, Tier};
use gemj_catalogue::QuestionDigest;
use gemj_model::DatasetId;

/// Whether questions under a Grant are counted: those of registered callers. An approved project's answers are exact and audited whatever it
/// asks, and behind an anonymous question nobody is known.
#[must_use]
pub fn is_counted(grant: &Grant) -> bool {
    !grant.holder().is_empty() && grant.datasets().iter().any(|d| d.tier() == Tier::Registered)
}

/// The question of a request, and of the thing in its path, under one spelling: whatever cannot change what is told is left out (pages, the order of
/// filters and datasets), and nothing else is.
#[must_use]
pub fn of_request(request: &BeaconRequest, of: Option<(EntryType, &str)>) -> String {
    let mut filters: Vec<String> = request.filters.iter().map(filter).collect();
    let mut datasets: Vec<&str> = request.datasets.iter().map(String::as_str).collect();
    filters.sort_unstable();
    filters.dedup();
    datasets.sort_unstable();
    datasets.dedup();
    let parts = (
        request.entry.entity_id(),
        &request.variant,
        filters,
        datasets,
        request.granularity_asked,
        request.include_resultset_responses,
        of.map(|(thing, id)| (thing.entity_id(), id)),
    );
    format!("{parts:?}")
}

/// The question for filtering terms, of some datasets or of all, and of the thing in the path by its kind and id.
#[must_use]
pub fn of_filtering_terms(datasets: &[DatasetId], of: Option<(&str, &str)>) -> String {
    let datasets: Vec<&str> = datasets.iter().map(DatasetId::as_str).collect();
    format!("{:?}", ("filteringTerms", datasets, of))
}

/// The value of a comparison is not shown by `Debug`: it is put in here, each part with its length so that no two filters meet.
fn filter(filter: &Filter) -> String {
    let (kind, detail) = match filter {
        Filter::Ontology(term) => ("ontology", term.include_descendant_terms.to_string()),
        Filter::Alphanumeric(compared) => ("alphanumeric", format!("{}{}", compared.operator.as_str(), compared.value.as_str())),
        Filter::Custom(_) => ("custom", String::new()),
    };
    let scope = filter.scope().map_or("", |scope| scope.entity_id());
    format!("{:?}", (kind, filter.id(), detail, scope))
}

/// What is kept of a question that is asked under a Grant, which has the epoch that it is answered at.
#[must_use]
pub fn digest(key: &CapabilityKey, grant: &Grant, question: &str) -> QuestionDigest {
    let asked = format!("{:?}", (grant.holder(), grant.epoch(), question));
    QuestionDigest {
        holder: key.mac("question-holder-1", grant.holder().as_bytes()),
        question: key.mac("question-1", asked.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ga4gh_beacon::parse_get;

    use super::*;

    fn question(query: &str) -> String {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        of_request(&parse_get(EntryType::Individual, &pairs).unwrap(), None)
    }

    #[test]
    fn pages_and_order_make_no_other_question_and_everything_else_does() {
        let one = question("filters=HP:1,age<P70Y&datasets=a,b");
        for same in [
            "filters=age<P70Y,HP:1&datasets=b,a",
            "filters=HP:1,age<P70Y,HP:1&datasets=a,b&skip=3&limit=7",
        ] {
            assert_eq!(question(same), one, "{same}");
        }
        for other in [
            "filters=HP:1&datasets=a,b",
            "filters=HP:1,age<P75Y&datasets=a,b",
            "filters=HP:1,age>P70Y&datasets=a,b",
            "filters=HP:1,age<P70Y&datasets=a",
            "filters=HP:1,age<P70Y&datasets=a,b&includeDescendantTerms=false",
            "filters=HP:1,age<P70Y&datasets=a,b&requestedGranularity=count",
            "filters=HP:1,age<P70Y&datasets=a,b&assemblyId=GRCh38&referenceName=1&start=1&alternateBases=A",
        ] {
            assert_ne!(question(other), one, "{other}");
        }
    }
}
