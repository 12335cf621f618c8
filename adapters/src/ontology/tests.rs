//! Tests with one small ontology in both formats, with each kind of fault, and with mutated bytes.

use std::io::Write as _;

use gemj_model::OntologyTerm;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const OBO: &str = r#"format-version: 1.4
data-version: hp/releases/2025-01-16
ontology: hp
! nothing

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118 {source="x"} ! the root
name: Phenotypic\Wabnormality {a="b ! c"} ! comment
alt_id: HP:0000999
def: "[Term] \"x\" ! not a stanza" [] {a="b"}
is_a: HP:0000001 {is_inferred="true"} ! All

[Term]
id: HP:0001250
name: Seizure \{fit\}, 100\% てんかん
alt_id: HP:0002279 ! old
alt_id: HP:0001275
is_a: HP:0000118 ! Phenotypic abnormality
is_a: BFO:0000001
is_a: HP:0000001

[Term]
id: HP:0000057
name: obsolete Something
is_obsolete: true
replaced_by: HP:0001250
consider: HP:0000118

[Term]
id: HP:0000535
name: obsolete Two things
is_obsolete: true
replaced_by: HP:0000118
replaced_by: HP:0001250

[Term]
id: UBERON:0000001
name: imported
is_a: HP:0001250

[Term]
id: HP:0007359
name: Focal\
 seizure
is_obsolete: false
is_a: UBERON:0000001

[Typedef]
id: part_of
name: part of
is_a: HP:9999999

[Term]
id: not_a_curie
is_a: nothing
"#;

fn node(id: &str, label: &str, values: &[(&str, &str)]) -> Value {
    let address = |text: &str| match text {
        "alt" => "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId".to_owned(),
        "reason" => "http://purl.obolibrary.org/obo/IAO_0000231".to_owned(),
        "replaced" => "http://purl.obolibrary.org/obo/IAO_0100001".to_owned(),
        other => other.to_owned(),
    };
    let values: Vec<_> = values.iter().map(|(p, v)| json!({"pred": address(p), "val": v})).collect();
    json!({"id": format!("http://purl.obolibrary.org/obo/{id}"), "lbl": label, "type": "CLASS", "meta": {"basicPropertyValues": values}})
}

fn deprecated(mut node: Value) -> Value {
    node["meta"]["deprecated"] = json!(true);
    node
}

fn edge(sub: &str, pred: &str, obj: &str) -> Value {
    let address = |id: &str| format!("http://purl.obolibrary.org/obo/{id}");
    json!({"sub": address(sub), "pred": pred, "obj": address(obj)})
}

fn graph() -> Value {
    json!({"graphs": [{
    "id": "http://purl.obolibrary.org/obo/hp.json",
    "meta": {"version": "http://purl.obolibrary.org/obo/hp/releases/2025-01-16/hp.json",
             "basicPropertyValues": [{"pred": "http://www.w3.org/2002/07/owl#versionInfo", "val": "2025-01-16"}]},
    "nodes": [
        node("HP_0000001", "All", &[]),
        node("HP_0000118", "Phenotypic abnormality", &[("http://www.geneontology.org/formats/oboInOwl#hasOBONamespace", "human_phenotype")]),
        // Three terms were merged: HP:0000999, which has an empty label, into HP:0000118; HP:0002279 into HP:0001275; and HP:0001275 into
        // HP:0001250.
        deprecated(node("HP_0000999", "", &[("reason", "http://purl.obolibrary.org/obo/IAO_0000227"),
                                            ("replaced", "http://purl.obolibrary.org/obo/HP_0000118")])),
        node("HP_0001250", "Seizure {fit}, 100% てんかん", &[("alt", "HP:0002279")]),
        deprecated(node("HP_0002279", "obsolete A", &[("reason", "IAO:0000227"), ("replaced", "HP:0001275")])),
        deprecated(node("HP_0001275", "obsolete B", &[("reason", "IAO:0000227"), ("replaced", "HP:0001250")])),
        deprecated(node("HP_0000057", "obsolete Something", &[("replaced", "HP:0001250")])),
        deprecated(node("HP_0000535", "obsolete Two things", &[("reason", "IAO:0000227"), ("replaced", "HP:0000118"), ("replaced", "HP:0001250")])),
        node("UBERON_0000001", "imported", &[]),
        node("HP_0007359", "Focal seizure", &[]),
        json!({"id": "http://purl.obolibrary.org/obo/hp#layperson", "lbl": "layperson term", "type": "PROPERTY"}),
        json!({"id": "http://purl.obolibrary.org/obo/BFO_0000050", "lbl": "part of"}),
    ],
    "edges": [
        edge("HP_0000118", "is_a", "HP_0000001"),
        edge("HP_0001250", "is_a", "HP_0000001"),
        edge("HP_0001250", "is_a", "HP_0000118"),
        edge("HP_0001250", "is_a", "BFO_0000001"),
        edge("HP_0001250", "http://purl.obolibrary.org/obo/BFO_0000050", "HP_0009999"),
        edge("UBERON_0000001", "is_a", "HP_0001250"),
        edge("HP_0007359", "is_a", "UBERON_0000001"),
        edge("hp#layperson", "subPropertyOf", "hp#other"),
    ]}]})
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn term(id: &str, label: &str, parents: &[&str], alternative_ids: &[&str]) -> OntologyTerm {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    OntologyTerm {
        id: id.to_owned(),
        label: label.to_owned(),
        parents: owned(parents),
        alternative_ids: owned(alternative_ids),
        obsolete: false,
        replaced_by: None,
    }
}

fn expected() -> OntologyRelease {
    let obsolete = |id: &str, label: &str, replaced_by: Option<&str>| OntologyTerm {
        obsolete: true,
        replaced_by: replaced_by.map(str::to_owned),
        ..term(id, label, &[], &[])
    };
    OntologyRelease {
        prefix: "HP".to_owned(),
        version: "hp/releases/2025-01-16".to_owned(),
        terms: vec![
            term("HP:0000001", "All", &[], &[]),
            term("HP:0000118", "Phenotypic abnormality", &["HP:0000001"], &["HP:0000999"]),
            term(
                "HP:0001250",
                "Seizure {fit}, 100% てんかん",
                &["HP:0000001", "HP:0000118"],
                &["HP:0001275", "HP:0002279"],
            ),
            obsolete("HP:0000057", "obsolete Something", Some("HP:0001250")),
            obsolete("HP:0000535", "obsolete Two things", None),
            term("HP:0007359", "Focal seizure", &["HP:0001250"], &[]),
        ],
    }
}

#[test]
fn both_formats_give_the_same_release_in_every_packing() {
    let json = graph().to_string();
    let with_mark = |text: &str| [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    for (name, bytes) in [
        ("obo", OBO.as_bytes().to_vec()),
        ("crlf", OBO.replace('\n', "\r\n").into_bytes()),
        ("mark", with_mark(OBO)),
        ("obo.gz", gzip(OBO.as_bytes())),
        (
            "two gzip members",
            [gzip(&OBO.as_bytes()[..500]), gzip(&OBO.as_bytes()[500..])].concat(),
        ),
        ("no last line end", OBO.trim_end().as_bytes().to_vec()),
        ("json", json.clone().into_bytes()),
        ("json, indented", serde_json::to_vec_pretty(&graph()).unwrap()),
        ("json, mark", with_mark(&format!("\n{json}"))),
        ("json.gz", gzip(json.as_bytes())),
    ] {
        assert_eq!(parse(&bytes).unwrap(), expected(), "{name}");
    }
}

#[test]
fn the_version_of_a_release_comes_from_the_preferred_header() {
    let version = |header: &str| parse(format!("format-version: 1.2\n{header}\n[Term]\nid: X:1\n").as_bytes()).map(|r| r.version);
    let info = "property_value: owl:versionInfo \"2025-01-16\" xsd:string";
    assert_eq!(version(&format!("date: 12:05:2013 10:33\n{info}\ndata-version: 5")).unwrap(), "5");
    assert_eq!(version(&format!("date: 12:05:2013 10:33\n{info}")).unwrap(), "2025-01-16");
    assert_eq!(version("date: 12:05:2013 10:33").unwrap(), "12:05:2013 10:33");
    assert_eq!(version(""), Err(OntologyError::MissingVersion));
    let mut json = graph();
    json["graphs"][0]["meta"]["version"].take();
    assert_eq!(parse(json.to_string().as_bytes()).unwrap().version, "2025-01-16");
    json["graphs"][0]["meta"].take();
    assert_eq!(parse(json.to_string().as_bytes()), Err(OntologyError::MissingVersion));
}

fn obo(body: &str) -> Result<OntologyRelease, OntologyError> {
    parse(format!("format-version: 1.2\ndata-version: 1\n{body}").as_bytes())
}

type Check = Box<dyn Fn(&OntologyError) -> bool>;

#[test]
fn damaged_obo_is_refused_at_its_line() {
    let malformed = |line| move |e: &OntologyError| matches!(e, OntologyError::Malformed { line: at, .. } if *at == line);
    let is = |error: OntologyError| move |e: &OntologyError| *e == error;
    let checks: Vec<(&str, Check)> = vec![
        ("", Box::new(is(OntologyError::Empty))),
        ("[Typedef]\nid: part_of\n", Box::new(is(OntologyError::Empty))),
        ("[Term]\nid: x\n", Box::new(is(OntologyError::Empty))),
        ("[Term]\nid: HP:1\n\n[Term]\n", Box::new(is(OntologyError::MissingId { line: 6 }))),
        (
            "[Term]\nname: x\n[Term]\nid: HP:1\n",
            Box::new(is(OntologyError::MissingId { line: 3 })),
        ),
        ("[Term]\nid: HP:1\nname", Box::new(malformed(5))),
        ("[Term]\nid: HP:1\n[Ter", Box::new(malformed(5))),
        ("[Term]\nid: HP:1", Box::new(is(OntologyError::CutShort { line: 4 }))),
        ("[Term]\nid: HP:1\ndef: \"what", Box::new(is(OntologyError::CutShort { line: 5 }))),
        ("[Term]\nid: HP:1\nid: HP:2\n", Box::new(malformed(5))),
        ("[Term]\nid: HP:1\nname: a\nname: b\n", Box::new(malformed(6))),
        ("[Term]\nid: HP:1\nis_obsolete: tr", Box::new(malformed(5))),
        ("[Term]\nid:\n", Box::new(malformed(4))),
        ("[Term]\nid: HP:1\nis_a: ! x\n", Box::new(malformed(5))),
        ("[Term]\nid: HP:1\nis_a: Seizure\n", Box::new(malformed(5))),
        ("[Term]\nid: HP:1\nis_a: HP:1 HP:2\n", Box::new(malformed(5))),
        (
            "[Term]\nid: HP:1\n[Term]\nid: HP:2\n[Term]\nid: HP:1\n",
            Box::new(is(OntologyError::DuplicateTerm {
                id: "HP:1".to_owned(),
                place: Place::Line(7),
                earlier: Place::Line(3),
            })),
        ),
        (
            "[Term]\nid: HP:1\nis_a: HP:2 ! x\n",
            Box::new(is(OntologyError::UnknownParent {
                id: "HP:1".to_owned(),
                parent: "HP:2".to_owned(),
                place: Place::Line(3),
            })),
        ),
        (
            "[Term]\nid: HP:1\nis_a: HP:1\n",
            Box::new(|e| matches!(e, OntologyError::Cycle { id, .. } if id == "HP:1")),
        ),
        (
            "[Term]\nid: HP:1\nis_a: HP:2\n[Term]\nid: HP:2\nis_a: HP:3\n[Term]\nid: HP:3\nis_a: HP:2\n[Term]\nid: HP:4\n",
            Box::new(|e| matches!(e, OntologyError::Cycle { id, .. } if id == "HP:2" || id == "HP:3")),
        ),
        (
            "[Term]\nid: HP:1\nis_a: X:1\n[Term]\nid: HP:2\n[Term]\nid: X:1\nis_a: HP:1\n",
            Box::new(|e| matches!(e, OntologyError::Cycle { id, .. } if id == "HP:1")),
        ),
    ];
    for (body, check) in checks {
        let error = obo(body).unwrap_err();
        assert!(check(&error), "{body:?}: {error:?}");
    }
    assert_eq!(
        parse(b"format-version: 2.0\n[Term]\nid: X:1\n"),
        Err(OntologyError::UnknownFormatVersion { line: 1 })
    );
    for version in ["1.0", "1.2", "1.3", "1.4"] {
        let release = parse(format!("format-version: {version}\ndata-version: 1\n[Term]\nid: X:1\n").as_bytes());
        assert!(release.is_ok(), "{version}");
        assert!(
            OntologyError::UnknownFormatVersion { line: 1 }.to_string().contains(version),
            "{version}"
        );
    }
    assert_eq!(
        parse(b"format-version: 1.2\n[Term]\nname: \xff\n"),
        Err(OntologyError::NotUtf8 { line: 3 })
    );
}

#[test]
fn a_file_that_is_not_an_ontology_is_refused() {
    for (bytes, error) in [
        (b"".as_slice(), OntologyError::Empty),
        (b" \r\n", OntologyError::Empty),
        (b"\xef\xbb\xbf", OntologyError::Empty),
        (b"id,name\nHP:1,x\n", OntologyError::UnknownFormat),
        (b"\x00\x01\x02[Term]", OntologyError::UnknownFormat),
        (b"<rdf:RDF/>", OntologyError::UnknownFormat),
        (b"\xff\xfe[\0T\0", OntologyError::UnknownFormat),
        (b"[]", OntologyError::UnknownFormat),
        (b"\x1f\x8b", OntologyError::Gzip),
        (b"{\"graphs\":[]}", OntologyError::Empty),
        (b"{\"graphs\":[{}]}", OntologyError::Empty),
        (b"{\"graphs\":[", OntologyError::NotJson { line: 1, column: 11 }),
        (b"{}", OntologyError::NotOboGraph { line: 1, column: 2 }),
    ] {
        assert_eq!(parse(bytes), Err(error), "{bytes:?}");
    }
    let packed = gzip(OBO.as_bytes());
    assert_eq!(parse(&packed[..packed.len() - 5]), Err(OntologyError::Gzip));
    assert_eq!(parse(&gzip(&packed)), Err(OntologyError::UnknownFormat));
    let limit_bytes = OBO.len() - 1;
    for bytes in [OBO.as_bytes(), &packed] {
        assert_eq!(parse_with(bytes, limit_bytes), Err(OntologyError::TooLarge { limit_bytes }));
        assert!(parse_with(bytes, OBO.len()).is_ok());
    }
}

#[test]
fn a_damaged_graph_is_refused() {
    let changed = |change: fn(&mut Value)| {
        let mut json = graph();
        change(&mut json["graphs"][0]);
        parse(json.to_string().as_bytes())
    };
    let error = changed(|g| g["nodes"].as_array_mut().unwrap().push(node("HP_0000001", "again", &[]))).unwrap_err();
    assert_eq!(
        error,
        OntologyError::DuplicateTerm {
            id: "HP:0000001".to_owned(),
            place: Place::Node { graph: 0, node: 12 },
            earlier: Place::Node { graph: 0, node: 0 },
        }
    );
    let error = changed(|g| g["edges"].as_array_mut().unwrap().push(edge("HP_0000118", "is_a", "HP_7777777"))).unwrap_err();
    assert!(matches!(error, OntologyError::UnknownParent { parent, .. } if parent == "HP:7777777"));
    let error = changed(|g| g["edges"].as_array_mut().unwrap().push(edge("HP_7777777", "is_a", "HP_0000118"))).unwrap_err();
    assert_eq!(
        error,
        OntologyError::UnknownTerm {
            id: "HP:7777777".to_owned()
        }
    );
    let imported = changed(|g| g["edges"].as_array_mut().unwrap().push(edge("CL_0000001", "is_a", "HP_0000118")));
    assert_eq!(imported.unwrap(), expected());
    let error = changed(|g| g["edges"].as_array_mut().unwrap().push(edge("HP_0000001", "is_a", "HP_0007359"))).unwrap_err();
    assert!(matches!(error, OntologyError::Cycle { .. }));
    assert!(matches!(
        changed(|g| g["nodes"][3]["id"] = json!(5)),
        Err(OntologyError::NotOboGraph { .. })
    ));
    // Two terms that are merged into each other (a circle) stay unchanged.
    let release = changed(|g| {
        for (a, b) in [("HP_0000061", "HP:0000062"), ("HP_0000062", "HP:0000061")] {
            let node = deprecated(node(a, "", &[("reason", "IAO:0000227"), ("replaced", b)]));
            g["nodes"].as_array_mut().unwrap().push(node);
        }
    })
    .unwrap();
    assert_eq!(release.terms.len(), expected().terms.len() + 2);
}

#[test]
fn a_deep_chain_of_parents_does_not_overflow_the_stack() {
    let mut body = String::from("[Term]\nid: HP:0\n");
    for i in 1..200_000 {
        body.push_str(&format!("[Term]\nid: HP:{i}\nis_a: HP:{}\n", i - 1));
    }
    assert_eq!(obo(&body).unwrap().terms.len(), 200_000);
}

/// Asserts the invariants that hold for every accepted release.
fn assert_sound(release: &OntologyRelease) {
    let ids: std::collections::HashSet<_> = release.terms.iter().map(|t| t.id.as_str()).collect();
    assert_eq!(ids.len(), release.terms.len());
    for term in &release.terms {
        assert!(term.id.starts_with(&format!("{}:", release.prefix)));
        assert!(term.parents.iter().all(|p| ids.contains(p.as_str()) && *p != term.id));
        assert!(!term.label.contains(char::is_control));
        assert!(if term.obsolete {
            term.parents.is_empty()
        } else {
            term.replaced_by.is_none()
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
        let _ = parse(&[b"format-version: 1.2\n", bytes.as_slice()].concat());
        let _ = parse(&[b"{", bytes.as_slice()].concat());
        let _ = parse(&[GZIP, &bytes].concat());
    }

    #[test]
    fn a_mutated_or_cut_file_gives_a_sound_release_or_an_error(
        json in any::<bool>(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let whole = if json { graph().to_string().into_bytes() } else { OBO.as_bytes().to_vec() };
        let mut mutated = whole.clone();
        let place = at.index(whole.len());
        mutated[place] = byte;
        if let Ok(release) = parse(&mutated) {
            assert_sound(&release);
        }
        let cut = &whole[..cut.index(whole.len())];
        if let Ok(release) = parse(cut) {
            prop_assert!(!json);
            assert_sound(&release);
        }
    }

    #[test]
    fn any_graph_of_terms_is_acyclic_or_refused(edges in prop::collection::vec((0usize..8, 0usize..8), 0..14)) {
        let mut body = String::new();
        for child in 0..8 {
            body.push_str(&format!("[Term]\nid: X:{child}\n"));
            for (_, parent) in edges.iter().filter(|(c, _)| *c == child) {
                body.push_str(&format!("is_a: X:{parent}\n"));
            }
        }
        // `above` states for each pair of terms whether one is above the other, by brute force.
        let mut above = [[false; 8]; 8];
        for (child, parent) in &edges {
            above[*child][*parent] = true;
        }
        for via in 0..8 {
            for a in 0..8 {
                for b in 0..8 {
                    above[a][b] |= above[a][via] && above[via][b];
                }
            }
        }
        match obo(&body) {
            Ok(release) => {
                prop_assert!((0..8).all(|a| !above[a][a]));
                assert_sound(&release);
            }
            Err(OntologyError::Cycle { id, .. }) => {
                let at: usize = id[2..].parse().unwrap();
                prop_assert!(above[at][at]);
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }
}
