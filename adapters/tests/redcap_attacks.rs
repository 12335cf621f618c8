//! Regression tests of REDCap exports that gave facts of another meaning, another hospital or a deleted record.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_adapters::redcap::{Selection, read_all};
use gemj_adapters::unit::{Field, Met, Unit};

const DICTIONARY: &str = "field_name,form_name,field_type,select_choices_or_calculations,identifier
record_id,base,text,,
sex,base,radio,\"1, <b>Male</b> | 2, Female\",
note,base,text,,
";

fn selection() -> Selection {
    Selection {
        dictionary: "d.csv".to_owned(),
        missing: vec!["NASK".to_owned(), "-99".to_owned()],
        fields: ["record_id", "sex", "note"].map(str::to_owned).into(),
        ..Selection::default()
    }
}

#[derive(Default)]
struct Got {
    units: Vec<Unit>,
    reasons: Vec<&'static str>,
    left_out: BTreeMap<String, u64>,
    ignored: Vec<String>,
}

fn read(files: &[(&str, &str)], selection: &Selection) -> Got {
    read_with(DICTIONARY, files, selection)
}

fn read_with(dictionary: &str, files: &[(&str, &str)], selection: &Selection) -> Got {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("d.csv"), dictionary).unwrap();
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let mut got = Got::default();
    let flow = read_all(&paths, selection, &mut |met| {
        match met {
            Met::Unit(unit) => got.units.push(unit),
            Met::Undecodable(refused) => got.reasons.push(refused.reason_code),
            Met::LeftOut(rule, name) => *got.left_out.entry(format!("{} {name}", rule.as_str())).or_default() += 1,
            Met::Ignored(name) => got.ignored.push(name),
            Met::Repaired(_) | Met::Remains(_) => {}
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    got
}

impl Got {
    /// The keys of the units, and whether each is void.
    fn keys(&self) -> BTreeSet<(&str, bool)> {
        self.units.iter().map(|unit| (unit.key.as_str(), unit.deleted)).collect()
    }
}

const EXPORT: &str = "record_id,sex,note\n1,1,a\n2,2,b\n";

#[test]
fn a_renumbered_dictionary_is_refused_if_the_profile_states_the_labels() {
    let labels = |labels: &[(&str, &str)]| {
        let codes = labels.iter().map(|(code, label)| ((*code).to_owned(), vec![(*label).to_owned()]));
        Selection {
            labels: BTreeMap::from([("sex".to_owned(), codes.collect())]),
            ..selection()
        }
    };
    let expected = labels(&[("1", "male"), ("2", " female ")]);
    assert_eq!(read(&[("e.csv", EXPORT)], &expected).units.len(), 2);
    let renumbered = DICTIONARY.replace("1, <b>Male</b> | 2, Female", "1, Female | 2, Male");
    for (dictionary, expected) in [
        (renumbered.as_str(), &expected),
        (DICTIONARY, &labels(&[("3", "other")])),
        (&DICTIONARY.replace("sex,base,radio", "sex,base,text"), &expected),
    ] {
        let got = read_with(dictionary, &[("e.csv", EXPORT)], expected);
        assert_eq!((got.reasons, got.units.len()), (vec!["other-label"], 0));
    }
}

#[test]
fn a_record_of_another_data_access_group_is_refused() {
    let flat = "record_id,redcap_data_access_group,sex,note\n1,hospital_a,1,a\n2,hospital_b,2,b\n3,,1,c\n";
    let eav = "record,field_name,value\n1,redcap_data_access_group,hospital_a\n1,sex,1\n1,note,a\n2,redcap_data_access_group,hospital_b\n2,sex,2\n3,sex,1\n";
    let groups = |groups: &[&str]| Selection {
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        ..selection()
    };
    for export in [flat, eav] {
        // Without a list of groups, only one group is accepted.
        let got = read(&[("e.csv", export)], &selection());
        assert_eq!((got.reasons, got.units.len()), (vec!["several-groups"], 0));
        let got = read(&[("e.csv", &export.replace("hospital_b", "hospital_a"))], &selection());
        assert_eq!((got.reasons, got.units.len()), (vec![], 3));
        let got = read(&[("e.csv", export)], &groups(&["hospital_a"]));
        assert_eq!((got.reasons, got.units.len()), (vec!["other-group", "no-group"], 1));
        let got = read(&[("e.csv", export)], &groups(&["hospital_a", ""]));
        assert_eq!((got.reasons, got.units.len()), (vec!["other-group"], 2));
    }
    let got = read(&[("e.csv", EXPORT)], &groups(&["hospital_a"]));
    assert_eq!(got.reasons, ["export-lacks-column"]);
}

#[test]
fn a_missing_data_code_in_another_spelling_is_no_value() {
    for spelling in ["NASK", "nask", " Nask ", "N ASK", "-99", " - 99"] {
        let got = read(&[("e.csv", &format!("record_id,sex,note\n1,1,\"{spelling}\"\n"))], &selection());
        assert!(!got.units[0].records[0].fields.contains_key("note"), "{spelling}");
    }
}

#[test]
fn a_column_that_neither_the_dictionary_nor_the_profile_names_has_no_name_in_reports() {
    let got = read(
        &[("e.csv", "record_id,sex,note,yamada_taro,sex___yamada\n1,1,a,x,1\n")],
        &selection(),
    );
    assert_eq!(got.ignored, ["field:row (undeclared name)", "field:row (undeclared name)"]);
}

#[test]
fn a_record_that_the_logging_states_as_deleted_or_renamed_is_void() {
    // The logging is in the order of the API: the newest event is first. Record 2 was deleted after the export, 4 before it, 5 was created again.
    let log = "timestamp,username,action,details,record
2026-04-03 10:00,u,Delete record 2,\"record_id = '2'\",2
2026-04-02 10:01,u,Update record 1,\"note = 'Delete record 1'\",1
2026-04-02 10:00,u,Create record 5,\"record_id = '5'\",5
2026-04-02 10:00,u,Delete record 5,\"record_id = '5'\",5
2026-04-01 12:00,u,Update record 7,\"record_id = '7'\",6
2026-04-01 11:00,u,Delete record 4,\"record_id = '4'\",4
2026-04-01 10:00,u,Manage/Design,Edit project field,
";
    let export = format!("{EXPORT}5,1,c\n7,1,d\n");
    for files in [
        [("e.csv", export.as_str()), ("log.csv", log)],
        [("a.csv", log), ("e.csv", export.as_str())],
    ] {
        let got = read(&files, &selection());
        assert_eq!(got.reasons, Vec::<&str>::new());
        let expected = [("1", false), ("2", true), ("4", true), ("5", false), ("6", true), ("7", false)];
        assert_eq!(got.keys(), BTreeSet::from(expected));
        assert_eq!(got.left_out["deleted-unit record of an export"], 1);
        assert_eq!(got.left_out["file-not-read logging row"], 1);
        let void = got.units.iter().find(|unit| unit.key == "2").unwrap();
        assert!(void.records[0].fields["record_id"] == Field::Value("2".to_owned()));
    }
}

#[test]
fn a_deletion_that_is_not_certain_is_refused_and_never_skipped() {
    let reasons = |rows: &str| {
        let log = format!("timestamp,username,action,details,record\n{rows}");
        read(&[("log.csv", &log)], &selection()).reasons
    };
    assert_eq!(reasons("2026-04-01 10:00,u,Delete record (old one),,\n"), ["unknown-deletion"]);
    assert_eq!(reasons("2026-04-01 10:00,u,Delete record 4 (Arm 1: A),,4\n"), ["unknown-deletion"]);
    assert_eq!(
        reasons("2026-04-01 10:00,u,Create record 4,,4\n2026-04-01 10:00,u,Delete record 4,,4\n"),
        ["unknown-deletion"]
    );
    assert_eq!(reasons("04/01/2026 10:00am,u,Delete record 4,,4\n"), ["log-time"]);
}
