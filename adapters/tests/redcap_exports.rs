//! REDCap exports of random projects. Every form of an export gives the facts that a brute-force reading of the project gives, and every cell is
//! accounted for. The count of cells uses the crate csv and serde_json, which the adapter does not use for exports.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "redcap_exports/count.rs"]
mod count;
#[path = "redcap_exports/mutations.rs"]
mod mutations;
#[path = "redcap_exports/project.rs"]
mod project;
#[path = "redcap_exports/random.rs"]
mod random;
#[path = "redcap_exports/second_reader.rs"]
mod second_reader;
#[path = "redcap_exports/traps.rs"]
mod traps;
#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;
#[path = "redcap_exports/write.rs"]
mod write;

use std::collections::{BTreeMap, BTreeSet};

use gemj_adapters::Accounting;
use gemj_adapters::profile::Profile;
use gemj_adapters::unit::LeftOutRule;
use gemj_model::fact::CaseRecord;
use gemj_model::{MeasuredValue, Sex};
use proptest::prelude::*;

use count::Form;
use project::Project;
use random::Random;
use world::{Numbers, Store, folder, numbers};
use write::{DICTIONARY_COLUMNS, METADATA_MEMBERS, PLAIN, Style, csv, dictionary, json};

/// The links of all records of a project: the record at position 3 is the participant `P3`.
fn linkage(project: &Project) -> Numbers {
    let ids: Vec<_> = project.records.iter().enumerate().collect();
    let rows = ids
        .iter()
        .map(|(at, (id, _))| ("gemj-redcap", id.as_str(), &*String::leak(format!("P{at}"))));
    numbers(&rows.collect::<Vec<_>>())
}

fn style(random: &mut Random) -> Style {
    Style {
        delimiter: [',', ';', '\t', '|', '^'][random.below(5)],
        line_end: ["\n", "\r\n"][random.below(2)],
        mark: ["", "\u{feff}"][random.below(2)],
        quotes_all: random.chance(30),
    }
}

/// Every form of the project's export: the name and the text of the file, the form, and the delimiter.
fn exports(project: &Project, random: &mut Random) -> Vec<(&'static str, String, Form)> {
    let (mut flat, mut eav) = (project.flat(), project.eav());
    let mut files = Vec::new();
    for _ in 0..2 {
        let (one, other) = (style(random), style(random));
        files.push(("records.csv", csv(&flat, one), Form::flat(one.delimiter)));
        files.push(("records.csv", csv(&eav, other), Form::eav(other.delimiter)));
        files.push(("records.json", json(&flat), Form::flat_json()));
        files.push(("records.json", json(&eav), Form::eav_json()));
        // The rows of one record need not be adjacent.
        random.shuffle(&mut flat.rows);
        random.shuffle(&mut eav.rows);
    }
    files
}

/// The dictionary as one of its forms.
fn dictionary_file(project: &Project, random: &mut Random) -> (&'static str, String) {
    let rows = project.dictionary();
    match random.below(4) {
        0 => ("data_dictionary.csv", csv(&dictionary(&rows, DICTIONARY_COLUMNS), style(random))),
        1 => ("data_dictionary.csv", csv(&dictionary(&rows, METADATA_MEMBERS), PLAIN)),
        2 => ("data_dictionary.csv", json(&dictionary(&rows, METADATA_MEMBERS))),
        _ => ("data_dictionary.json", json(&dictionary(&rows, METADATA_MEMBERS))),
    }
}

/// The statements of a participant, in the form of [`Project::facts`].
fn facts(record: &CaseRecord) -> BTreeSet<String> {
    let mut facts: BTreeSet<String> = record
        .facts
        .iter()
        .map(|fact| {
            let last = match &fact.value {
                Some(MeasuredValue::Quantity { number, .. }) => number.clone(),
                Some(_) => panic!("another kind of value"),
                None => fact.onset.clone().unwrap_or_default(),
            };
            format!("{} {} {} {last}", fact.code, fact.label, fact.status.as_str())
        })
        .collect();
    match record.sex {
        Sex::Male => facts.insert("sex 1".into()),
        Sex::Female => facts.insert("sex 2".into()),
        _ => false,
    };
    facts
}

/// The sum of all counts of cells in the account of a run.
fn counted(accounting: &Accounting) -> u64 {
    let fields = accounting.fields.values().map(|field| field.mapped + field.ignored + field.unknown);
    let left_out = accounting.left_out.iter().filter(|(rule, _)| **rule != LeftOutRule::ColumnAbsent);
    fields.sum::<u64>() + left_out.flat_map(|(_, names)| names.values()).sum::<u64>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn every_form_of_an_export_gives_the_facts_of_the_project(seed in any::<u64>()) {
        let mut random = Random(seed);
        let project = Project::random(&mut random);
        let profile = Profile::parse(&project.profile()).unwrap();
        let linkage = linkage(&project);
        let expected = project.facts();
        let mut digests: Option<BTreeMap<String, String>> = None;
        for (name, text, form) in exports(&project, &mut random) {
            let dictionary = dictionary_file(&project, &mut random);
            let folder = folder(&[(name, text.as_bytes()), (dictionary.0, dictionary.1.as_bytes())]);
            let mut store = Store::default();
            let accounting = world::take(folder.path(), &profile, &linkage, &mut store).unwrap();
            prop_assert!(accounting.quarantined.is_empty(), "{form:?} {:?}", accounting.quarantined);
            prop_assert_eq!(accounting.committed as usize, project.records.iter().filter(|(_, values)| !values.is_empty()).count());
            let got: BTreeMap<String, BTreeSet<String>> = store.records.values().map(|r| (r.participant.as_str().to_owned(), facts(r))).collect();
            for (at, (id, values)) in project.records.iter().enumerate() {
                let got = got.get(&format!("P{at}"));
                prop_assert_eq!(got.is_some(), !values.is_empty());
                prop_assert_eq!(got.cloned().unwrap_or_default(), expected[id].clone(), "{:?} {}", form, id);
            }
            prop_assert_eq!(accounting.unknown_fields(), count::notes(&project), "{:?} {:#?}", form, accounting.fields);
            prop_assert_eq!(counted(&accounting), count::cells(&text, form).values().sum::<u64>(), "{:?} {:#?}", form, accounting);
            let identifying = accounting.left_out.get(&LeftOutRule::IdentifierField).map_or(0, |names| names.values().sum());
            prop_assert_eq!(identifying, count::names(&project));
            let stored = format!("{:?}", store.records.values().map(|r| (&r.facts, &r.specimens)).collect::<Vec<_>>());
            prop_assert!(!stored.contains("山田") && !stored.contains("SECRET") && !stored.contains("[document]"));
            let of = |r: &CaseRecord| (r.participant.as_str().to_owned(), r.source.sha256.clone());
            let these: BTreeMap<String, String> = store.records.values().map(of).collect();
            prop_assert_eq!(digests.get_or_insert_with(|| these.clone()), &these, "{:?}", form);
        }
    }
}
