//! Tests of tables of the OMOP Common Data Model. A generator writes the tables and, beside them, the statements that they contain.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "omop/corpus.rs"]
mod corpus;
#[path = "omop/meaning.rs"]
mod meaning;
#[path = "omop/traps.rs"]
mod traps;
#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use gemj_adapters::Accounting;
use gemj_adapters::feed::ingest;
use gemj_adapters::profile::Profile;
use gemj_model::MeasuredValue;
use gemj_model::fact::{CaseRecord, Comparator};
use proptest::prelude::*;

use corpus::{Corpus, Style};
use world::{Numbers, Store, take, target};

/// The numbers `N-1` … of a site, each linked to the participant `<prefix>1` ….
fn linked(sites: &[(&str, &str)], count: usize) -> Numbers {
    let mut table = BTreeMap::new();
    for (site, prefix) in sites {
        for at in 1..=count {
            let id: &'static str = String::leak(format!("{prefix}{at}"));
            table.insert([(*site).to_owned(), "mrn".to_owned(), format!("N-{at}")], id);
        }
    }
    Numbers(Some(table))
}

fn ingested(folder: &Path, count: usize) -> (Accounting, Store) {
    let mut store = Store::default();
    let profile = Profile::open("omop").unwrap();
    let accounting = take(folder, &profile, &linked(&[("hospital-a", "P-")], count), &mut store).unwrap();
    (accounting, store)
}

/// The statements of a record, one line each, sorted.
fn lines(record: &CaseRecord) -> Vec<String> {
    let mut lines: Vec<String> = record
        .facts
        .iter()
        .map(|fact| {
            let value = match &fact.value {
                None => String::new(),
                Some(MeasuredValue::Quantity { comparator, number, unit }) => {
                    let sign = match comparator {
                        None => "",
                        Some(Comparator::Less) => "<",
                        Some(Comparator::AtMost) => "<=",
                        Some(Comparator::AtLeast) => ">=",
                        Some(Comparator::More) => ">",
                    };
                    format!("{sign}{number} {unit}")
                }
                Some(MeasuredValue::Coded { code, .. }) => code.clone(),
                Some(MeasuredValue::Text(text)) => text.clone(),
            };
            let when = fact.onset.clone().or(fact.observed.as_ref().map(|day| day.as_str().to_owned()));
            let received = fact.details.iter().find(|detail| detail.name.as_str() == "received");
            [
                fact.kind.as_str().to_owned(),
                fact.code.clone(),
                fact.status.as_str().to_owned(),
                value,
                when.unwrap_or_default(),
                received.map(|detail| detail.text.clone()).unwrap_or_default(),
            ]
            .join("|")
        })
        .collect();
    lines.extend(
        record
            .specimens
            .iter()
            .map(|s| format!("specimen|{}|{}", s.id.as_str(), s.kind_code)),
    );
    lines.sort();
    // Statements that differ in other details are one line.
    lines.dedup();
    lines
}

#[test]
fn tables_in_every_order_and_spelling_give_the_statements_of_the_plan() {
    proptest!(ProptestConfig::with_cases(24), |(seed in any::<u64>())| {
        let corpus = Corpus::random(seed, 12);
        let folder = tempfile::tempdir().unwrap();
        corpus.write(folder.path(), &Style::random(seed));
        let (accounting, store) = ingested(folder.path(), 12);
        prop_assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
        prop_assert_eq!(accounting.committed, 12);
        prop_assert_eq!(accounting.unknown_fields(), 0, "{:#?}", accounting.fields);
        let found: BTreeMap<String, Vec<String>> =
            store.records.values().map(|record| (record.participant.as_str().to_owned(), lines(record))).collect();
        prop_assert_eq!(found, corpus.plan());
    });
}

#[test]
fn one_person_id_at_two_sites_is_never_one_person() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = Corpus::random(7, 5);
    corpus.write(folder.path(), &Style::random(7));
    let numbers = linked(&[("hospital-a", "A-"), ("hospital-b", "B-")], 5);
    let mut store = Store::default();
    let profile = Profile::open("omop").unwrap();
    for site in ["hospital-a", "hospital-b"] {
        let accounting = ingest(&[folder.path().to_owned()], &profile, &target(site, "mrn"), &numbers, &mut store).unwrap();
        assert_eq!((accounting.committed, accounting.replaced), (5, 0));
    }
    assert_eq!(store.records.len(), 10);
    for record in store.records.values() {
        let is_of_a = record.participant.as_str().starts_with("A-");
        let local = record.facts.iter().filter(|fact| fact.code.starts_with("hospital-"));
        for fact in local {
            assert_eq!(fact.code.starts_with("hospital-a."), is_of_a, "{}", fact.code);
        }
    }
}

#[test]
fn birth_data_and_every_other_column_are_counted_by_name_and_never_stored() {
    let folder = tempfile::tempdir().unwrap();
    Corpus::random(3, 4).write(folder.path(), &Style::random(3));
    let (accounting, store) = ingested(folder.path(), 4);
    let left = &accounting.left_out[&gemj_adapters::unit::LeftOutRule::FieldNotAdmitted];
    for column in ["year_of_birth", "month_of_birth", "birth_datetime", "race_source_value"] {
        assert_eq!(left[&format!("PERSON.{column}")], 4, "{column}");
    }
    assert_eq!(left["(undeclared name)"], 4);
    assert!(store.records.values().all(|record| record.born.is_none()));
    let shown = format!("{accounting:?}{:?}", store.records.values().collect::<Vec<_>>());
    for planted in ["1961", "山田", "Planted Race"] {
        assert!(!shown.contains(planted), "{planted}");
    }
    // The rows of visits and deaths are counted, and make no statement.
    let rows = &accounting.left_out[&gemj_adapters::unit::LeftOutRule::ElementNotRead];
    assert_eq!((rows["VISIT_OCCURRENCE"], rows["DEATH"]), (4, 1));
    let files = &accounting.left_out[&gemj_adapters::unit::LeftOutRule::FileNotRead];
    assert_eq!((files["NOTE"], files["file"]), (1, 1));
    assert!(fs::read_dir(folder.path()).unwrap().count() > 10);
}
