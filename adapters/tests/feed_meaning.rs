//! Tests of the meaning of results and problems in HL7 messages, and of the account of everything that is not stored. The expected values follow
//! the tables of HL7 v2.5 and are written by hand.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

#[path = "feed_meaning/account.rs"]
mod account;
#[path = "feed_meaning/extracted.rs"]
mod extracted;
#[path = "feed_meaning/flags.rs"]
mod flags;
#[path = "feed_meaning/orders.rs"]
mod orders;
#[path = "feed_meaning/problems.rs"]
mod problems_of_a_list;
#[path = "feed_meaning/random.rs"]
mod random;
#[path = "feed_meaning/results.rs"]
mod results_of_tests;
#[path = "feed_meaning/surroundings.rs"]
mod surroundings;

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_adapters::unit::LeftOutRule;
use gemj_model::fact::Comparator;
use gemj_model::{Fact, MeasuredValue};

use world::{Store, folder, numbers, take};

const PID: &str = "PID|1||0012345^^^^PI||山田^花子||19840317|F";

fn header(kind: &str) -> String {
    format!("MSH|^~\\&|HIS|HOSPITAL-A|||20240110090000||{kind}|C1|P|2.5||||||UNICODE UTF-8")
}

/// Ingests one message, as bytes, with a profile.
fn ingested(bytes: &[u8], profile: &Profile) -> (Accounting, Vec<Fact>) {
    let folder = folder(&[("message.hl7", bytes)]);
    let mut store = Store::default();
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let accounting = take(&folder.path().join("message.hl7"), profile, &linkage, &mut store).unwrap();
    (accounting, store.records.into_values().flat_map(|record| record.facts).collect())
}

fn built_in() -> Profile {
    Profile::open("ss-mix2").unwrap()
}

fn message(kind: &str, segments: &[&str]) -> String {
    let header = header(kind);
    let all = [&[header.as_str(), PID][..], segments].concat();
    all.iter().map(|segment| format!("{segment}\r")).collect()
}

/// Ingests a message with results.
fn results(segments: &[&str]) -> (Accounting, Vec<Fact>) {
    let before = ["SPM|1|||023^血清^JC10|||||||||||||20230510", "OBR|1|7|7|2^生化学^99GMJ|||20230510"];
    let text = message("OUL^R22^OUL_R22", &[&before[..], segments].concat());
    ingested(text.as_bytes(), &built_in())
}

/// Ingests a list of problems.
fn problems(segments: &[&str]) -> (Accounting, Vec<Fact>) {
    ingested(message("PPR^ZD1^PPR_ZD1", segments).as_bytes(), &built_in())
}

fn number(comparator: Option<Comparator>, number: &str, unit: &str) -> MeasuredValue {
    MeasuredValue::Quantity {
        comparator,
        number: number.to_owned(),
        unit: unit.to_owned(),
    }
}

fn text(text: &str) -> MeasuredValue {
    MeasuredValue::Text(text.to_owned())
}

fn coded(code: &str, label: &str) -> MeasuredValue {
    MeasuredValue::Coded {
        code: code.to_owned(),
        label: label.to_owned(),
    }
}

/// The counts of a rule by name.
fn left_out(accounting: &Accounting, rule: LeftOutRule) -> Vec<(&str, u64)> {
    let names = accounting.left_out.get(&rule).into_iter().flatten();
    names.map(|(name, count)| (name.as_str(), *count)).collect()
}
