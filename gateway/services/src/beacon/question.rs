//! A question in one spelling, for telling whether it has been asked before.

use ga4gh_beacon::{BeaconRequest, EntryType};
use gemj_access::{CapabilityKey, Grant};
use gemj_catalogue::QuestionDigest;
use gemj_model::Timestamp;

use super::filters::one_spelling;

/// The question of a request, and of the thing in its path, under one spelling. Whatever cannot change what is told is left out: pages, the order and
/// the spelling of filters, how much is asked for (a yes is in every number) and which sets are listed; and datasets, named anywhere, for [`digest`]
/// has those that the Grant answers from.
#[must_use]
pub fn of_request(request: &BeaconRequest, of: Option<(EntryType, &str)>) -> String {
    let mut filters: Vec<String> = request.filters.iter().map(one_spelling).collect();
    filters.sort_unstable();
    filters.dedup();
    let parts = (request.entry.entity_id(), &request.variant, filters, apart_from_datasets(of));
    format!("{parts:?}")
}

/// The thing in the path, unless it is a dataset.
fn apart_from_datasets(of: Option<(EntryType, &str)>) -> Option<(&'static str, &str)> {
    of.filter(|(thing, _)| *thing != EntryType::Dataset)
        .map(|(thing, id)| (thing.entity_id(), id))
}

/// So long a question that was charged is free, by the hours of the clock. Not for as long as its answer stays the same: when that changes tells that somebody came or left.
const FREE_S: i64 = 3600;

/// What is kept of a question that is asked under a Grant, which has the datasets that it is answered from. For whom it is counts too: the organisations that the caller is
/// affiliated with decide whose consent is enough.
#[must_use]
pub fn digest(key: &CapabilityKey, grant: &Grant, affiliations: &[String], question: &str, now: Timestamp) -> QuestionDigest {
    let datasets = grant.datasets().iter().map(|d| d.dataset().as_str()).collect();
    QuestionDigest {
        holder: key.mac("question-holder-1", grant.holder().as_bytes()),
        question: key.mac("question-2", kept(grant.holder(), affiliations, datasets, question, now).as_bytes()),
    }
}

fn kept(holder: &str, affiliations: &[String], mut datasets: Vec<&str>, question: &str, now: Timestamp) -> String {
    datasets.sort_unstable();
    let mut affiliations: Vec<&str> = affiliations.iter().map(String::as_str).collect();
    affiliations.sort_unstable();
    let hour = now.0.div_euclid(FREE_S * 1_000_000);
    format!("{:?}", (holder, affiliations, datasets, question, hour))
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
    fn pages_order_and_spelling_make_no_other_question_and_everything_else_does() {
        let one = question("filters=HP:1,age<P70Y&datasets=a,b");
        for same in [
            "filters=age<P70Y,HP:1&datasets=b,a",
            "filters=HP:1,age<P70Y,HP:1&datasets=a,b&skip=3&limit=7",
            "filters=HP:1,individual.ageAtLastEncounter<P840M",
            "filters=HP:1,age<P70Y&requestedGranularity=count&includeResultsetResponses=ALL",
        ] {
            assert_eq!(question(same), one, "{same}");
        }
        for other in [
            "filters=HP:1&datasets=a,b",
            "filters=HP:1,age<P75Y&datasets=a,b",
            "filters=HP:1,age>P70Y&datasets=a,b",
            "filters=HP:1,age<P70Y&datasets=a,b&includeDescendantTerms=false",
            "filters=HP:1,age<P70Y&datasets=a,b&assemblyId=GRCh38&referenceName=1&start=1&alternateBases=A",
        ] {
            assert_ne!(question(other), one, "{other}");
        }
    }

    #[test]
    fn who_asks_for_whom_of_what_in_which_hour_makes_another_question() {
        let of = |affiliations: &[&str], datasets: &[&str], seconds: i64| {
            let affiliations: Vec<String> = affiliations.iter().map(|domain| (*domain).to_owned()).collect();
            kept("x", &affiliations, datasets.to_vec(), "q", Timestamp(seconds * 1_000_000))
        };
        let one = of(&["a.jp", "b.kr"], &["one", "two"], 7_200);
        assert_eq!(of(&["b.kr", "a.jp"], &["two", "one"], 10_799), one);
        for other in [
            of(&["a.jp"], &["one", "two"], 7_200),
            of(&["a.jp", "b.kr"], &["one"], 7_200),
            of(&["a.jp", "b.kr"], &["one", "two"], 10_800),
            of(&["a.jp", "b.kr"], &["one", "two"], 7_199),
        ] {
            assert_ne!(other, one);
        }
    }

    #[test]
    fn a_sex_is_one_however_it_is_called() {
        let one = question("filters=sex=female");
        for same in ["individual.sex=Female", "NCIT:C16576", "PATO:0000383", "sex.label=PATO:0000383"] {
            assert_eq!(question(&format!("filters={same}")), one, "{same}");
        }
        for other in [
            "sex=male",
            "sex!female",
            "sex=%male",
            "NCIT:C20197",
            "diseases.diseaseCode=NCIT:C16576",
        ] {
            assert_ne!(question(&format!("filters={other}")), one, "{other}");
        }
    }

    #[test]
    fn a_dataset_in_the_path_is_a_dataset_named_and_everything_else_in_it_counts() {
        let request = parse_get(EntryType::Individual, &[]).unwrap();
        let all = of_request(&request, None);
        assert_eq!(of_request(&request, Some((EntryType::Dataset, "a"))), all);
        assert_ne!(of_request(&request, Some((EntryType::Cohort, "a"))), all);
        assert_ne!(of_request(&request, Some((EntryType::GenomicVariant, "a"))), all);
    }
}
