//! The order of resources, their files, and the forms of their references change no fact.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Outcome, condition, ingested, observation, patient, with};

/// The resources of two patients, without subjects: the patient, and the resource.
fn resources() -> Vec<(usize, Value)> {
    let mut all = Vec::new();
    for (at, code) in ["K25", "K297", "C509", "E11", "I10", "G40"].iter().enumerate() {
        let coding = json!({ "coding": [{ "system": crate::ICD10, "code": code }] });
        all.push((at % 2, with(condition(), &[("id", json!(format!("c{at}"))), ("code", coding)])));
        all.push((
            at % 2,
            with(observation(), &[("id", json!(format!("o{at}"))), ("valueInteger", json!(at))]),
        ));
    }
    all
}

/// How the files are written.
#[derive(Clone, Debug)]
struct Layout {
    order: Vec<usize>,
    /// For each resource: the file, and the form of its reference.
    places: Vec<(usize, usize)>,
    is_ndjson: [bool; 3],
}

fn layouts() -> impl Strategy<Value = Layout> {
    let count = resources().len() + 2;
    let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
    let places = prop::collection::vec((0..3_usize, 0..4_usize), count);
    (order, places, any::<[bool; 3]>()).prop_map(|(order, places, is_ndjson)| Layout { order, places, is_ndjson })
}

fn subject(person: usize, form: usize, is_ndjson: bool) -> Value {
    match form {
        0 => json!({ "reference": format!("Patient/p{person}") }),
        1 => json!({ "identifier": { "system": "urn:h", "value": format!("00{}", person + 1) } }),
        2 => json!({ "reference": format!("Patient?identifier=urn:h%7C00{}", person + 1) }),
        _ if is_ndjson => json!({ "reference": format!("Patient/p{person}/_history/2") }),
        _ => json!({ "reference": format!("Patient/p{person}"), "type": "Patient", "display": "x" }),
    }
}

fn written(layout: &Layout) -> Outcome {
    let mut files: [Vec<Value>; 3] = Default::default();
    let persons = (0..2).map(|at| (at, patient(&format!("p{at}"), &format!("00{}", at + 1))));
    let all: Vec<(usize, Value)> = persons.chain(resources()).collect();
    for at in &layout.order {
        let (person, mut resource) = all[*at].clone();
        let (file, form) = layout.places[*at];
        if resource["resourceType"] != "Patient" {
            resource["subject"] = subject(person, form, layout.is_ndjson[file]);
        }
        files[file].push(resource);
    }
    let texts: Vec<(String, String)> = files
        .iter()
        .enumerate()
        .map(|(at, resources)| match layout.is_ndjson[at] {
            true => (
                format!("{at}.ndjson"),
                resources.iter().map(|resource| format!("{resource}\n")).collect(),
            ),
            false => (format!("{at}.json"), crate::bundle("searchset", resources).to_string()),
        })
        .collect();
    let files: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    ingested(&files)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_facts_do_not_depend_on_order_files_and_forms_of_references(layout in layouts()) {
        let seen = written(&layout);
        prop_assert_eq!(seen.reasons(), Vec::<&str>::new());
        let plain = Layout { order: (0..resources().len() + 2).collect(), places: vec![(0, 0); resources().len() + 2], is_ndjson: [false; 3] };
        let expected = written(&plain);
        for person in ["P1", "P2"] {
            prop_assert_eq!(seen.facts(person), expected.facts(person));
            prop_assert_eq!(seen.facts(person).len(), 6);
        }
    }

    #[test]
    fn the_digest_of_a_patient_does_not_depend_on_order_and_files(layout in layouts()) {
        let same = |layout: &Layout| Layout { places: layout.places.iter().map(|(file, _)| (*file, 0)).collect(), ..layout.clone() };
        let one = written(&same(&layout));
        let other = written(&Layout { order: (0..resources().len() + 2).collect(), places: vec![(0, 0); resources().len() + 2], is_ndjson: [false; 3] });
        for person in ["P1", "P2"] {
            prop_assert_eq!(&one.records(person)[0].source.sha256, &other.records(person)[0].source.sha256);
            prop_assert_eq!(&one.records(person)[0].facts, &other.records(person)[0].facts);
        }
    }
}
