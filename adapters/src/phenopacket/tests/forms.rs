//! The forms in which packets are sent: how they are recognised, that a fault concerns one packet only, and that nothing is lost.

use super::*;
use crate::accounting::Accounting;

/// Ingests one file. The accounting is checked for balance.
fn run(name: &str, bytes: &[u8], sink: &mut Remembers) -> Accounting {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let accounting = ingest(&[path], &target(), &Same, sink).unwrap();
    assert!(accounting.is_balanced(), "{accounting:?}");
    accounting
}

/// The participants of a file, and the places and reasons of its refused units.
fn outcome(name: &str, bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut sink = Remembers::default();
    let accounting = run(name, bytes, &mut sink);
    assert_eq!(accounting.committed, sink.records.len() as u64);
    let refused = accounting.quarantined.iter().map(|q| format!("{} {}", q.unit, q.reason_code));
    (sink.records.into_keys().collect(), refused.collect())
}

fn expect(name: &str, bytes: &[u8], committed: &[&str], refused: &[&str]) {
    let (people, faults) = outcome(name, bytes);
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    assert_eq!(people, committed, "{name} {shown}");
    assert_eq!(faults, refused, "{name} {shown}");
}

fn json(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| packet(id).to_string()).collect()
}

/// A packet as YAML in block style, written by hand for the packet of these tests.
fn yaml(id: &str) -> String {
    format!(
        "id: {id}\nsubject:\n  id: Hanako\n  sex: FEMALE\nmetaData:\n  phenopacketSchemaVersion: 2.0.2\nphenotypic_features:\n\
         - type: {{id: HP:0001250, label: Seizure}}\n  onset:\n    age: {{iso8601duration: P6M}}\n- type:\n    id: 'HP:0000252'\n  excluded: true\n\
         diseases:\n- term:\n    id: \"OMIM:614959\"\n    label: DEE14\n"
    )
}

/// A field of protobuf with a length.
fn field(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let length = match content.len() {
        short @ 0..128 => vec![short as u8],
        long => vec![(long & 0x7f) as u8 | 0x80, (long >> 7) as u8],
    };
    [vec![number << 3 | 2], length, content.to_vec()].concat()
}

/// A packet as protobuf, written by hand with the field numbers of the specification.
fn protobuf(id: &str) -> Vec<u8> {
    let term = |id: &str, label: &str| [field(1, id), if label.is_empty() { Vec::new() } else { field(2, label) }].concat();
    let seizure = [field(2, term("HP:0001250", "Seizure")), field(6, field(1, field(1, "P6M")))].concat();
    let absent = [field(2, term("HP:0000252", "")), vec![3 << 3, 1]].concat();
    [
        field(1, id),
        field(2, [field(1, "Hanako"), vec![6 << 3, 1]].concat()),
        field(3, seizure),
        field(3, absent),
        field(7, field(1, term("OMIM:614959", "DEE14"))),
        field(11, field(6, "2.0.2")),
    ]
    .concat()
}

/// A message with its length before it.
fn delimited(message: &[u8]) -> Vec<u8> {
    field(1, message)[1..].to_vec()
}

#[test]
fn each_item_of_an_array_is_a_unit_at_its_position() {
    let [a, b, c] = &json(&["a", "b", "c"])[..] else { panic!() };
    expect("x.json", format!("[{a},{b}\n , {c} ]\n").as_bytes(), &["a", "b", "c"], &[]);
    expect("x.json", b" [ ] ", &[], &["x.json no-packet"]);
    expect("x.json", format!("[{a}]").as_bytes(), &["a"], &[]);
    let broken = r#"{"id": "x", "subject": {"id": "]}{[\\\"" "a": 1}}"#;
    expect(
        "x.json",
        format!("[{a},{broken},7,{b},null,[{c}],{{}},[7]]").as_bytes(),
        &["a", "b", "c"],
        &[
            "x.json[1] not-json",
            "x.json[2] not-a-phenopacket",
            "x.json[4] not-a-phenopacket",
            "x.json[6] not-a-phenopacket",
            "x.json[7][0] not-a-phenopacket",
        ],
    );
    expect(
        "x.json",
        format!("[{a},,{b},]").as_bytes(),
        &["a", "b"],
        &["x.json[1] not-json", "x.json[3] not-json"],
    );
    expect("x.json", format!("[{a}{b},{c}]").as_bytes(), &["c"], &["x.json[0] not-json"]);
}

#[test]
fn a_file_that_is_cut_short_gives_the_complete_packets_and_a_refusal() {
    let [a, b] = &json(&["a", "b"])[..] else { panic!() };
    expect("x.json", format!("[{a},").as_bytes(), &["a"], &["x.json cut-short"]);
    expect("x.json", format!("[{a}").as_bytes(), &["a"], &["x.json cut-short"]);
    let cut = &b[..b.len() - 5];
    expect(
        "x.json",
        format!("[{a},{cut}").as_bytes(),
        &["a"],
        &["x.json[1] not-json", "x.json cut-short"],
    );
    expect("x.json", cut.as_bytes(), &[], &["x.json not-json"]);
    expect("x.json", format!("{a}{cut}").as_bytes(), &["a"], &["x.json[1] not-json"]);
    expect(
        "x.jsonl",
        format!("{a}\n{cut}\n{b}").as_bytes(),
        &["a", "b"],
        &["x.jsonl[1] not-json"],
    );
    expect("x.json", format!("[{a}] rest {b}").as_bytes(), &["a"], &["x.json not-json"]);
    let stream = [delimited(&protobuf("a")), delimited(&protobuf("b"))].concat();
    expect("x.pb", &stream[..stream.len() - 1], &["a"], &["x.pb cut-short"]);
    expect("x.pb", &[&stream[..], &[0xff]].concat(), &["a", "b"], &["x.pb cut-short"]);
}

#[test]
fn documents_one_a_line_or_one_after_the_other_are_units() {
    let [a, b, c] = &json(&["a", "b", "c"])[..] else { panic!() };
    for text in [
        format!("{a}\n{b}\r\n\n{c}"),
        format!("{a}{b} {c}"),
        format!("\n\n{a}\n{b}\n{c}\n"),
        format!("{a}\n[{b},{c}]"),
        format!("{:#}\n{b}\n{:#}", packet("a"), packet("c")),
    ] {
        expect("x.json", text.as_bytes(), &["a", "b", "c"], &[]);
    }
    let broken = r#"{"id":"x","subject":{"#;
    expect(
        "x.json",
        format!("{a}\n{broken}\n{b}\n7\n{c}").as_bytes(),
        &["a", "b", "c"],
        &["x.json[1] not-json", "x.json[3] not-a-phenopacket"],
    );
    // The first line is the faulty one. The name states that each line is a document.
    expect(
        "x.ndjson",
        format!("{broken}\n{a}\n{b}").as_bytes(),
        &["a", "b"],
        &["x.ndjson[0] not-json"],
    );
    // A single document over several lines with the name of a file of lines.
    expect("x.jsonl", format!("{:#}", packet("a")).as_bytes(), &["a"], &[]);
}

#[test]
fn a_document_above_the_limit_is_refused_by_itself() {
    let [a, b] = &json(&["a", "b"])[..] else { panic!() };
    let large = packet(&"x".repeat(2000)).to_string();
    let limits = Limits {
        unit_bytes: 1000,
        ..LIMITS
    };
    let folder = tempfile::tempdir().unwrap();
    let large_message = [field(1, "x".repeat(1500)), field(2, field(1, "s"))].concat();
    for (name, bytes, refused) in [
        ("x.json", format!("[{a},{large},{b}]").into_bytes(), "x.json[1] too-large"),
        ("x.jsonl", format!("{a}\n{large}\n{b}").into_bytes(), "x.jsonl[1] too-large"),
        ("y.json", format!("{a}{large}{b}").into_bytes(), "y.json[1] too-large"),
        (
            "x.pb",
            [delimited(&protobuf("a")), delimited(&large_message), delimited(&protobuf("b"))].concat(),
            "x.pb[1] too-large",
        ),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let mut sink = Remembers::default();
        let accounting = ingest_with(&[path], &target(), &Same, &mut sink, limits).unwrap();
        assert_eq!(sink.records.keys().collect::<Vec<_>>(), ["a", "b"], "{name}");
        assert_eq!(
            format!("{} {}", accounting.quarantined[0].unit, accounting.quarantined[0].reason_code),
            refused
        );
        assert_eq!((accounting.quarantined.len(), accounting.is_balanced()), (1, true));
    }
}

#[test]
fn the_packets_of_a_large_cohort_are_read_one_by_one() {
    let limits = Limits {
        unit_bytes: 1000,
        ..LIMITS
    };
    let members: Vec<String> = (0..30).map(|at| packet(&format!("p{at:02}")).to_string()).collect();
    let large = packet(&"x".repeat(2000)).to_string();
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let mut sink = Remembers::default();
        let accounting = ingest_with(&[path], &target(), &Same, &mut sink, limits).unwrap();
        assert!(accounting.is_balanced());
        let refused: Vec<String> = accounting
            .quarantined
            .iter()
            .map(|q| format!("{} {}", q.unit, q.reason_code))
            .collect();
        (sink.records.len(), refused, accounting.left_out)
    };
    let all = members.join(",");
    let (count, refused, left_out) = run(
        "c.json",
        format!(r#"{{"id":"c","members":[{all},7,{large}],"metaData":{{"createdBy":"x"}}}}"#),
    );
    assert_eq!(
        (count, refused),
        (
            30,
            vec![
                "c.json/members/30 not-a-phenopacket".to_owned(),
                "c.json/members/31 too-large".to_owned()
            ]
        )
    );
    let paths = &left_out[&LeftOutRule::PhenopacketMemberNotStored];
    assert_eq!((paths["/id"], paths["/metaData/createdBy"]), (1, 1));
    let (proband, other) = (packet("a"), packet("b"));
    let family = format!(r#"{{"proband":{proband},"relatives":[{all}],"pedigree":{{"persons":[{{"sex":"MALE"}}]}}}}"#);
    assert_eq!(run("f.json", family.clone()).0, 31);
    let (count, refused, _) = run("x.json", format!("{other} {family}"));
    assert_eq!((count, refused), (32, vec![]));
    // A family in an array is one item, which is too large.
    assert_eq!(run("x.json", format!("[{family},{other}]")).1, ["x.json[0] too-large"]);
    assert_eq!(run("x.json", format!(r#"{{"members":[{all}]"#)).1, ["x.json cut-short"]);
    assert_eq!(run("x.json", format!(r#"{{"members":[{all}"#)).1, ["x.json cut-short"]);
    assert_eq!(run("x.json", format!(r#"{{"members":[{all}],"id":}}"#)).1, ["x.json not-json"]);
    assert_eq!(
        run("x.json", format!(r#"{{"id":"f","files":[{all}]}}"#)),
        (0, vec!["x.json too-large".to_owned()], BTreeMap::new())
    );
}

#[test]
fn yaml_documents_are_units_and_a_faulty_one_is_refused_by_itself() {
    let (a, b) = (yaml("a"), yaml("b"));
    expect("x.yaml", a.as_bytes(), &["a"], &[]);
    expect(
        "x.yml",
        format!("# cases\n%YAML 1.2\n---\n{a}...\n---\n# none\n---\n{b}---\n").as_bytes(),
        &["a", "b"],
        &[],
    );
    expect(
        "x.yaml",
        format!("---\n{a}\n--- {{id: x}}\n---\nid: [\n---\r\n{b}").as_bytes(),
        &["a", "b"],
        &["x.yaml[1] not-a-phenopacket", "x.yaml[2] not-yaml"],
    );
    for empty in ["---\n", "# no cases\n---\n...\n", "%YAML 1.2\n---\n# none\n"] {
        expect("x.yaml", empty.as_bytes(), &[], &["x.yaml unknown-form"]);
    }
    let indented = |text: &str| text.replace('\n', "\n  ");
    expect(
        "x.yaml",
        format!("- {}\n- 7\n- {}\n", indented(&a), indented(&b)).as_bytes(),
        &["a", "b"],
        &["x.yaml[1] not-a-phenopacket"],
    );
    // Texts that YAML 1.1 reads as numbers and booleans.
    for id in ["007", "1e3", "1.0", "0x1F", "true", "12:30:45"] {
        expect("x.yaml", yaml(id).as_bytes(), &[id], &[]);
    }
}

#[test]
fn protobuf_is_one_message_or_messages_with_lengths() {
    let (a, b) = (protobuf("a"), protobuf("b"));
    expect("x.pb", &a, &["a"], &[]);
    expect("x.bin", &[delimited(&a), delimited(&b)].concat(), &["a", "b"], &[]);
    expect("x.pb", &delimited(&a), &["a"], &[]);
    // Without lengths, a library would read one person from the two packets.
    expect("x.pb", &[a.clone(), b.clone()].concat(), &[], &["x.pb duplicate-member"]);
    let faulty = [field(1, "x"), field(2, [6 << 3 | 2, 1, 1])].concat();
    expect(
        "x.pb",
        &[delimited(&a), delimited(&faulty), delimited(&b)].concat(),
        &["a", "b"],
        &["x.pb[1] not-protobuf"],
    );
    expect("x.pb", b"\x00\x01\x02 GIF", &[], &["x.pb not-protobuf"]);
    let future = [a, vec![12 << 3, 7], field(13, "later"), field(13, "later")].concat();
    let accounting = run("x.pb", &future, &mut Remembers::default());
    assert_eq!((accounting.committed, accounting.members_unknown), (1, 2));
    let left_out = &accounting.left_out[&LeftOutRule::PhenopacketMemberNotStored];
    assert_eq!((left_out["/(field 12)/*"], left_out["/(field 13)/*"]), (1, 2));
}

#[test]
fn the_content_decides_the_form_and_not_the_name() {
    for name in ["x.json", "x.yaml", "x.pb", "x.txt", "x"] {
        expect(name, packet("a").to_string().as_bytes(), &["a"], &[]);
        expect(name, format!("[{}]", packet("a")).as_bytes(), &["a"], &[]);
        expect(name, yaml("a").as_bytes(), &["a"], &[]);
        expect(name, &protobuf("a"), &["a"], &[]);
        let unknown = format!("{name} unknown-form");
        for other in [
            &b"name,age\nHanako,5\n"[..],
            b"<?xml version=\"1.0\"?>",
            b"",
            b"  \n",
            b"Hanako",
            b"http://x",
        ] {
            expect(name, other, &[], &[&unknown]);
        }
    }
    expect("x.yaml", b"{id: x, subject: {id: s}, metaData: {}}", &["x"], &[]);
    let accounting = run("x.yaml", format!("\u{feff}{}", yaml("a")).as_bytes(), &mut Remembers::default());
    assert_eq!((accounting.committed, accounting.repairs[&Repair::ByteOrderMark]), (1, 1));
    let wide: Vec<u8> = format!("\u{feff}[{},{}]", packet("a"), packet("b"))
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let accounting = run("x.json", &wide, &mut Remembers::default());
    assert_eq!((accounting.committed, accounting.repairs[&Repair::Utf16]), (2, 1));
    expect("x.json", &wide[..wide.len() - 1], &[], &["x.json unknown-form"]);
    // A raw control character is not JSON, and the packet beside it is read.
    let [a, b] = &json(&["a", "b"])[..] else { panic!() };
    expect(
        "x.json",
        format!("[{},{b}]", a.replace("DEE14", "DEE\u{1}14")).as_bytes(),
        &["b"],
        &["x.json[0] not-json"],
    );
}

#[test]
fn each_packet_of_a_family_or_cohort_is_a_unit_of_its_own() {
    let mut faulty = packet("x");
    faulty["subject"]["sex"] = json!("WOMAN");
    let family = json!({"id": "f", "proband": packet("a"), "relatives": [faulty, packet("b")], "consanguinousParents": true,
        "pedigree": {"persons": [{"individualId": "山田", "sex": "MALE"}, {"individualId": "y", "山田": 1}]}, "metaData": {"createdBy": "x"}});
    expect(
        "f.json",
        family.to_string().as_bytes(),
        &["a", "b"],
        &["f.json/relatives/0 invalid-value"],
    );
    let cohort = json!({"id": "c", "description": "all", "members": [packet("c"), 7]});
    expect(
        "x.json",
        format!("[{family},{cohort},{}]", packet("d")).as_bytes(),
        &["a", "b", "c", "d"],
        &["x.json[0]/relatives/0 invalid-value", "x.json[1]/members/1 not-a-phenopacket"],
    );
    let accounting = run("f.json", family.to_string().as_bytes(), &mut Remembers::default());
    let left_out = &accounting.left_out[&LeftOutRule::PhenopacketMemberNotStored];
    for (path, count) in [
        ("/id", 1),
        ("/consanguinousParents", 1),
        ("/pedigree/persons/*/individualId", 2),
        ("/pedigree/persons/*/sex", 1),
        ("/pedigree/persons/*/(unknown)", 1),
        ("/metaData/createdBy", 1),
        // Of the two packets that were committed.
        ("/subject/id", 2),
    ] {
        assert_eq!(left_out.get(path), Some(&count), "{path}");
    }
    assert_eq!(left_out.len(), 7);
    expect("f.json", br#"{"id":"f","pedigree":{}}"#, &[], &["f.json not-a-phenopacket"]);
    let of_protobuf = [
        field(1, "f"),
        field(2, protobuf("a")),
        field(3, protobuf("b")),
        field(6, field(2, "x")),
    ]
    .concat();
    expect("f.pb", &of_protobuf, &["a", "b"], &[]);
    let of_protobuf = [field(1, "c"), field(3, protobuf("a")), field(3, protobuf("b"))].concat();
    expect(
        "c.pb",
        &[delimited(&of_protobuf), delimited(&protobuf("d"))].concat(),
        &["a", "b", "d"],
        &[],
    );
}

#[test]
fn the_same_packet_in_another_form_or_file_is_a_duplicate() {
    let mut sink = Remembers::default();
    let pretty = format!("{:#}\n", packet("a"));
    assert_eq!(run("a.json", pretty.as_bytes(), &mut sink).committed, 1);
    let stored = sink.records["a"].clone();
    let snake = packet("a")
        .to_string()
        .replace("phenotypicFeatures", "phenotypic_features")
        .replace("metaData", "meta_data");
    let family = json!({"id": "f", "proband": packet("a")}).to_string();
    for (name, bytes) in [
        ("all.json", format!("[{}]", packet("a")).into_bytes()),
        ("a.yaml", yaml("a").into_bytes()),
        ("a.pb", protobuf("a")),
        ("s.pb", delimited(&protobuf("a"))),
        ("snake.json", snake.into_bytes()),
        ("f.json", family.into_bytes()),
    ] {
        let accounting = run(name, &bytes, &mut sink);
        assert_eq!((accounting.unchanged, accounting.received), (1, 1), "{name}");
        let record = read_packet(&bytes, &target(), &Same).unwrap().record;
        assert_eq!(record, stored, "{name}");
    }
    let mut changed = packet("a");
    changed["phenotypicFeatures"][0]["description"] = json!("seen again");
    let record = read(&changed).unwrap().record;
    assert_eq!(record.source.unit, stored.source.unit);
    assert_ne!(
        record.source.sha256, stored.source.sha256,
        "a member that is not stored is part of the content"
    );
}

#[test]
fn a_second_packet_of_one_id_in_a_delivery_is_refused_unless_it_is_the_same() {
    let mut other = packet("a");
    other["subject"]["id"] = json!("Taro");
    let same = packet("a");
    let text = format!("[{same},{other},{same},{}]", packet("b"));
    let mut sink = Remembers::default();
    let accounting = run("x.json", text.as_bytes(), &mut sink);
    assert_eq!((accounting.committed, accounting.duplicate, accounting.received), (2, 1, 4));
    assert_eq!(
        (accounting.quarantined[0].unit.as_str(), accounting.quarantined[0].reason_code),
        ("x.json[1]", "same-id")
    );
    assert_eq!(sink.records["a"].source.sha256, read(&same).unwrap().record.source.sha256);
    // A packet as JSON and as YAML beside it, as some tools write them.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.json"), packet("a").to_string()).unwrap();
    fs::write(folder.path().join("a.yaml"), yaml("a")).unwrap();
    fs::write(folder.path().join("b.pb"), protobuf("b")).unwrap();
    let accounting = ingest(&[folder.path().to_path_buf()], &target(), &Same, &mut Remembers::default()).unwrap();
    assert_eq!(
        (accounting.committed, accounting.duplicate, accounting.quarantined.len()),
        (2, 1, 0)
    );
}

#[test]
fn the_list_of_refused_units_of_a_file_is_limited() {
    let text = format!("[{}{}]", "0,".repeat(MAX_REFUSED + 5), packet("a"));
    let accounting = run("x.json", text.as_bytes(), &mut Remembers::default());
    assert_eq!((accounting.received, accounting.committed), (MAX_REFUSED as u64 + 1, 0));
    assert_eq!(accounting.quarantined.last().unwrap().reason_code, "too-many-refused");
}

#[test]
fn a_time_with_an_offset_is_kept_as_written_and_compared_as_a_moment() {
    let mut local = packet("p");
    local["metaData"]["created"] = json!("2024-01-10T00:30:00+09:00");
    local["diseases"][0]["onset"] = json!({"timestamp": "2024-01-02T00:00:00+09:00"});
    local["diseases"][0]["resolution"] = json!({"timestamp": "2024-01-09T23:00:00Z"});
    // The same packet as protobuf has it, which knows only UTC.
    let mut utc = local.clone();
    utc["metaData"]["created"] = json!("2024-01-09T15:30:00Z");
    utc["diseases"][0]["onset"] = json!({"timestamp": "2024-01-01T15:00:00Z"});
    let (local, utc) = (read(&local).unwrap().record.facts, read(&utc).unwrap().record.facts);
    assert_eq!((local[2].status, utc[2].status), (FactStatus::History, FactStatus::History));
    assert_eq!(local[2].onset.as_deref(), Some("2024-01-02T00:00:00+09:00"));
    assert_eq!(utc[2].onset.as_deref(), Some("2024-01-01T15:00:00Z"));
}

/// One feature of a random packet: term, label, excluded, and the time of onset (which form, a number).
type Feature = (u32, String, bool, u8, u32);

/// The packet of the features in JSON.
fn json_of(id: &str, sex: usize, features: &[Feature]) -> Value {
    let features: Vec<Value> = features
        .iter()
        .map(|(term, label, excluded, form, number)| {
            let mut feature = json!({"type": {"id": format!("HP:{term:07}"), "label": label}, "excluded": excluded});
            match form {
                0 => {}
                1 => feature["onset"] = json!({"age": {"iso8601duration": format!("P{number}D")}}),
                2 => feature["onset"] = json!({"gestationalAge": {"weeks": number, "days": 3}}),
                3 => feature["onset"] = json!({"ontologyClass": {"id": "HP:0003577", "label": label}}),
                _ => {
                    feature["resolution"] =
                        json!({"ageRange": {"start": {"iso8601duration": "P1D"}, "end": {"iso8601duration": format!("P{number}D")}}})
                }
            }
            feature
        })
        .collect();
    let sex = [json!("UNKNOWN_SEX"), json!("FEMALE"), json!(2), Value::Null][sex].clone();
    json!({"id": id, "subject": {"id": "s", "sex": sex}, "metaData": {"createdBy": "", "resources": []}, "phenotypicFeatures": features})
}

/// The packet of the features in protobuf.
fn protobuf_of(id: &str, sex: usize, features: &[Feature]) -> Vec<u8> {
    let text = |number: u8, text: &str| if text.is_empty() { Vec::new() } else { field(number, text) };
    let age = |number: &str| field(1, format!("P{number}D"));
    let features = features.iter().flat_map(|(term, label, excluded, form, number)| {
        let kind = field(2, [field(1, format!("HP:{term:07}")), text(2, label)].concat());
        let time = match form {
            0 => Vec::new(),
            1 => field(6, field(1, age(&number.to_string()))),
            // An absent number is 0.
            2 => field(
                6,
                field(
                    6,
                    [if *number == 0 { vec![] } else { vec![1 << 3, *number as u8] }, vec![2 << 3, 3]].concat(),
                ),
            ),
            3 => field(6, field(3, [field(1, "HP:0003577"), text(2, label)].concat())),
            _ => field(7, field(2, [field(1, age("1")), field(2, age(&number.to_string()))].concat())),
        };
        field(3, [kind, if *excluded { vec![3 << 3, 1] } else { Vec::new() }, time].concat())
    });
    let sex = [vec![], vec![6 << 3, 1], vec![6 << 3, 2], vec![]][sex].clone();
    let subject = field(2, [field(1, "s"), sex].concat());
    [field(1, id), subject, features.collect(), field(11, [])].concat()
}

/// Renames the members to snake_case.
fn snake(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let parts = name.chars().map(|c| {
                    if c.is_ascii_uppercase() {
                        format!("_{}", c.to_ascii_lowercase())
                    } else {
                        c.to_string()
                    }
                });
                (parts.collect::<String>(), snake(value))
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(snake).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_packet_gives_the_same_record_in_json_yaml_and_protobuf(
        id in "[a-zA-Z0-9][a-zA-Z0-9_.:-]{0,10}",
        sex in 0usize..4,
        features in prop::collection::vec((0u32..9_999_999, "[ -~ぁ-ん]{0,12}", any::<bool>(), 0u8..5, 0u32..100), 0..6),
    ) {
        // Two features of one term can contradict each other, which is another test.
        let mut features = features;
        features.sort();
        features.dedup_by_key(|feature| feature.0);
        let packet = json_of(&id, sex, &features);
        let expected = read_packet(packet.to_string().as_bytes(), &target(), &Same);
        prop_assert!(expected.is_ok() || id.contains(':'), "{:?}", expected);
        let forms = [
            serde_json::to_vec_pretty(&packet).unwrap(),
            snake(&packet).to_string().into_bytes(),
            serde_norway::to_string(&packet).unwrap().into_bytes(),
            serde_norway::to_string(&snake(&packet)).unwrap().into_bytes(),
            protobuf_of(&id, sex, &features),
            format!("[{packet}]").into_bytes(),
            json!({"members": [packet]}).to_string().into_bytes(),
        ];
        for form in forms {
            prop_assert_eq!(&read_packet(&form, &target(), &Same), &expected, "{}", String::from_utf8_lossy(&form));
        }
    }
}

/// Every form of two or three packets.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let [a, b, c] = &json(&["a", "b", "c"])[..] else { panic!() };
    let family = json!({"id": "f", "proband": packet("a"), "relatives": [packet("b")]});
    vec![
        ("x.json", format!("[{a},{b},{c}]").into_bytes()),
        ("x.jsonl", format!("{a}\n{b}\n{c}\n").into_bytes()),
        ("y.json", format!("{a}{b}").into_bytes()),
        ("x.yaml", format!("---\n{}---\n{}", yaml("a"), yaml("b")).into_bytes()),
        ("x.pb", protobuf("a")),
        ("y.pb", [delimited(&protobuf("a")), delimited(&protobuf("b"))].concat()),
        ("f.json", family.to_string().into_bytes()),
        (
            "c.json",
            json!({"id": "c", "members": [packet("a"), packet("b"), packet("c")], "metaData": {}})
                .to_string()
                .into_bytes(),
        ),
        ("f.pb", [field(1, "f"), field(2, protobuf("a")), field(3, protobuf("b"))].concat()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn a_mutated_or_cut_file_of_any_form_keeps_the_accounting_balanced(
        which in any::<prop::sample::Index>(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
        unit_bytes in prop::sample::select(vec![50, 300, 500, LIMITS.unit_bytes]),
    ) {
        let samples = samples();
        let (name, mut bytes) = which.get(&samples).clone();
        for (at, byte, kind) in mutations {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => {
                    bytes.remove(at);
                }
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        let mut run = Run {
            target: &target(),
            linkage: &Same,
            sink: &mut Remembers::default(),
            accounting: Accounting::default(),
            seen: HashMap::new(),
            failed_at: None,
        };
        let _ = run.file(name, &mut &bytes[..], Limits { unit_bytes, ..LIMITS }).unwrap();
        prop_assert!(run.accounting.is_balanced());
        prop_assert!(run.accounting.received > 0 || bytes.trim_ascii().len() < 4, "nothing was received and nothing refused");
    }
}
