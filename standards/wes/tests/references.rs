//! Tests of the references in `workflow_params`.
#![allow(clippy::unwrap_used)]

use ga4gh_wes::{DrsPlace, NotReplaced, Refusal, StagedFile, drs_references, refused_references, refused_schemes, replace};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "reads": {"class": "File", "location": "drs://drs.example/cram", "basename": "x.cram",
                  "secondaryFiles": [{"class": "File", "path": "DRS://drs.example/crai"}]},
        "folder": {"class": "Directory", "location": "drs://drs.example/bundle"},
        "list": ["drs://drs.example/a", {"a/b~c": "drs://drs.example/b"}],
        "script": {"class": "File", "location": "scripts/run.py"},
        "n": 3, "region": "chr1:1000-2000", "time": "12:30", "ratio": "1/2", "text": "a: b", "flag": true, "none": null
    })
}

#[test]
fn every_drs_string_is_found_at_any_depth() {
    let found: Vec<_> = drs_references(&sample())
        .into_iter()
        .map(|input| (input.pointer, input.uri, input.place))
        .collect();
    let expect = |pointer: &str, uri: &str, place| (pointer.to_owned(), uri.to_owned(), place);
    let mut expected = vec![
        expect("/reads/location", "drs://drs.example/cram", DrsPlace::File),
        expect("/reads/secondaryFiles/0/path", "DRS://drs.example/crai", DrsPlace::File),
        expect("/folder/location", "drs://drs.example/bundle", DrsPlace::Directory),
        expect("/list/0", "drs://drs.example/a", DrsPlace::Text),
        expect("/list/1/a~1b~0c", "drs://drs.example/b", DrsPlace::Text),
    ];
    let mut found_sorted = found;
    found_sorted.sort_by(|a, b| a.0.cmp(&b.0));
    expected.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found_sorted, expected);
    assert_eq!(refused_references(&sample()), []);
}

#[test]
fn a_staged_file_replaces_its_reference() {
    let mut params = sample();
    let staged = |path: &str, basename: Option<&str>| StagedFile {
        path: path.to_owned(),
        basename: basename.map(str::to_owned),
    };
    replace(&mut params, "/reads/location", &staged("/runs/1/inputs/0", Some("other"))).unwrap();
    replace(
        &mut params,
        "/reads/secondaryFiles/0/path",
        &staged("/runs/1/inputs/1", Some("x.crai")),
    )
    .unwrap();
    replace(&mut params, "/list/1/a~1b~0c", &staged("/runs/1/inputs/2", Some("unused"))).unwrap();
    assert_eq!(
        params["reads"],
        json!({"class": "File", "path": "/runs/1/inputs/0", "basename": "x.cram",
               "secondaryFiles": [{"class": "File", "path": "/runs/1/inputs/1", "basename": "x.crai"}]})
    );
    assert_eq!(params["list"][1]["a/b~c"], "/runs/1/inputs/2");
    let before = params.clone();
    for pointer in ["/reads/location", "/reads/path", "/n", "/nowhere", "", "/script/location", "reads"] {
        assert_eq!(replace(&mut params, pointer, &staged("/x", None)), Err(NotReplaced), "{pointer}");
    }
    assert_eq!(params, before);
    assert_eq!(drs_references(&params).len(), 2);
}

#[test]
fn every_reference_to_outside_the_run_is_rejected() {
    for (text, refusal) in [
        ("http://h/x", Refusal::Scheme),
        ("HTTPS://h/x", Refusal::Scheme),
        ("ftp://h/x", Refusal::Scheme),
        ("file:///etc/passwd", Refusal::Scheme),
        ("file:/etc/passwd", Refusal::Scheme),
        ("file:etc/passwd", Refusal::Scheme),
        (" file:///etc/passwd", Refusal::Scheme),
        ("fi\nle:///etc/passwd", Refusal::Scheme),
        ("s3://b/k", Refusal::Scheme),
        ("gs://b/k", Refusal::Scheme),
        ("htsget://h/x", Refusal::Scheme),
        ("trs://h/x/1", Refusal::Scheme),
        ("unheard-of://h/x", Refusal::Scheme),
        ("data:text/plain,x", Refusal::Scheme),
        ("/etc/passwd", Refusal::AbsolutePath),
        (" /etc/passwd", Refusal::AbsolutePath),
        ("//h/x", Refusal::AbsolutePath),
        ("~/x", Refusal::AbsolutePath),
        ("\\\\h\\x", Refusal::AbsolutePath),
        ("..", Refusal::ParentPath),
        ("../other/x", Refusal::ParentPath),
        ("a/../../x", Refusal::ParentPath),
        ("%2e%2E/x", Refusal::ParentPath),
        ("a%2f..%2Fx", Refusal::ParentPath),
        ("--input=drs://h/x", Refusal::EmbeddedDrs),
        (" drs://h/x", Refusal::EmbeddedDrs),
        ("drs:h/x", Refusal::EmbeddedDrs),
    ] {
        for params in [
            json!({ "a": text }),
            json!({"a": [{"b": text}]}),
            json!({"a": {"class": "File", "location": text}}),
            json!({"a": {"class": "Directory", "path": text}}),
        ] {
            let found = refused_references(&params);
            assert_eq!(found.len(), 1, "{params}");
            assert_eq!(found[0].refusal, refusal, "{params}");
            assert_eq!(params.pointer(&found[0].pointer), Some(&json!(text)));
            let reaches = !matches!(refusal, Refusal::EmbeddedDrs);
            assert_eq!(!refused_schemes(&params).is_empty(), reaches);
        }
    }
    for text in ["_:literal", "chr1:1-2", "x:y"] {
        assert_eq!(refused_references(&json!({ "a": text })), [], "{text}");
        let in_file = json!({"a": {"class": "File", "location": text}});
        assert_eq!(refused_references(&in_file)[0].refusal, Refusal::Scheme);
    }
}

#[test]
fn members_that_instruct_the_engine_are_rejected() {
    for key in [
        "$import",
        "$include",
        "$mixin",
        "@import",
        "cwl:tool",
        "cwl:requirements",
        "cwltool:overrides",
        "$graph",
    ] {
        let params = json!({"a": [{(key): "wf.cwl"}]});
        let found = refused_references(&params);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].pointer.as_str(), found[0].refusal),
            (format!("/a/0/{key}").as_str(), Refusal::Directive)
        );
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[a-z]{0,4}",
        Just("drs://h/x".to_owned()),
        Just("Drs://h/y".to_owned()),
        Just("s3://b/k".to_owned()),
        any::<String>()
    ];
    let key = prop_oneof![
        Just("location".to_owned()),
        Just("path".to_owned()),
        Just("a/~b".to_owned()),
        any::<String>()
    ];
    let leaf = prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), text.prop_map(Value::from)];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5).prop_map(|members| {
                let mut members: serde_json::Map<_, _> = members.into_iter().collect();
                if members.contains_key("location") {
                    members.insert("class".to_owned(), json!("File"));
                    members.remove("path");
                }
                Value::Object(members)
            })
        ]
    })
}

/// The number of strings that start with `drs://`. This independent count is a plain recursion without pointers.
fn count_drs(value: &Value) -> usize {
    match value {
        Value::String(text) => usize::from(text.to_lowercase().starts_with("drs://")),
        Value::Array(items) => items.iter().map(count_drs).sum(),
        Value::Object(members) => members.values().map(count_drs).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn all_references_are_found_and_replaced(params in any_json()) {
        let found = drs_references(&params);
        prop_assert_eq!(found.len(), count_drs(&params));
        let mut replaced = params.clone();
        let staged = StagedFile { path: "/runs/1/inputs/0".to_owned(), basename: None };
        for input in &found {
            prop_assert_eq!(params.pointer(&input.pointer), Some(&json!(input.uri)));
            prop_assert_eq!(replace(&mut replaced, &input.pointer, &staged), Ok(()));
        }
        prop_assert_eq!(count_drs(&replaced), 0);
        for reference in refused_references(&params) {
            prop_assert!(params.pointer(&reference.pointer).is_some());
        }
    }
}
