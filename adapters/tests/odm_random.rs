//! Random histories of transactions. A fold by brute force in this test is the oracle: the files of a history must give exactly the facts that a
//! snapshot of the final state gives.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "odm_kit/kit.rs"]
#[allow(dead_code)]
mod kit;
#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::BTreeMap;
use std::fmt::Write;

use gemj_adapters::profile::Profile;
use gemj_adapters::unit::LeftOutRule;
use kit::{read, snapshot};
use proptest::prelude::*;
use world::{Store, folder, numbers, reasons, take};

/// The values of a subject: event, group with repeat key, item. `None` is a value that the source states as null.
type Groups = BTreeMap<(usize, usize, usize), BTreeMap<usize, Option<String>>>;
/// The subjects that exist, each with its events that exist and its values.
type Study = BTreeMap<usize, (BTreeMap<usize, ()>, Groups)>;

const GROUPS: [(&str, &[&str]); 2] = [
    ("IG.DX", &["IT.DX.ICD10", "IT.DX.STATUS", "IT.DX.TERM"]),
    ("IG.LB", &["IT.LB.JLAC10", "IT.LB.RESULT", "IT.LB.UNIT"]),
];
const VALUES: [[&[&str]; 3]; 2] = [
    [
        &["K29.7", "C16.9", "G40.9"],
        &["CONFIRMED", "SUSPECTED", "ODD"],
        &["胃炎", "a & <b>", "疑い"],
    ],
    [
        &["3A016000002327102", "2A990000001930953"],
        &["7.2", "<0.1", "text"],
        &["g/dL", "%"],
    ],
];

#[derive(Clone, Debug)]
enum What {
    Set(usize, usize),
    Null(usize),
    RemoveItem(usize),
    RemoveGroup,
    RemoveEvent,
    RemoveSubject,
}

#[derive(Clone, Debug)]
struct Change {
    subject: usize,
    event: usize,
    group: usize,
    repeat: usize,
    what: What,
    /// Which of the equivalent transaction types the change states, and at which level.
    style: usize,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let what = prop_oneof![
        12 => (0..3_usize, 0..3_usize).prop_map(|(item, value)| What::Set(item, value)),
        1 => (0..3_usize).prop_map(What::Null),
        2 => (0..3_usize).prop_map(What::RemoveItem),
        1 => Just(What::RemoveGroup),
        1 => Just(What::RemoveEvent),
        1 => Just(What::RemoveSubject),
    ];
    let change =
        (0..3_usize, 0..2_usize, 0..2_usize, 0..2_usize, what, 0..6_usize).prop_map(|(subject, event, group, repeat, what, style)| {
            Change {
                subject,
                event,
                group,
                repeat,
                what,
                style,
            }
        });
    prop::collection::vec(change, 1..60)
}

fn value(group: usize, item: usize, value: usize) -> String {
    let values = VALUES[group][item];
    values[value % values.len()].to_owned()
}

/// Applies a change by the meaning of ODM, without the code under test.
fn apply(study: &mut Study, change: &Change) {
    let place = (change.event, change.group, change.repeat);
    if let What::Set(..) | What::Null(_) = change.what {
        let subject = study.entry(change.subject).or_default();
        subject.0.insert(change.event, ());
        let group = subject.1.entry(place).or_default();
        match change.what {
            What::Set(item, at) => group.insert(item, Some(value(change.group, item, at))),
            What::Null(item) => group.insert(item, None),
            _ => None,
        };
        return;
    }
    let Some((events, groups)) = study.get_mut(&change.subject) else {
        return;
    };
    match change.what {
        What::RemoveItem(item) => {
            groups.get_mut(&place).and_then(|group| group.remove(&item));
        }
        What::RemoveGroup => {
            groups.remove(&place);
        }
        What::RemoveEvent => {
            events.remove(&change.event);
            groups.retain(|(event, ..), _| *event != change.event);
        }
        What::RemoveSubject => {
            study.remove(&change.subject);
        }
        What::Set(..) | What::Null(_) => {}
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn key(subject: usize) -> String {
    format!("EDC-{subject}")
}

/// A change as one `SubjectData` element.
fn element(change: &Change) -> String {
    let (oid, items) = GROUPS[change.group];
    let kind = |kind: &str| format!("TransactionType=\"{kind}\"");
    let data = ["Upsert", "Update", "Insert"][change.style % 3];
    // The type is stated by the element itself or, for half of the changes, by the subject.
    let (outer, inner) = match change.style < 3 {
        true => (kind("Context"), kind(data)),
        false => (kind(data), String::new()),
    };
    let outer = match (&change.what, change.subject) {
        // A subject that the snapshot does not contain can be new. The snapshot states that it contains all subjects.
        (What::Set(..) | What::Null(_), _) if change.style < 3 => kind("Upsert"),
        (What::Set(..) | What::Null(_), _) => kind(if data == "Update" { "Upsert" } else { data }),
        _ => outer,
    };
    let item = |at: &usize, rest: &str| format!("<ItemData ItemOID=\"{}\" {rest}/>", items[*at]);
    let inside = match &change.what {
        What::Set(at, v) => item(at, &format!("{inner} Value=\"{}\"", escaped(&value(change.group, *at, *v)))),
        What::Null(at) => item(at, &format!("{inner} IsNull=\"Yes\"")),
        What::RemoveItem(at) => item(at, &kind("Remove")),
        _ => String::new(),
    };
    let removes_item = matches!(change.what, What::RemoveItem(_));
    let group_kind = match change.what {
        What::RemoveGroup => kind("Remove"),
        _ if removes_item => kind("Context"),
        _ => String::new(),
    };
    let group = format!(
        "<ItemGroupData ItemGroupOID=\"{oid}\" ItemGroupRepeatKey=\"{}\" {group_kind}>{inside}</ItemGroupData>",
        change.repeat
    );
    let event_kind = match change.what {
        What::RemoveEvent => kind("Remove"),
        What::RemoveGroup | What::RemoveItem(_) => kind("Context"),
        _ => String::new(),
    };
    let subject_kind = match change.what {
        What::RemoveSubject => kind("Remove"),
        What::RemoveGroup | What::RemoveItem(_) | What::RemoveEvent => kind("Context"),
        _ => outer,
    };
    format!(
        "<SubjectData SubjectKey=\"{}\" {subject_kind}><StudyEventData StudyEventOID=\"SE\" StudyEventRepeatKey=\"{}\" {event_kind}><FormData FormOID=\"F\">{group}</FormData></StudyEventData></SubjectData>",
        key(change.subject),
        change.event
    )
}

/// The clinical data of a snapshot of a state.
fn clinical(study: &Study) -> String {
    let mut text = String::new();
    for (subject, (events, groups)) in study {
        let _ = write!(text, "<SubjectData SubjectKey=\"{}\">", key(*subject));
        for event in events.keys() {
            let _ = write!(
                text,
                "<StudyEventData StudyEventOID=\"SE\" StudyEventRepeatKey=\"{event}\"><FormData FormOID=\"F\">"
            );
            for ((_, group, repeat), items) in groups.iter().filter(|((of, ..), _)| of == event) {
                let (oid, names) = GROUPS[*group];
                let _ = write!(text, "<ItemGroupData ItemGroupOID=\"{oid}\" ItemGroupRepeatKey=\"{repeat}\">");
                for (item, value) in items {
                    let value = value
                        .as_ref()
                        .map_or("IsNull=\"Yes\"".to_owned(), |v| format!("Value=\"{}\"", escaped(v)));
                    let _ = write!(text, "<ItemData ItemOID=\"{}\" {value}/>", names[*item]);
                }
                text.push_str("</ItemGroupData>");
            }
            text.push_str("</FormData></StudyEventData>");
        }
        text.push_str("</SubjectData>");
    }
    text
}

/// The files of a history: a snapshot after the first `from` changes, and the other changes divided at the marked places.
fn files(history: &[Change], from: usize, cuts: &[bool]) -> Vec<String> {
    let mut state = Study::new();
    history[..from].iter().for_each(|change| apply(&mut state, change));
    let mut parts: Vec<String> = vec![String::new()];
    // Until a subject exists in the files, a removal of it would be refused as a change of an unknown subject.
    let mut known: Vec<usize> = state.keys().copied().collect();
    for (at, change) in history[from..].iter().enumerate() {
        if cuts.get(at) == Some(&true) {
            parts.push(String::new());
        }
        let is_data = matches!(change.what, What::Set(..) | What::Null(_));
        if is_data || known.contains(&change.subject) {
            known.push(change.subject);
            parts.last_mut().unwrap().push_str(&element(change));
        }
    }
    let mut files = vec![snapshot(1, &clinical(&state))];
    for (at, part) in parts.iter().enumerate() {
        let text = kit::transactional(2, part);
        files.push(
            text.replace("2026-04-02T12:00:00", &format!("2026-04-02T12:{:02}:{:02}", at / 60, at % 60))
                .replace("Transactional.2", &format!("T.{at}")),
        );
    }
    files
}

/// The statements that are stored of each participant, and the reasons of refusal.
fn stored(files: &[String]) -> (BTreeMap<String, Vec<String>>, Vec<&'static str>) {
    let names: Vec<String> = (0..files.len()).map(|at| format!("{:03}.xml", (at * 37) % 101)).collect();
    let given: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(files.iter().map(String::as_bytes)).collect();
    let mut store = Store::default();
    let people = ["P0", "P1", "P2"];
    let keys: Vec<String> = (0..3).map(key).collect();
    let rows: Vec<(&str, &str, &'static str)> = keys.iter().zip(people).map(|(key, id)| ("gemj-edc", key.as_str(), id)).collect();
    let accounting = take(folder(&given).path(), &Profile::open("odm").unwrap(), &numbers(&rows), &mut store).unwrap();
    let mut facts = BTreeMap::new();
    for record in store.records.into_values() {
        let mut lines: Vec<String> = record.facts.iter().map(|fact| format!("{fact:?}")).collect();
        lines.sort();
        if !lines.is_empty() {
            facts.insert(record.participant.as_str().to_owned(), lines);
        }
    }
    let mut refused = reasons(&accounting);
    refused.sort_unstable();
    (facts, refused)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_history_in_any_files_gives_the_facts_of_a_snapshot_of_its_end(
        history in changes(),
        from in any::<prop::sample::Index>(),
        cuts in prop::collection::vec(prop::bool::weighted(0.2), 60),
    ) {
        let from = from.index(history.len() + 1);
        let mut end = Study::new();
        history.iter().for_each(|change| apply(&mut end, change));
        let whole = snapshot(1, &clinical(&end));
        let files = files(&history, from, &cuts);

        let (expected, seen) = (read(&[&whole]), read(&files.iter().map(String::as_str).collect::<Vec<_>>()));
        prop_assert_eq!(&seen.refused, &vec![]);
        let values = |seen: &kit::Seen| -> BTreeMap<String, BTreeMap<String, String>> {
            let existing = seen.units.iter().filter(|unit| !unit.deleted);
            existing.map(|unit| (unit.key.clone(), kit::values(unit).into_iter().filter(|(_, value)| !value.is_empty()).collect())).collect()
        };
        prop_assert_eq!(values(&seen), values(&expected));
        prop_assert_eq!(stored(&files), stored(&[whole]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn damaged_files_of_a_series_never_stop_the_reader_and_are_always_reported(
        history in changes(),
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..4),
    ) {
        let mut files: Vec<Vec<u8>> = files(&history, history.len() / 2, &[false, true, false, false, true]).into_iter().map(String::into_bytes).collect();
        let count = files.len();
        for (file, place, byte, is_cut) in damages {
            let file = &mut files[file.index(count)];
            if file.is_empty() {
                continue;
            }
            let at = place.index(file.len());
            match is_cut {
                true => file.truncate(at),
                false => file[at] = byte,
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (at, bytes) in files.iter().enumerate() {
            let path = folder.path().join(format!("{at}.xml"));
            std::fs::write(&path, bytes).unwrap();
            paths.push(path);
        }
        let mut store = Store::default();
        // `take` checks that the numbers of units agree.
        let accounting = take(folder.path(), &Profile::open("odm").unwrap(), &numbers(&[("gemj-edc", "EDC-0", "P0")]), &mut store).unwrap();
        let seen = kit::read_paths(&paths, None);
        // A deleted subject whose number is not linked is counted by the rule, and is no unit.
        let deleted = accounting.left_out.get(&LeftOutRule::DeletedUnit);
        let unlinked = deleted.and_then(|names| names.get("record that is not linked")).copied().unwrap_or(0);
        let most = seen.units.iter().filter(|unit| unit.deleted).count() as u64;
        prop_assert!(unlinked <= most);
        prop_assert_eq!(accounting.received + unlinked, (seen.units.len() + seen.refused.len()) as u64);
        for unit in &seen.units {
            for (at, record) in unit.records.iter().enumerate() {
                prop_assert!(record.parent.is_none_or(|parent| parent < at));
            }
        }
        let keys: std::collections::BTreeSet<&String> = seen.units.iter().map(|unit| &unit.key).collect();
        prop_assert_eq!(keys.len(), seen.units.len(), "a subject gives one unit");
        let is_cut = files.iter().any(|bytes| !bytes.ends_with(b"</ODM>"));
        prop_assert!(!is_cut || !seen.refused.is_empty() || !seen.left_out.is_empty());
    }
}
