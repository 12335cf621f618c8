//! `approval import` of the programme's own approval files, also in their older form, and of exports of REMS.

use gemj_tests::programme::Ran;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

const MAPPING: &str = r#"
issuer = "https://idp.example"
visa_value = "https://gemj.example/rems/{application}"

[organisations]
"med.musashi-university.example" = "musashi-university.example"

[[resource]]
ext_id = "urn:nbn:cancer"
dataset = "cancer"
purposes = ["biomedical-research"]
meets = ["DUO:0000021"]
delivery = "tre-only"
"#;

fn import(programme: &Programme, document: &Value, further: &[&str]) -> Ran {
    let file = programme.path("import.json");
    std::fs::write(&file, document.to_string()).unwrap();
    programme.run(&[&["approval", "import", file.to_str().unwrap()], further].concat())
}

fn from_rems(programme: &Programme, document: &Value, further: &[&str]) -> Ran {
    let mapping = programme.path("rems.toml");
    std::fs::write(&mapping, MAPPING).unwrap();
    import(programme, document, &[&["--rems-map", mapping.to_str().unwrap()], further].concat())
}

fn found(programme: &Programme, id: &str) -> Value {
    let out = programme.run(&["approval", "list", "--all", "--json"]).good().out;
    let list: Vec<Value> = serde_json::from_str(&out).unwrap();
    list.into_iter().find(|a| a["id"] == id).unwrap_or(Value::Null)
}

fn application(number: u32, state: &str) -> Value {
    json!({
        "application/id": number,
        "application/external-id": format!("2026/{number}"),
        "application/state": format!("application.state/{state}"),
        "application/description": "Splicing",
        "application/applicant": {"userid": "shinseisha@idp", "name": "Shinseisha Taro", "email": "taro@med.musashi-university.example"},
        "application/members": [{"userid": "kyodo@idp", "name": "Kyodo Hanako", "email": "hanako@med.musashi-university.example"}],
        "application/resources": [{"resource/id": 1, "resource/ext-id": "urn:nbn:cancer", "catalogue-item/id": 3}],
        "application/events": [{"event/type": "application.event/approved", "event/time": "2026-02-01T00:00:00.000Z"}],
        "entitlement/end": "2036-02-01T00:00:00.000Z",
    })
}

#[test]
fn a_file_in_the_older_form_is_read_and_its_invalid_entries_are_named() {
    let programme = Programme::new(Backend::Embedded);
    let old = |id: &str, purpose: &str| {
        json!({"id": id, "visa_value": format!("https://gemj.example/approvals/{id}"), "project": "P", "organisation": "musashi-university.example",
               "datasets": ["cancer"], "purpose": purpose, "delivery": "download", "not_after": "2036-03-31"})
    };
    let document = json!([
        old("a", "research"),
        old("b", "commercial"),
        old("c", "insurance"),
        old("d", "research")
    ]);
    let ran = import(&programme, &document, &[]).refused();
    assert_eq!(ran.out.trim(), "nothing stored: 1 fault");
    assert!(ran.err.contains("approval 3, line 1:"), "{}", ran.err);
    assert_eq!(found(&programme, "a"), Value::Null);
    let ran = import(&programme, &document, &["--skip-faulty"]).refused();
    assert_eq!(ran.out.trim(), "3 recorded, 1 fault skipped");
    for (id, commercial) in [("a", false), ("b", true), ("d", false)] {
        let approval = found(&programme, id);
        assert_eq!(approval["purposes"], json!(["biomedical-research"]));
        assert_eq!(approval["commercial"], commercial, "{id}");
    }
    assert_eq!(found(&programme, "c"), Value::Null);
}

#[test]
fn applications_of_rems_become_approvals_without_personal_names_or_email_addresses() {
    let programme = Programme::new(Backend::Embedded);
    let document = json!([
        application(12, "approved"),
        application(13, "submitted"),
        application(14, "approved")
    ]);
    let without = import(&programme, &document, &[]);
    assert_eq!(without.code, Some(2));
    assert!(without.err.contains("--rems-map"), "{}", without.err);

    let mut strangers = document.clone();
    strangers[2]["application/resources"][0]["resource/ext-id"] = json!("urn:nbn:other");
    let ran = from_rems(&programme, &strangers, &[]).refused();
    assert_eq!(ran.out.trim(), "nothing stored: 1 fault");
    assert_eq!(found(&programme, "rems-12"), Value::Null);
    let ran = from_rems(&programme, &strangers, &["--skip-faulty"]).refused();
    assert_eq!(ran.out.trim(), "1 recorded, 1 not approved, 1 fault skipped");
    assert!(
        ran.err
            .contains("application 14, entry 3 (line 1): the mapping has no resource 'urn:nbn:other'"),
        "{}",
        ran.err
    );

    let approval = found(&programme, "rems-12");
    assert_eq!(approval["visa_value"], "https://gemj.example/rems/12");
    assert_eq!(approval["organisation"], "musashi-university.example");
    assert_eq!(approval["not_before"], "2026-02-01T00:00:00Z");
    assert_eq!(approval["not_after"], "2036-02-01T00:00:00Z");
    assert_eq!(approval["delivery"], "tre-only");
    assert_eq!(approval["users"].as_array().unwrap().len(), 2);
    assert!(
        approval["users"]
            .as_array()
            .unwrap()
            .iter()
            .all(|u| u.as_str().unwrap().len() == 32)
    );
    for name in ["gateway.db", "gateway.db-wal"] {
        let bytes = std::fs::read(programme.path(name)).unwrap_or_default();
        for text in ["shinseisha", "Shinseisha", "kyodo", "Hanako", "hanako@", "taro@"] {
            assert!(!bytes.windows(text.len()).any(|w| w == text.as_bytes()), "{text} is in {name}");
        }
    }
}

#[test]
fn an_application_that_is_revoked_in_rems_is_revoked_and_one_without_entitlements_ends() {
    let programme = Programme::new(Backend::Embedded);
    let _ = from_rems(&programme, &json!([application(12, "approved"), application(15, "approved")]), &[]).good();
    assert_eq!(found(&programme, "rems-12")["state"], "valid");
    let ran = from_rems(&programme, &json!([application(12, "revoked"), application(15, "approved")]), &[]).good();
    assert_eq!(
        ran.out.trim(),
        "approval rems-12: revoked (revoked in REMS)\n0 recorded, 1 revoked, 1 unchanged"
    );
    assert_eq!(found(&programme, "rems-12")["state"], "revoked");
    assert_eq!(found(&programme, "rems-15")["state"], "valid");

    let entitlement = |number: u32, end: &str| {
        json!([{"resource": "urn:nbn:cancer", "application-id": number, "start": "2026-02-01T00:00:00.000Z", "end": end,
                "mail": "taro@med.musashi-university.example", "userid": "shinseisha@idp"}])
    };
    // The approval of application 15 is in force, and the file has no entitlement of it.
    let open = entitlement(16, "2036-02-01T00:00:00.000Z");
    let refused = from_rems(&programme, &open, &[]).refused();
    assert_eq!(refused.out.trim(), "nothing stored: 1 fault");
    assert!(
        refused.err.contains("approval rems-15") && refused.err.contains("expired=true"),
        "{}",
        refused.err
    );
    assert_eq!(found(&programme, "rems-16"), Value::Null);
    let _ = from_rems(&programme, &open, &["--absent", "keep"]).good();
    assert_eq!(
        (&found(&programme, "rems-16")["state"], &found(&programme, "rems-15")["state"]),
        (&json!("valid"), &json!("valid"))
    );
    let _ = from_rems(&programme, &open, &["--absent", "end"]).good();
    assert_eq!(
        (&found(&programme, "rems-16")["state"], &found(&programme, "rems-15")["state"]),
        (&json!("valid"), &json!("ended"))
    );
    let _ = from_rems(&programme, &entitlement(16, "2026-03-01T00:00:00.000Z"), &[]).good();
    assert_eq!(found(&programme, "rems-16")["state"], "ended");
    // The same file gives no access a second time, because it may be an old file with a new time.
    let _ = from_rems(&programme, &open, &[]).good();
    assert_eq!(found(&programme, "rems-16")["state"], "ended");
    // Entitlements come back in a new export, and the approval is open again.
    let _ = from_rems(&programme, &entitlement(16, "2036-02-02T00:00:00.000Z"), &[]).good();
    assert_eq!(found(&programme, "rems-16")["state"], "valid");
}

#[test]
fn a_changed_application_is_a_new_version_and_a_repeated_export_changes_nothing() {
    let programme = Programme::new(Backend::Embedded);
    let document = json!([application(12, "approved")]);
    assert_eq!(from_rems(&programme, &document, &[]).good().out.trim(), "1 recorded");
    assert_eq!(from_rems(&programme, &document, &[]).good().out.trim(), "nothing new, 1 unchanged");
    // In the changed export, one member has left the application and another member has joined.
    let mut changed = document.clone();
    changed[0]["application/members"] =
        json!([{"userid": "shinnin@idp", "name": "Shinnin Jiro", "email": "jiro@med.musashi-university.example"}]);
    let before = found(&programme, "rems-12")["users"].clone();
    let dry = from_rems(&programme, &changed, &["--dry-run"]).good();
    assert_eq!(
        dry.out.trim(),
        "approval rems-12: changed (users: 1 added, 1 removed)\ndry run, nothing stored: 0 recorded, 1 changed"
    );
    assert_eq!(found(&programme, "rems-12")["users"], before);
    let ran = from_rems(&programme, &changed, &[]).good();
    assert_eq!(
        ran.out.trim(),
        "approval rems-12: changed, now version 2 (users: 1 added, 1 removed)\n0 recorded, 1 changed"
    );
    let after = found(&programme, "rems-12")["users"].clone();
    assert!(before != after && after.as_array().unwrap().len() == 2);
    assert_eq!(from_rems(&programme, &changed, &[]).good().out.trim(), "nothing new, 1 unchanged");
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn two_applications_for_one_resource_share_its_visa_value_and_have_separate_users() {
    let programme = Programme::new(Backend::Embedded);
    let mapping = programme.path("rems.toml");
    std::fs::write(
        &mapping,
        MAPPING.replace("dataset = ", "visa_value = \"urn:nbn:cancer\"\ndataset = "),
    )
    .unwrap();
    let mut second = application(13, "approved");
    second["application/applicant"]["userid"] = json!("betsu@idp");
    second["application/members"] = json!([]);
    let document = json!([application(12, "approved"), second]);
    let ran = import(&programme, &document, &["--rems-map", mapping.to_str().unwrap()]).good();
    assert_eq!(ran.out.trim(), "2 recorded");
    let (one, other) = (found(&programme, "rems-12:cancer"), found(&programme, "rems-13:cancer"));
    assert_eq!(
        (one["visa_value"].as_str(), &one["visa_value"]),
        (Some("urn:nbn:cancer"), &other["visa_value"])
    );
    assert_eq!(
        (one["users"].as_array().unwrap().len(), other["users"].as_array().unwrap().len()),
        (2, 1)
    );
}
