//! Thousands of damaged exports in every form: nothing panics, no reason contains a value, and every cell of a unit is accounted for.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use gemj_adapters::redcap::{Selection, read};
use gemj_adapters::unit::{LeftOutRule, Met};

use super::count::{Form, by_record};
use super::project::{Project, box_name};
use super::random::Random;
use super::write::{DICTIONARY_COLUMNS, METADATA_MEMBERS, PLAIN, csv, dictionary, json};

/// The request of the project's own profile.
pub(super) fn selection(project: &Project) -> Selection {
    let mut fields: BTreeSet<String> = ["record_id", "sex"].map(str::to_owned).into();
    for form in &project.forms {
        fields.extend(["code", "st", "date", "num", "hid", "kind:label"].map(|field| format!("{}_{field}", form.name)));
        fields.extend(form.boxes.iter().map(|code| format!("{}_box___{}", form.name, box_name(code))));
    }
    Selection {
        dictionary: "data_dictionary.csv".to_owned(),
        missing: ["NASK", "-99"].map(str::to_owned).into(),
        fields,
        ..Selection::default()
    }
}

/// What a file gave: the keys of its units in order, the indices of the refused records, and the number of cells that were accounted for.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) keys: Vec<String>,
    pub(super) refused_records: BTreeSet<usize>,
    pub(super) refused_whole: Vec<&'static str>,
    pub(super) cells: u64,
    pub(super) is_converted: bool,
    pub(super) texts: String,
}

pub(super) fn outcome(file: &Path, selection: &Selection) -> Outcome {
    let mut outcome = Outcome::default();
    let flow = read(file, selection, &mut |met| {
        match met {
            Met::Unit(unit) => {
                let fields: usize = unit.records.iter().map(|record| record.fields.len()).sum();
                let left_out: u64 = unit.account.left_out.values().flat_map(|names| names.values()).sum();
                outcome.cells += fields as u64 + left_out;
                outcome.texts.push_str(
                    &unit
                        .account
                        .left_out
                        .values()
                        .flat_map(|names| names.keys())
                        .cloned()
                        .collect::<String>(),
                );
                outcome.is_converted |= unit.encoding != "utf-8";
                outcome.keys.push(unit.key);
            }
            Met::Undecodable(refused) => {
                outcome.texts.push_str(&refused.detail);
                match refused.locator.split_once("#record[") {
                    Some((_, index)) => {
                        outcome.refused_records.insert(index.trim_end_matches(']').parse().unwrap());
                    }
                    None => outcome.refused_whole.push(refused.reason_code),
                }
            }
            Met::LeftOut(LeftOutRule::ColumnAbsent, _) | Met::Repaired(_) | Met::Remains(_) => {}
            Met::Ignored(name) | Met::LeftOut(_, name) => {
                outcome.cells += 1;
                outcome.texts.push_str(&name);
            }
        }
        ControlFlow::Continue(())
    });
    assert!(flow.is_continue());
    outcome
}

/// One random change of a text: a cut, or a sign that has a meaning in CSV or JSON, or a piece that is removed, repeated or moved.
fn mutated(text: &str, random: &mut Random) -> String {
    let mut signs: Vec<char> = text.chars().collect();
    for _ in 0..1 + random.below(2) {
        let at = random.below(signs.len().max(1));
        let to = (at + 1 + random.below(40)).min(signs.len());
        let meaning = [
            '"', ',', '\n', '\r', ';', '\t', '{', '}', '[', ']', ':', '\\', '0', '2', '9', '_', ' ', 'x', '花', '\u{feff}', '|', '^',
        ];
        match random.below(12) {
            0 => signs.truncate(at),
            1 if at < signs.len() => signs[at] = meaning[random.below(meaning.len())],
            2 => signs.insert(at.min(signs.len()), meaning[random.below(meaning.len())]),
            3 if at < to => drop(signs.drain(at..to)),
            4 if at < to => {
                let piece: Vec<char> = signs[at..to].to_vec();
                let place = random.below(signs.len());
                signs.splice(place..place, piece);
            }
            5 if at < signs.len() => {
                let other = random.below(signs.len());
                signs.swap(at, other);
            }
            // Another sign of the same kind changes a value or a name, and not the structure.
            _ if signs.get(at).is_some_and(char::is_ascii_alphanumeric) => signs[at] = ['0', '1', '2', '7', 'x', 'f'][random.below(6)],
            _ => {}
        }
    }
    signs.into_iter().collect()
}

#[test]
fn every_cell_of_a_damaged_export_is_accounted_for_or_its_record_is_refused() {
    let mut random = Random(7);
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("records.csv");
    let (mut checked, mut whole, mut read_files) = (0, 0, 0);
    for _ in 0..40 {
        let project = Project::random(&mut random);
        let dictionary = csv(&dictionary(&project.dictionary(), DICTIONARY_COLUMNS), PLAIN);
        fs::write(folder.path().join("data_dictionary.csv"), dictionary).unwrap();
        let selection = selection(&project);
        let forms = [
            (csv(&project.flat(), PLAIN), Form::flat(',')),
            (csv(&project.eav(), PLAIN), Form::eav(',')),
            (json(&project.flat()), Form::flat_json()),
            (json(&project.eav()), Form::eav_json()),
        ];
        for (text, form) in forms {
            for _ in 0..50 {
                let text = mutated(&text, &mut random);
                fs::write(&file, &text).unwrap();
                let outcome = outcome(&file, &selection);
                assert!(
                    !outcome.texts.contains("山田") && !outcome.texts.contains("SECRET"),
                    "{}",
                    outcome.texts
                );
                let keys: BTreeSet<&String> = outcome.keys.iter().collect();
                assert_eq!(keys.len(), outcome.keys.len(), "two units of one record");
                match outcome.refused_whole.len() {
                    0 => read_files += 1,
                    _ => {
                        assert!(outcome.keys.is_empty() && outcome.refused_records.is_empty());
                        whole += 1;
                        continue;
                    }
                }
                let records =
                    by_record(&text, form, "record_id").expect("the adapter read a file that the crate csv or serde_json refuses");
                let kept = records.iter().enumerate().filter(|(at, _)| !outcome.refused_records.contains(at));
                let cells: u64 = kept.map(|(_, (_, cells))| cells).sum();
                assert_eq!(outcome.cells, cells, "{form:?}\n{text}");
                checked += cells;
            }
        }
    }
    eprintln!("{read_files} damaged files read, {whole} refused whole, {checked} cells counted");
    assert!(read_files > 1500 && whole > 1500 && checked > 100_000);
}

#[test]
fn damaged_bytes_and_damaged_dictionaries_are_read_or_refused() {
    let mut random = Random(11);
    let folder = tempfile::TempDir::new().unwrap();
    for _ in 0..40 {
        let project = Project::random(&mut random);
        let selection = selection(&project);
        let rows = project.dictionary();
        let dictionaries = [
            csv(&dictionary(&rows, DICTIONARY_COLUMNS), PLAIN),
            json(&dictionary(&rows, METADATA_MEMBERS)),
        ];
        let exports = [
            csv(&project.flat(), PLAIN),
            csv(&project.eav(), PLAIN),
            json(&project.flat()),
            json(&project.eav()),
        ];
        for round in 0..60 {
            let mut dictionary = dictionaries[round % 2].clone().into_bytes();
            let mut export = exports[round % 4].clone().into_bytes();
            let damaged = if random.chance(50) { &mut dictionary } else { &mut export };
            for _ in 0..1 + random.below(4) {
                let at = random.below(damaged.len().max(1));
                match random.below(3) {
                    0 => damaged.truncate(at),
                    _ if at < damaged.len() => damaged[at] = random.next() as u8,
                    _ => {}
                }
            }
            fs::write(folder.path().join("data_dictionary.csv"), &dictionary).unwrap();
            let file = folder.path().join("records.csv");
            fs::write(&file, &export).unwrap();
            let outcome = outcome(&file, &selection);
            assert!(outcome.refused_whole.len() <= 1);
            assert!(!outcome.texts.contains("山田") && !outcome.texts.contains("SECRET"));
        }
    }
}
