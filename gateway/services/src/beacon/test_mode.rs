//! `testMode`: answers from a few synthetic people. "The Beacon instance MUST respond the request but it SHOULD use virtual or non-sensitive
//! data." Nothing is read, no authentication is needed, and every granularity is available, so that developers can try out a client.

mod matching;
mod synthetic;

use std::collections::BTreeMap;

use ga4gh_beacon::{BeaconRequest, Collection, EntryType, FilteringTerm, Record};
use gemj_access::Granularity;
use gemj_model::DatasetId;
use serde_json::{Map, Value};

use super::answer::{Answered, BeaconFinding, Finding, FoundSet, Listed};
use super::answer_context::granularity_asked;
use super::filtering_terms::FilteringTerms;
use super::filters::SEX_TERMS;
use synthetic::{COHORT, DATASET, PEOPLE, Person};

/// Answers a request in test mode from the synthetic people. `of` is the thing that the path names.
#[must_use]
pub fn answer(request: &BeaconRequest, of: Option<(EntryType, &str)>) -> Answered {
    let people: Vec<&Person> = PEOPLE.iter().filter(|person| matching::is_asked_for(person, request, of)).collect();
    let is_named = request.datasets.is_empty() || request.datasets.iter().any(|id| id == DATASET);
    let (records, collections) = match request.entry {
        EntryType::GenomicVariant => (synthetic::variants(&people, request, of), Vec::new()),
        EntryType::Individual => (people.iter().filter_map(|p| p.individual()).collect(), Vec::new()),
        EntryType::Biosample => (people.iter().filter_map(|p| p.biosample()).collect(), Vec::new()),
        EntryType::Run => (people.iter().filter_map(|p| p.run()).collect(), Vec::new()),
        EntryType::Analysis => (people.iter().filter_map(|p| p.analysis()).collect(), Vec::new()),
        EntryType::Dataset => (Vec::new(), of_collection(&people, synthetic::dataset())),
        EntryType::Cohort => (Vec::new(), of_collection(&people, synthetic::cohort())),
    };
    let (records, collections) = if is_named {
        (records, collections)
    } else {
        (Vec::new(), Vec::new())
    };
    let granularity = granularity_asked(request);
    let total = records.len().max(collections.len()) as u64;
    let finding = if granularity == Granularity::Boolean {
        Finding::Boolean(total > 0)
    } else {
        Finding::Exact(total)
    };
    let info = Map::from_iter([("synthetic".to_owned(), Value::from("testMode: every person here is synthetic"))]);
    let listed = match request.entry {
        EntryType::Dataset | EntryType::Cohort => Listed::Collections(page(request, granularity, collections)),
        EntryType::GenomicVariant | EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis => {
            Listed::Sets(set(granularity, finding, page(request, granularity, records)))
        }
    };
    Answered {
        answer: BeaconFinding { finding, info },
        granularity,
        listed,
        handed_out: vec![],
    }
}

/// The filtering terms of the synthetic people, and the fields of comparisons. If the path names a synthetic person, only this person's
/// terms are listed.
#[must_use]
pub fn filtering_terms(of: Option<(EntryType, &str)>) -> FilteringTerms {
    let is_meant = |person: &&Person| match of {
        None => true,
        Some((of @ (EntryType::Dataset | EntryType::Cohort), id)) => is_collection(of, id),
        Some((of, id)) => person.id(of).as_deref() == Some(id),
    };
    let people: Vec<&Person> = PEOPLE.iter().filter(is_meant).collect();
    let mut stored: BTreeMap<&str, &str> = people.iter().flat_map(|person| person.features.iter().copied()).collect();
    for ((id, _), sex, label) in [
        (SEX_TERMS[0], ga4gh_beacon::Sex::Female, "Female"),
        (SEX_TERMS[1], ga4gh_beacon::Sex::Male, "Male"),
    ] {
        if people.iter().any(|person| person.sex == sex) {
            stored.insert(id, label);
        }
    }
    let mut terms = FilteringTerms::fields();
    let listed = |(id, label)| FilteringTerm::ontology(id_prefix(id), id, Some(label), &[EntryType::Individual]);
    terms.terms.extend(stored.into_iter().map(listed));
    terms
}

fn id_prefix(id: &str) -> &str {
    id.split_once(':').map_or(id, |(prefix, _)| prefix)
}

/// The result set of the synthetic dataset; no set at boolean granularity.
fn set(granularity: Granularity, finding: Finding, records: Vec<Record>) -> Vec<FoundSet> {
    match DatasetId::parse(DATASET) {
        Ok(dataset) if granularity > Granularity::Boolean => vec![FoundSet {
            dataset,
            finding,
            records,
            handovers: Vec::new(),
            info: Map::new(),
        }],
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn page<T>(request: &BeaconRequest, granularity: Granularity, all: Vec<T>) -> Vec<T> {
    if granularity < Granularity::Record {
        return Vec::new();
    }
    let before = usize::try_from(request.pagination.records_before()).unwrap_or(usize::MAX);
    all.into_iter()
        .skip(before)
        .take(request.pagination.records_per_page() as usize)
        .collect()
}

/// The synthetic dataset or cohort, if at least one person matches.
fn of_collection(people: &[&Person], collection: Collection) -> Vec<Collection> {
    if people.is_empty() { Vec::new() } else { vec![collection] }
}

/// Whether `id` is the id of the synthetic dataset or, for the entry type cohort, of the synthetic cohort.
fn is_collection(of: EntryType, id: &str) -> bool {
    match of {
        EntryType::Dataset => id == DATASET,
        EntryType::Cohort => id == COHORT,
        EntryType::GenomicVariant | EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis => false,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ga4gh_beacon::parse_get;

    use super::*;

    fn total(entry: EntryType, query: &str, of: Option<(EntryType, &str)>) -> u64 {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut request = parse_get(entry, &pairs).unwrap();
        request.granularity_asked = ga4gh_beacon::Granularity::Record;
        answer(&request, of).answer.finding.least()
    }

    #[test]
    fn restrictions_apply_to_the_synthetic_people_too() {
        use EntryType::*;
        assert_eq!(total(Individual, "", None), 3);
        assert_eq!(total(Individual, "filters=NCIT:C16576", None), 2);
        assert_eq!(total(Individual, "filters=HP:0001250,NCIT:C16576", None), 1);
        assert_eq!(total(Individual, "filters=HP:0000001", None), 0);
        assert_eq!(total(Individual, "datasets=another", None), 0);
        let range = "assemblyId=GRCh38&referenceName=22&start=16050000&end=16060000";
        assert_eq!(total(GenomicVariant, range, None), 2);
        assert_eq!(total(GenomicVariant, &format!("{range}&variantType=DEL"), None), 0);
        let one = "assemblyId=GRCh38&referenceName=22&start=16050074&alternateBases=G";
        assert_eq!(total(GenomicVariant, one, None), 1);
        assert_eq!(total(GenomicVariant, &format!("{one}&referenceBases=C"), None), 0);
        assert_eq!(total(Individual, one, None), 2);
        assert_eq!(
            total(GenomicVariant, "", Some((GenomicVariant, "GRCh38.22.16050074.16050075.A.G"))),
            1
        );
        assert_eq!(total(Biosample, "", Some((Individual, "synthetic-person-2"))), 1);
        assert_eq!(total(Biosample, "", Some((Individual, "synthetic-person-9"))), 0);
        assert_eq!(total(Dataset, "", Some((Dataset, DATASET))), 1);
        assert_eq!(total(Dataset, "", Some((Dataset, "uk1"))), 0);
        assert_eq!(total(Individual, "", Some((Cohort, COHORT))), 3);
    }

    #[test]
    fn only_terms_of_the_synthetic_people_are_listed() {
        let stored = |of| -> Vec<String> {
            let terms = filtering_terms(of).terms;
            let ids = terms
                .iter()
                .map(|term| serde_json::to_value(term).unwrap()["id"].as_str().unwrap().to_owned());
            ids.filter(|id| id.contains(':')).collect()
        };
        assert_eq!(stored(None), ["HP:0001250", "HP:0001251", "NCIT:C16576", "NCIT:C20197"]);
        assert_eq!(
            stored(Some((EntryType::Individual, "synthetic-person-1"))),
            ["HP:0001250", "NCIT:C16576"]
        );
        assert!(stored(Some((EntryType::Dataset, "uk1"))).is_empty());
    }

    #[test]
    fn an_answer_discloses_nothing_about_participants() {
        let request = parse_get(EntryType::Individual, &[]).unwrap();
        assert_eq!(answer(&request, None).handed_out, []);
    }
}
