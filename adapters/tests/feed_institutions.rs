//! Tests with the demo's twenty cases, which `gemj-demo` writes in four formats. Each feed must give the facts of the plan. Each broken copy
//! must be refused with the reason for its fault.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_demo::Programme;
use gemj_demo::feeds::institutions::{self, InstitutionCase, InstitutionFeeds};
use gemj_model::fact::CaseRecord;
use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue};

use world::{Numbers, Store, take};

static WRITTEN: LazyLock<(tempfile::TempDir, InstitutionFeeds)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let feeds = institutions::write(&Programme::plan(), folder.path()).unwrap();
    (folder, feeds)
});

fn linkage() -> Numbers {
    let mut table = BTreeMap::new();
    for line in fs::read_to_string(&WRITTEN.1.linkage).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        table.insert(
            [cells[0], cells[1], cells[2]].map(str::to_owned),
            &*String::leak(cells[3].to_owned()),
        );
    }
    Numbers(Some(table))
}

fn taken(path: &Path, profile: &str) -> (Accounting, BTreeMap<String, Vec<CaseRecord>>) {
    let mut store = Store::default();
    let accounting = take(path, &Profile::open(profile).unwrap(), &linkage(), &mut store).unwrap();
    let mut people: BTreeMap<String, Vec<CaseRecord>> = BTreeMap::new();
    for record in store.records.into_values() {
        people.entry(record.participant.as_str().to_owned()).or_default().push(record);
    }
    (accounting, people)
}

/// A fact as one line of text, without the parts that some formats do not have.
fn line(fact: &Fact) -> String {
    let when = fact
        .onset
        .clone()
        .or(fact.observed.as_ref().map(|d| d.as_str().to_owned()))
        .unwrap_or_default();
    let value = match &fact.value {
        None => String::new(),
        Some(MeasuredValue::Quantity { comparator, number, unit }) => {
            format!("{}{number} {unit}", comparator.map_or("", |c| c.as_str()))
        }
        Some(MeasuredValue::Coded { .. } | MeasuredValue::Text(_)) => panic!("the demo has numbers only"),
    };
    format!("{} {} {} {when} {value}", fact.code, fact.label, fact.status.as_str())
}

fn dotted(icd10: &str) -> String {
    match icd10.len() {
        4 if !icd10.contains('.') => format!("{}.{}", &icd10[..3], &icd10[3..]),
        _ => icd10.to_owned(),
    }
}

/// The facts of this kind that the plan states for a case, as lines of text.
fn planned(case: &InstitutionCase, kind: FactKind) -> BTreeSet<String> {
    match kind {
        FactKind::Disease => case
            .diagnoses
            .iter()
            .map(|d| {
                let status = if d.suspected { "suspected" } else { "present" };
                format!("ICD10:{} {} {status} {} ", dotted(d.icd10), d.label, d.date)
            })
            .collect(),
        FactKind::Phenotype => case
            .features
            .iter()
            .map(|f| format!("{} {} {}  ", f.term, f.label, if f.excluded { "excluded" } else { "present" }))
            .collect(),
        FactKind::Measurement => case
            .labs
            .iter()
            .map(|l| format!("JLAC10:{} {} present {} {} {}", l.jlac10, l.label, l.date, l.result(), l.unit))
            .collect(),
        FactKind::Treatment | FactKind::Procedure | FactKind::FamilyHistory => BTreeSet::new(),
    }
}

fn said(records: &[CaseRecord], kind: FactKind) -> BTreeSet<String> {
    records.iter().flat_map(|r| &r.facts).filter(|f| f.kind == kind).map(line).collect()
}

fn check_person(case: &InstitutionCase, records: &[CaseRecord]) {
    let born: String = case.born.to_string().chars().take(7).collect();
    for record in records {
        assert_eq!(record.sex, case.sex);
        assert_eq!(record.born.as_ref().map(|d| d.as_str()), Some(born.as_str()));
    }
}

fn specimens(records: &[CaseRecord]) -> BTreeSet<String> {
    let of = |s: &gemj_model::SpecimenStatement| {
        format!(
            "{} {} {:?}",
            s.id.as_str(),
            s.kind_code,
            s.collected.as_ref().map(|d| d.as_str().to_owned())
        )
    };
    records.iter().flat_map(|r| &r.specimens).map(of).collect()
}

fn planned_specimens(case: &InstitutionCase) -> BTreeSet<String> {
    let joined = |label: &str| label.replace(['(', ')', ' '], "").replace("blood", "Blood");
    let of = |s: &institutions::CaseSpecimen| {
        format!(
            "{} MIABIS:{} {:?}",
            s.id.as_str(),
            joined(s.kind.label()),
            Some(s.collected.to_string())
        )
    };
    case.specimens.iter().map(of).collect()
}

#[test]
fn every_format_gives_the_facts_of_the_plan() {
    use FactKind::{Disease, Measurement, Phenotype};
    let feeds = &WRITTEN.1;
    for (profile, path, kinds, has_specimens) in [
        ("ss-mix2", feeds.ss_mix2.as_path(), &[Disease, Measurement][..], false),
        ("odm", &feeds.odm, &[Disease, Measurement, Phenotype], true),
        ("redcap", &feeds.redcap_records, &[Disease, Measurement, Phenotype], true),
    ] {
        let (accounting, people) = taken(path, profile);
        assert_eq!(
            (accounting.quarantined.as_slice(), people.len()),
            (&[][..], feeds.cases.len()),
            "{profile}"
        );
        assert_eq!(
            (accounting.unknown_fields(), accounting.lost_character),
            (0, 0),
            "{profile} {:#?}",
            accounting.fields
        );
        for case in &feeds.cases {
            let records = &people[case.participant.as_str()];
            check_person(case, records);
            for kind in kinds {
                assert_eq!(said(records, *kind), planned(case, *kind), "{profile}");
            }
            if has_specimens {
                assert_eq!(specimens(records), planned_specimens(case), "{profile}");
            }
        }
    }
}

#[test]
fn a_biobank_gives_the_common_part_in_both_of_its_formats() {
    let feeds = &WRITTEN.1;
    for path in [&feeds.miabis, &feeds.miabis_csv] {
        let (accounting, people) = taken(path, "miabis");
        assert_eq!(
            (accounting.quarantined.as_slice(), accounting.unknown_fields()),
            (&[][..], 0),
            "{:#?}",
            accounting.fields
        );
        for case in &feeds.cases {
            let records = &people[case.participant.as_str()];
            check_person(case, records);
            assert_eq!(specimens(records), planned_specimens(case));
            let facts: Vec<(&str, &str, FactStatus)> = records[0]
                .facts
                .iter()
                .map(|f| (f.code.as_str(), f.label.as_str(), f.status))
                .collect();
            let first = &case.diagnoses[0];
            assert_eq!(
                facts,
                [(format!("ICD10:{}", dotted(first.icd10)).as_str(), first.label, FactStatus::Present)]
            );
        }
    }
}

/// The expected reason code for each fault that the demo describes.
const REASONS: [(&str, &str); 22] = [
    (
        "the patient in PID-3 is another than the patient in the path",
        "path-patient-mismatch",
    ),
    (
        "bytes of JIS X 0212 in PRB-3, a character set that is not declared",
        "charset-jis-x-0212",
    ),
    ("PID-8 is X, which is no administrative sex", "unknown-code"),
    ("an onset in PRB-16 with month 13", "bad-date"),
    ("a stub in UTF-16 instead of a message", "message-type-mismatch"),
    ("a patient number that is not in the linkage", "unknown-number"),
    ("a sex that is not in the code list", "not-in-codelist"),
    ("the same repeat key of IG.LB twice", "duplicate-repeat"),
    ("a diagnosis on 30 February", "bad-date"),
    ("a subject key that is not in the linkage", "unknown-number"),
    ("the file breaks off inside its second subject", "truncated"),
    (
        "a diagnosis status that is not among the choices of the dictionary",
        "unknown-choice",
    ),
    ("an HPO code with three digits", "bad-code"),
    ("a birth date with month 13", "bad-date"),
    ("a record id that is not in the linkage", "unknown-number"),
    ("the column dx_icd10 of the dictionary is missing", "export-lacks-column"),
    ("a sample without a donor", "sample-without-donor"),
    ("two samples that are each other's parent", "aliquot-cycle"),
    ("a donor twice, of different sex", "donor-contradiction"),
    ("a donor id that is not in the linkage", "unknown-number"),
    ("a sample of 30 February", "bad-date"),
    ("a sample whose donor is not among the donors", "unknown-donor"),
];

#[test]
fn each_broken_unit_is_refused_with_the_reason_for_its_fault() {
    let broken = &WRITTEN.1.broken;
    let text = fs::read(&broken.expected).unwrap();
    let mut expected: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for row in csv::Reader::from_reader(&text[..]).records() {
        let row = row.unwrap();
        let (_, code) = REASONS
            .iter()
            .find(|(words, _)| *words == &row[2])
            .unwrap_or_else(|| panic!("{}", &row[2]));
        expected.entry(row[0].to_owned()).or_default().push(code);
    }
    let mut refused: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let names: Vec<&str> = WRITTEN.1.cases.iter().map(|c| c.identity.family_name).collect();
    for (profile, path, committed) in [
        ("ss-mix2", &broken.ss_mix2, 24),
        ("odm", &broken.odm, 4),
        ("odm", &broken.odm_truncated, 1),
        ("redcap", &broken.redcap_records, 4),
        ("redcap", &broken.redcap_column_missing, 0),
        ("miabis", &broken.miabis, 4),
    ] {
        let (accounting, people) = taken(path, profile);
        assert_eq!(accounting.committed, committed, "{profile}");
        refused.entry(profile.to_owned()).or_default().extend(world::reasons(&accounting));
        let told = format!("{accounting:?}{people:?}");
        assert!(names.iter().all(|name| !told.contains(name)), "{profile}");
    }
    for codes in expected.values_mut().chain(refused.values_mut()) {
        codes.sort_unstable();
    }
    assert_eq!(refused, expected);
}
