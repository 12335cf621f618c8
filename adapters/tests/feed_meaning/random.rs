//! Random messages: no field is lost, and no result is lost or invented.

use std::collections::BTreeMap;

use gemj_adapters::unit::LeftOutRule;
use gemj_model::FactStatus;
use proptest::prelude::*;

use super::world::reasons;
use super::{PID, header, problems, results};

/// A random value of a field, without delimiters.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        4 => "[A-Z0-9]{1,3}",
        1 => Just("疑い".to_owned()),
        1 => Just("\"\"".to_owned()),
        1 => "[0-9]{8}",
    ]
}

/// A random segment with 25 fields. The first fields of an OBX are those of a result more often than by chance.
fn segment() -> impl Strategy<Value = (String, Vec<String>)> {
    let name = prop_oneof![Just("PRB"), Just("ZPR"), Just("ZPD"), Just("OBX"), Just("NTE"), Just("ORC")];
    let result = ("(NM|ST|SN|CWE|XPN|TX|ZZ|)", "(F|C|P|D|W|X|N|Q|)");
    (name, prop::collection::vec(value(), 25), result).prop_map(|(name, mut fields, (value_type, status))| {
        if name == "OBX" {
            (fields[1], fields[10]) = (value_type, status);
        }
        (name.to_owned(), fields)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_field_of_a_message_is_mapped_ignored_left_out_or_unknown(segments in prop::collection::vec(segment(), 1..12)) {
        let lines: Vec<String> = segments.iter().map(|(name, fields)| format!("{name}|{}", fields.join("|"))).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let all = [&["PRB|AD|20240110|1|1||||||K297"][..], &lines].concat();
        let (accounting, _) = problems(&all);
        prop_assert_eq!(accounting.received, 1);
        // The oracle: how often each field of each segment has a value.
        let mut sent: BTreeMap<String, u64> = BTreeMap::new();
        for line in [&[header("PPR^ZD1^PPR_ZD1").as_str(), PID][..], &all].concat() {
            let parts: Vec<&str> = line.split('|').collect();
            for (at, _) in parts.iter().enumerate().skip(1).filter(|(_, part)| !part.is_empty()) {
                let number = if parts[0] == "MSH" { at + 1 } else { at };
                if !(parts[0] == "MSH" && matches!(number, 2 | 18)) {
                    *sent.entry(format!("{} {}-{number}", parts[0], parts[0])).or_default() += 1;
                }
            }
        }
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for (name, coverage) in &accounting.fields {
            // The components of one field are counted one by one. Only MSH and PID have components in this test.
            let field = name.split('.').next().unwrap().to_owned();
            let count = coverage.mapped + coverage.ignored + coverage.unknown;
            let entry = counted.entry(field).or_default();
            *entry = if name.contains('.') { (*entry).max(count) } else { *entry + count };
        }
        let whole: [LeftOutRule; 3] = [LeftOutRule::SegmentNotRead, LeftOutRule::EnteredInError, LeftOutRule::NoResult];
        let mut segments_left_out: BTreeMap<&str, u64> = BTreeMap::new();
        for (rule, names) in &accounting.left_out {
            for (name, count) in names {
                if whole.contains(rule) {
                    *segments_left_out.entry(name).or_default() += count;
                } else {
                    let segment = name.split('-').next().unwrap();
                    *counted.entry(format!("{segment} {name}")).or_default() += count;
                }
            }
        }
        for (field, expected) in &sent {
            let found = counted.get(field).copied().unwrap_or(0);
            let dropped = segments_left_out.get(field.split(' ').next().unwrap()).copied().unwrap_or(0);
            prop_assert!(found <= *expected && *expected <= found + dropped, "{field}: {expected} sent, {found} counted, {dropped} segments left out");
        }
        prop_assert!(counted.keys().all(|field| sent.contains_key(field)), "{counted:?} {sent:?}");
    }

    #[test]
    fn a_random_result_never_panics_and_is_never_lost(value_type in "(NM|ST|SN|CE|CWE|DR|TS|IS|ZZ|)", status in "(F|C|P|R|Q|)", value in "[0-9<>=^~& .a+:-]{1,12}") {
        let (accounting, facts) = results(&[
            "OBX|1|ST|SURE^s^L||x||||||F",
            &format!("OBX|2|{value_type}|A^a^L||{value}||||||{status}"),
        ]);
        let has_value = value.chars().any(|c| !"^~&".contains(c));
        let has_visible_value = value.chars().any(|c| !"^~& ".contains(c));
        // A result that cannot be read is a refused unit, or a refused part of a result with several values.
        let refused = accounting.quarantined.len() + accounting.results_refused.len();
        let told = facts.len() as u64 - 1 + refused as u64 + accounting.repeated;
        let is_of_a_value = |reason: &&str| matches!(*reason, "not-a-number" | "bad-code");
        prop_assert!(reasons(&accounting).iter().all(is_of_a_value), "{:?}", reasons(&accounting));
        prop_assert!(told >= u64::from(has_visible_value), "{facts:?}");
        prop_assert!(has_value || told == 0);
        let is_certain = matches!(status.as_str(), "F" | "C");
        let mut others = facts.iter().filter(|fact| fact.code != "hospital-a.lab:SURE");
        prop_assert!(is_certain || others.all(|fact| fact.status != FactStatus::Present));
    }
}
