//! Exports that a careless reader misreads. Each file is written by hand.

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_adapters::unit::{LeftOutRule, Repair};
use gemj_model::MeasuredValue;
use gemj_model::fact::CaseRecord;

use crate::world::{Store, folder, numbers, reasons, take};

const DICTIONARY: &str = "\
field_name,form_name,field_type,select_choices_or_calculations,text_validation_type_or_show_slider_number,identifier,branching_logic
record_id,base,text,,,,
sex,base,radio,\"1, Male | 2, Female\",,,
name,base,text,,,y,
symptoms,base,checkbox,\"1, Fever | -2, Rash\",,,
dx_code,dx,text,,,,
dx_status,dx,radio,\"1, Confirmed | 2, Suspected\",,,
dx_date,dx,text,,date_ymd,,
dx_scan,dx,file,,,,
grade,dx,dropdown,\"0, 1 | 1, 2 | 2, 3\",,,\"[dx_status] = '1'\"
";

const PROFILE: &str = "
profile: traps
version: \"1\"
format: redcap
redcap: { dictionary: data_dictionary.csv, missing: [NASK] }
participant: { record: \"*\", number: record_id }
sex: { record: row, value: { from: sex, via: [{ map: { \"1\": male, \"2\": female } }] } }
rules:
  - fact: disease
    record: \"instrument:dx\"
    when: [{ field: dx_complete, in: [\"2\"] }]
    code: { from: dx_code, via: [icd10, { prefix: \"ICD10:\" }] }
    status: { from: dx_status, via: [{ map: { \"1\": present, \"2\": suspected } }] }
    onset: { from: dx_date, via: [{ date: [iso] }] }
  - fact: measurement
    record: \"instrument:dx\"
    code: { const: \"X:grade\" }
    value: { text: \"grade:label\" }
  - fact: phenotype
    record: row
    when: [{ field: redcap_data_access_group, present: true }]
    code: { const: \"X:rash\" }
    label: symptoms____2
    status: { from: symptoms____2, via: [{ map: { \"1\": present, \"0\": excluded } }] }
";

const HEADER: &str = "record_id,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,redcap_survey_identifier,\
base_timestamp,sex,name,symptoms___1,symptoms____2,symptoms___nask,base_complete,dx_code,dx_status,dx_date,dx_scan,grade,dx_complete\n";

const BASE: &str = "01,,,north,hanako@example.org,2024-01-01 09:00,2,花子,1,1,0,2,,,,,,\n";
const DX: &str = "01,dx,1,north,,,,,,,,,K297,1,2023-05-10,[document],1,2\n";

fn ingest(name: &str, text: &str) -> (Accounting, Store) {
    let mut store = Store::default();
    let accounting = into(&mut store, name, text);
    (accounting, store)
}

fn into(store: &mut Store, name: &str, text: &str) -> Accounting {
    let folder = folder(&[(name, text.as_bytes()), ("data_dictionary.csv", DICTIONARY.as_bytes())]);
    let linkage = numbers(&[("gemj-redcap", "01", "P1"), ("gemj-redcap", "1", "P2"), ("gemj-redcap", "A", "P3")]);
    take(folder.path(), &Profile::parse(PROFILE).unwrap(), &linkage, store).unwrap()
}

fn facts(record: &CaseRecord) -> Vec<String> {
    let facts = record.facts.iter().map(|fact| match &fact.value {
        Some(MeasuredValue::Text(text)) => format!("{} {} {text}", fact.code, fact.status.as_str()),
        Some(_) | None => format!("{} {}", fact.code, fact.status.as_str()),
    });
    facts.collect()
}

fn left_out(accounting: &Accounting, rule: LeftOutRule, name: &str) -> u64 {
    accounting
        .left_out
        .get(&rule)
        .and_then(|names| names.get(name))
        .copied()
        .unwrap_or_default()
}

#[test]
fn groups_states_of_forms_and_codes_with_a_minus_sign_are_read() {
    let (accounting, store) = ingest("records.csv", &format!("{HEADER}{BASE}{DX}"));
    assert_eq!(
        (accounting.committed, accounting.quarantined.len()),
        (1, 0),
        "{:?}",
        accounting.quarantined
    );
    let record = store.records.values().next().unwrap();
    assert_eq!(facts(record), ["X:rash present", "ICD10:K29.7 present", "X:grade present 2"]);
    for (rule, name) in [
        (LeftOutRule::IdentifierField, "row redcap_survey_identifier"),
        (LeftOutRule::IdentifierField, "row name"),
        (LeftOutRule::DocumentType, "instrument:dx dx_scan"),
    ] {
        assert_eq!(left_out(&accounting, rule, name), 1, "{name}");
    }
    assert_eq!(accounting.fields["row base_timestamp"].unknown, 1);
}

#[test]
fn a_value_that_branching_logic_hides_is_left_out_and_counted() {
    let (accounting, store) = ingest("records.csv", &format!("{HEADER}{BASE}{}", DX.replace("K297,1", "K297,2")));
    assert_eq!(
        facts(store.records.values().next().unwrap()),
        ["X:rash present", "ICD10:K29.7 suspected"]
    );
    assert_eq!(left_out(&accounting, LeftOutRule::HiddenByBranching, "instrument:dx grade"), 1);
}

#[test]
fn a_box_that_is_not_ticked_never_becomes_an_excluded_feature() {
    let (accounting, store) = ingest("records.csv", &format!("{HEADER}{}", BASE.replace(",1,1,0,2,", ",0,0,0,0,")));
    assert!(store.records.values().next().unwrap().facts.is_empty());
    assert_eq!(left_out(&accounting, LeftOutRule::ExportDefault, "row symptoms____2"), 1);
    // The missing data code of a checkbox is a box of its own.
    let (accounting, _) = ingest("records.csv", &format!("{HEADER}{}", BASE.replace(",1,1,0,2,", ",0,0,1,2,")));
    assert_eq!(left_out(&accounting, LeftOutRule::MissingCode, "row symptoms___nask"), 1);
}

/// A disease of another form must not become a disease of another record, and a number keeps its zeros, its spaces and its case.
#[test]
fn a_record_id_is_never_changed() {
    for (id, participant) in [
        ("01", Some("P1")),
        ("1", Some("P2")),
        ("A", Some("P3")),
        (" 01", None),
        ("01 ", None),
        ("001", None),
        ("1.0", None),
        ("a", None),
        ("１", None),
        ("1\u{3000}", None),
        ("1\u{a0}", None),
    ] {
        let flat = format!("{HEADER}{}", BASE.replace("01,,,", &format!("\"{id}\",,,")));
        let eav = format!("record,field_name,value\n\"{id}\",sex,2\n\"{id}\",dx_code,x\n\"{id}\",record_id,\"{id}\"\n");
        let json = format!(
            "[{{\"record\":\"{id}\",\"field_name\":\"sex\",\"value\":\"2\"}},{{\"record\":\"{id}\",\"field_name\":\"dx_code\",\"value\":\"x\"}}]"
        );
        for (name, text) in [("records.csv", flat), ("records.csv", eav), ("records.json", json)] {
            let (accounting, store) = ingest(name, &text);
            let found = store.records.values().next().map(|record| record.participant.as_str());
            assert_eq!(found, participant, "{id:?} {text}");
            if participant.is_none() {
                assert_eq!(reasons(&accounting), ["unknown-number"], "{id:?}");
            }
        }
    }
}

#[test]
fn an_export_with_labels_is_refused_whole() {
    let labels = format!(
        "{HEADER}{}{}",
        BASE.replace(",2,花子,1,1,0,2,", ",Female,花子,Checked,Checked,Unchecked,Complete,"),
        DX.replace("K297,1,", "K297,Confirmed,").replace(",1,2\n", ",2,Complete\n")
    );
    for text in [
        labels.as_str(),
        "Record ID,Repeat Instrument,Repeat Instance,Sex\n01,,,Female\n",
        "record,field_name,value\n01,sex,Female\n01,symptoms,Fever\n01,dx_code,K297\n",
        "record,field_name,value\n01,sex,女\n01,dx_code,K297\n",
        // The label 1 of the grade is also a code. It is not read as a code in a file without any value that is certainly a code.
        "record,field_name,value\n01,grade,1\n01,dx_code,K297\n",
    ] {
        let (accounting, store) = ingest("records.csv", text);
        assert_eq!((reasons(&accounting), store.commits), (vec!["label-export"], 0), "{text}");
        assert!(!accounting.quarantined[0].detail.contains("Female"));
    }
    // In a file with codes and labels, a record with a label is refused, and so is a value that is both.
    let mixed = format!(
        "{HEADER}{BASE}{DX}{}",
        BASE.replace("01,,,", "1,,,").replace(",2,花子", ",Female,花子")
    );
    assert_eq!(reasons(&ingest("records.csv", &mixed).0), ["unknown-choice", "unknown-choice"]);
}

#[test]
fn a_column_that_is_absent_is_named_and_no_fact_is_removed_silently() {
    let full = format!("{HEADER}{BASE}{DX}");
    let mut store = Store::default();
    into(&mut store, "records.csv", &full);
    let before = store.records.clone();
    let reduced = full.replace("dx_code,dx_status,dx_date", "dx_x,dx_status,dx_y");
    let accounting = into(&mut store, "records.csv", &reduced);
    assert_eq!(reasons(&accounting), ["export-lacks-column"]);
    assert!(accounting.quarantined[0].detail.starts_with("dx_code, dx_date:"));
    assert_eq!(store.records, before);
    // A de-identified EAV export has no texts and no dates.
    let accounting = into(
        &mut store,
        "records.csv",
        "record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n01,,,sex,2\n01,dx,1,dx_status,1\n",
    );
    assert_eq!(reasons(&accounting), ["export-de-identified"]);
    assert_eq!(store.records, before);
    // An EAV export does not state its columns. The fields without any value are printed.
    let accounting = into(
        &mut store,
        "records.csv",
        "record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n01,,,sex,2\n01,dx,1,dx_code,K297\n01,dx,1,dx_status,1\n",
    );
    assert_eq!(accounting.replaced, 1);
    let absent: Vec<&str> = accounting.left_out[&LeftOutRule::ColumnAbsent].keys().map(String::as_str).collect();
    assert_eq!(absent, ["dx_complete", "dx_date", "grade", "redcap_data_access_group", "symptoms"]);
}

#[test]
fn codes_that_the_dictionary_does_not_have_are_never_read_and_never_shown() {
    let eav = "record,field_name,value\n01,sex,2\n01,symptoms,7\n01,symptoms,花子\n01,dx_code,x\n01,height,170\n01,Height 花子,170\n";
    let (accounting, store) = ingest("records.csv", eav);
    assert_eq!(store.commits, 1);
    assert_eq!(accounting.fields["row symptoms___(unknown)"].unknown, 2);
    assert_eq!(
        (
            accounting.fields.contains_key("row height"),
            accounting.fields["row (undeclared name)"].unknown
        ),
        (false, 2)
    );
    assert!(!format!("{accounting:?}").contains("花子"));
    let flat = format!("{HEADER}{BASE}").replace("symptoms___1", "symptoms___7");
    assert_eq!(ingest("records.csv", &flat).0.fields["row symptoms___(unknown)"].unknown, 1);
    let (accounting, _) = ingest("records.csv", &format!("{HEADER}{BASE}{}", DX.replace("K297,1", "K297,9")));
    assert_eq!(reasons(&accounting), ["unknown-choice"]);
}

#[test]
fn a_file_with_an_uncertain_structure_is_refused_whole() {
    let json = |rows: &str| ("records.json", rows.to_owned());
    let csv = |text: String| ("records.csv", text);
    for ((name, text), reason) in [
        (csv(format!("{HEADER}{BASE}01,dx\n")), "ragged-row"),
        (csv(format!("{HEADER}{}", BASE.replace(",2,,,,,,\n", ",2,,,,,,,\n"))), "ragged-row"),
        (csv(format!("{HEADER}{BASE}{}", DX.replace("K297", "\"K297"))), "ragged-row"),
        (csv(format!("{HEADER}{}", DX.replace("K297", "\"K2\"97"))), "ragged-row"),
        (csv(format!("{}{BASE}", HEADER.replace("dx_scan", "sex"))), "bad-header"),
        (
            csv(format!(
                "{}{BASE}",
                HEADER.replace("symptoms___nask", "SYMPTOMS").replace("SYMPTOMS", "symptoms___-2")
            )),
            "bad-header",
        ),
        (
            csv(format!("{}{BASE}", HEADER.replace("redcap_repeat_instance", "instance"))),
            "bad-header",
        ),
        (csv("record,field,field_name,value\n01,x,sex,2\n".to_owned()), "bad-header"),
        (
            csv("timestamp,username,action,details,record\n2024-01-01,x,Delete record 01,,01\n".to_owned()),
            "log-time",
        ),
        (json("{\"error\":\"no rights\"}"), "bad-json"),
        (json("[{\"record\":\"01\",\"field_name\":\"sex\",\"value\":\"2\"}"), "bad-json"),
        (json("[{\"record\":\"01\",\"field_name\":\"sex\",\"value\":[\"2\"]}]"), "bad-json"),
        (
            json("[{\"record\":\"01\",\"field_name\":\"sex\",\"value\":\"2\"},{\"record\":\"01\",\"value\":\"2\"}]"),
            "ragged-row",
        ),
        (
            json("[{\"record\":\"01\",\"field_name\":\"sex\",\"value\":\"2\",\"value\":\"1\"}]"),
            "bad-header",
        ),
        (json("[{\"record\":\"01\",\"field_name\":\"sex\",\"value\":\"2\"}] x"), "bad-json"),
        (json(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), "bad-json"),
    ] {
        let (accounting, store) = ingest(name, &text);
        assert_eq!(
            (reasons(&accounting), store.commits),
            (vec![reason], 0),
            "{}",
            text.chars().take(400).collect::<String>()
        );
    }
    assert_eq!(ingest("records.json", " [ ] ").0.received, 0);
}

#[test]
fn a_record_whose_values_cannot_be_placed_is_refused_by_itself() {
    let header = "record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\nA,,,sex,1\nA,,,dx_code,x\n";
    for (rows, reason) in [
        ("01,,,sex,1\n01,,,sex,1\n", "duplicate-row"),
        ("01,,,symptoms,1\n01,,,symptoms,1\n", "duplicate-row"),
        ("01,,,record_id,02\n", "record-differs"),
        ("01,dx,+1,dx_code,K29\n", "bad-instance"),
        ("01,dx,0,dx_code,K29\n", "bad-instance"),
        ("01,dx,99999999999,dx_code,K29\n", "bad-instance"),
        ("01,dx,,dx_code,K29\n01,dx,1,dx_date,2023\n", "bad-instance"),
        ("01,dy,1,dx_code,K29\n", "unknown-instrument"),
        (",,,sex,1\n", "no-record-id"),
        ("\" \",,,sex,1\n", "no-record-id"),
    ] {
        let (accounting, store) = ingest("records.csv", &format!("{header}{rows}"));
        assert_eq!((reasons(&accounting), store.commits), (vec![reason], 1), "{rows}");
    }
}

#[test]
fn a_renamed_record_is_an_unknown_number_and_keeps_the_stored_facts() {
    let mut store = Store::default();
    into(&mut store, "records.csv", &format!("{HEADER}{BASE}{DX}"));
    let before = store.records.clone();
    let accounting = into(
        &mut store,
        "records.csv",
        &format!("{HEADER}{BASE}{DX}").replace("\n01,", "\n01-b,"),
    );
    assert_eq!(reasons(&accounting), ["unknown-number"]);
    assert_eq!(store.records, before);
}

#[test]
fn a_deleted_record_that_is_not_linked_is_left_out_if_nothing_of_it_is_stored() {
    let log = "timestamp,username,action,details,record\n2026-04-03 10:00,u,Delete record 01,\"record_id = '01'\",01\n";
    let folder = folder(&[
        ("records/records.csv", format!("{HEADER}{BASE}").as_bytes()),
        ("log/data_dictionary.csv", DICTIONARY.as_bytes()),
        ("log/logging.csv", log.as_bytes()),
        ("records/data_dictionary.csv", DICTIONARY.as_bytes()),
    ]);
    let profile = Profile::parse(PROFILE).unwrap();
    let [linked, unlinked] = [numbers(&[("gemj-redcap", "01", "P1")]), numbers(&[])];
    let mut store = Store::default();
    let name = "record that is not linked";
    let deletion = |linkage, store: &mut Store| {
        let accounting = take(&folder.path().join("log"), &profile, linkage, store).unwrap();
        let left_out = accounting.left_out.get(&LeftOutRule::DeletedUnit).and_then(|names| names.get(name));
        (accounting.received, reasons(&accounting), left_out.copied())
    };
    for _ in 0..2 {
        assert_eq!(deletion(&unlinked, &mut store), (0, vec![], Some(1)));
    }
    // Something of the record is stored, so the deletion is refused until the record is linked again.
    take(&folder.path().join("records"), &profile, &linked, &mut store).unwrap();
    assert_eq!(deletion(&unlinked, &mut store), (1, vec!["unknown-number"], None));
    assert_eq!(deletion(&linked, &mut store), (1, vec![], None));
    assert!(store.records.values().all(|record| record.facts.is_empty()));
}

#[test]
fn a_last_row_without_a_line_end_is_counted_as_a_repair() {
    let text = format!("{HEADER}{BASE}");
    let (accounting, _) = ingest("records.csv", text.trim_end());
    assert_eq!((accounting.committed, accounting.repairs.get(&Repair::LastLineEnd)), (1, Some(&1)));
    assert!(ingest("records.csv", &text).0.repairs.is_empty());
}

#[test]
fn one_record_in_two_files_of_a_folder_is_not_committed_twice() {
    let (first, second) = (format!("{HEADER}{BASE}"), format!("{HEADER}{BASE}{DX}"));
    let folder = folder(&[
        ("a.csv", first.as_bytes()),
        ("b.csv", second.as_bytes()),
        ("data_dictionary.csv", DICTIONARY.as_bytes()),
    ]);
    let mut store = Store::default();
    let accounting = take(
        folder.path(),
        &Profile::parse(PROFILE).unwrap(),
        &numbers(&[("gemj-redcap", "01", "P1")]),
        &mut store,
    )
    .unwrap();
    assert_eq!((accounting.committed, reasons(&accounting)), (1, vec!["same-key"]));
}

#[test]
fn a_profile_that_reads_a_file_or_an_unknown_form_is_refused() {
    for (from, to, reason) in [
        ("onset: { from: dx_date", "onset: { from: dx_scan", "document-selected"),
        ("label: symptoms____2", "label: symptoms___nask", "dictionary-lacks-field"),
        ("label: symptoms____2", "label: symptoms___9", "dictionary-lacks-field"),
        ("dx_complete", "dy_complete", "dictionary-lacks-field"),
        ("label: symptoms____2", "label: name", "identifier-selected"),
        ("label: symptoms____2", "label: redcap_survey_identifier", "identifier-selected"),
    ] {
        let text = format!("{HEADER}{BASE}");
        let folder = folder(&[("a.csv", text.as_bytes()), ("data_dictionary.csv", DICTIONARY.as_bytes())]);
        let profile = Profile::parse(&PROFILE.replace(from, to)).unwrap();
        let accounting = take(folder.path(), &profile, &numbers(&[]), &mut Store::default()).unwrap();
        assert_eq!(reasons(&accounting), [reason], "{to}");
    }
}
