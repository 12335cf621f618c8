//! Tests with hand-written exports, valid and invalid.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::unit::{Field, Unit};

const DICTIONARY: &str = "\"Variable / Field Name\",\"Form Name\",\"Section Header\",\"Field Type\",\"Field Label\",\
\"Choices, Calculations, OR Slider Labels\",\"Field Note\",\"Text Validation Type OR Show Slider Number\",\"Text Validation Min\",\
\"Text Validation Max\",Identifier?,\"Branching Logic (Show field only if...)\",\"Required Field?\",\"Custom Alignment\",\
\"Question Number (surveys only)\",\"Matrix Group Name\",\"Matrix Ranking?\",\"Field Annotation\"
record_id,demographics,,text,Record,,,,,,,,,,,,,
sex,demographics,,radio,Sex,\"1, Male | 2, Female\",,,,,,,,,,,,
patient_name,demographics,,text,Name,,,,,,y,,,,,,,
symptoms,demographics,,checkbox,Symptoms,\"1, Fever | 2, Rash\",,,,,,,,,,,,
note,demographics,,notes,Note,,,,,,,,,,,,,
sp_id,specimens,,text,Id,,,,,,,,,,,,,
sp_type,specimens,,dropdown,Type,\"1, Whole blood | 2, DNA\",,,,,,,,,,,,
fasting,specimens,,yesno,Fasting,,,,,,,,,,,,,
";

const EXPORT: &str = "record_id,redcap_repeat_instrument,redcap_repeat_instance,sex,patient_name,symptoms___1,symptoms___2,note,demographics_complete,sp_id,sp_type,fasting,later
7,,,2,\"山田, 花子\",1,0,hello,2,,,,
7,specimens,1,,,,,,,SP-1,1,1,
7,specimens,2,,,,,,,SP-2,2,NASK,x
3,,,1,鈴木一郎,0,0,,2,,,,
";

fn selection() -> Selection {
    Selection {
        dictionary: "dd.csv".to_owned(),
        missing: vec!["NASK".to_owned()],
        fields: ["record_id", "sex", "symptoms___1", "sp_id", "sp_type:label", "fasting"]
            .map(str::to_owned)
            .into(),
        ..Selection::default()
    }
}

struct Got {
    units: Vec<Unit>,
    refused: Vec<Undecodable>,
    ignored: Vec<String>,
    left_out: Vec<String>,
    repairs: Vec<&'static str>,
}

fn read_bytes(export: &[u8], dictionary: &[u8], selection: &Selection) -> Got {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("dd.csv"), dictionary).unwrap();
    let file = folder.path().join("export.csv");
    fs::write(&file, export).unwrap();
    let mut got = Got {
        units: Vec::new(),
        refused: Vec::new(),
        ignored: Vec::new(),
        left_out: Vec::new(),
        repairs: Vec::new(),
    };
    let flow = read(&file, selection, &mut |met| {
        match met {
            Met::Unit(unit) => got.units.push(unit),
            Met::Undecodable(refused) => got.refused.push(refused),
            Met::Ignored(name) => got.ignored.push(name),
            Met::LeftOut(rule, name) => got.left_out.push(format!("{} {name}", rule.as_str())),
            Met::Remains(_) => {}
            Met::Repaired(repair) => got.repairs.push(repair.as_str()),
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    got
}

fn read_text(export: &str) -> Got {
    read_bytes(export.as_bytes(), DICTIONARY.as_bytes(), &selection())
}

fn value<'u>(unit: &'u Unit, record: usize, name: &str) -> Option<&'u str> {
    match unit.records[record].fields.get(name)? {
        Field::Value(text) => Some(text),
        Field::Null => panic!("{name} is null"),
    }
}

fn reason(export: &str) -> &'static str {
    let got = read_text(export);
    assert_eq!(got.refused.len(), 1);
    got.refused[0].reason_code
}

#[test]
fn all_rows_of_a_record_are_one_unit() {
    let got = read_text(EXPORT);
    assert_eq!((got.units.len(), got.refused.len()), (2, 0));
    let unit = &got.units[0];
    assert_eq!(
        (unit.key.as_str(), unit.locator.as_str(), unit.encoding),
        ("7", "export.csv#record[0]", "utf-8")
    );
    let kinds: Vec<&str> = unit.records.iter().map(|r| r.kind.as_str()).collect();
    assert_eq!(kinds, ["row", "instrument:specimens", "instrument:specimens"]);
    assert_eq!((value(unit, 0, "sex"), value(unit, 0, "symptoms___1")), (Some("2"), Some("1")));
    assert_eq!(value(unit, 1, "redcap_repeat_instance"), Some("1"));
    assert_eq!(
        (value(unit, 2, "sp_id"), value(unit, 2, "sp_type:label")),
        (Some("SP-2"), Some("DNA"))
    );
    // `fasting` contains a missing data code, which is not a value. `sp_type` is absent, because the profile requested only its label.
    assert_eq!((value(unit, 2, "fasting"), value(unit, 2, "sp_type")), (None, None));
    let left_out = &unit.account.left_out[&crate::unit::LeftOutRule::MissingCode];
    assert_eq!(
        left_out.iter().collect::<Vec<_>>(),
        [(&"instrument:specimens fasting".to_owned(), &1)]
    );
    // A box that is not ticked states nothing, because REDCap also exports 0 for a form that was never opened.
    let left_out = &got.units[1].account.left_out;
    assert_eq!(left_out.keys().collect::<Vec<_>>(), [&crate::unit::LeftOutRule::ExportDefault]);
    assert_eq!(value(&got.units[1], 0, "symptoms___1"), None);
    let offset = usize::try_from(unit.records[1].offset.unwrap()).unwrap();
    assert!(EXPORT[offset..].starts_with("7,specimens,1"));
}

#[test]
fn a_column_that_is_not_requested_is_reported_by_name_only() {
    let got = read_text(EXPORT);
    let count = |name: &str| got.ignored.iter().chain(&got.left_out).filter(|n| *n == name).count();
    assert_eq!(
        (
            count("identifier-field row patient_name"),
            count("field:row note"),
            count("field:row symptoms___2")
        ),
        (2, 1, 2)
    );
    assert_eq!(count("field:instrument:specimens (undeclared name)"), 1);
    let everything: String = got
        .units
        .iter()
        .flat_map(|u| &u.records)
        .flat_map(|r| r.fields.iter())
        .map(|(name, field)| match field {
            Field::Value(text) => format!("{name}={text};"),
            Field::Null => String::new(),
        })
        .collect();
    assert!(!everything.contains("花子") && !everything.contains("一郎") && !everything.contains("hello"));
    let names: String = got.ignored.concat();
    assert!(!names.contains("花子") && !names.contains("hello"));
}

#[test]
fn an_identifying_column_does_not_change_the_digest() {
    let digest = |export: &str| read_text(export).units[0].sha256.clone();
    assert_eq!(digest(EXPORT), digest(&EXPORT.replace("花子", "桃子")));
    assert_ne!(digest(EXPORT), digest(&EXPORT.replace("hello", "hallo")));
}

#[test]
fn every_character_set_is_read_or_refused() {
    let with_mark = [b"\xef\xbb\xbf", EXPORT.as_bytes()].concat();
    assert_eq!(read_bytes(&with_mark, DICTIONARY.as_bytes(), &selection()).units.len(), 2);
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(EXPORT);
    let got = read_bytes(&sjis, DICTIONARY.as_bytes(), &selection());
    assert_eq!((got.units.len(), got.units[0].encoding), (2, "windows-31j"));
    assert_eq!(got.units[0].sha256, read_text(EXPORT).units[0].sha256);
    for mark in ["", "\u{feff}"] {
        let utf16: Vec<u8> = format!("{mark}{EXPORT}").encode_utf16().flat_map(u16::to_le_bytes).collect();
        let got = read_bytes(&utf16, DICTIONARY.as_bytes(), &selection());
        assert_eq!((got.units.len(), got.units[0].encoding), (2, "utf-16"));
        assert_eq!(got.units[0].sha256, read_text(EXPORT).units[0].sha256);
        assert_eq!(got.repairs, ["utf-16"]);
    }
    assert_eq!(
        read_bytes(&with_mark, DICTIONARY.as_bytes(), &selection()).repairs,
        ["byte-order-mark"]
    );
    assert_eq!(
        read_bytes(&sjis, DICTIONARY.as_bytes(), &selection()).repairs,
        ["read-as-windows-31j"]
    );
    let got = read_bytes(b"record_id,sex\n1,\xff\xfe\xfd\n", DICTIONARY.as_bytes(), &selection());
    assert_eq!(got.refused[0].reason_code, "encoding");
}

#[test]
fn a_semicolon_is_accepted_as_delimiter() {
    let export = EXPORT.replace("\"山田, 花子\"", "花子").replace(',', ";");
    assert_eq!(read_text(&export).units.len(), 2);
}

#[test]
fn an_export_with_uncertain_content_is_refused_whole() {
    assert_eq!(reason(&EXPORT.replace(",sp_id,", ",sp_idx,")), "export-lacks-column");
    assert_eq!(reason(&EXPORT.replace("record_id,", "study_id,")), "no-record-id");
    assert_eq!(reason(&EXPORT.replace(",note,", ",sex,")), "bad-header");
    assert_eq!(reason(&format!("{EXPORT}9,,\n")), "ragged-row");
    assert_eq!(reason(""), "empty");
    let with = |field: &str| {
        let mut selection = selection();
        selection.fields.insert(field.to_owned());
        let got = read_bytes(EXPORT.as_bytes(), DICTIONARY.as_bytes(), &selection);
        assert_eq!((got.units.len(), got.refused.len()), (0, 1));
        got.refused[0].reason_code
    };
    assert_eq!(with("patient_name"), "identifier-selected");
    assert_eq!(with("patient_name:label"), "identifier-selected");
    assert_eq!(with("height"), "dictionary-lacks-field");
    assert_eq!(with("symptoms___9"), "dictionary-lacks-field");
    assert_eq!(with("note:label"), "dictionary-lacks-field");
    for (from, to) in [
        ("Identifier?", "Ident"),
        ("1, Male | 2, Female", "1, Male | 1, Female"),
        ("sp_id,specimens", "sex,specimens"),
    ] {
        let got = read_bytes(EXPORT.as_bytes(), DICTIONARY.replace(from, to).as_bytes(), &selection());
        assert_eq!((got.units.len(), got.refused[0].reason_code), (0, "bad-dictionary"), "{to}");
    }
}

#[test]
fn every_mark_in_the_identifier_column_makes_a_field_identifying() {
    for mark in ["Y", "yes", "1", "?"] {
        let dictionary = DICTIONARY.replace(
            "note,demographics,,notes,Note,,,,,,,",
            &format!("note,demographics,,notes,Note,,,,,,{mark},"),
        );
        let got = read_bytes(EXPORT.as_bytes(), dictionary.as_bytes(), &selection());
        assert!(got.left_out.contains(&"identifier-field row note".to_owned()), "{mark}");
    }
}

#[test]
fn a_bad_record_is_refused_by_itself() {
    for (from, to, expected) in [
        ("7,,,2,", "7,,,Female,", "unknown-choice"),
        ("花子\",1,0,", "花子\",Checked,0,", "unknown-choice"),
        ("SP-1,1,1,", "SP-1,3,1,", "unknown-choice"),
        ("SP-1,1,1,", "SP-1,1,Yes,", "unknown-choice"),
        ("7,specimens,2", "7,specimens,1", "duplicate-row"),
        ("7,specimens,2", "7,specimens,two", "bad-instance"),
        ("7,specimens,2", "7,Specimens,2", "unknown-instrument"),
        ("3,,,1,", ",,,1,", "no-record-id"),
    ] {
        let got = read_text(&EXPORT.replace(from, to));
        assert_eq!((got.units.len(), got.refused.len()), (1, 1), "{to}");
        assert_eq!(got.refused[0].reason_code, expected);
        assert!(!got.refused[0].detail.contains("Female") && !got.refused[0].detail.contains("花子"));
    }
}

#[test]
fn rows_that_are_not_adjacent_are_one_unit_and_too_many_changes_are_refused() {
    let header = EXPORT.lines().next().unwrap();
    let rows: Vec<&str> = EXPORT.lines().skip(1).collect();
    let mixed = format!("{header}\n{}\n{}\n{}\n{}\n", rows[1], rows[3], rows[2], rows[0]);
    let of = |text: &str| {
        let units = read_text(text).units.into_iter();
        units.map(|unit| (unit.key.clone(), unit.sha256.clone())).collect::<Vec<_>>()
    };
    assert_eq!(of(&mixed), of(EXPORT));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("dd.csv"), DICTIONARY).unwrap();
    let file = folder.path().join("export.csv");
    fs::write(&file, &mixed).unwrap();
    // The records of the four rows are 7, 3, 7 and 7.
    for (most_runs, expected) in [(3, Vec::new()), (2, vec!["too-scattered"])] {
        let mut reasons = Vec::new();
        let flow = read_within(&file, &selection(), most_runs, &mut Log::default(), &mut |met| {
            if let Met::Undecodable(refused) = met {
                reasons.push(refused.reason_code);
            }
            ControlFlow::Continue(())
        });
        assert!(flow.is_continue());
        assert_eq!(reasons, expected);
    }
}

#[test]
fn json_is_read_in_every_character_set() {
    let json = "[{\"record\":\"7\",\"field_name\":\"sex\",\"value\":\"2\"},{\"record\":\"7\",\"field_name\":\"patient_name\",\"value\":\"花子\"},\
                {\"record\":\"7\",\"field_name\":\"note\",\"value\":\"\\u82b1\\n\"}]\r\n";
    let utf16: Vec<u8> = format!("\u{feff}{json}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [b"\xef\xbb\xbf", json.as_bytes()].concat();
    let (sjis, _, _) = encoding_rs::SHIFT_JIS.encode(json);
    let expected = read_text(json).units[0].sha256.clone();
    for (bytes, encoding) in [(utf16, "utf-16"), (with_mark, "utf-8"), (sjis.into_owned(), "windows-31j")] {
        let got = read_bytes(&bytes, DICTIONARY.as_bytes(), &selection());
        assert_eq!((got.units.len(), got.units[0].encoding), (1, encoding));
        assert_eq!(got.units[0].sha256, expected);
    }
}

proptest! {
    #[test]
    fn mutated_bytes_are_read_or_refused(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        in_dictionary in any::<bool>(),
        cut in any::<bool>(),
    ) {
        let (mut export, mut dictionary) = (EXPORT.as_bytes().to_vec(), DICTIONARY.as_bytes().to_vec());
        let bytes = if in_dictionary { &mut dictionary } else { &mut export };
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        let got = read_bytes(&export, &dictionary, &selection());
        for unit in &got.units {
            prop_assert!(!unit.key.is_empty() && unit.sha256.len() == 64);
        }
        for refused in &got.refused {
            prop_assert!(!refused.detail.contains("花子") && !refused.detail.contains("一郎"));
        }
    }
}
