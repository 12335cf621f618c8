//! Tests of tables of which each row is about one person, with the built-in profile for C-CAT-like tables.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::path::PathBuf;

use gemj_adapters::feed::{Asked, Trial, agree, trial};
use gemj_adapters::profile::Profile;
use gemj_model::{DatasetId, SiteId};

const HEADER: [&str; 8] = [
    "C.CAT調査結果.基本項目.ハッシュID",
    "症例.基本情報.性別",
    "症例.基本情報.性別.名称.",
    "症例.基本情報.がん種.OncoTree.",
    "症例.基本情報.がん種.OncoTree..名称.",
    "症例.検体情報.腫瘍細胞含有割合",
    "症例.EP前レジメン情報.薬剤名.YJ一般名.EN.",
    "備考_山田太郎",
];

/// Two persons with three rows. The rows of the first person are not adjacent.
fn rows() -> Vec<[&'static str; 8]> {
    vec![
        ["h1", "1", "男", "LUAD", "肺腺癌", "30", "Osimertinib", "x"],
        ["h2", "2", "女", "BRCA", "乳癌, \"左\"", "未入力", "", ""],
        ["h1", "1", "男", "LUAD", "肺腺癌", "30", "オシメルチニブ", "x"],
    ]
}

fn text(delimiter: &str, rows: &[[&str; 8]]) -> String {
    let cell = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |cells: &[&str]| cells.iter().map(cell).collect::<Vec<_>>().join(delimiter) + "\r\n";
    let lines = rows.iter().map(|row| line(row));
    std::iter::once(line(&HEADER)).chain(lines).collect()
}

fn trial_of(bytes: &[u8]) -> Trial {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("cases.csv");
    std::fs::write(&file, bytes).unwrap();
    let profile = Profile::open("c-cat").unwrap();
    let asked = Asked {
        dataset: DatasetId::parse("cancer").unwrap(),
        site: Some(SiteId::parse("hospital-a").unwrap()),
        namespace: Some("c-cat".to_owned()),
        exported: None,
    };
    let paths = [file];
    let target = agree(&paths, &profile, &asked).unwrap();
    trial(&paths, &profile, &target).unwrap()
}

#[test]
fn a_table_gives_the_same_units_in_every_character_set_and_with_every_delimiter() {
    let plain = text(",", &rows());
    let utf_16: Vec<u8> = std::iter::once(0xfeff)
        .chain(plain.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let (shift_jis, _, has_errors) = encoding_rs::SHIFT_JIS.encode(&plain);
    assert!(!has_errors);
    for bytes in [
        plain.clone().into_bytes(),
        format!("\u{feff}{plain}").into_bytes(),
        utf_16,
        shift_jis.into_owned(),
        text(";", &rows()).into_bytes(),
        text("\t", &rows()).into_bytes(),
    ] {
        let accounting = trial_of(&bytes).accounting;
        assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
        assert_eq!((accounting.received, accounting.committed), (2, 2));
        // Each person has one disease; one has a measured value, which the second row repeats.
        assert_eq!(accounting.facts_present, 3);
        assert_eq!(accounting.repeated, 2);
        assert_eq!(accounting.fields["row 症例.EP前*"].ignored, 2);
        assert_eq!(accounting.fields["row (undeclared name)"].unknown, 2);
        assert!(!format!("{accounting:?}").contains("山田"));
    }
}

#[test]
fn a_table_that_lacks_a_column_or_has_a_ragged_row_is_refused() {
    let reasons = |text: &str| {
        let accounting = trial_of(text.as_bytes()).accounting;
        accounting.quarantined.iter().map(|refused| refused.reason_code).collect::<Vec<_>>()
    };
    let plain = text(",", &rows());
    assert_eq!(reasons(&plain.replace("がん種.OncoTree.\"", "がん種\"")), ["export-lacks-column"]);
    assert_eq!(reasons(&plain.replace("\"h2\",\"2\"", "\"h2\"")), ["ragged-row"]);
    assert_eq!(reasons(&plain.replace("\"h2\"", "\"\"")), ["no-number"]);
    // A word for the sex that the profile does not have, and a code with a space, are never guessed.
    assert_eq!(reasons(&plain.replace("\"女\"", "\"おんな\"")), ["unknown-code"]);
    assert_eq!(reasons(&plain.replace("\"BRCA\"", "\"BR CA\"")), ["bad-code"]);
    // Two rows of a person that contradict each other.
    assert_eq!(reasons(&plain.replacen("\"男\"", "\"女\"", 1)), ["contradiction"]);
}
