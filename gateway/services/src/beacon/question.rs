//! A request in one canonical form, to detect whether the caller has sent the request before.

use ga4gh_beacon::{BeaconRequest, EntryType};
use gemj_access::{CapabilityKey, Grant};
use gemj_catalogue::QuestionDigest;
use gemj_model::Timestamp;

use super::filters::one_spelling;

/// The canonical form of a request and of the thing in its path. The form leaves out everything that cannot change what is disclosed:
/// * pages, and the order and the spelling of filters;
/// * the granularity (every count implies a yes or a no) and the choice of listed sets;
/// * datasets, wherever they are named, because [`digest`] contains the datasets from which the Grant answers.
#[must_use]
pub fn of_request(request: &BeaconRequest, of: Option<(EntryType, &str)>) -> String {
    let mut filters: Vec<String> = request.filters.iter().map(one_spelling).collect();
    filters.sort_unstable();
    filters.dedup();
    let parts = (request.entry.entity_id(), &request.variant, filters, apart_from_datasets(of));
    format!("{parts:?}")
}

/// The thing that the path names; absent if the path names a dataset or nothing.
fn apart_from_datasets(of: Option<(EntryType, &str)>) -> Option<(&'static str, &str)> {
    of.filter(|(thing, _)| *thing != EntryType::Dataset)
        .map(|(thing, id)| (thing.entity_id(), id))
}

/// The period, in seconds, in which a request that was charged to the query budget can be repeated free of charge: one clock hour. The
/// period does not depend on whether the answer has changed, because the time of a change would reveal that a participant joined or left.
const FREE_S: i64 = 3600;

/// The stored digest of a request under a Grant. The digest includes the datasets of the answer and the caller's affiliations, because the
/// affiliated organisations determine which consent is sufficient.
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
    fn pages_order_and_spelling_do_not_change_the_canonical_form_and_everything_else_does() {
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
    fn another_affiliation_dataset_or_hour_gives_another_digest_input() {
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
    fn every_spelling_of_a_sex_has_the_same_canonical_form() {
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
    fn a_dataset_in_the_path_is_left_out_and_every_other_thing_in_the_path_counts() {
        let request = parse_get(EntryType::Individual, &[]).unwrap();
        let all = of_request(&request, None);
        assert_eq!(of_request(&request, Some((EntryType::Dataset, "a"))), all);
        assert_ne!(of_request(&request, Some((EntryType::Cohort, "a"))), all);
        assert_ne!(of_request(&request, Some((EntryType::GenomicVariant, "a"))), all);
    }
}
