//! Several messages of one order, the times of messages, and the deletion of a patient.

use std::collections::BTreeSet;

use gemj_adapters::Accounting;
use gemj_adapters::feed::ingest;
use gemj_model::{FactStatus, Timestamp};
use proptest::prelude::*;

use super::world::{Store, folder, numbers, reasons, take, target};
use super::{built_in, message};

const SPM: &str = "SPM|1|||023^血清^JC10|||||||||||||20230510";
const OBR: &str = "OBR|1|7|7|2^生化学^99GMJ|||20230510";

/// A message of the order 7 with these results, sent at a time.
fn sent(time: &str, results: &[&str]) -> String {
    message("OUL^R22", &[&[SPM, OBR], results].concat()).replacen("20240110090000", time, 1)
}

/// Ingests messages one after the other into one store.
fn one_after_the_other(messages: &[String], store: &mut Store) -> Vec<Accounting> {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let each = messages.iter().map(|text| {
        let folder = folder(&[("message.hl7", text.as_bytes())]);
        take(&folder.path().join("message.hl7"), &built_in(), &linkage, store).unwrap()
    });
    each.collect()
}

/// The code and the number of each fact in the store.
fn stored(store: &Store) -> BTreeSet<(String, String)> {
    let facts = store.records.values().flat_map(|record| &record.facts);
    facts
        .map(|fact| match &fact.value {
            Some(gemj_model::MeasuredValue::Quantity { number, .. }) => (fact.code.clone(), number.clone()),
            _ => (fact.code.clone(), String::new()),
        })
        .collect()
}

fn expected(pairs: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    pairs
        .iter()
        .map(|(code, number)| (format!("hospital-a.lab:{code}"), (*number).to_owned()))
        .collect()
}

#[test]
fn a_second_message_of_an_order_keeps_the_results_of_the_first() {
    let mut store = Store::default();
    let first = sent("20240110090000", &["OBX|1|NM|A^a^L||1|g|||||F", "OBX|2|NM|B^b^L||2|g|||||P"]);
    let second = sent("20240110100000", &["OBX|1|NM|B^b^L||3|g|||||F", "OBX|2|NM|C^c^L||4|g|||||F"]);
    one_after_the_other(&[first.clone(), second.clone()], &mut store);
    assert_eq!(stored(&store), expected(&[("A", "1"), ("B", "3"), ("C", "4")]));
    // The same messages again, also in another order, change nothing.
    let again = one_after_the_other(&[second, first], &mut store);
    assert!(again.iter().all(|accounting| accounting.committed + accounting.replaced == 0));
    assert_eq!(stored(&store), expected(&[("A", "1"), ("B", "3"), ("C", "4")]));
}

#[test]
fn a_deleted_result_of_a_later_message_is_void_and_the_other_results_stay() {
    let mut store = Store::default();
    let first = sent("20240110090000", &["OBX|1|NM|A^a^L||1|g|||||F", "OBX|2|NM|B^b^L||2|g|||||F"]);
    one_after_the_other(&[first, sent("20240110100000", &["OBX|1|NM|A^a^L||1|g|||||D"])], &mut store);
    assert_eq!(stored(&store), expected(&[("B", "2")]));
}

#[test]
fn a_message_without_results_is_refused_and_changes_nothing() {
    let mut store = Store::default();
    let cancelled = message("OUL^R22", &[SPM, OBR, "ORC|CA|7"]).replacen("20240110090000", "20240111", 1);
    let all = one_after_the_other(&[sent("20240110090000", &["OBX|1|NM|A^a^L||1|g|||||F"]), cancelled], &mut store);
    assert_eq!(reasons(&all[1]), ["no-results"]);
    assert_eq!(stored(&store), expected(&[("A", "1")]));
}

#[test]
fn messages_are_put_in_the_order_of_their_instants() {
    let value = |number: &str| format!("OBX|1|NM|A^a^L||{number}|g|||||F");
    // 09:00 in Japan is later than 23:30 of the day before in universal time.
    for (first, second, last) in [
        ("20240110090000+0900", "20240109233000+0000", "1"),
        ("20240110090000", "20240110010000+0000", "2"),
        ("20240110090000-0500", "20240110100000+0900", "1"),
    ] {
        let mut store = Store::default();
        one_after_the_other(&[sent(first, &[&value("1")]), sent(second, &[&value("2")])], &mut store);
        assert_eq!(stored(&store), expected(&[("A", last)]), "{first} {second}");
    }
}

#[test]
fn a_message_without_a_plausible_time_never_replaces_another() {
    let value = |number: &str| format!("OBX|1|NM|A^a^L||{number}|g|||||F");
    for (time, code) in [
        ("", "no-message-time"),
        ("2024", "bad-message-time"),
        ("20241350", "bad-message-time"),
        ("\"\"", "no-message-time"),
    ] {
        let mut store = Store::default();
        let all = one_after_the_other(&[sent("20240110090000", &[&value("1")]), sent(time, &[&value("2")])], &mut store);
        assert_eq!(reasons(&all[1]), [code], "{time}");
        assert_eq!(stored(&store), expected(&[("A", "1")]), "{time}");
    }
    let now = target("hospital-a", "hospital-a").received_at(Timestamp::parse("2024-01-10T00:00:00Z").unwrap());
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    for (time, refused) in [
        ("20240110090000", None),
        ("20240111085959", None),
        ("20240112", Some("future-version")),
        ("99991231", Some("future-version")),
    ] {
        let mut store = Store::default();
        let folder = folder(&[("message.hl7", sent(time, &[&value("1")]).as_bytes())]);
        let accounting = ingest(&[folder.path().join("message.hl7")], &built_in(), &now, &linkage, &mut store).unwrap();
        assert_eq!(reasons(&accounting), refused.into_iter().collect::<Vec<_>>(), "{time}");
    }
}

/// The codes of the reasons of the refused parts.
fn notices(accounting: &Accounting) -> Vec<&'static str> {
    accounting.results_refused.iter().map(|refused| refused.reason_code).collect()
}

#[test]
fn the_deletion_of_a_patient_hides_the_other_units_until_the_hospital_sends_the_basic_data_again() {
    for event in ["A23", "A29"] {
        let mut store = Store::default();
        let at = |kind: &str, time: &str| message(kind, &["PV1|1|O"]).replacen("20240110090000", time, 1);
        let result = |time: &str, number: &str| sent(time, &[&format!("OBX|1|NM|A^a^L||{number}|g|||||F")]);
        let delete = at(&format!("ADT^{event}"), "20240111");
        let all = one_after_the_other(
            &[
                at("ADT^A08", "20240110"),
                result("20240110090000", "1"),
                delete.clone(),
                delete.clone(),
            ],
            &mut store,
        );
        assert_eq!((all[2].replaced, notices(&all[2])), (1, vec!["patient-deleted"]), "{event}");
        assert!(all[2].results_refused[0].detail.contains("; 1 other units "), "{event}");
        // The deletion is listed in each run, and does nothing more.
        assert_eq!((all[3].unchanged, notices(&all[3])), (1, vec!["patient-deleted"]), "{event}");
        let sexes: Vec<_> = store.records.values().map(|record| record.sex).collect();
        assert_eq!((stored(&store), sexes), (expected(&[]), vec![gemj_model::Sex::Unknown]), "{event}");
        // No other message of the patient is stored while the basic data are void, in whatever order it arrives.
        let again = one_after_the_other(
            &[
                result("20240110090000", "1"),
                result("20240301090000", "2"),
                at("ADT^A08", "20240110"),
            ],
            &mut store,
        );
        assert_eq!(
            (reasons(&again[0]), reasons(&again[1])),
            (vec!["patient-deleted"], vec!["patient-deleted"])
        );
        assert_eq!((again[2].superseded, stored(&store)), (1, expected(&[])), "{event}");
        // The hospital registers the patient again.
        let after = one_after_the_other(&[at("ADT^A08", "20240401"), result("20240301090000", "2"), delete], &mut store);
        assert_eq!(
            (after[2].superseded, notices(&after[2])),
            (1, vec![]),
            "an older deletion hides nothing"
        );
        assert_eq!(stored(&store), expected(&[("A", "2")]), "{event}");
    }
}

#[test]
fn the_deletion_of_one_patient_hides_nothing_of_another() {
    let mut store = Store::default();
    let linkage = numbers(&[("hospital-a", "0012345", "P1"), ("hospital-a", "0012346", "P2")]);
    let result = sent("20240110090000", &["OBX|1|NM|A^a^L||1|g|||||F"]);
    let other = result.replace("|0012345^", "|0012346^").replace("||1|g|", "||2|g|");
    for text in [result, other, message("ADT^A23", &[])] {
        let folder = folder(&[("message.hl7", text.as_bytes())]);
        take(&folder.path().join("message.hl7"), &built_in(), &linkage, &mut store).unwrap();
    }
    assert_eq!(stored(&store), expected(&[("A", "2")]));
}

#[test]
fn a_void_result_of_another_hospital_is_refused() {
    let mut store = Store::default();
    let first = sent("20240110090000", &["OBX|1|NM|A^a^L||1|g|||||F"]);
    let other = sent("20240110100000", &["OBX|1|NM|A^a^L||1|g|||||D"]).replacen("HOSPITAL-A", "HOSPITAL-B", 1);
    let all = one_after_the_other(&[first, other], &mut store);
    assert_eq!(reasons(&all[1]), ["other-facility"]);
    assert_eq!(stored(&store), expected(&[("A", "1")]));
}

/// Texts of results with more than a number, or with a number that is not exact (field notes, section 8).
#[test]
fn a_result_with_more_than_a_number_never_becomes_a_number() {
    use gemj_model::MeasuredValue::{Quantity, Text};
    use gemj_model::fact::Comparator::{AtLeast, Less, More};
    for (received, comparator) in [
        ("100<", Some(More)),
        ("<100", Some(Less)),
        ("100ミマン", Some(Less)),
        ("１００未満", Some(Less)),
        ("100以上", Some(AtLeast)),
    ] {
        let (_, facts) = super::results(&[&format!("OBX|1|ST|A^a^L||{received}||||||F")]);
        assert!(
            facts[0].value
                == Some(Quantity {
                    comparator,
                    number: "100".to_owned(),
                    unit: String::new()
                }),
            "{received}"
        );
    }
    for received in [
        "200～",
        "200↑",
        "★陽性★",
        "(+ー)",
        "1+↓",
        "少量",
        "2.3(±)",
        "Hb+Tf-",
        "50×10^2",
        "500×10^4",
        "/3",
        "U100",
        "L300",
        "1:128",
        "×128",
        "1,234",
        "12,5",
        "2 +",
        "  -",
        "1-2",
        "10^3",
        "1.5E3",
        "3 個/HPF",
        "ﾐﾏﾝ",
        "5..0",
        "0x1F",
        "+5",
        "±",
    ] {
        for value_type in ["ST", "NM"] {
            let (accounting, facts) =
                super::results(&["OBX|1|ST|Z^z^L||x||||||F", &format!("OBX|2|{value_type}|A^a^L||{received}||||||F")]);
            let found: Vec<_> = facts.iter().filter(|fact| fact.code == "hospital-a.lab:A").collect();
            match found.as_slice() {
                [fact] => assert!(
                    matches!(&fact.value, Some(Text(text)) if text.trim() == received.trim()),
                    "{value_type} {received}"
                ),
                [] => assert_eq!(
                    accounting.quarantined.len() + accounting.results_refused.len(),
                    1,
                    "{value_type} {received}"
                ),
                _ => panic!("{received}"),
            }
        }
    }
}

#[test]
fn an_uncoded_diagnosis_stays_uncoded_with_its_words() {
    let (_, facts) = super::problems(&["PRB|AD|20240110|20084317^奇病^MDCDX2|1"]);
    let found: Vec<_> = facts
        .iter()
        .map(|fact| (fact.code.as_str(), fact.label.as_str(), fact.status))
        .collect();
    assert_eq!(found, [("MDCDX2:20084317", "奇病", FactStatus::Present)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn partial_results_in_any_order_of_arrival_end_with_the_latest_of_each(
        parts in prop::collection::vec(prop::collection::btree_map(0usize..4, 0u32..100, 1..4), 1..6),
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let texts: Vec<String> = parts.iter().enumerate().map(|(at, results)| {
            let lines: Vec<String> = results.iter().map(|(code, number)| format!("OBX|1|NM|{code}^x^L||{number}|g|||||F")).collect();
            sent(&format!("2024011009000{at}"), &lines.iter().map(String::as_str).collect::<Vec<_>>())
        }).collect();
        let arriving: Vec<String> = order.iter().filter_map(|at| texts.get(*at).cloned()).collect();
        let mut store = Store::default();
        one_after_the_other(&arriving, &mut store);
        let mut latest = std::collections::BTreeMap::new();
        for results in &parts {
            latest.extend(results.iter().map(|(code, number)| (format!("hospital-a.lab:{code}"), number.to_string())));
        }
        prop_assert_eq!(stored(&store), latest.into_iter().collect::<BTreeSet<_>>());
    }
}
