//! Tests that read an SS-MIX2 standardized storage, a tree of files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use gemj_adapters::ssmix2;
use gemj_adapters::unit::{Met, Repair, Unit};
use proptest::prelude::*;

const PATIENT: &str = "1234567890";

#[derive(Default)]
struct Seen {
    units: Vec<Unit>,
    refused: Vec<(String, &'static str)>,
    ignored: Vec<String>,
}

impl Seen {
    fn refusals(&self) -> Vec<&'static str> {
        self.refused.iter().map(|(_, code)| *code).collect()
    }
}

fn read(root: &Path) -> Seen {
    let mut seen = Seen::default();
    let flow = ssmix2::read(root, &mut |met| {
        match met {
            Met::Unit(unit) => seen.units.push(unit),
            Met::Undecodable(refused) => seen.refused.push((refused.locator, refused.reason_code)),
            Met::Ignored(kind) => seen.ignored.push(kind),
            Met::LeftOut(_, name) => panic!("{name}"),
            Met::Remains(_) => panic!("no remains"),
            Met::Repaired(repair) => panic!("{}", repair.as_str()),
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    seen
}

fn message(kind: &str, patient: &str) -> String {
    let body = match kind {
        "PPR^ZD1" => "PRB|AD|20260401|20054174^胃炎^MDCDX2\r",
        "OUL^R22" => "SPM|1|A1||023^血清^JC10\rOBR|1|9||B^C^L\rOBX|1|NM|3A016^TP^JC10||7.2|g/dL|||||F\r",
        _ => "",
    };
    format!(
        "MSH|^~\\&|HIS|H01|||20260401093000||{kind}|M1|P|2.5||||||~ISO IR87||ISO 2022-1994\rPID|0001||{patient}^^^^PI||患者^太郎||19650415|M\r{body}"
    )
}

/// Writes a message file of this data type into a storage. Returns the name of the file.
fn put(root: &Path, patient: &str, data_type: &str, kind: &str, tail: &str) -> String {
    let date = if data_type == "OML-11" { "20260401" } else { "-" };
    let folder = root
        .join(&patient[..3])
        .join(&patient[3..6])
        .join(patient)
        .join(date)
        .join(data_type);
    fs::create_dir_all(&folder).unwrap();
    let name = format!("{patient}_{date}_{data_type}_{tail}");
    fs::write(folder.join(&name), message(kind, patient)).unwrap();
    name
}

fn storage() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    put(root.path(), PATIENT, "ADT-00", "ADT^A08", "000000000000000_20260401100000000_01_1");
    put(root.path(), PATIENT, "PPR-01", "PPR^ZD1", "000000000000000_20260402100000000_01_1");
    put(root.path(), PATIENT, "OML-11", "OUL^R22", "000000000000007_20260401090000000_-_1");
    put(
        root.path(),
        "9990000001",
        "PPR-01",
        "PPR^ZD1",
        "000000000000000_20260403100000000_01_1",
    );
    root
}

#[test]
fn a_storage_gives_one_unit_for_each_current_file() {
    let root = storage();
    let seen = read(root.path());
    assert!(
        seen.refused.is_empty() && seen.ignored.is_empty(),
        "{:?} {:?}",
        seen.refused,
        seen.ignored
    );
    let found: Vec<_> = seen
        .units
        .iter()
        .map(|unit| (unit.locator.as_str(), unit.version.as_str()))
        .collect();
    let expected = [
        ("[1]/[1]/[1]/-/ADT-00#1", "20260401100000000"),
        ("[1]/[1]/[1]/-/PPR-01#1", "20260402100000000"),
        ("[1]/[1]/[1]/20260401/OML-11#1", "20260401090000000"),
        ("[2]/[1]/[1]/-/PPR-01#1", "20260403100000000"),
    ];
    assert_eq!(found, expected);
    let shown = format!("{:?}", seen.units);
    assert!(!shown.contains(PATIENT) && !shown.contains("患者"));
    let keys: std::collections::BTreeSet<_> = seen.units.iter().map(|unit| &unit.key).collect();
    assert_eq!(keys.len(), 4);
}

#[test]
fn an_update_keeps_the_key_although_the_old_file_is_renamed() {
    let root = storage();
    let before = read(root.path());
    let folder = root.path().join("123/456").join(PATIENT).join("20260401/OML-11");
    let old = format!("{PATIENT}_20260401_OML-11_000000000000007_20260401090000000_-_");
    fs::rename(folder.join(format!("{old}1")), folder.join(format!("{old}2"))).unwrap();
    put(root.path(), PATIENT, "OML-11", "OUL^R22", "000000000000007_20260401113000000_-_1");
    let after = read(root.path());
    assert_eq!(after.ignored, ["history"]);
    assert_eq!(before.units[2].key, after.units[2].key);
    assert!(before.units[2].version < after.units[2].version);
    assert_eq!(after.units.len(), 4);
}

#[test]
fn a_deletion_has_the_key_of_the_deleted_unit() {
    let root = storage();
    let before = read(root.path());
    let folder = root.path().join("123/456").join(PATIENT).join("20260401/OML-11");
    let old = format!("{PATIENT}_20260401_OML-11_000000000000007_20260401090000000_-_");
    fs::rename(folder.join(format!("{old}1")), folder.join(format!("{old}0"))).unwrap();
    put(root.path(), PATIENT, "OML-11", "OUL^R22", "000000000000007_20260401120000000_-_0");
    let after = read(root.path());
    assert!(after.units[2].deleted && after.units[2].records.is_empty());
    assert_eq!(
        (&after.units[2].key, after.units[2].version.as_str()),
        (&before.units[2].key, "20260401120000000")
    );
    assert_eq!(after.ignored, ["history"]);
}

#[test]
fn two_current_files_of_one_key_are_ambiguous_unless_one_is_later() {
    let root = storage();
    put(root.path(), PATIENT, "OML-11", "OUL^R22", "000000000000007_20260401090000000_02_1");
    let seen = read(root.path());
    assert_eq!(seen.refusals(), ["ambiguous-current", "ambiguous-current"]);
    put(root.path(), PATIENT, "OML-11", "OUL^R22", "000000000000007_20260401090000001_02_1");
    let seen = read(root.path());
    assert_eq!((seen.refused.len(), seen.ignored.len(), seen.units.len()), (0, 2, 4));
}

#[test]
fn a_patient_has_one_file_of_problems_unless_current_files_have_order_numbers_of_their_own() {
    let root = storage();
    // The fixed number is 9 fifteen times in the guideline. Some systems write zeros. Both are the same unit.
    put(root.path(), PATIENT, "PPR-01", "PPR^ZD1", "999999999999999_20260501100000000_01_1");
    let seen = read(root.path());
    assert_eq!((seen.ignored.len(), seen.units.len()), (1, 4));
    assert_eq!(seen.units[1].version, "20260501100000000");
    put(root.path(), PATIENT, "PPR-01", "PPR^ZD1", "000000000000009_20260420100000000_01_1");
    put(root.path(), PATIENT, "PPR-01", "PPR^ZD1", "000000000000010_20260420100000000_01_1");
    let seen = read(root.path());
    assert_eq!((seen.ignored.len(), seen.units.len()), (1, 6));
    let keys: std::collections::BTreeSet<_> = seen.units.iter().map(|unit| &unit.key).collect();
    assert_eq!(keys.len(), 6);
}

#[test]
fn a_file_whose_patient_or_kind_differs_from_its_path_is_refused() {
    let root = storage();
    let folder = root.path().join("123/456").join(PATIENT).join("-/PPR-01");
    let name = format!("{PATIENT}_-_PPR-01_000000000000000_20260402100000000_01_1");
    fs::write(folder.join(&name), message("PPR^ZD1", "5555555555")).unwrap();
    let seen = read(root.path());
    assert_eq!(seen.refused, [("[1]/[1]/[1]/-/PPR-01#1".to_owned(), "path-patient-mismatch")]);
    fs::write(folder.join(&name), message("OUL^R22", PATIENT)).unwrap();
    assert_eq!(read(root.path()).refusals(), ["message-type-mismatch"]);
    fs::write(folder.join(&name), b"\xff\xfe\x0d\x00").unwrap();
    assert_eq!(read(root.path()).refusals(), ["empty"]);
}

#[test]
fn a_malformed_file_name_is_refused_without_repeating_the_name() {
    let root = storage();
    let folder = root.path().join("123/456").join(PATIENT).join("-/PPR-01");
    for (name, expected) in [
        (format!("{PATIENT}_-_PPR-01_0_99990402100000000_01_1"), "file-time"),
        (format!("{PATIENT}_-_PPR-01_0_20261302100000000_01_1"), "file-time"),
        ("yamada_taro.txt".to_owned(), "file-name"),
        (format!("{PATIENT}_-_PPR-01_0_2026_01_1"), "file-name"),
        (format!("{PATIENT}_-_PPR-01_0_20260402100000000_01_3"), "condition-flag"),
        (format!("{PATIENT}_-_ADT-00_0_20260402100000000_01_1"), "path-name-mismatch"),
        ("1234567899_-_PPR-01_0_20260402100000000_01_1".to_owned(), "path-name-mismatch"),
    ] {
        fs::write(folder.join(&name), message("PPR^ZD1", PATIENT)).unwrap();
        let seen = read(root.path());
        assert_eq!(seen.refusals(), [expected], "{name}");
        assert!(!seen.refused[0].0.contains("1234567") && !seen.refused[0].0.contains("yamada"));
        assert_eq!(seen.units.len(), 4);
        fs::remove_file(folder.join(&name)).unwrap();
    }
    fs::create_dir_all(root.path().join("123/456/7777777777/-/PPR-01")).unwrap();
    fs::create_dir_all(root.path().join("123/456").join(PATIENT).join("yesterday")).unwrap();
    fs::create_dir_all(root.path().join("123/456").join(PATIENT).join("20260401/PPR-01")).unwrap();
    assert_eq!(read(root.path()).refusals(), ["path-shape", "path-shape", "path-shape"]);
}

#[test]
fn files_that_are_not_read_are_counted_by_kind() {
    let root = storage();
    put(root.path(), PATIENT, "OMP-01", "RDE^O11", "000000000000000_20260401100000000_01_1");
    put(root.path(), PATIENT, "ADT-31", "ADT^A21", "000000000000000_20260401100000000_01_1");
    put(root.path(), PATIENT, "患者の写真", "X", "000000000000000_20260401100000000_01_1");
    fs::write(root.path().join("readme.txt"), "x").unwrap();
    let mut seen = read(root.path());
    seen.ignored.sort();
    assert_eq!(
        seen.ignored,
        ["file:outside-folders", "message:ADT-31", "message:OMP-01", "message:unknown"]
    );
    assert_eq!(seen.units.len(), 4);
}

#[cfg(unix)]
#[test]
fn links_are_refused_and_not_followed() {
    let root = storage();
    let outside = tempfile::tempdir().unwrap();
    let name = put(
        outside.path(),
        PATIENT,
        "PPR-01",
        "PPR^ZD1",
        "000000000000000_20260901100000000_01_1",
    );
    let target = outside.path().join("123/456").join(PATIENT).join("-/PPR-01").join(&name);
    let folder = root.path().join("123/456").join(PATIENT).join("-/PPR-01");
    std::os::unix::fs::symlink(target, folder.join(&name)).unwrap();
    std::os::unix::fs::symlink(outside.path().join("123"), root.path().join("777")).unwrap();
    let seen = read(root.path());
    assert_eq!(seen.refusals(), ["link", "link"]);
    assert_eq!(seen.units[1].version, "20260402100000000");
}

#[test]
fn a_single_file_is_read_without_a_check_of_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sample.hl7");
    fs::write(&file, message("OUL^R22", "42")).unwrap();
    let seen = read(&file);
    assert_eq!(seen.units.len(), 1);
    assert_eq!(seen.units[0].locator, "sample.hl7");
    assert_eq!(read(&folder.path().join("absent")).refusals(), ["unreadable"]);
}

#[test]
fn a_run_stops_at_once_if_the_callback_breaks() {
    let root = storage();
    let mut count = 0;
    let flow = ssmix2::read(root.path(), &mut |_| {
        count += 1;
        ControlFlow::Break(())
    });
    assert!(flow.is_break());
    assert_eq!(count, 1);
}

#[test]
fn a_file_with_an_extension_is_read_and_counted() {
    let root = storage();
    for (number, end) in [(8, ".hl7"), (9, ".TXT")] {
        let tail = format!("00000000000000{number}_20260401090000000_-_1{end}");
        put(root.path(), PATIENT, "OML-11", "OUL^R22", &tail);
    }
    let seen = read(root.path());
    assert_eq!((seen.refused.len(), seen.units.len()), (0, 6));
    let repaired = seen
        .units
        .iter()
        .filter(|unit| unit.account.repairs.contains_key(&Repair::FileExtension));
    assert_eq!(repaired.count(), 2);
}

/// An operation on a file of the storage: which of two patients, which of three orders, and whether it deletes.
type Operation = (usize, usize, bool);

/// The standardized storage after the operations, as SS-MIX2 describes it: an insertion renames the current file to history, and a deletion renames all
/// files of the key and writes a new deleted file. Written without the reader's code.
fn apply(root: &Path, operations: &[Operation]) {
    for (at, (patient, order, is_deletion)) in operations.iter().enumerate() {
        let patient = ["1234567890", "1234567891"][*patient];
        let folder = root.join(&patient[..3]).join(&patient[3..6]).join(patient).join("20260401/OML-11");
        fs::create_dir_all(&folder).unwrap();
        let key = format!("{patient}_20260401_OML-11_{order:015}_");
        for entry in fs::read_dir(&folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let (stem, flag) = name.split_at(name.len() - 1);
            let new = match (is_deletion, flag) {
                (true, "1" | "2") => "0",
                (false, "1") => "2",
                _ => continue,
            };
            if name.starts_with(&key) {
                fs::rename(folder.join(&name), folder.join(format!("{stem}{new}"))).unwrap();
            }
        }
        let flag = if *is_deletion { 0 } else { 1 };
        fs::write(
            folder.join(format!("{key}{}_01_{flag}", time_of(at))),
            result_message(patient, *order, at),
        )
        .unwrap();
    }
}

fn time_of(at: usize) -> String {
    format!("202604011000{at:02}000")
}

fn result_message(patient: &str, order: usize, at: usize) -> String {
    format!(
        "MSH|^~\\&|HIS|HOSPITAL-A|||{}||OUL^R22|M{at}|P|2.5||||||~ISO IR87\rPID|0001||{patient}^^^^PI||||19650415|M\r\
         SPM|1|||023^血清^JC10|||||||||||||20260401\rOBR|1|{order}||B^C^L\rORC|SC|{order}\r\
         OBX|1|NM|3A016^TP^JC10||{at}|g/dL|||||F\r",
        time_of(at)
    )
}

/// The text of a transaction with its message. Systems write the text around the message differently.
fn transaction((patient, order, is_deletion): Operation, at: usize, style: usize) -> String {
    let patient = ["1234567890", "1234567891"][patient];
    let operation = if is_deletion { "DEL" } else { "INS" };
    let message = result_message(patient, order, at);
    match style % 3 {
        0 => format!(
            "{operation},{patient},20260401,OML-11,{order:015},01,{}\r\n{message}\r\n",
            time_of(at)
        ),
        1 => format!("[{operation}] {message}"),
        _ => format!("{}\t{operation}\n{}", time_of(at), message.replace('\r', "\n")),
    }
}

/// The facts that a store has after it committed units, by key: the number of the result, or nothing for a void unit.
fn ingested(roots: &[&Path]) -> std::collections::BTreeMap<String, Option<String>> {
    let mut stored: std::collections::BTreeMap<String, (String, Option<String>)> = std::collections::BTreeMap::new();
    for root in roots {
        for unit in read(root).units {
            let number = unit.records.iter().find(|record| record.kind == "OBX" && !unit.deleted);
            let number = number.map(|record| match record.fields.get("OBX-5") {
                Some(gemj_adapters::unit::Field::Value(text)) => text.clone(),
                _ => panic!("no value"),
            });
            // The rule of the store: an older version does not replace a newer one.
            if stored.get(&unit.key).is_none_or(|(version, _)| *version <= unit.version) {
                stored.insert(unit.key, (unit.version, number));
            }
        }
    }
    stored.into_iter().map(|(key, (_, number))| (key, number)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn transactions_in_the_order_of_arrival_give_the_state_of_the_storage(
        operations in prop::collection::vec((0usize..2, 0usize..3, any::<bool>()), 1..12),
        cuts in prop::collection::vec(any::<bool>(), 12),
        style in 0usize..3,
    ) {
        let storage = tempfile::tempdir().unwrap();
        apply(storage.path(), &operations);
        let expected = ingested(&[storage.path()]);
        // All transactions in one storage, in files of several transactions.
        let (all, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut text = String::new();
        let mut folders = Vec::new();
        for (at, operation) in operations.iter().enumerate() {
            text += &transaction(*operation, at, style + at);
            if cuts[at] || at + 1 == operations.len() {
                let name = format!("TR_20260401{:06}000_{at:05}.DAT", 100_000 + at);
                let part = parts.path().join(at.to_string());
                for root in [all.path(), &part] {
                    fs::create_dir_all(root.join("2026")).unwrap();
                    fs::write(root.join("2026").join(&name), &text).unwrap();
                }
                folders.push(part);
                text.clear();
            }
        }
        prop_assert!(read(all.path()).refused.is_empty(), "{:?}", read(all.path()).refused);
        prop_assert_eq!(&ingested(&[all.path()]), &expected);
        let one_by_one: Vec<&Path> = folders.iter().map(|folder| folder.as_path()).collect();
        prop_assert_eq!(&ingested(&one_by_one), &expected);
    }

    #[test]
    fn any_bytes_in_a_transaction_file_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>()) {
        let root = tempfile::tempdir().unwrap();
        let mut text = transaction((0, 1, false), 1, 0).into_bytes();
        let at = cut.index(text.len());
        text.splice(at..at, bytes.iter().copied());
        fs::write(root.path().join("TR_20260401100000000_00001.DAT"), &text).unwrap();
        let seen = read(root.path());
        prop_assert!(seen.units.len() + seen.refused.len() + seen.ignored.len() > 0);
    }
}

#[test]
fn a_transaction_without_a_certain_operation_or_key_is_refused() {
    let good = transaction((0, 1, false), 1, 0);
    for (text, code) in [
        (good.replace("INS", "UPD"), "transaction-operation"),
        (good.replace("INS", "INS DEL"), "transaction-operation"),
        (good.replace("|20260401\rOBR|1|1", "|\rOBR|1|1"), "transaction-key"),
        (format!("{good}DEL,x"), "transaction-without-message"),
        ("INS,x".to_owned(), "transaction-without-message"),
        (good.replacen("PID|", "PIX|", 1), "no-patient"),
    ] {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("TR_20260401100000000_00001.DAT"), text.as_bytes()).unwrap();
        assert_eq!(read(root.path()).refusals(), [code], "{text}");
    }
    let root = tempfile::tempdir().unwrap();
    fs::write(
        root.path().join("TR_20260401100000000_00001.DAT"),
        good.replace("OUL^R22", "RDE^O11"),
    )
    .unwrap();
    assert_eq!(read(root.path()).ignored, ["message:RDE^O11"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_file_is_accounted_for_with_any_name_and_bytes(
        files in prop::collection::btree_map("[0-9A-Za-z_.-]{1,60}|1234567890_-_PPR-01_0_202604021000000[0-9]{2}_01_[0-3]", prop::collection::vec(any::<u8>(), 0..60), 0..8),
    ) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("123/456").join(PATIENT).join("-/PPR-01");
        fs::create_dir_all(&folder).unwrap();
        let mut count = 0;
        for (name, bytes) in &files {
            if name != "." && name != ".." {
                fs::write(folder.join(name), bytes).unwrap();
                count += 1;
            }
        }
        let seen = read(root.path());
        prop_assert_eq!(seen.units.len() + seen.refused.len() + seen.ignored.len(), count);
    }
}
