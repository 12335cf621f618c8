use std::collections::BTreeMap;
use std::path::PathBuf;

use gemj_model::{CodeLabel, CodeMapping, CodeTableKind, CodeTableRow, CodeTableRows as _, Equivalence, LabelStatus};
use proptest::prelude::*;

use super::*;

const HEADER: &str = "source_system,source_code,source_display,target_system,target_code,target_display,equivalence\n";

fn opened_as(kind: CodeTableKind, bytes: &[u8]) -> Result<TableFile, TableFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("table");
    std::fs::write(&path, bytes).unwrap();
    let table = TableFile::open(&path, kind)?;
    // The rows are read here, because the folder is deleted afterwards.
    let mut loaded = 0;
    {
        let mut rows = table.rows();
        rows.begin().unwrap();
        while rows.next_row().unwrap().is_some() {
            loaded += 1;
        }
    }
    assert_eq!(table.received(), loaded + table.refused().len() as u64);
    assert_eq!(table.refused_by_fault().values().sum::<u64>(), table.refused().len() as u64);
    Ok(table)
}

fn opened(text: &str) -> TableFile {
    opened_as(CodeTableKind::Map, text.as_bytes()).unwrap()
}

fn refused(table: &TableFile) -> Vec<(u64, &'static str)> {
    table.refused().iter().map(|row| (row.line, row.fault.code())).collect()
}

fn loaded(kind: CodeTableKind, bytes: &[u8]) -> Vec<CodeTableRow> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    std::fs::write(&path, bytes).unwrap();
    let table = TableFile::open(&path, kind).unwrap();
    let mut rows = table.rows();
    let mut twice = Vec::new();
    for _ in 0..2 {
        rows.begin().unwrap();
        let read: Vec<CodeTableRow> = std::iter::from_fn(|| rows.next_row().unwrap()).collect();
        twice.push(read);
    }
    assert_eq!(twice[0], twice[1], "the rows can be read again");
    twice.remove(0)
}

fn mapping(source: &str, target_system: &str, target: &str, equivalence: Equivalence) -> CodeTableRow {
    CodeTableRow::Mapping(CodeMapping {
        source: source.into(),
        source_display: String::new(),
        target_system: target_system.into(),
        target: target.into(),
        target_display: String::new(),
        equivalence,
    })
}

#[test]
fn each_row_of_a_map_is_read_with_its_codes_as_facts_have_them() {
    let text = format!(
        "# name: icd10-mondo\n# version: 2025-01\n# license: made for tests\n# a comment\n\n{HEADER}\
         http://hl7.org/fhir/sid/icd-10,K297,,MONDO,MONDO:0000001,,wider\n\
         ICD10,K29,,MONDO,,,unmatched\nICD10,K30,,,,,unmatched\n"
    );
    let table = opened(&text);
    assert_eq!(
        (table.stated_name(), table.stated_version(), table.stated_licence()),
        (Some("icd10-mondo"), Some("2025-01"), Some("made for tests"))
    );
    assert_eq!(
        loaded(CodeTableKind::Map, text.as_bytes()),
        [
            mapping("ICD10:K29.7", "MONDO", "MONDO:0000001", Equivalence::Wider),
            mapping("ICD10:K29", "MONDO", "", Equivalence::Unmatched),
            mapping("ICD10:K30", "", "", Equivalence::Unmatched),
        ]
    );
}

#[test]
fn a_bad_row_is_refused_with_its_line_and_does_not_stop_the_others() {
    let table = opened(&format!(
        "{HEADER}ICD10,K297,,MONDO,1,,equal\n\
         ICD10,K298,,MONDO,2\n\
         ICD10,K2,,MONDO,2,,equal\n\
         http://example.org,K298,,MONDO,2,,equal\n\
         ICD10,K298,,MONDO,2,,equivalent\n\
         ICD10,K298,,MONDO,,,equal\n\
         ICD10,K298,,MONDO,2,,unmatched\n\
         ICD10,K298,,ICD10,K29.8,,equal\n\
         ICD10,K298,\"two\nlines\",MONDO,2,,equal\n\
         ICD10,K298,{},MONDO,2,,equal\n\
         ICD10,K298,,MONDO,2,,wider\n",
        "x".repeat(501)
    ));
    assert_eq!(
        refused(&table),
        [
            (3, "cells"),
            (4, "bad-code"),
            (5, "bad-system"),
            (6, "bad-equivalence"),
            (7, "bad-target"),
            (8, "bad-target"),
            (9, "same-code"),
            (10, "control-character"),
            (12, "bad-text"),
        ]
    );
    assert_eq!(table.received(), 11);
}

#[test]
fn lines_are_counted_also_with_empty_lines_and_other_line_ends() {
    let text = format!("# x: y\n{HEADER}A,1,,B,1,,equal\n\n\nA,2\n\nA,3,,B,3,,wrong\nA,4");
    assert_eq!(refused(&opened(&text)), [(6, "cells"), (8, "bad-equivalence"), (9, "cells")]);
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(refused(&opened(&crlf)), [(6, "cells"), (8, "bad-equivalence"), (9, "cells")]);
}

#[test]
fn of_equal_rows_the_first_is_loaded_and_of_contradictory_rows_none() {
    let table = opened(&format!(
        "{HEADER}A,1,,B,1,,equal\n\
         A,1,,B,1,other display,equal\n\
         A,2,,B,1,,equal\n\
         A,2,,B,1,,wider\n\
         A,3,,B,1,,equal\n\
         A,3,,B,2,,equal\n\
         A,3,,C,1,,equal\n\
         A,3,,B,3,,wider\n\
         A,4,,B,,,unmatched\n\
         A,4,,B,1,,inexact\n\
         A,4,,C,1,,inexact\n\
         A,5,,,,,unmatched\n\
         A,5,,C,1,,inexact\n\
         A,6,,B,,,unmatched\n\
         A,6,,,,,unmatched\n"
    ));
    assert_eq!(
        refused(&table),
        [
            (3, "duplicate"),
            (4, "contradicts"),
            (5, "contradicts"),
            (6, "contradicts"),
            (7, "contradicts"),
            (10, "contradicts"),
            (11, "contradicts"),
            (13, "contradicts"),
            (14, "contradicts"),
        ]
    );
}

#[test]
fn labels_are_read_from_the_own_format_and_from_a_babelon_table() {
    let own = "system,code,language,label,status\nHP,HP:0000002,ja,身長の異常,official\nHP,0000003,ja,腎,CANDIDATE\n";
    let label = |code: &str, label: &str, status| {
        CodeTableRow::Label(CodeLabel {
            code: code.into(),
            language: "ja".into(),
            label: label.into(),
            status,
        })
    };
    let expected = [
        label("HP:0000002", "身長の異常", LabelStatus::Official),
        label("HP:0000003", "腎", LabelStatus::Candidate),
    ];
    assert_eq!(loaded(CodeTableKind::Labels, own.as_bytes()), expected);
    let columns = "source\tsource_version\tsource_language\ttranslation_language\tsubject_id\tpredicate_id\tsource_value\ttranslation_value\t\
                   translator\ttranslation_date\ttranslation_confidence\ttranslation_precision\ttranslation_type\ttranslation_status\n";
    let line = |id: &str, predicate: &str, value: &str, status: &str| {
        format!("hp.owl\t2023\ten\tja\t{id}\t{predicate}\tEnglish\t{value}\t\t2023-07-31\t1\tEXACT\t\t{status}\n")
    };
    let babelon = [
        columns.to_owned(),
        line("HP:0000001", "rdfs:label", "NA", "NOT_TRANSLATED"),
        line("HP:0000002", "rdfs:label", "身長の異常", "OFFICIAL"),
        line("HP:0000002", "IAO:0000115", "定義", "OFFICIAL"),
        line("HP:0000003", "rdfs:label", "腎", "CANDIDATE"),
        line("HP:0000004", "rdfs:label", "", "OFFICIAL"),
        line("HP:0000005", "rdfs:label", "耳", "REVIEWED"),
        line("HP:0000006", "rdfs:label", "目", "OFFICIAL"),
        line("HP:0000006", "rdfs:label", "眼", "OFFICIAL"),
    ]
    .concat();
    assert_eq!(loaded(CodeTableKind::Labels, babelon.as_bytes()), expected);
    let table = opened_as(CodeTableKind::Labels, babelon.as_bytes()).unwrap();
    assert_eq!(
        refused(&table),
        [
            (2, "not-translated"),
            (4, "not-a-label"),
            (6, "bad-text"),
            (7, "bad-status"),
            (8, "contradicts"),
            (9, "contradicts"),
        ]
    );
    assert!(table.unread_columns().contains(&"source_version".to_owned()));
}

#[test]
fn the_same_table_is_read_in_every_character_set() {
    let text = format!("{HEADER}ICD10,K297,胃炎,MONDO,1,胃の病気,equal\r\n")
        .replace('\n', "\r\n")
        .replace("\r\r", "\r");
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode(&text);
    let utf_8 = loaded(CodeTableKind::Map, text.as_bytes());
    assert_eq!(utf_8.len(), 1);
    assert_eq!(loaded(CodeTableKind::Map, &shift_jis), utf_8);
    assert_eq!(loaded(CodeTableKind::Map, &[b"\xef\xbb\xbf", text.as_bytes()].concat()), utf_8);
    let utf_16: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(loaded(CodeTableKind::Map, &utf_16), utf_8);
    let CodeTableRow::Mapping(mapping) = &utf_8[0] else { panic!() };
    assert_eq!(
        (mapping.source_display.as_str(), mapping.target_display.as_str()),
        ("胃炎", "胃の病気")
    );
}

#[test]
fn a_file_without_rows_columns_or_an_end_is_refused_as_a_whole() {
    let fault = |text: &str| opened_as(CodeTableKind::Map, text.as_bytes()).unwrap_err();
    assert_eq!(fault(HEADER), TableFileError::Empty);
    assert!(matches!(fault(""), TableFileError::Text { .. }));
    assert!(matches!(fault("# name: x\n"), TableFileError::Text { .. }));
    assert!(matches!(
        fault("a,b\n1,2\n"),
        TableFileError::Column {
            column: "source_system",
            ..
        }
    ));
    let twice = HEADER.replace("source_display", "source_code");
    assert!(matches!(fault(&twice), TableFileError::Column { column: "source_code", .. }));
    let open = format!("{HEADER}A,1,,B,1,,equal\nA,2,\"{}", "x\n".repeat(400_000));
    assert_eq!(fault(&open), TableFileError::TooLong { line: 3 });
    let long = format!("{HEADER}A,1,{},B,1,,equal\n", "x".repeat(1 << 20));
    assert_eq!(fault(&long), TableFileError::TooLong { line: 2 });
    assert!(matches!(
        TableFile::open(std::path::Path::new("/nonexistent/table"), CodeTableKind::Map),
        Err(TableFileError::Text { .. })
    ));
}

#[test]
fn a_file_that_changes_between_check_and_load_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, format!("{HEADER}A,1,,B,1,,equal\nA,2,,B,2,,equal\n")).unwrap();
    let table = TableFile::open(&path, CodeTableKind::Map).unwrap();
    std::fs::write(&path, format!("{HEADER}A,1,,B,1,,wider\nA,2,,B,2,,equal\n")).unwrap();
    let mut rows = table.rows();
    rows.begin().unwrap();
    let mut outcome = Ok(());
    for _ in 0..3 {
        outcome = outcome.and(rows.next_row().map(|_| ()));
    }
    assert_eq!(outcome, Err(CodeTableChanged));
}

/// One row of a made table: (source, system, target or none, equivalence).
type Made = (u8, u8, u8, usize);

/// Decides each row by comparing it with every other row. The oracle of the property test.
fn by_brute_force(rows: &[Made]) -> BTreeMap<usize, &'static str> {
    let word = |row: &Made| Equivalence::ALL[row.3];
    let is_unmatched = |row: &Made| word(row) == Equivalence::Unmatched;
    let target = |row: &Made| if is_unmatched(row) { None } else { Some(row.2) };
    let mut faults = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let mut fault = None;
        for (other_at, other) in rows.iter().enumerate() {
            if other_at == at || other.0 != row.0 {
                continue;
            }
            let same_system = other.1 == row.1;
            let contradicts = (same_system && target(row) == target(other) && word(row) != word(other))
                || (same_system && word(row) == Equivalence::Equal && word(other) == Equivalence::Equal && target(row) != target(other))
                || (same_system && is_unmatched(row) != is_unmatched(other))
                || (is_unmatched(row) && row.1 == 0 && !is_unmatched(other))
                || (is_unmatched(other) && other.1 == 0 && !is_unmatched(row));
            if contradicts {
                fault = Some("contradicts");
                break;
            }
            if other_at < at && same_system && target(row) == target(other) {
                fault = Some("duplicate");
            }
        }
        if let Some(fault) = fault {
            // A contradiction makes every row of the pair wrong, and a match in the same system as an unmatched row makes all rows there wrong.
            faults.insert(at, fault);
        }
    }
    faults
}

fn written(row: &Made) -> String {
    let word = Equivalence::ALL[row.3];
    let (system, target) = match word {
        Equivalence::Unmatched if row.1 == 0 => (String::new(), String::new()),
        Equivalence::Unmatched => (format!("T{}", row.1), String::new()),
        _ => (format!("T{}", row.1), row.2.to_string()),
    };
    format!("S,{},,{system},{target},,{}\n", row.0, word.as_str())
}

proptest! {
    /// The oracle compares every row with every other row. System 0 is the empty system, which only an unmatched row can have.
    #[test]
    fn rows_are_compared_as_a_loop_over_all_pairs_compares_them(
        rows in proptest::collection::vec((0u8..4, 0u8..3, 0u8..3, 0usize..5), 1..25),
    ) {
        let rows: Vec<Made> = rows
            .into_iter()
            .map(|row| if row.1 == 0 && Equivalence::ALL[row.3] != Equivalence::Unmatched { (row.0, 1, row.2, row.3) } else { row })
            .collect();
        let text = format!("{HEADER}{}", rows.iter().map(written).collect::<String>());
        let table = opened(&text);
        let found: BTreeMap<usize, &'static str> = table
            .refused()
            .iter()
            .map(|row| (usize::try_from(row.line).unwrap() - 2, row.fault.code()))
            .collect();
        prop_assert_eq!(found, by_brute_force(&rows));
    }

    /// Damaged files: no panic, and received = loaded + refused (`opened_as` checks it).
    #[test]
    fn a_damaged_file_is_accounted_for_or_refused(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..12),
        is_labels in any::<bool>(),
    ) {
        let text = if is_labels {
            "# version: 1\nsystem,code,language,label,status\nHP,HP:0000002,ja,\"身長, の異常\",official\nHP,0000003,ja,腎,candidate\n".to_owned()
        } else {
            format!("# version: 1\n{HEADER}ICD10,K297,\"胃 \"\"炎\"\"\",MONDO,1,,equal\nICD10,K298,,MONDO,,,unmatched\nA,1,,B,1,,wider\n")
        };
        let mut bytes = text.into_bytes();
        for (at, byte, edit) in edits {
            let at = at.index(bytes.len().max(1));
            match edit {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => { bytes.remove(at); }
                2 => bytes.insert(at.min(bytes.len()), byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        let kind = if is_labels { CodeTableKind::Labels } else { CodeTableKind::Map };
        let _ = opened_as(kind, &bytes);
    }
}
