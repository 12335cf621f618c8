//! Dictionaries that were written to break a draft.

use std::fs;

use gemj_adapters::draft::DraftError;
use gemj_adapters::profile::Profile;

use super::{check_fields, drafted};

const HEADER: &str = "Variable / Field Name,Form Name,Field Type,Field Label,\"Choices, Calculations, OR Slider Labels\",Text Validation Type OR Show Slider Number,Identifier?\n";

/// Texts that would change a profile if they were not quoted.
const INJECTIONS: [&str; 12] = [
    "Hb\n  - fact: disease\n    record: row\n    label: { const: \"C50\" }",
    "\" }\nignore: []\n#",
    "a\u{2028}b\u{85}c\u{feff}d\u{202e}e",
    "'single' \\ back\\\\slash \\u0041 \\\" end\\",
    "# comment: { } [ ] & * ! | > % @ `",
    "---\n...\n%YAML 1.2",
    "tab\there\rreturn\r\nboth",
    "!!python/object/apply:os.system [\"true\"]",
    "{{site}} {site} ${x} *alias &anchor",
    "\u{1f600}\u{e000}\u{fffe}\u{10ffff}\u{0}\u{7}\u{7f}",
    "~",
    "",
];

fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn dictionary(rows: &[String]) -> String {
    format!("{HEADER}record_id,base,text,Record,,,\n{}", rows.concat())
}

fn said(text: impl AsRef<[u8]>) -> Result<gemj_adapters::draft::Draft, DraftError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dictionary.csv");
    fs::write(&file, text).unwrap();
    drafted(&file, "redcap", None)
}

#[test]
fn a_label_or_a_choice_never_becomes_yaml_of_the_draft() {
    let mut rows = Vec::new();
    for (at, text) in INJECTIONS.iter().enumerate() {
        // A NUL is not text for the reader of tables, so it is left out here.
        let text = text.replace('\0', "");
        let label = cell(&text);
        let choices = cell(&format!("1, {} | 2, b", text.replace('|', "/")));
        rows.push(format!("n{at},base,text,{label},,number,\n"));
        rows.push(format!("c{at},base,radio,{label},{choices},,\n"));
        rows.push(format!("b{at},base,checkbox,{label},{choices},,y\n"));
        rows.push(format!("t{at},base,text,{label},,,\n"));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a \"quoted\": {name} # x.csv");
    fs::write(&file, dictionary(&rows)).unwrap();
    let made = drafted(&file, "redcap", None).unwrap();
    check_fields("redcap", &file, &made);
    let profile = Profile::parse(&made.text).unwrap();
    assert_eq!(profile.rule_count(), INJECTIONS.len());
    let count = INJECTIONS.len();
    let coverage = made.coverage;
    assert_eq!(
        (coverage.mapped, coverage.ignored, coverage.undecided),
        (count + 1, count, 2 * count)
    );
    // Every line is printable, so that no viewer shows another text than the reader of the profile reads.
    assert!(
        made.text
            .chars()
            .all(|c| c == '\n' || !c.is_control() && !"\u{2028}\u{feff}\u{202e}".contains(c))
    );
}

#[test]
fn a_name_that_is_no_variable_or_occurs_twice_refuses_the_dictionary() {
    for rows in [
        "\"a\n- b\",base,text,x,,,\n",
        "A,base,text,x,,,\n",
        "\"a: {}\",base,text,x,,,\n",
        "性別,base,text,x,,,\n",
        ",base,text,x,,,\n",
        "a,\"base: x\",text,x,,,\n",
        "a,base,text,x,,,\na,base,text,y,,,\n",
        "a,base,radio,x,\"1, a | 1, b\",,\n",
        "record_id,base,text,x,,,\n",
    ] {
        let refused = said(dictionary(&[rows.to_owned()]));
        assert!(
            matches!(
                refused,
                Err(DraftError::Faulty {
                    reason_code: "bad-dictionary",
                    ..
                })
            ),
            "{rows}: {refused:?}"
        );
        let Err(error) = refused else { continue };
        assert!(!error.to_string().contains('\n') && !error.to_string().contains("- b"));
    }
    assert!(matches!(said(HEADER), Err(DraftError::Faulty { .. })));
    assert!(matches!(said(""), Err(DraftError::Faulty { .. })));
    // A table that is no dictionary.
    assert_eq!(said("a,b\n1,2\n"), Err(DraftError::NoColumns));
}

#[test]
fn a_dictionary_of_a_hundred_thousand_rows_is_refused_and_one_of_two_thousand_is_not() {
    let rows = |count: usize| -> Vec<String> {
        let label = "A long label of a field ".repeat(8);
        (0..count)
            .map(|at| format!("f{at},base,radio,{label},\"1, a | 2, b\",,\n"))
            .collect()
    };
    assert_eq!(said(dictionary(&rows(100_000))), Err(DraftError::TooLarge { fields: 100_001 }));
    // The labels and codes do not fit into a profile, and are left out of the comments.
    let made = said(dictionary(&rows(2000))).unwrap();
    assert_eq!(made.coverage.undecided, 2000);
    assert!(!made.text.contains("A long label"));
    // More numbers than a profile can have rules.
    let numbers: Vec<String> = (0..400).map(|at| format!("f{at},base,text,x,,number,\n")).collect();
    let made = said(dictionary(&numbers)).unwrap();
    assert_eq!((made.coverage.mapped, made.coverage.undecided), (257, 144));
    // More identifying variables than a profile can ignore.
    let marked: Vec<String> = (0..1500).map(|at| format!("f{at},base,text,x,,,y\n")).collect();
    let made = said(dictionary(&marked)).unwrap();
    assert_eq!((made.coverage.ignored, made.coverage.undecided), (1000, 500));
}

#[test]
fn a_dictionary_is_read_in_every_character_set_and_as_json() {
    let rows = [
        "hb,base,text,血色素,,number,\n".to_owned(),
        "sex,base,radio,性別,\"1, 男 | 2, 女\",,\n".to_owned(),
    ];
    let plain = dictionary(&rows);
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain(plain.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let (shift_jis, _, has_errors) = encoding_rs::SHIFT_JIS.encode(&plain);
    assert!(!has_errors);
    let expected = said(&plain).unwrap();
    assert!(expected.text.contains("血色素") && expected.text.contains("map: { \"1\": male, \"2\": female }"));
    for bytes in [format!("\u{feff}{plain}").into_bytes(), utf_16, shift_jis.into_owned()] {
        assert_eq!(said(bytes).unwrap(), expected);
    }
    let json = r#"[{"field_name":"record_id","form_name":"base","field_type":"text","field_label":"Record","select_choices_or_calculations":"","text_validation_type_or_show_slider_number":"","identifier":""},
{"field_name":"hb","form_name":"base","field_type":"text","field_label":"血色素","select_choices_or_calculations":"","text_validation_type_or_show_slider_number":"number","identifier":""},
{"field_name":"sex","form_name":"base","field_type":"radio","field_label":"性別","select_choices_or_calculations":"1, 男 | 2, 女","text_validation_type_or_show_slider_number":"","identifier":""}]"#;
    assert_eq!(said(json).unwrap(), expected);
}
