#![allow(clippy::unwrap_used)]
use gemj_model::Timestamp;
use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-11-24T00:00:00Z";

fn item(bytes: &[u8]) -> PortalItem {
    let forms = crate::consent_forms::read(None).unwrap();
    read(bytes, &forms, Timestamp::parse(NOW).unwrap())
}

fn told(bytes: &[u8]) -> String {
    match item(bytes) {
        PortalItem::Statement(read) => format!("{} {}", read.event.kind.as_str(), read.event.clauses.joined()),
        PortalItem::Unclear { participant, fault } => {
            format!("unclear{} {}", if participant.is_some() { "" } else { " of nobody" }, fault.code())
        }
        PortalItem::Refused(fault) => format!("refused {}", fault.code()),
    }
}

fn with(changes: Value) -> Vec<u8> {
    let mut statement = json!({
        "participant": {"namespace": "karte", "number": "0000017"},
        "kind": "given", "form": "unified-1", "clauses": ["study-use"], "signed": "2026-04-01",
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(statement.as_object_mut().unwrap().remove(name)),
            value => statement[name] = value.clone(),
        }
    }
    serde_json::to_vec(&statement).unwrap()
}

#[test]
fn each_statement_is_an_event_or_has_one_fault() {
    let none = Value::Null;
    let cases = [
        (json!({}), "given study-use"),
        (
            json!({"kind": "withdrawn", "form": none, "clauses": none, "signed": none}),
            "withdrawn ",
        ),
        (
            json!({"kind": "withdrawn", "clauses": ["commercial"], "signed": none}),
            "withdrawn-partial commercial",
        ),
        (
            json!({"kind": "proxy-given", "proxy": {"relation": "parent"}}),
            "proxy-given study-use",
        ),
        (json!({"kind": "assent"}), "assent study-use"),
        (json!({"scan_sha256": "AB".repeat(32)}), "given study-use"),
        (json!({"kind": "proxy-given"}), "refused relation-not-allowed"),
        (json!({"proxy": {"relation": "parent"}}), "refused relation-not-allowed"),
        (json!({"signed": none}), "refused signed-needed"),
        (json!({"signed": "2027-01-01"}), "refused signed-in-future"),
        (json!({"signed": "yesterday"}), "refused signed-unreadable"),
        (json!({"form": none}), "refused form-needed"),
        (json!({"form": "unified-9"}), "refused form-unknown"),
        (json!({"clauses": ["study-use;commercial"]}), "refused clause-unknown"),
        (json!({"clauses": "study-use"}), "refused clause-unknown"),
        (json!({"scan_sha256": "ab"}), "refused scan-unreadable"),
        (json!({"remark": "on paper"}), "refused member-unknown"),
        (json!({"participant": none}), "refused participant-unreadable"),
        (
            json!({"kind": "corrected", "form": none, "clauses": none}),
            "refused kind-not-accepted",
        ),
    ];
    for (changes, expected) in cases {
        assert_eq!(told(&with(changes.clone())), expected, "{changes}");
    }
}

#[test]
fn a_statement_that_could_be_a_withdrawal_blocks_the_named_participant() {
    let none = Value::Null;
    let cases = [
        (json!({"kind": "withdrawn", "signed": "someday"}), "unclear signed-unreadable"),
        (json!({"kind": "withdrawn", "clauses": ["everything"]}), "unclear clause-unknown"),
        (json!({"kind": "withdrawn", "remark": "by phone"}), "unclear member-unknown"),
        (json!({"kind": "withdraw"}), "unclear kind-unknown"),
        (json!({"kind": "stop"}), "unclear kind-unknown"),
        (json!({"kind": none}), "unclear kind-unknown"),
        (json!({"kind": 7}), "unclear kind-unknown"),
        (json!({"kind": "withdrawal-unclear", "clauses": none}), "unclear stated-unclear"),
        (json!({"remark": "本人より撤回"}), "unclear member-unknown"),
        (
            json!({"kind": "withdrawn", "participant": none}),
            "unclear of nobody participant-unreadable",
        ),
    ];
    for (changes, expected) in cases {
        assert_eq!(told(&with(changes.clone())), expected, "{changes}");
    }
}

#[test]
fn a_member_that_occurs_twice_is_never_read_as_a_consent() {
    let text = r#"{"participant":{"namespace":"karte","number":"17"},"kind":"withdrawn","kind":"given","form":"unified-1","clauses":"all","signed":"2026-04-01"}"#;
    assert_eq!(told(text.as_bytes()), "unclear member-twice");
}

#[test]
fn a_body_that_was_cut_off_blocks_the_participant_unless_it_is_readable_as_another_kind() {
    let whole = with(json!({"kind": "withdrawn", "clauses": null}));
    for cut in 1..whole.len() {
        let told = told(&whole[..cut]);
        assert!(told.starts_with("unclear"), "{cut}: {told}");
    }
    let text = r#"{"participant":{"namespace":"karte","number":"17"},"kind":"withdrawn","#;
    assert_eq!(told(text.as_bytes()), "unclear unreadable");
    let text = r#"{"participant":{"namespace":"karte","number":"17"},"kind":"given","#;
    assert_eq!(told(text.as_bytes()), "refused unreadable");
    let two = r#"{"number":"17","namespace":"karte","number":"18","kind":"withdrawn""#;
    assert_eq!(told(two.as_bytes()), "unclear of nobody unreadable");
}

#[test]
fn a_damaged_line_of_a_list_does_not_affect_the_other_lines() {
    let lines = split(b"{\"kind\":\"withdrawn\"\n\n{\"a\":1}\r\n", true).unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(split(b"[]", false), Err(BulkFault::Empty));
    assert_eq!(split(b"[{}", false), Err(BulkFault::NotAnArray));
    assert_eq!(split(&b"{}\n".repeat(MAX_ITEMS + 1), true), Err(BulkFault::TooMany));
    assert_eq!(split(b"[{\"a\":1,\"a\":2}, 3]", false).unwrap()[0], b"{\"a\":1,\"a\":2}");
}

#[test]
fn every_fault_has_its_own_code() {
    let mut codes: Vec<_> = PortalFault::ALL.iter().map(|fault| fault.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), PortalFault::ALL.len());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = item(&bytes);
        let _ = split(&bytes, true);
        let _ = split(&bytes, false);
    }

    #[test]
    fn a_withdrawal_is_never_refused_whatever_the_other_members_contain(
        form in ".{0,12}", clause in ".{0,12}", signed in ".{0,12}", name in "[a-z]{1,12}",
    ) {
        let bytes = with(json!({"kind": "withdrawn", "form": form, "clauses": [clause], "signed": signed, name: "x"}));
        let refused = matches!(item(&bytes), PortalItem::Refused(_));
        proptest::prop_assert!(!refused);
    }
}
