//! Property test: the numbers of two sites, and of two namespaces of one site, never join two persons, in any format, order or spelling.
//!
//! The oracle is a table that the test writes: each person has a code that no other person has. Every stored record of a participant must contain
//! that participant's code and no other.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "feed_ingest/redcap_project.rs"]
#[allow(dead_code)]
mod redcap_project;
#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use proptest::prelude::*;
use tempfile::TempDir;

use redcap_project::{DICTIONARY, HEADER};
use world::{Numbers, Store, folder, target};

const SITES: [&str; 2] = ["hospital-a", "hospital-b"];
const NAMESPACES: [&str; 2] = ["mrn", "edc"];
/// Numbers that a careless comparison takes for each other.
const NUMBERS: [&str; 9] = [
    "0012345",
    "12345",
    "012345",
    "0012345A",
    "0012345a",
    "00-12345",
    "00 12345",
    "００１２３４５",
    "0012345.0",
];
/// Every format that states numbers of persons. A packet's number is its id.
const FORMATS: [&str; 10] = [
    "ss-mix2",
    "odm",
    "redcap",
    "c-cat",
    "miabis",
    "fhir",
    "miabis-on-fhir",
    "bff",
    "omop",
    "phenopacket",
];

#[test]
fn every_built_in_profile_is_in_this_test() {
    let mut known: Vec<&str> = gemj_adapters::profile::built_in_names().chain(["phenopacket"]).collect();
    let mut tested = FORMATS;
    known.sort_unstable();
    tested.sort_unstable();
    assert_eq!(known, tested);
}

/// The person whom a site names by a number of a namespace. The position is the person's own number in this test.
fn people() -> Vec<[&'static str; 3]> {
    let mut people = Vec::new();
    for site in SITES {
        for namespace in NAMESPACES {
            people.extend(NUMBERS.map(|number| [site, namespace, number]));
        }
    }
    people
}

/// The code of a person's own diagnosis, as ICD-10 writes it.
fn code(person: usize) -> String {
    format!("{}{:02}", char::from(b'A' + u8::try_from(person / 100).unwrap()), person % 100)
}

/// The code of a fact without its code system, and without the dot that some formats require.
fn own_code(fact: &gemj_model::Fact) -> String {
    let code = fact.code.rsplit_once(':').map_or(fact.code.as_str(), |(_, code)| code);
    code.replace('.', "")
}

fn linkage() -> Numbers {
    let people = people().into_iter().enumerate();
    let table = people.map(|(at, person)| (person.map(str::to_owned), &*String::leak(format!("P{at}"))));
    Numbers(Some(table.collect()))
}

/// The files of one feed: all persons of a site and a namespace in one format, in the order of `order`.
fn feed(format: &str, of: &[(usize, &str)]) -> (TempDir, Vec<PathBuf>) {
    let all = |each: &dyn Fn(usize, &str) -> String, between: &str| {
        let parts: Vec<String> = of.iter().map(|(person, number)| each(*person, number)).collect();
        parts.join(between)
    };
    let files: Vec<(String, String)> = match format {
        "ss-mix2" => {
            let message = |person: usize, number: &str| {
                format!(
                    "MSH|^~\\&|HIS|{}|GW|GW|20240110090000||PPR^ZD1^PPR_ZD1|C1|P|2.5||||||UNICODE UTF-8\rPID|1||{number}^^^^PI\r\
                     PRB|AD|20240110|20054174^x^MDCDX2|1||||||{}^^I10\r",
                    people()[person][0],
                    code(person)
                )
            };
            of.iter().map(|(at, number)| (format!("{at}.hl7"), message(*at, number))).collect()
        }
        "odm" => {
            let subject = |person: usize, number: &str| {
                format!(
                    r#"<SubjectData SubjectKey="{number}"><StudyEventData StudyEventOID="SE"><FormData FormOID="F">
<ItemGroupData ItemGroupOID="IG.DX"><ItemData ItemOID="IT.DX.ICD10" Value="{}"/><ItemData ItemOID="IT.DX.STATUS" Value="CONFIRMED"/></ItemGroupData>
</FormData></StudyEventData></SubjectData>"#,
                    code(person)
                )
            };
            let text = format!(
                r#"<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="F.1" ODMVersion="1.3.2" CreationDateTime="2024-01-31T09:00:00+09:00">
<ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1">{}</ClinicalData></ODM>"#,
                all(&subject, "\n")
            );
            vec![("subjects.xml".to_owned(), text)]
        }
        "redcap" => {
            let row = |person: usize, number: &str| format!("{number},diagnosis,1,,,,,{},x,1,,,,,,,,,,,,\n", code(person));
            vec![
                ("data_dictionary.csv".to_owned(), DICTIONARY.to_owned()),
                ("records.csv".to_owned(), format!("{HEADER}\n{}", all(&row, ""))),
            ]
        }
        "miabis" => {
            let donor = |_: usize, number: &str| format!(r#"{{"id": "{number}"}}"#);
            let sample = |person: usize, number: &str| {
                format!(
                    r#"{{"id": "S-{person}", "donorId": "{number}", "sampleType": "DNA", "contentDiagnosis": [{{"ontology": "ICD-10", "code": "{}"}}]}}"#,
                    code(person)
                )
            };
            let (donors, samples) = (all(&donor, ", "), all(&sample, ", "));
            vec![(
                "bank.json".to_owned(),
                format!(r#"{{"donors": [{donors}], "samples": [{samples}]}}"#),
            )]
        }
        "c-cat" => {
            let row = |person: usize, number: &str| format!("\"{number}\",女,{},x\n", code(person));
            let header = "C.CAT調査結果.基本項目.ハッシュID,症例.基本情報.性別.名称.,症例.基本情報.がん種.OncoTree.,症例.基本情報.がん種.OncoTree..名称.";
            vec![("cases.csv".to_owned(), format!("{header}\n{}", all(&row, "")))]
        }
        "fhir" | "miabis-on-fhir" => {
            // The ids of the resources are the same at every site and in every namespace.
            let resources = |at: usize, person: usize, number: &str| {
                let subject = format!(r#"{{"reference": "Patient/p{at}"}}"#);
                let diagnosis = format!(
                    r#"{{"coding": [{{"system": "http://hl7.org/fhir/sid/icd-10", "code": "{}"}}]}}"#,
                    code(person)
                );
                let statement = if format == "fhir" {
                    format!(
                        r#"{{"resourceType": "Condition", "id": "c{at}", "subject": {subject}, "code": {diagnosis},
                            "clinicalStatus": {{"coding": [{{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}}]}},
                            "verificationStatus": {{"coding": [{{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}}]}}}}"#
                    )
                } else {
                    format!(
                        r#"{{"resourceType": "Observation", "id": "c{at}", "status": "final", "subject": {subject}, "valueCodeableConcept": {diagnosis},
                            "code": {{"coding": [{{"system": "http://loinc.org", "code": "52797-8"}}]}}}}"#
                    )
                };
                format!(
                    r#"{{"resource": {{"resourceType": "Patient", "id": "p{at}", "identifier": [{{"value": "{number}"}}]}}}}, {{"resource": {statement}}}"#
                )
            };
            let of = of.iter().map(|(person, number)| resources(person % NUMBERS.len(), *person, number));
            let entries: Vec<String> = of.collect();
            let bundle = format!(
                r#"{{"resourceType": "Bundle", "type": "collection", "entry": [{}]}}"#,
                entries.join(", ")
            );
            vec![("bundle.json".to_owned(), bundle)]
        }
        "bff" => {
            let individual = |person: usize, number: &str| {
                format!(
                    r#"{{"id": "{number}", "diseases": [{{"diseaseCode": {{"id": "ICD10:{}", "label": "x"}}}}]}}"#,
                    code(person)
                )
            };
            vec![("individuals.json".to_owned(), format!("[{}]", all(&individual, ", ")))]
        }
        "omop" => {
            // The keys of the rows are the same at every site and in every namespace.
            let (mut people, mut conditions) = (
                "person_id,person_source_value,gender_concept_id\n".to_owned(),
                "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_type_concept_id,condition_status_concept_id,condition_source_value\n".to_owned(),
            );
            for (person, number) in of {
                let at = person % NUMBERS.len();
                people += &format!("{at},\"{number}\",8532\n");
                conditions += &format!("{at},{at},0,2024-01-10,32817,32893,{}\n", code(*person));
            }
            let empty = [
                ("MEASUREMENT", "measurement"),
                ("OBSERVATION", "observation"),
                ("DRUG_EXPOSURE", "drug"),
                ("PROCEDURE_OCCURRENCE", "procedure"),
                ("SPECIMEN", "specimen"),
            ];
            let empty = empty.map(|(table, word)| (format!("{table}.csv"), format!("person_id,{word}_concept_id\n")));
            let mut files = vec![
                ("PERSON.csv".to_owned(), people),
                ("CONDITION_OCCURRENCE.csv".to_owned(), conditions),
            ];
            files.extend(empty);
            files
        }
        _ => {
            let packet = |person: usize, number: &str| {
                format!(
                    r#"{{"id": "{number}", "subject": {{"id": "x"}}, "metaData": {{"phenopacketSchemaVersion": "2.0"}},
                        "diseases": [{{"term": {{"id": "ICD10:{}", "label": "x"}}}}]}}"#,
                    code(person)
                )
            };
            of.iter().map(|(at, number)| (format!("{at}.json"), packet(*at, number))).collect()
        }
    };
    let written: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let root = folder(&written);
    let paths = match format {
        // Each message is a file that the operator names, so that its path states no number.
        "ss-mix2" => files.iter().map(|(name, _)| root.path().join(name)).collect(),
        "miabis" => vec![root.path().join("bank.json")],
        "redcap" => vec![root.path().join("records.csv")],
        "c-cat" => vec![root.path().join("cases.csv")],
        _ => vec![root.path().to_owned()],
    };
    (root, paths)
}

/// Ingests one feed. Fails if a unit is refused or not accounted for.
fn ingest(format: &str, site: &str, namespace: &str, seed: u64, store: &mut Store) -> Accounting {
    let mut of: Vec<(usize, &str)> = people()
        .into_iter()
        .enumerate()
        .filter(|(_, person)| (person[0], person[1]) == (site, namespace))
        .map(|(at, person)| (at, person[2]))
        .collect();
    shuffle(&mut of, seed);
    let (_root, paths) = feed(format, &of);
    let (target, linkage) = (target(site, namespace), linkage());
    let accounting = match format {
        "phenopacket" => gemj_adapters::phenopacket::ingest(&paths, &target, &linkage, store),
        _ => gemj_adapters::feed::ingest(&paths, &Profile::open(format).unwrap(), &target, &linkage, store),
    };
    let accounting = accounting.unwrap();
    assert!(
        accounting.is_balanced() && accounting.quarantined.is_empty(),
        "{format}: {:?}",
        accounting.quarantined
    );
    assert_eq!(accounting.received, NUMBERS.len() as u64, "{format}");
    accounting
}

/// A permutation that depends only on the seed.
fn shuffle<T>(list: &mut [T], mut seed: u64) {
    for at in (1..list.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let to = (seed >> 33) % (at as u64 + 1);
        list.swap(at, usize::try_from(to).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn two_persons_with_the_same_number_are_never_joined_in_any_format_or_order(seed in any::<u64>(), again in 0usize..8) {
        let mut feeds: Vec<(&str, &str, &str)> = Vec::new();
        for format in FORMATS {
            for site in SITES {
                feeds.extend(NAMESPACES.map(|namespace| (format, site, namespace)));
            }
        }
        shuffle(&mut feeds, seed);
        let repeated: Vec<_> = feeds.iter().copied().take(again).collect();
        let mut store = Store::default();
        for (at, (format, site, namespace)) in feeds.iter().chain(&repeated).enumerate() {
            let accounting = ingest(format, site, namespace, seed.wrapping_add(at as u64), &mut store);
            let is_repeated = at >= feeds.len();
            let new = NUMBERS.len() as u64;
            let (committed, replaced, duplicate) = (accounting.committed, accounting.replaced, accounting.unchanged);
            prop_assert_eq!((committed + duplicate, replaced), (new, 0), "{} {}", format, is_repeated);
        }
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut records: BTreeMap<(String, String), u32> = BTreeMap::new();
        for record in store.records.values() {
            let person = record.participant.as_str().to_owned();
            *records.entry((person.clone(), record.source.profile.clone())).or_default() += 1;
            found.entry(person).or_default().extend(record.facts.iter().map(own_code));
        }
        // Each person has one unit of each format, with the person's own code and no other.
        prop_assert_eq!(records.len(), people().len() * FORMATS.len());
        prop_assert!(records.values().all(|count| *count == 1));
        for (at, _) in people().iter().enumerate() {
            let own = BTreeSet::from([code(at)]);
            prop_assert_eq!(found.get(&format!("P{at}")), Some(&own), "person {}", at);
        }
    }
}

#[test]
fn a_number_that_only_another_site_or_namespace_has_is_unknown() {
    let mut table = linkage().0.unwrap();
    table.retain(|key, _| (key[0].as_str(), key[1].as_str()) == ("hospital-a", "mrn"));
    let linkage = Numbers(Some(table));
    for format in FORMATS {
        for (site, namespace) in [("hospital-a", "edc"), ("hospital-b", "mrn"), ("hospital-b", "edc")] {
            let of: Vec<(usize, &str)> = NUMBERS.into_iter().enumerate().collect();
            let (_root, paths) = feed(format, &of);
            let (target, mut store) = (target(site, namespace), Store::default());
            let accounting = match format {
                "phenopacket" => gemj_adapters::phenopacket::ingest(&paths, &target, &linkage, &mut store),
                _ => gemj_adapters::feed::ingest(&paths, &Profile::open(format).unwrap(), &target, &linkage, &mut store),
            };
            let reasons = world::reasons(&accounting.unwrap());
            // A message also names its hospital, so it is refused before its number is looked up.
            let is_foreign = format == "ss-mix2" && site == "hospital-b";
            let reason = if is_foreign { "other-facility" } else { "unknown-number" };
            assert_eq!(reasons, vec![reason; NUMBERS.len()], "{format} {site} {namespace}");
            assert!(store.records.is_empty());
        }
    }
}

#[test]
fn a_number_with_a_space_around_it_is_never_the_number_without_it() {
    let linkage = linkage();
    let target = target("hospital-a", "mrn");
    for format in FORMATS {
        for number in [" 0012345", "0012345 ", "\u{3000}0012345", "0012345\u{a0}"] {
            // The person without the space is in the same feed, so that a grouping of the feed by number could join the two.
            let (_root, paths) = feed(format, &[(0, "0012345"), (1, number)]);
            let mut store = Store::default();
            let accounting = match format {
                "phenopacket" => gemj_adapters::phenopacket::ingest(&paths, &target, &linkage, &mut store),
                _ => gemj_adapters::feed::ingest(&paths, &Profile::open(format).unwrap(), &target, &linkage, &mut store),
            };
            let reasons = world::reasons(&accounting.unwrap());
            // The JSON Schema of packets already refuses such an id.
            let reason = if format == "phenopacket" { "schema" } else { "unknown-number" };
            assert_eq!(reasons, [reason], "{format} {number:?}");
            let facts = store.records.values().flat_map(|record| &record.facts);
            assert_eq!(facts.map(own_code).collect::<Vec<_>>(), [code(0)], "{format} {number:?}");
        }
    }
}
