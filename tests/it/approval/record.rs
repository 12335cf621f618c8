//! `approval record`, `approval revoke`, `approval list`.

use gemj_tests::programme::Ran;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn approval() -> Value {
    json!({
        "id": "2026-0100",
        "visa_value": "https://gemj.example/approvals/2026-0100",
        "project": "Arrhythmia in families",
        "organisation": "musashi-university.example",
        "datasets": ["cancer"],
        "purposes": ["biomedical-research"],
        "meets": ["DUO:0000021"],
        "delivery": "region-view",
        "region_budget_bp": 1_000_000,
        "not_before": "2026-04-01",
        "not_after": "2036-03-31",
    })
}

fn record(programme: &Programme, approval: &Value) -> Ran {
    let file = programme.path("approval.json");
    std::fs::write(&file, approval.to_string()).unwrap();
    programme.run(&["approval", "record", file.to_str().unwrap()])
}

fn listed(programme: &Programme, arguments: &[&str]) -> Vec<Value> {
    let out = programme.run(&[&["approval", "list", "--json"], arguments].concat()).good().out;
    serde_json::from_str(&out).unwrap()
}

fn entry(list: &[Value], id: &str) -> Value {
    list.iter().find(|a| a["id"] == id).cloned().unwrap_or(Value::Null)
}

#[test]
fn an_approval_is_recorded_as_written_and_a_change_is_a_new_version() {
    let programme = Programme::new(Backend::Embedded);
    let before = listed(&programme, &["--all"]).len();
    let _ = record(&programme, &approval()).good();
    let _ = record(&programme, &approval()).good();
    let list = listed(&programme, &[]);
    assert_eq!(list.len(), before + 1);
    let found = entry(&list, "2026-0100");
    assert_eq!(found["state"], "valid");
    for member in [
        "project",
        "organisation",
        "datasets",
        "purposes",
        "meets",
        "delivery",
        "region_budget_bp",
        "visa_value",
    ] {
        assert_eq!(found[member], approval()[member], "{member}");
    }
    // The date `2026-04-01` of the approval means its first instant in Japan.
    assert_eq!(found["not_before"], "2026-03-31T15:00:00Z");

    let mut second = approval();
    second["id"] = json!("2026-0101");
    let mut everybodys = second.clone();
    everybodys["users"] = json!([]);
    let refused = record(&programme, &everybodys).refused();
    assert!(refused.err.contains("visa value belongs to another"), "{}", refused.err);
    // Recording a changed approval makes a new version. Recording the same approval again does not.
    let mut wider = approval();
    wider["delivery"] = json!("download");
    let changed = record(&programme, &wider).good();
    assert!(changed.out.contains("2026-0100: changed, now version 2"), "{}", changed.out);
    assert!(!record(&programme, &wider).good().out.contains("version"));
    assert_eq!(entry(&listed(&programme, &[]), "2026-0100")["delivery"], "download");
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn an_inconsistent_approval_is_refused_with_a_reason() {
    let programme = Programme::new(Backend::Embedded);
    let before = listed(&programme, &["--all"]).len();
    let cases: [(&str, Value, &str); 14] = [
        ("purposes", json!(["biomedical-research", "insurance"]), "always refused"),
        ("purposes", json!(["employment"]), "always refused"),
        ("purposes", json!(["law-enforcement"]), "always refused"),
        ("purposes", json!(["re-identification"]), "always refused"),
        ("purposes", json!(["marketing"]), "unknown variant `marketing`"),
        ("datasets", json!(["cancers"]), "not configured"),
        ("datasets", json!([]), "no dataset"),
        ("release", json!("cancer-1"), "no release"),
        ("not_before", json!("2036-04-01"), "ends before it begins"),
        ("country", json!("DE"), "configured organisation's is JP"),
        ("meets", json!(["DUO:0000042"]), "not a modifier"),
        ("diseases", json!(["epilepsy"]), "not a term"),
        ("users", json!(["hanako@musashi-university.example"]), "pseudonyms"),
        ("delivry", json!("download"), "unknown field `delivry`"),
    ];
    for (member, value, reason) in cases {
        let mut changed = approval();
        changed[member] = value.clone();
        let refused = record(&programme, &changed).refused();
        assert!(refused.err.contains(reason), "{member} {value}: {}", refused.err);
        assert!(!refused.err.contains("hanako"), "{}", refused.err);
    }
    assert_eq!(listed(&programme, &["--all"]).len(), before);
}

#[test]
fn the_list_states_whether_each_approval_is_valid() {
    let programme = Programme::new(Backend::Embedded);
    for (id, from, until) in [
        ("ended", "2020-01-01", "2021-01-01"),
        ("to-come", "2098-01-01", "2099-01-01"),
        ("holds", "2020-01-01", "2099-01-01"),
    ] {
        let mut one = approval();
        one["id"] = json!(id);
        one["visa_value"] = json!(format!("https://gemj.example/approvals/{id}"));
        one["not_before"] = json!(from);
        one["not_after"] = json!(until);
        let _ = record(&programme, &one).good();
    }
    let state = |list: &[Value], id: &str| entry(list, id)["state"].clone();
    let open = listed(&programme, &[]);
    assert_eq!(state(&open, "holds"), "valid");
    assert_eq!(state(&open, "to-come"), "not-yet");
    assert_eq!(state(&open, "ended"), Value::Null);
    assert_eq!(state(&listed(&programme, &["--all"]), "ended"), "ended");

    let _ = programme
        .run(&["approval", "revoke", "holds", "--reason", "the data manager left"])
        .good();
    assert_eq!(state(&listed(&programme, &[]), "holds"), Value::Null);
    let revoked = entry(&listed(&programme, &["--all"]), "holds");
    assert_eq!(revoked["state"], "revoked");
    assert_eq!(revoked["revoked_because"], "the data manager left");
    let table = programme.run(&["approval", "list", "--all"]).good().out;
    for line in ["revoked", "not-yet", "ended", "valid"] {
        assert!(table.lines().any(|l| l.split_whitespace().nth(1) == Some(line)), "{line}: {table}");
    }
    let unknown = programme.run(&["approval", "revoke", "2026-9999"]);
    assert_eq!(unknown.code, Some(2));
}
