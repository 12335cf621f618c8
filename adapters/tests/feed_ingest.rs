//! Tests that ingest feeds of four formats with the built-in profiles. Each feed and its expected statements are written by hand.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "feed_ingest/redcap_project.rs"]
mod redcap_project;
#[path = "feed_ingest/world.rs"]
mod world;

use gemj_adapters::IngestError;
use gemj_adapters::profile::Profile;
use gemj_adapters::unit::LeftOutRule;
use gemj_model::fact::{CaseRecord, Comparator};
use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue, PartialDate, Sex, SpecimenId, SpecimenStatement};
use proptest::prelude::*;
use tempfile::TempDir;

use redcap_project::{DICTIONARY, ROWS, export};
use world::{Numbers, Store, folder, numbers, reasons, take};

fn day(text: &str) -> Option<PartialDate> {
    Some(PartialDate::parse(text).unwrap())
}

fn fact(kind: FactKind, code: &str, label: &str, status: FactStatus) -> Fact {
    Fact {
        kind,
        code: code.to_owned(),
        label: label.to_owned(),
        status,
        onset: None,
        value: None,
        observed: None,
        details: Vec::new(),
    }
}

fn quantity(comparator: Option<Comparator>, number: &str, unit: &str) -> Option<MeasuredValue> {
    Some(MeasuredValue::Quantity {
        comparator,
        number: number.to_owned(),
        unit: unit.to_owned(),
    })
}

fn by_participant<'s>(store: &'s Store, id: &str) -> Vec<&'s CaseRecord> {
    store.records.values().filter(|r| r.participant.as_str() == id).collect()
}

fn only<'s>(store: &'s Store, id: &str) -> &'s CaseRecord {
    match by_participant(store, id)[..] {
        [one] => one,
        ref found => panic!("{} records", found.len()),
    }
}

fn redcap() -> Profile {
    Profile::open("redcap").unwrap()
}

fn redcap_numbers() -> Numbers {
    numbers(&[("gemj-redcap", "101", "P1"), ("gemj-redcap", "102", "P2")])
}

fn project(rows: &[&str]) -> TempDir {
    folder(&[
        ("export.csv", export(rows).as_bytes()),
        ("data_dictionary.csv", DICTIONARY.as_bytes()),
    ])
}

/// The expected facts of the woman in the hand-written project.
fn her_facts() -> Vec<Fact> {
    vec![
        Fact {
            onset: Some("2023-05-10".to_owned()),
            ..fact(FactKind::Disease, "ICD10:K29.7", "胃炎", FactStatus::Present)
        },
        Fact {
            onset: Some("2023-06".to_owned()),
            ..fact(FactKind::Disease, "ICD10:K25", "胃潰瘍の疑い", FactStatus::Suspected)
        },
        Fact {
            value: quantity(None, "4.10", "g/dL"),
            observed: day("2023-05-10"),
            ..fact(FactKind::Measurement, "JLAC10:3A016000002327102", "アルブミン", FactStatus::Present)
        },
        Fact {
            value: quantity(Some(Comparator::Less), "0.1", "mg/dL"),
            observed: day("2023-05-10"),
            ..fact(FactKind::Measurement, "JLAC10:5C070000002306101", "CRP", FactStatus::Present)
        },
        fact(FactKind::Phenotype, "HP:0001250", "けいれん", FactStatus::Excluded),
    ]
}

fn her_specimen() -> SpecimenStatement {
    SpecimenStatement {
        id: SpecimenId::parse("SP-0001").unwrap(),
        kind_code: "MIABIS:WholeBlood".to_owned(),
        kind_label: "Whole blood".to_owned(),
        collected: day("2023-05-11"),
        body_site: None,
        storage: None,
        parent: None,
        steps: Vec::new(),
    }
}

#[test]
fn a_redcap_record_becomes_one_case() {
    let folder = project(&ROWS);
    let mut store = Store::default();
    let accounting = take(folder.path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    assert_eq!((accounting.received, accounting.committed, accounting.quarantined.len()), (2, 2, 0));
    let her = only(&store, "P1");
    assert_eq!((her.sex, her.born.clone()), (Sex::Female, day("1984-03")));
    assert_eq!(her.facts, her_facts());
    assert_eq!(her.specimens, [her_specimen()]);
    let him = only(&store, "P2");
    assert_eq!((him.sex, him.born.clone()), (Sex::Male, day("1990-12")));
    assert_eq!(him.facts[0].value, Some(MeasuredValue::Text("少量".to_owned())));
    assert_eq!(
        (
            accounting.facts_present,
            accounting.facts_excluded,
            accounting.facts_suspected,
            accounting.specimens
        ),
        (4, 1, 1, 1)
    );
    assert!(her.source.mapping_version.starts_with("redcap-1+") && her.source.unit.len() == 64 && her.source.version.is_empty());
}

#[test]
fn names_and_numbers_of_persons_are_not_stored() {
    let folder = project(&ROWS);
    let mut store = Store::default();
    let mut accounting = take(folder.path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    let empty = numbers(&[]);
    accounting
        .quarantined
        .extend(take(folder.path(), &redcap(), &empty, &mut Store::default()).unwrap().quarantined);
    let mut told = format!("{accounting:?}");
    for record in store.records.values() {
        told += &format!("{record:?}");
        for fact in &record.facts {
            told += &format!("{} {} {:?}", fact.code, fact.label, fact.onset);
        }
        told += &record.source.unit;
    }
    for secret in ["花子", "山田", "鈴木", "1984-03-17", "-17"] {
        assert!(!told.contains(secret), "{secret}");
    }
    assert!(!format!("{accounting:?}").contains("101"));
    // If only the name in the export changes, the digest stays the same. A guessed name can therefore not be tested by the digest.
    let renamed: Vec<String> = ROWS.iter().map(|row| row.replace("花子", "桃子")).collect();
    let renamed: Vec<&str> = renamed.iter().map(String::as_str).collect();
    let again = take(project(&renamed).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    assert_eq!((again.unchanged, again.committed), (2, 0));
}

#[test]
fn every_field_is_mapped_ignored_with_a_reason_or_counted_as_unknown() {
    let mut rows: Vec<String> = ROWS.iter().map(|row| format!("{row},")).collect();
    rows[1] = rows[1].trim_end_matches(',').to_owned() + &",".repeat(12) + "later";
    let text = format!("{},dx_comment\n{}\n", redcap_project::HEADER, rows.join("\n"));
    let folder = folder(&[("export.csv", text.as_bytes()), ("data_dictionary.csv", DICTIONARY.as_bytes())]);
    let accounting = take(folder.path(), &redcap(), &redcap_numbers(), &mut Store::default()).unwrap();
    let unknown: Vec<&str> = accounting
        .fields
        .iter()
        .filter(|(_, c)| c.unknown > 0)
        .map(|(name, _)| name.as_str())
        .collect();
    // The dictionary does not have the column `dx_comment`, so its name was written by hand and is not repeated.
    assert_eq!(unknown, ["instrument:diagnosis (undeclared name)"]);
    assert_eq!(accounting.unknown_fields(), 1);
    assert_eq!(accounting.left_out[&LeftOutRule::IdentifierField]["row patient_name"], 2);
    assert_eq!(accounting.fields["instrument:labs lb_result"].mapped, 3);
    assert_eq!(accounting.fields["row demographics_complete"].ignored, 2);
    assert_eq!(accounting.encodings["utf-8"], 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_order_of_rows_changes_nothing(rows in Just(ROWS.to_vec()).prop_shuffle()) {
        let (mut expected, mut store) = (Store::default(), Store::default());
        take(project(&ROWS).path(), &redcap(), &redcap_numbers(), &mut expected).unwrap();
        let accounting = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
        prop_assert_eq!(&store.records, &expected.records);
        prop_assert_eq!(accounting.committed, 2);
        let again = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut expected).unwrap();
        prop_assert_eq!(again.unchanged, 2);
    }
}

#[test]
fn a_repeated_ingest_changes_nothing_and_different_content_replaces_the_unit() {
    let mut store = Store::default();
    let folder = project(&ROWS);
    take(folder.path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    let before = store.records.clone();
    let again = take(folder.path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    assert_eq!(
        (again.received, again.unchanged, again.committed, again.facts_present),
        (2, 2, 0, 0)
    );
    assert_eq!(store.records, before);
    let mut rows = ROWS;
    rows[2] = "101,diagnosis,2,,,,,K25,胃潰瘍,1,2023-06,,,,,,,,,,,";
    let changed = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    assert_eq!((changed.replaced, changed.unchanged), (1, 1));
    assert_eq!(only(&store, "P1").facts[1].status, FactStatus::Present);
}

#[test]
fn no_participant_is_created_for_an_unknown_number() {
    let mut store = Store::default();
    let some = numbers(&[("gemj-redcap", "101", "P1"), ("hospital-a", "102", "P2")]);
    let accounting = take(project(&ROWS).path(), &redcap(), &some, &mut store).unwrap();
    assert_eq!((accounting.committed, reasons(&accounting)), (1, vec!["unknown-number"]));
    assert_eq!(accounting.quarantined[0].unit, "export.csv#record[1]");
    let failed = take(project(&ROWS).path(), &redcap(), &Numbers(None), &mut store).unwrap_err();
    assert!(matches!(failed, IngestError::Store { unit, accounting } if unit == "export.csv#record[0]" && accounting.received == 0));
    let mut full = Store {
        fails_at: Some(1),
        ..Store::default()
    };
    let failed = take(project(&ROWS).path(), &redcap(), &redcap_numbers(), &mut full).unwrap_err();
    assert!(matches!(failed, IngestError::Store { accounting, .. } if accounting.committed == 1 && accounting.is_balanced()));
}

#[test]
fn a_value_that_is_not_understood_quarantines_only_its_own_record() {
    let row = |row: &'static str| row;
    for (changed, reason) in [
        (row("101,,,2,1984-03-32,x,2,,,,,,,,,,,,,,,"), "bad-date"),
        (row("101,,,2,昭和59年3月17日,x,2,,,,,,,,,,,,,,,"), "bad-date"),
        (row("101,diagnosis,9,,,,,胃炎,胃炎,1,2023,,,,,,,,,,,"), "bad-code"),
        (row("101,diagnosis,9,,,,,,胃炎,1,2023,,,,,,,,,,,"), "no-code"),
        (row("101,diagnosis,9,,,,,K29,胃炎,3,2023,,,,,,,,,,,"), "unknown-choice"),
        (row("101,phenotype,9,,,,,,,,,HP:1250,x,1,,,,,,,,"), "bad-code"),
        (row("101,phenotype,9,,,,,,,,,HP:0001250,けいれん,1,,,,,,,,"), "contradiction"),
        (row("101,specimens,9,,,,,,,,,,,,,,,,,,1,2023"), "no-specimen-id"),
        (row("101,specimens,9,,,,,,,,,,,,,,,,,SP-0001,2,2023"), "contradiction"),
    ] {
        let mut rows = ROWS.to_vec();
        if changed.starts_with("101,,,") {
            rows[0] = changed;
        } else {
            rows.push(changed);
        }
        let mut store = Store::default();
        let accounting = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
        assert_eq!((accounting.committed, reasons(&accounting)), (1, vec![reason]), "{changed}");
        assert!(by_participant(&store, "P1").is_empty() && !accounting.quarantined[0].detail.contains("胃炎"));
    }
}

#[test]
fn an_empty_status_is_kept_as_not_understood_and_does_not_refuse_its_record() {
    let mut rows = ROWS.to_vec();
    rows.push("101,diagnosis,9,,,,,C16,胃癌,,2023,,,,,,,,,,,");
    let mut store = Store::default();
    let accounting = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    assert_eq!((accounting.committed, reasons(&accounting)), (2, vec![]));
    let fact = by_participant(&store, "P1")
        .iter()
        .flat_map(|record| &record.facts)
        .find(|fact| fact.code == "ICD10:C16");
    assert_eq!(fact.map(|fact| fact.status), Some(FactStatus::NotUnderstood));
    assert_eq!(accounting.not_understood.values().sum::<u64>(), 1);
}

#[test]
fn a_result_that_is_not_understood_is_counted_and_its_record_is_committed() {
    let mut rows = ROWS.to_vec();
    rows.push("101,labs,9,,,,,,,,,,,,LOCAL-1,x,1,g,2023,,,");
    let mut store = Store::default();
    let accounting = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    assert_eq!((accounting.committed, reasons(&accounting).len()), (2, 0));
    let refused: Vec<&str> = accounting.results_refused.iter().map(|unit| unit.reason_code).collect();
    assert_eq!(refused, ["bad-code"]);
}

#[test]
fn blank_results_repeated_statements_and_lost_characters_are_counted() {
    let mut rows = ROWS.to_vec();
    rows.push("101,labs,8,,,,,,,,,,,,5C070000002306101,CRP,,mg/dL,2023-07-01,,,");
    rows.push("101,labs,9,,,,,,,,,,,,5C070000002306101,CRP,<0.1,mg/dL,2023-05-10,,,");
    rows.push("102,diagnosis,1,,,,,E14,■尿病,1,2020,,,,,,,,,,,");
    let accounting = take(project(&rows).path(), &redcap(), &redcap_numbers(), &mut Store::default()).unwrap();
    assert_eq!((accounting.committed, accounting.repeated, accounting.lost_character), (2, 1, 1));
    assert_eq!(accounting.not_taken["instrument:labs"], 1);
}

#[test]
fn an_export_without_a_required_column_is_refused_whole() {
    let text = export(&ROWS).replace("birth_date", "birth_x");
    let folder = folder(&[("export.csv", text.as_bytes()), ("data_dictionary.csv", DICTIONARY.as_bytes())]);
    let accounting = take(folder.path(), &redcap(), &redcap_numbers(), &mut Store::default()).unwrap();
    assert_eq!((accounting.received, reasons(&accounting)), (1, vec!["export-lacks-column"]));
    let identifying = DICTIONARY.replace(
        "birth_date,demographics,,text,Born,,,date_ymd,,,,",
        "birth_date,demographics,,text,Born,,,date_ymd,,,y,",
    );
    let folder = world::folder(&[
        ("export.csv", export(&ROWS).as_bytes()),
        ("data_dictionary.csv", identifying.as_bytes()),
    ]);
    let accounting = take(folder.path(), &redcap(), &redcap_numbers(), &mut Store::default()).unwrap();
    assert_eq!(reasons(&accounting), ["identifier-selected"]);
}

const BANK: &str = r#"{
  "donors": [{"id": "BB-7", "sex": "Female", "birthDate": "1984-03"}],
  "samples": [{"id": "SP-0001", "donorId": "BB-7", "sampleType": "Whole blood", "creationTime": "2023-05-11",
               "contentDiagnosis": [{"ontology": "ICD-10", "code": "K29.7", "text": "胃炎"}],
               "storageTemperature": "-60 °C to -85 °C", "anatomicalSite": {"ontology": "UBERON", "code": "UBERON:0000178", "text": "blood"}},
              {"id": "SP-0002", "donorId": "BB-7", "sampleType": "DNA", "parentId": "SP-0001",
               "contentDiagnosis": {"ontology": "ICD-10", "code": "K297", "text": "胃炎"}, "hospitalNumber": "0012345"}]
}"#;

#[test]
fn one_person_in_two_formats_has_equal_common_facts() {
    let mut store = Store::default();
    let bank = folder(&[("samples.json", BANK.as_bytes())]);
    let profile = Profile::open("miabis").unwrap();
    let accounting = take(bank.path(), &profile, &numbers(&[("biobank-a", "BB-7", "P1")]), &mut store).unwrap();
    assert_eq!((accounting.committed, accounting.repeated, accounting.unknown_fields()), (1, 0, 1));
    assert_eq!(accounting.fields["sample hospitalNumber"].unknown, 1);
    assert_eq!(accounting.not_understood["sample hospitalNumber"], 1);
    take(project(&ROWS).path(), &redcap(), &redcap_numbers(), &mut store).unwrap();
    let [first, second] = by_participant(&store, "P1")[..] else {
        panic!("two units of one person")
    };
    assert_eq!((first.sex, &first.born), (second.sex, &second.born));
    let bank = if first.source.profile == "miabis" { first } else { second };
    // The second sample has a member that the profile does not mention, so its diagnosis is not understood.
    let mut theirs = bank.facts.clone();
    theirs.retain(|fact| fact.status == gemj_model::FactStatus::Present);
    // A biobank file states the diagnosis of a sample, but not its onset. The onset is added for the comparison.
    assert_eq!(theirs.len(), 1);
    theirs[0].onset = her_facts()[0].onset.clone();
    assert_eq!(theirs[0], her_facts()[0]);
    let common = SpecimenStatement {
        body_site: None,
        storage: None,
        ..bank.specimens[0].clone()
    };
    assert_eq!(common, her_specimen());
    assert_eq!(bank.specimens[0].storage.as_deref(), Some("-60 °C to -85 °C"));
    assert_eq!(bank.specimens[0].body_site.as_deref(), Some("UBERON:0000178"));
    assert_eq!(bank.specimens[1].parent.as_ref().map(|p| p.as_str()), Some("SP-0001"));
}

const ODM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="F.1" ODMVersion="1.3.2" CreationDateTime="2024-01-31T09:00:00+09:00">
 <ClinicalData StudyOID="ST.1" MetaDataVersionOID="MDV.1"><SubjectData SubjectKey="EDC-7"><StudyEventData StudyEventOID="SE.1"><FormData FormOID="F.ALL">
  <ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="IT.SEX" Value="2"/><ItemData ItemOID="IT.BRTHDAT" Value="1984-03-17"/></ItemGroupData>
  <ItemGroupData ItemGroupOID="IG.DX" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.DX.ICD10" Value="K29.7"/><ItemData ItemOID="IT.DX.TERM" Value="胃炎"/>
   <ItemData ItemOID="IT.DX.STATUS" Value="CONFIRMED"/><ItemData ItemOID="IT.DX.DATE" Value="2023-05-10"/></ItemGroupData>
  <ItemGroupData ItemGroupOID="IG.DX" ItemGroupRepeatKey="2"><ItemData ItemOID="IT.DX.ICD10" Value="K25"/><ItemData ItemOID="IT.DX.TERM" Value="胃潰瘍の疑い"/>
   <ItemData ItemOID="IT.DX.STATUS" Value="SUSPECTED"/><ItemData ItemOID="IT.DX.DATE" Value="2023-06"/></ItemGroupData>
  <ItemGroupData ItemGroupOID="IG.LB" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.LB.JLAC10" Value="3A016000002327102"/><ItemData ItemOID="IT.LB.TEST" Value="アルブミン"/>
   <ItemData ItemOID="IT.LB.RESULT" Value="4.10"/><ItemData ItemOID="IT.LB.UNIT" Value="g/dL"/><ItemData ItemOID="IT.LB.DATE" Value="2023-05-10"/></ItemGroupData>
  <ItemGroupData ItemGroupOID="IG.LB" ItemGroupRepeatKey="2"><ItemData ItemOID="IT.LB.JLAC10" Value="5C070000002306101"/><ItemData ItemOID="IT.LB.TEST" Value="CRP"/>
   <ItemData ItemOID="IT.LB.RESULT" Value="&lt;0.1"/><ItemData ItemOID="IT.LB.UNIT" Value="mg/dL"/><ItemData ItemOID="IT.LB.DATE" Value="2023-05-10"/></ItemGroupData>
  <ItemGroupData ItemGroupOID="IG.HPO" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.HPO.CODE" Value="HP:0001250"/><ItemData ItemOID="IT.HPO.TERM" Value="けいれん"/>
   <ItemData ItemOID="IT.HPO.PRESENT" Value="N"/></ItemGroupData>
  <ItemGroupData ItemGroupOID="IG.SP" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.SP.ID" Value="SP-0001"/><ItemData ItemOID="IT.SP.TYPE" Value="Whole blood"/>
   <ItemData ItemOID="IT.SP.DATE" Value="2023-05-11"/></ItemGroupData>
 </FormData></StudyEventData></SubjectData></ClinicalData>
</ODM>
"#;

#[test]
fn an_odm_subject_gives_the_same_facts_as_the_redcap_record() {
    let file = folder(&[("subjects.xml", ODM.as_bytes())]);
    let mut store = Store::default();
    let profile = Profile::open("odm").unwrap();
    let accounting = take(file.path(), &profile, &numbers(&[("gemj-edc", "EDC-7", "P1")]), &mut store).unwrap();
    assert_eq!((accounting.committed, reasons(&accounting)), (1, vec![]));
    assert_eq!(accounting.unknown_fields(), 0, "{:#?}", accounting.fields);
    let her = only(&store, "P1");
    assert_eq!((her.sex, her.born.clone()), (Sex::Female, day("1984-03")));
    assert_eq!(her.facts, her_facts());
    assert_eq!(her.specimens, [her_specimen()]);
}

/// The path and the bytes of a storage file for patient 0012345. The text is in ISO-2022-JP, and each segment ends with CR.
fn stored(care_date: &str, data_type: &str, order: &str, time: &str, condition: &str, segments: &[&str]) -> (String, Vec<u8>) {
    let name = format!("0012345_{care_date}_{data_type}_{order}_{time}_-_{condition}");
    let text: String = segments.iter().map(|segment| format!("{segment}\r")).collect();
    let (bytes, _, lost) = encoding_rs::ISO_2022_JP.encode(&text);
    assert!(!lost);
    (format!("001/234/0012345/{care_date}/{data_type}/{name}"), bytes.into_owned())
}

fn header(kind: &str) -> String {
    format!("MSH|^~\\&|HIS|HOSPITAL-A|GW|GW|20240110090000||{kind}|C1|P|2.5||||||~ISO IR87||ISO 2022-1994")
}

const PID: &str = "PID|1||0012345^^^^PI||山田^花子^^^^^L^I||19840317|F|||東京都";

fn storage(problems: &[&str], extra: Vec<(String, Vec<u8>)>) -> TempDir {
    let (problem_header, result_header) = (header("PPR^ZD1^PPR_ZD1"), header("OUL^R22^OUL_R22"));
    let problems = [&[problem_header.as_str(), PID], problems].concat();
    let results = [
        result_header.as_str(),
        PID,
        "SPM|1|||023^血清^JC10|||||||||||||20230510",
        "OBR|1|000000000000007|000000000000007|2^生化学^99GMJ|||20230510",
        "OBX|1|NM|3A016000002327102^アルブミン^JC10||4.10|g/dL|||||F|||20230510",
        "OBX|2|ST|5C070000002306101^CRP^JC10||<0.1|mg/dL|||||C",
        "OBX|3|ST|LOCAL9^院内検査^99ZZZ||少量||||||F",
        "OBX|4|NM|3A016000002327102^アルブミン^JC10||9.99|g/dL|||||X",
    ];
    let mut files = vec![
        stored("-", "PPR-01", "999999999999999", "20240110090000000", "1", &problems),
        stored("20230510", "OML-11", "000000000000007", "20230511090000000", "1", &results),
    ];
    files.extend(extra);
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    folder(&files)
}

const PROBLEMS: [&str; 4] = [
    "PRB|AD|20240110|20054174^胃炎^MDCDX2|1|||20230510|||K297^^I10^O^外来時^JHSD0004||||||20230510",
    "PRB|AD|20240110|20061234^胃潰瘍の疑い^MDCDX2|2||||||K25^^I10|||1|||202306",
    "PRB|AD|20240110|20084317^めずらしい病気^MDCDX2|3",
    "PRB|DE|20240110|20000001^誤り^MDCDX2|4||||||A00^^I10",
];

#[test]
fn a_storage_of_messages_gives_the_same_facts() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let profile = Profile::open("ss-mix2").unwrap();
    let mut store = Store::default();
    let accounting = take(storage(&PROBLEMS, Vec::new()).path(), &profile, &linkage, &mut store).unwrap();
    assert_eq!((accounting.committed, reasons(&accounting)), (2, vec![]));
    assert_eq!(accounting.encodings["iso-2022-jp"], 2);
    let left_out = |rule, name: &str| accounting.left_out[&rule][name];
    assert_eq!(
        (left_out(LeftOutRule::EnteredInError, "PRB"), left_out(LeftOutRule::NoResult, "OBX")),
        (1, 1)
    );
    assert_eq!(accounting.unknown_fields(), 0, "{:#?}", accounting.fields);
    let both = by_participant(&store, "P1");
    assert!(both.iter().all(|r| r.sex == Sex::Female && r.born == day("1984-03")));
    let (problems, results) = match both[0].facts[0].kind {
        FactKind::Disease => (both[0], both[1]),
        FactKind::Phenotype | FactKind::Measurement | FactKind::Treatment | FactKind::Procedure | FactKind::FamilyHistory => {
            (both[1], both[0])
        }
    };
    // The first two facts equal those of the other formats. The diagnosis without an ICD-10 code keeps its local code.
    let hers = her_facts();
    assert_eq!(problems.facts[..2], hers[..2]);
    assert_eq!(
        problems.facts[2..],
        [fact(FactKind::Disease, "MDCDX2:20084317", "めずらしい病気", FactStatus::Present)]
    );
    assert_eq!(results.facts[..2], hers[2..4]);
    let local = &results.facts[2];
    assert_eq!(
        (local.code.as_str(), &local.value),
        ("hospital-a.lab:LOCAL9", &Some(MeasuredValue::Text("少量".to_owned())))
    );
    assert_eq!((results.facts.len(), local.observed.clone()), (3, day("2023-05-10")));
    assert!(problems.source.version == "20240110090000000" && !format!("{both:?}{accounting:?}").contains("0012345"));
}

#[test]
fn a_void_unit_removes_the_statements_of_its_earlier_version() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let profile = Profile::open("ss-mix2").unwrap();
    let mut store = Store::default();
    take(storage(&PROBLEMS, Vec::new()).path(), &profile, &linkage, &mut store).unwrap();
    // First a later list with only the first of the four problems is ingested, and then the older list again.
    let later = storage(&PROBLEMS[..1], Vec::new());
    let old = later
        .path()
        .join("001/234/0012345/-/PPR-01/0012345_-_PPR-01_999999999999999_20240110090000000_-_1");
    std::fs::rename(&old, old.with_file_name("0012345_-_PPR-01_999999999999999_20240201090000000_-_1")).unwrap();
    let accounting = take(later.path(), &profile, &linkage, &mut store).unwrap();
    assert_eq!((accounting.replaced, accounting.unchanged), (1, 1));
    let accounting = take(storage(&PROBLEMS, Vec::new()).path(), &profile, &linkage, &mut store).unwrap();
    assert_eq!((accounting.superseded, accounting.unchanged), (1, 1));
    assert_eq!(by_participant(&store, "P1").iter().map(|r| r.facts.len()).sum::<usize>(), 1 + 3);
    let deleted = later.path().join("001/234/0012345/-/PPR-01");
    std::fs::rename(
        deleted.join("0012345_-_PPR-01_999999999999999_20240201090000000_-_1"),
        deleted.join("0012345_-_PPR-01_999999999999999_20240201090000000_-_0"),
    )
    .unwrap();
    let (_, bytes) = stored("-", "PPR-01", "1", "20240301090000000", "0", &[&header("PPR^ZD1^PPR_ZD1"), PID]);
    std::fs::write(deleted.join("0012345_-_PPR-01_999999999999999_20240301090000000_-_0"), bytes).unwrap();
    let accounting = take(later.path(), &profile, &linkage, &mut store).unwrap();
    assert_eq!((accounting.replaced, accounting.unchanged, reasons(&accounting)), (1, 1, vec![]));
    assert_eq!(by_participant(&store, "P1").iter().map(|r| r.facts.len()).sum::<usize>(), 3);
}

#[test]
fn a_deleted_file_removes_the_facts_also_if_its_content_is_that_of_the_deleted_version() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let profile = Profile::open("ss-mix2").unwrap();
    let mut store = Store::default();
    let storage = storage(&PROBLEMS, Vec::new());
    take(storage.path(), &profile, &linkage, &mut store).unwrap();
    let diseases = |store: &Store| {
        let records = by_participant(store, "P1");
        let facts = records.iter().flat_map(|record| &record.facts);
        facts.filter(|fact| fact.kind == FactKind::Disease).count()
    };
    assert!(diseases(&store) > 0);
    let folder = storage.path().join("001/234/0012345/-/PPR-01");
    let name = "0012345_-_PPR-01_999999999999999_20240110090000000_-_";
    std::fs::rename(folder.join(format!("{name}1")), folder.join(format!("{name}0"))).unwrap();
    let accounting = take(storage.path(), &profile, &linkage, &mut store).unwrap();
    assert_eq!((accounting.replaced, reasons(&accounting), diseases(&store)), (1, vec![], 0));
}

/// The status of every disease in a problem list with these segments.
fn statuses(problems: &[&str]) -> Vec<FactStatus> {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let profile = Profile::open("ss-mix2").unwrap();
    let mut store = Store::default();
    let accounting = take(storage(problems, Vec::new()).path(), &profile, &linkage, &mut store).unwrap();
    assert_eq!(
        (reasons(&accounting), accounting.unknown_fields()),
        (vec![], 0),
        "{:#?}",
        accounting.fields
    );
    let records = by_participant(&store, "P1");
    let facts = records.iter().flat_map(|record| &record.facts);
    facts
        .filter(|fact| fact.kind == FactKind::Disease)
        .map(|fact| fact.status)
        .collect()
}

#[test]
fn a_diagnosis_is_present_only_if_every_modifier_leaves_it_present() {
    use FactStatus::{Excluded, History, NotUnderstood, Present, RuledOut, Suspected};
    const PROBLEM: &str = "PRB|AD|20240110|20054174^胃炎^MDCDX2|1|||20230510|||K297^^I10^O^外来時^JHSD0004||||||20230510";
    for (modifiers, status) in [
        (&[][..], Present),
        (&["ZPR|1||8002^の疑い^MDCDX2"], Suspected),
        (&["ZPR|1||8002"], Suspected),
        (&["ZPD|1||8002^の疑い^MDCDX2"], Suspected),
        (&["ZPD|1|8002^の疑い^MDCDX2"], NotUnderstood),
        (&["ZPR|1||4012^急性^MDCDX2", "ZPD|1||の疑い"], Suspected),
        (&["ZPR|1||^の疑い"], Suspected),
        (&["ZPR|1||8888^の既往^MDCDX2"], History),
        (&["ZPR|1||8888^後遺症^MDCDX2"], History),
        (&["ZPR|1||8888^の除外^MDCDX2"], RuledOut),
        (&["ZPR|1||8888^否定^MDCDX2"], Excluded),
        (&["ZPR|1||4012^急性^MDCDX2"], Present),
        (&["ZPR|1||4012^急性^MDCDX2", "ZPR|2||8002^の疑い^MDCDX2"], Suspected),
        (&["ZPR|1||4012^急性^MDCDX2~8002^の疑い^MDCDX2"], Suspected),
        (&["ZPR|1||8888^の既往^MDCDX2", "ZPR|2||8002^の疑い^MDCDX2"], NotUnderstood),
        (&["ZPR|1||7654^めずらしい修飾語^MDCDX2"], NotUnderstood),
        (&["ZPR|1||7654"], NotUnderstood),
        // The modifier is in another field than the specification of the storage states.
        (&["ZPR|1|8002^の疑い^MDCDX2"], NotUnderstood),
    ] {
        assert_eq!(statuses(&[&[PROBLEM], modifiers].concat()), [status], "{modifiers:?}");
    }
    // The modifier belongs to the second problem only.
    assert_eq!(
        statuses(&[
            PROBLEM,
            "PRB|AD|20240110|20061234^胃潰瘍^MDCDX2|2||||||K25^^I10",
            "ZPR|1||8002^の疑い^MDCDX2"
        ]),
        [Present, Suspected]
    );
    // A modifier can also be part of the name of the diagnosis. The flag for a suspected diagnosis is combined with modifiers.
    assert_eq!(
        statuses(&["PRB|AD|20240110|20061234^胃潰瘍の疑い^MDCDX2|2||||||K25^^I10"]),
        [Suspected]
    );
    assert_eq!(
        statuses(&[
            "PRB|AD|20240110|20061234^胃潰瘍^MDCDX2|2||||||K25^^I10|||1",
            "ZPR|1||8888^の既往^MDCDX2"
        ]),
        [NotUnderstood]
    );
}

#[test]
fn modifiers_are_read_whether_the_site_profile_names_them_or_not() {
    let built = include_str!("../../schemas/mapping-profiles/ss-mix2.yaml");
    assert!(!built.contains("modifiers:"));
    let named = built.replacen(
        "    label: PRB-3.2\n",
        "    label: PRB-3.2\n    modifiers: [{ record: ZPR, field: ZPR-3 }]\n",
        1,
    );
    for text in [built, named.as_str()] {
        modifiers_are_read(&Profile::parse(text).unwrap());
    }
}

fn modifiers_are_read(profile: &Profile) {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let mut store = Store::default();
    let problems = ["PRB|AD|20240110|20054174^胃炎^MDCDX2|1||||||K297^^I10", "ZPR|1||8002^の疑い^MDCDX2"];
    let accounting = take(storage(&problems, Vec::new()).path(), profile, &linkage, &mut store).unwrap();
    assert_eq!((accounting.facts_suspected, accounting.facts_otherwise.len()), (1, 0));
    assert!(
        by_participant(&store, "P1")
            .iter()
            .flat_map(|record| &record.facts)
            .all(|fact| fact.kind != FactKind::Disease || fact.status == FactStatus::Suspected)
    );
}

/// Ingests one message with these OBX segments. Returns the accounting and the sink.
fn results(segments: &[&str]) -> (gemj_adapters::Accounting, Store) {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let profile = Profile::open("ss-mix2").unwrap();
    let mut store = Store::default();
    let header = header("OUL^R22^OUL_R22");
    let before = [
        header.as_str(),
        PID,
        "SPM|1|||023^血清^JC10|||||||||||||20230510",
        "OBR|1|7|7|2^生化学^99GMJ|||20230510",
    ];
    let file = stored(
        "20230510",
        "OML-11",
        "7",
        "20230511090000000",
        "1",
        &[&before[..], segments].concat(),
    );
    let accounting = take(
        folder(&[(file.0.as_str(), file.1.as_slice())]).path(),
        &profile,
        &linkage,
        &mut store,
    )
    .unwrap();
    (accounting, store)
}

#[test]
fn a_string_result_is_never_split_at_a_component_separator() {
    for (value_type, received) in [("ST", "1^2"), ("ST", "A&B^C"), ("ST", "^^3"), ("ST", "(1+)^"), ("ST", "4.1")] {
        let (accounting, store) = results(&[&format!("OBX|1|{value_type}|LOCAL9^院内検査^99ZZZ||{received}||||||F")]);
        assert_eq!(reasons(&accounting), Vec::<&str>::new());
        let record = only(&store, "P1");
        let value = record.facts[0].value.clone().unwrap();
        let expected = match received {
            "4.1" => MeasuredValue::Quantity {
                comparator: None,
                number: "4.1".to_owned(),
                unit: String::new(),
            },
            text => MeasuredValue::Text(text.to_owned()),
        };
        assert!(value == expected, "{received}");
    }
}

#[test]
fn an_unreadable_result_does_not_affect_the_other_results_of_its_message() {
    const GOOD: &str = "OBX|1|NM|3A016000002327102^アルブミン^JC10||4.10|g/dL|||||F|||20230510";
    for bad in [
        "OBX|2|NM|3A016000002327102^アルブミン^JC10||4.1x|g/dL|||||F",
        "OBX|2|NM|3A016000002327102^アルブミン^JC10||4^1|g/dL|||||F",
        "OBX|2|NM|3A016000002327102^アルブミン^JC10||4.10|g/dL|||||F|||20231301",
        "OBX|2|NM|||4.10|g/dL|||||F",
    ] {
        let (accounting, store) = results(&[GOOD, bad]);
        assert_eq!(
            (accounting.committed, accounting.quarantined.len(), accounting.results_refused.len()),
            (1, 0, 1),
            "{bad}"
        );
        assert_eq!(only(&store, "P1").facts.len(), 1, "{bad}");
        let told = format!("{:?}", accounting.results_refused);
        assert!(
            told.contains("record") && !told.contains("4.1") && !told.contains("0012345"),
            "{told}"
        );
        // If a message has no other result, the whole message is refused. Its earlier version then stays stored.
        let (accounting, store) = results(&[bad]);
        assert_eq!((accounting.committed, accounting.quarantined.len()), (0, 1), "{bad}");
        assert!(store.records.is_empty());
    }
}

#[test]
fn a_storage_is_not_read_by_the_profile_of_another_hospital() {
    use gemj_adapters::feed::{Asked, Disagreement, agree};
    let asked = |site: Option<&str>, namespace: Option<&str>| Asked {
        dataset: gemj_model::DatasetId::parse("rare-disease").unwrap(),
        site: site.map(|site| gemj_model::SiteId::parse(site).unwrap()),
        namespace: namespace.map(str::to_owned),
        exported: None,
    };
    let built_in = Profile::open("ss-mix2").unwrap();
    let own = |lines: &str| {
        let text = include_str!("../../schemas/mapping-profiles/ss-mix2.yaml");
        Profile::parse(&text.replace("format: ss-mix2\n", &format!("format: ss-mix2\n{lines}"))).unwrap()
    };
    let of = |facility: &str, condition: &str| {
        let header = header("PPR^ZD1^PPR_ZD1").replace("|HOSPITAL-A|", &format!("|{facility}|"));
        let (path, bytes) = stored("-", "PPR-01", "1", "20240110090000000", condition, &[&header, PID, PROBLEMS[0]]);
        folder(&[(path.as_str(), bytes.as_slice())])
    };
    let answer = |storage: &TempDir, profile: &Profile, site: Option<&str>, namespace: Option<&str>| {
        agree(&[storage.path().to_owned()], profile, &asked(site, namespace))
    };
    let (a, b, none) = (of("HOSPITAL-A", "1"), of("HOSPITAL-B", "1"), of("", "1"));

    // A template needs both options, and the storage's facility must have the name of the site.
    let agreed = answer(&a, &built_in, Some("hospital-a"), Some("mrn")).unwrap();
    assert_eq!((agreed.site().as_str(), agreed.namespace()), ("hospital-a", "mrn"));
    assert!(matches!(answer(&a, &built_in, None, Some("mrn")), Err(Disagreement::NoSite { .. })));
    assert!(matches!(
        answer(&a, &built_in, Some("hospital-a"), None),
        Err(Disagreement::NoNamespace { .. })
    ));
    for bad in ["", "a/b", "a\nb"] {
        assert_eq!(
            answer(&a, &built_in, Some("hospital-a"), Some(bad)).err(),
            Some(Disagreement::NotANamespace)
        );
    }
    // A deletion from the other hospital is refused, because it would remove the statements of the first hospital.
    for storage in [&b, &of("HOSPITAL-B", "0")] {
        assert!(matches!(
            answer(storage, &built_in, Some("hospital-a"), Some("mrn")),
            Err(Disagreement::Facility { .. })
        ));
    }
    assert!(
        answer(&of("HOSPITAL-B", "2"), &built_in, Some("hospital-a"), Some("mrn")).is_ok(),
        "history is not read"
    );
    assert_eq!(
        answer(&none, &built_in, Some("hospital-a"), Some("mrn")).err(),
        Some(Disagreement::NoFacility {
            count: 1,
            of: gemj_model::SiteId::parse("hospital-a").unwrap()
        })
    );

    // A profile with a site and a namespace needs no options, and accepts no others.
    let home = own("site: hospital-a\nnamespace: mrn\n");
    for (site, namespace) in [(None, None), (Some("hospital-a"), None), (None, Some("mrn"))] {
        let agreed = answer(&a, &home, site, namespace).unwrap();
        assert_eq!((agreed.site().as_str(), agreed.namespace()), ("hospital-a", "mrn"));
    }
    for storage in [&a, &b, &none] {
        assert!(matches!(
            answer(storage, &home, Some("hospital-b"), None),
            Err(Disagreement::Site { .. })
        ));
        assert!(matches!(
            answer(storage, &home, None, Some("edc")),
            Err(Disagreement::Namespace { .. })
        ));
    }
    let stated = own("site: hospital-a\nnamespace: mrn\nfacilities: [\"1319999901\"]\n");
    assert!(answer(&of("1319999901^x", "1"), &stated, None, None).is_ok());
    assert!(
        matches!(answer(&a, &stated, None, None), Err(Disagreement::Facility { .. })),
        "only the stated facilities are accepted"
    );
    assert!(matches!(
        answer(&none, &stated, None, None),
        Err(Disagreement::NoFacility { count: 1, .. })
    ));
    let nameless = own("site: hospital-a\nnamespace: mrn\nfacilities: [\"\"]\n");
    for storage in [&a, &none] {
        assert!(answer(storage, &nameless, None, None).is_ok());
    }
    assert!(matches!(answer(&b, &nameless, None, None), Err(Disagreement::Facility { .. })));
    let told = answer(&of("患者の名前", "1"), &home, None, None).unwrap_err().to_string();
    assert!(!told.contains('患'), "{told}");
}

#[test]
fn a_message_without_a_facility_or_of_another_facility_is_refused_by_itself() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let header = header("PPR^ZD1^PPR_ZD1");
    for (facility, reason) in [
        ("", Some("no-facility")),
        ("HOSPITAL-B", Some("other-facility")),
        ("hospital-a^x^ISO", None),
    ] {
        let header = header.replace("|HOSPITAL-A|", &format!("|{facility}|"));
        let extra = stored("-", "PPR-01", "1", "20240110090000000", "1", &[&header, PID, PROBLEMS[0]]);
        let storage = storage(&PROBLEMS, vec![extra]);
        let path = storage
            .path()
            .join("001/234/0012345/-/PPR-01/0012345_-_PPR-01_999999999999999_20240110090000000_-_1");
        std::fs::remove_file(path).unwrap();
        let mut store = Store::default();
        let accounting = take(storage.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
        assert_eq!(reasons(&accounting), Vec::from_iter(reason), "{facility}");
        assert_eq!(accounting.received, 2);
    }
}

#[test]
fn a_number_of_another_authority_or_kind_and_an_ended_number_are_refused() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    for (number, reason) in [
        ("0012345", None),
        ("0012345^^^^PI", None),
        ("0012345^^^^MR", None),
        ("0012345^^^hospital-a^PI", None),
        ("0012345^^^&1.2.392.100495.20.3.51.1hospital-a&ISO^PI", None),
        ("0012345^^^^PI^^20240110", None),
        ("0012345^^^HOSPITAL-B^PI", Some("other-authority")),
        ("0012345^^^HOSPITAL-B&1.2.3&ISO^PI", Some("other-authority")),
        ("0012345^^^&1.2.392.100495.20.3.51.11319999902&ISO^PI", Some("other-authority")),
        ("0012345^^^^AN", Some("number-type")),
        ("0012345^^^^SS", Some("number-type")),
        ("0012345^^^^PI^^^20240109", Some("number-ended")),
        ("0012345^^^^PI^^^20240110", None),
    ] {
        let patient = PID.replace("0012345^^^^PI", number);
        let message = stored(
            "-",
            "PPR-01",
            "1",
            "20240110090000000",
            "1",
            &[&header("PPR^ZD1^PPR_ZD1"), &patient, PROBLEMS[0]],
        );
        let storage = folder(&[(message.0.as_str(), message.1.as_slice())]);
        let mut store = Store::default();
        let accounting = take(storage.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
        assert_eq!(reasons(&accounting), Vec::from_iter(reason), "{number}");
        assert_eq!(store.records.len(), usize::from(reason.is_none()), "{number}");
    }
}

#[test]
fn a_unit_with_an_unescaped_power_is_kept_whole_and_a_unit_in_words_is_kept() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let header = header("OUL^R22^OUL_R22");
    let result = |at: usize, unit: &str| format!("OBX|{at}|NM|3A01600000232710{at}^x^JC10||4.10|{unit}|||||F|||20230510");
    let (power, words, plain) = (result(1, "x10^3/uL"), result(2, "^mg/dL"), result(3, "g/dL^gram"));
    let (coded, area) = (result(4, "10^3/uL^10^3/uL^99XYZ"), result(5, "kg/m^2^kg/m^2^ISO+"));
    let segments = [
        &header,
        PID,
        "SPM|1||S1|019^x^JC10",
        "OBR|1|7|7|2^x^99GMJ|||20230510",
        &power,
        &words,
        &plain,
        &coded,
        &area,
    ];
    let file = stored("20230510", "OML-11", "7", "20230511090000000", "1", &segments);
    let storage = folder(&[(file.0.as_str(), file.1.as_slice())]);
    let mut store = Store::default();
    let accounting = take(storage.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
    let units: Vec<&str> = only(&store, "P1").facts.iter().map(unit_of).collect();
    assert_eq!(units, ["x10^3/uL", "mg/dL", "g/dL", "10^3/uL", "kg/m^2"]);
    assert_eq!(accounting.repairs.get(&gemj_adapters::unit::Repair::UnescapedDelimiter), Some(&3));
}

#[test]
fn a_code_of_another_system_is_the_hospitals_own_code() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    for (problem, code) in [
        ("20054174^x^MDCDX2|1||||||K297^^I10", "ICD10:K29.7"),
        ("20054174^x^MDCDX2|1||||||K297^^99LOC", "MDCDX2:20054174"),
        ("20054174^x^MDCDX2|1", "MDCDX2:20054174"),
        ("20054174^x^99LOCAL|1", "hospital-a.problem:20054174"),
        ("20054174^x|1||||||C169^^99LOC", "hospital-a.problem:C169"),
        ("20054174^x|1||||||C169", "hospital-a.problem:C169"),
    ] {
        let problem = format!("PRB|AD|20240110|{problem}");
        let message = stored(
            "-",
            "PPR-01",
            "1",
            "20240110090000000",
            "1",
            &[&header("PPR^ZD1^PPR_ZD1"), PID, &problem],
        );
        let storage = folder(&[(message.0.as_str(), message.1.as_slice())]);
        let mut store = Store::default();
        take(storage.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
        assert_eq!(only(&store, "P1").facts[0].code, code, "{problem}");
    }
    for (system, code) in [
        ("JC10", "JLAC10:3A010000002327101"),
        ("99LOC", "hospital-a.lab:3A010000002327101"),
        ("", "hospital-a.lab:3A010000002327101"),
    ] {
        let result = format!("OBX|1|NM|3A010000002327101^x^{system}||4.10|g/dL|||||F|||20230510");
        let segments = [
            &header("OUL^R22^OUL_R22"),
            PID,
            "SPM|1||S1|019^x^JC10",
            "OBR|1|7|7|2^x^99GMJ|||20230510",
            &result,
        ];
        let file = stored("20230510", "OML-11", "7", "20230511090000000", "1", &segments);
        let storage = folder(&[(file.0.as_str(), file.1.as_slice())]);
        let mut store = Store::default();
        take(storage.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
        assert_eq!(only(&store, "P1").facts[0].code, code, "{system}");
    }
}

fn unit_of(fact: &Fact) -> &str {
    match &fact.value {
        Some(MeasuredValue::Quantity { unit, .. }) => unit,
        _ => panic!("no quantity"),
    }
}

#[test]
fn a_profile_states_both_site_and_namespace_or_neither() {
    let text = include_str!("../../schemas/mapping-profiles/odm.yaml");
    let with = |lines: &str| Profile::parse(&text.replace("format: odm\n", &format!("format: odm\n{lines}")));
    assert!(with("").is_ok() && with("site: a\nnamespace: edc\n").is_ok());
    assert!(with("site: a\n").is_err() && with("namespace: edc\n").is_err());
}

#[test]
fn a_local_code_has_the_id_of_its_site_as_prefix() {
    let lab = "OBX|1|NM|001^院内検査^99LAB||4.10|g/dL|||||F|||20230510";
    let template = Profile::open("ss-mix2").unwrap();
    for (site, code) in [("hospital-b", "hospital-b.lab:001"), ("1319999901", "site-1319999901.lab:001")] {
        let mut store = Store::default();
        let table = [([site, "mrn", "0012345"].map(str::to_owned), "P1")];
        let header = header("OUL^R22^OUL_R22").replace("HOSPITAL-A", site);
        let segments = [&header, PID, "SPM|1||S1|019^全血^JC10", "OBR|1|7|7|2^生化学^99GMJ|||20230510", lab];
        let file = stored("20230510", "OML-11", "7", "20230511090000000", "1", &segments);
        let storage = folder(&[(file.0.as_str(), file.1.as_slice())]);
        let (paths, linkage) = ([storage.path().to_owned()], Numbers(Some(table.into())));
        let accounting = gemj_adapters::feed::ingest(&paths, &template, &world::target(site, "mrn"), &linkage, &mut store).unwrap();
        assert_eq!(reasons(&accounting), Vec::<&str>::new());
        assert_eq!(only(&store, "P1").facts[0].code, code);
    }
}

#[test]
fn a_folder_of_single_messages_is_read_and_the_folder_of_a_storage_is_not() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let header = header("OUL^R22^OUL_R22");
    let message = |result: &str| {
        let result = format!("OBX|1|NM|3A016000002327102^x^JC10||{result}|g/dL|||||F|||20230510");
        let order = format!("OBR|1|{}|{}|2^x^99GMJ|||20230510", result.len(), result.len());
        [header.as_str(), PID, "SPM|1||S1|019^x^JC10", &order, &result].join("\r")
    };
    let (first, second) = (message("4.10"), message("4.1"));
    let loose = folder(&[
        ("b.hl7", first.as_bytes()),
        ("a", second.as_bytes()),
        (".hidden", b"x"),
        ("readme", b"no message"),
    ]);
    let mut store = Store::default();
    let accounting = take(loose.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
    assert_eq!(
        (accounting.committed, reasons(&accounting)),
        (2, vec!["not-hl7"]),
        "{accounting:#?}"
    );
    let not_read = &accounting.left_out[&gemj_adapters::unit::LeftOutRule::FileNotRead];
    assert_eq!(not_read.get("file:hidden"), Some(&1), "{not_read:?}");
    // A file that was deleted in a storage must not become current.
    let name = "0012345_20230510_OML-11_000000000000007_20230511090000000_-_0";
    let of_storage = folder(&[(name, first.as_bytes())]);
    let mut store = Store::default();
    let accounting = take(of_storage.path(), &Profile::open("ss-mix2").unwrap(), &linkage, &mut store).unwrap();
    assert_eq!(accounting.committed, 0);
    assert!(store.records.is_empty());
}

#[test]
fn a_batch_of_messages_is_read_message_by_message() {
    let linkage = numbers(&[("hospital-a", "0012345", "P1")]);
    let header = header("OUL^R22^OUL_R22");
    let message = |order: &str| {
        let order = format!("OBR|1|{order}|{order}|2^x^99GMJ|||20230510");
        let result = "OBX|1|NM|3A016000002327102^x^JC10||4.10|g/dL|||||F|||20230510";
        [header.as_str(), PID, "SPM|1||S1|019^x^JC10", &order, result, ""].join("\r")
    };
    let batch = |end: &str| ["FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r", &message("7"), &message("8"), end].concat();
    for (text, committed, refused) in [
        (batch("BTS|2\rFTS|1\r"), 2, vec![]),
        (batch("BTS|3\rFTS|1\r"), 2, vec!["batch-count"]),
        (batch(""), 1, vec!["batch-cut-short"]),
    ] {
        let file = folder(&[("batch.hl7", text.as_bytes())]);
        let mut store = Store::default();
        let profile = Profile::open("ss-mix2").unwrap();
        let accounting = take(&file.path().join("batch.hl7"), &profile, &linkage, &mut store).unwrap();
        assert_eq!(
            (accounting.committed, reasons(&accounting)),
            (committed, refused),
            "{accounting:#?}"
        );
    }
}
