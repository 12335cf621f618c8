//! Tests of texts that YAML could read as another type, and of documents that need much memory or time.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::normalise;

fn read(text: &str) -> Result<Value, PhenopacketError> {
    from_yaml(text.as_bytes()).map(|document| document.map_or(Value::Null, Document::into_value))
}

#[test]
fn a_text_keeps_its_characters_whatever_type_yaml_gives_it() {
    for text in [
        "007",
        "NO",
        "no",
        "yes",
        "true",
        "1e3",
        "1.0",
        "0x1F",
        "0o17",
        "1_000",
        "12:30:45",
        ".inf",
        ".NaN",
        "2021-05-14",
        "2021-05-14T10:00:00Z",
        "-1",
        "+1",
        "1.",
        "=",
        "18446744073709551616",
        "0777",
        "1,5",
        "y",
        "off",
    ] {
        let expected = json!({"id": text, "subject": {"id": text, "alternateIds": [text]}});
        assert_eq!(
            read(&format!("id: {text}\nsubject:\n  id: {text}\n  alternate_ids: [\"{text}\"]\n")).unwrap(),
            expected
        );
        assert_eq!(
            read(&format!("id: {text}\nsubject:\n  id: '{text}'\n  alternateIds:\n  - {text}\n")).unwrap(),
            expected
        );
    }
    assert_eq!(
        read("id: a\nmetaData: {created: 2021-05-14T10:00:00Z}\n").unwrap()["metaData"]["created"],
        "2021-05-14T10:00:00Z"
    );
    assert_eq!(read("id: !!int 7\n").unwrap()["id"], "7");
}

#[test]
fn numbers_booleans_and_null_are_those_of_json() {
    let text = "id: ~\nsubject: {id: s, sex: 2, karyotypic_sex: XY}\nphenotypic_features:\n- type: {id: 'HP:1', label: null}\n  excluded: true\n  \
                onset: {gestationalAge: {weeks: 33}}\n";
    assert_eq!(
        read(text).unwrap(),
        json!({"subject": {"id": "s", "sex": "MALE", "karyotypicSex": "XY"},
            "phenotypicFeatures": [{"type": {"id": "HP:1"}, "excluded": true, "onset": {"gestationalAge": {"weeks": 33}}}]})
    );
    // YAML 1.1 reads `yes` as true and `017` as 15. Both stay texts here, so the packet is refused and not changed.
    let odd = read("phenotypicFeatures: [{excluded: yes, onset: {gestationalAge: {weeks: 017}}}]").unwrap();
    assert_eq!(
        odd["phenotypicFeatures"][0],
        json!({"excluded": "yes", "onset": {"gestationalAge": {"weeks": "017"}}})
    );
    assert_eq!(
        read("files: [{fileAttributes: {a_b: 1.0, a_c: no}}]").unwrap()["files"][0]["fileAttributes"],
        json!({"a_b": "1.0", "a_c": "no"})
    );
}

#[test]
fn an_empty_document_a_list_and_a_family_are_read() {
    for empty in ["", "---\n", "# nothing\n", "~"] {
        assert_eq!(from_yaml(empty.as_bytes()), Ok(None), "{empty}");
    }
    let list = from_yaml(b"- {id: 1}\n- {id: 2}\n").unwrap().unwrap().contents().unwrap();
    assert_eq!(list.packets.iter().map(|p| p.place.as_str()).collect::<Vec<_>>(), ["[0]", "[1]"]);
    assert_eq!(list.packets[1].document.as_value(), &json!({"id": "2"}));
    let family = from_yaml(b"proband: {id: 007}\n").unwrap().unwrap().contents().unwrap();
    assert_eq!(family.packets[0].document.as_value(), &json!({"id": "007"}));
}

#[test]
fn what_would_be_lost_or_needs_memory_without_limit_is_refused() {
    let code = |text: &str| read(text).unwrap_err().code();
    assert_eq!(code("a: &a {id: x}\nsubject:\n  <<: *a\n"), "merge-key");
    assert_eq!(code("id: x\nid: y\n"), "duplicate-member");
    assert_eq!(code("metaData: {}\nmeta_data: {}\n"), "duplicate-member");
    assert_eq!(code("subject: !person {id: x}\n"), "not-yaml");
    assert_eq!(code("id: [a]\n"), "not-yaml");
    assert_eq!(code("id: x\n---\nid: y\n"), "not-yaml");
    assert_eq!(code("id: 'x\n"), "not-yaml");
    assert_eq!(code("a: *nothing\n"), "not-yaml");
    assert_eq!(code(&"[".repeat(100_000)), "too-deep");
    assert_eq!(code(&"- ".repeat(100_000)), "too-deep");
    assert_eq!(code(&format!("x: {}{}", "[".repeat(70), "]".repeat(70))), "too-deep");
    assert_eq!(code(&" ".repeat(MAX_YAML_BYTES + 1)), "too-large");
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(code(&bomb), "too-large");
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 100].join(","));
    assert_eq!(code(&long), "too-large");
    // A few aliases, as tools write them for equal objects, are read.
    assert_eq!(read("a: &a {id: 1}\nsubject: *a\n").unwrap()["subject"], json!({"id": "1"}));
}

#[test]
fn large_documents_of_one_kind_of_token_end_in_time() {
    for token in [
        "[]", "a: ", "- ", "? ", "&a ", "'", "\"", "| ", "{a,", "a,", "[a,", "- - a\n", "#", "\t", "!!a ", "%", "- a: b\n", ": ",
    ] {
        let text = token.repeat((1 << 20) / token.len());
        let started = std::time::Instant::now();
        let _ = from_yaml(text.as_bytes());
        assert!(started.elapsed().as_secs() < 20, "{token}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_text_is_read_or_refused(text in "[-a-z0-9:{}\\[\\],&*!|>'\"%@#? \n\t]{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn json_read_as_yaml_gives_the_same_document(label in "[ -~ぁ-ん]{0,20}", weeks in 0u32..50, excluded in any::<bool>()) {
        let packet = json!({"id": "007", "subject": {"id": label.clone()}, "phenotypicFeatures": [
            {"type": {"id": "HP:1", "label": label}, "excluded": excluded, "onset": {"gestationalAge": {"weeks": weeks}}}]}).to_string();
        prop_assert_eq!(from_yaml(packet.as_bytes()).unwrap().unwrap(), normalise(packet.as_bytes()).unwrap());
    }
}
