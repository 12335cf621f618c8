//! `approval import` with exports in the forms of REMS 2.39.1. The exports are written here, from the public schemas of REMS.

use gemj_tests::programme::Ran;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

/// The resource of every application.
pub(crate) const RESOURCE: &str = "urn:nbn:jp:cancer";

/// A mapping in which visas carry the resource as their value, as REMS signs them.
pub(crate) fn mapping(issuer: &str) -> String {
    format!(
        r#"
issuer = "{issuer}"
visa_value = "https://gemj.example/rems/{{application}}"

[organisations]
"med.musashi-university.example" = "musashi-university.example"
"northbridge-university.example" = "northbridge-university.example"

[[resource]]
ext_id = "{RESOURCE}"
visa_value = "{RESOURCE}"
dataset = "cancer"
purposes = ["biomedical-research"]
meets = ["DUO:0000021"]
delivery = "download"
"#
    )
}

/// A user of REMS: user id, name and address.
pub(crate) fn user(userid: &str, address: &str) -> Value {
    json!({"userid": userid, "name": format!("Namae {userid}"), "email": address, "organizations": [{"organization/id": "default"}]})
}

/// `/api/applications/ID/raw`: an application with its events. `activity` is a minute of the first of March 2026.
pub(crate) fn raw(number: u32, state: &str, activity: u32, applicant: &Value, members: &[Value]) -> Value {
    let time = |minute: u32| format!("2026-03-01T{:02}:{:02}:00.000Z", minute / 60, minute % 60);
    let event = |id: u32, kind: &str, minute| json!({"event/id": id, "event/type": format!("application.event/{kind}"), "event/time": time(minute), "event/actor": "chair@idp", "application/id": number});
    let mut events = vec![event(1, "created", 1), event(2, "submitted", 2)];
    if !matches!(state, "draft" | "submitted" | "returned" | "rejected") {
        events.push(event(3, "approved", 3));
    }
    if activity > 3 {
        events.push(event(4, "member-added", activity));
    }
    json!({
        "application/id": number, "application/external-id": format!("2026/{number}"), "application/state": format!("application.state/{state}"),
        "application/todo": null, "application/created": time(1), "application/modified": time(1), "application/first-submitted": time(2),
        "application/last-activity": time(activity), "application/applicant": applicant, "application/members": members,
        "application/invited-members": [{"name": "Shotai Sareta", "email": "invited@elsewhere.example"}], "application/blacklist": [],
        "application/resources": [{
            "resource/id": 1, "resource/ext-id": RESOURCE, "catalogue-item/id": 3, "catalogue-item/title": {"en": "Cancer", "ja": "がん"},
            "catalogue-item/infourl": {}, "catalogue-item/start": time(0), "catalogue-item/end": null, "catalogue-item/enabled": true,
            "catalogue-item/expired": false, "catalogue-item/archived": false}],
        "application/licenses": [], "application/accepted-licenses": {}, "application/events": events, "application/description": "Splicing",
        "application/forms": [{"form/id": 1, "form/title": "f", "form/fields": []}],
        "application/workflow": {"workflow/id": 1, "workflow/type": "workflow/default", "workflow.dynamic/handlers": []},
        "application/role-permissions": {}, "application/user-roles": {}, "application/attachments": [],
        "entitlement/end": "2036-02-01T00:00:00.000Z",
    })
}

/// Imports an export with the mapping.
pub(crate) fn import(programme: &Programme, export: &str, further: &[&str]) -> Ran {
    let (file, map) = (programme.path("export"), programme.path("rems.toml"));
    std::fs::write(&file, export).unwrap();
    if !map.exists() {
        std::fs::write(&map, mapping("https://idp.example")).unwrap();
    }
    let arguments = ["approval", "import", file.to_str().unwrap(), "--rems-map", map.to_str().unwrap()];
    programme.run(&[&arguments[..], further].concat())
}

fn states(programme: &Programme) -> Vec<(String, String)> {
    let out = programme.run(&["approval", "list", "--all", "--json"]).good().out;
    let list: Vec<Value> = serde_json::from_str(&out).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_rems = list.iter().filter(|a| a["id"].as_str().unwrap().starts_with("rems-"));
    of_rems.map(|a| (text(&a["id"]), text(&a["state"]))).collect()
}

fn state(id: &str, state: &str) -> (String, String) {
    (id.to_owned(), state.to_owned())
}

fn taro() -> Value {
    user("taro@idp", "taro@med.musashi-university.example")
}

#[test]
fn an_application_with_several_organisations_gets_an_approval_for_each() {
    let programme = Programme::new(Backend::Embedded);
    let member = user("john@idp", "john@northbridge-university.example");
    let ran = import(&programme, &raw(12, "approved", 9, &taro(), &[member]).to_string(), &[]).good();
    assert_eq!(ran.out.trim(), "2 recorded");
    let both = [
        state("rems-12:cancer", "valid"),
        state("rems-12:cancer@northbridge-university.example", "valid"),
    ];
    assert_eq!(states(&programme), both);
    let ran = import(&programme, &raw(12, "approved", 10, &taro(), &[]).to_string(), &[]).good();
    assert!(
        ran.out
            .contains("approval rems-12:cancer@northbridge-university.example: ended, now version 2"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("0 recorded, 1 ended, 1 unchanged"), "{}", ran.out);
    // The older export is recognised by its last activity.
    let member = user("john@idp", "john@northbridge-university.example");
    let older = import(&programme, &raw(12, "approved", 9, &taro(), &[member]).to_string(), &[]).good();
    assert_eq!(older.out.trim(), "nothing new, 1 older than the register");
    let ran = import(&programme, &raw(12, "closed", 11, &taro(), &[]).to_string(), &[]).good();
    assert!(ran.out.contains("2 revoked") && ran.out.contains("closed in REMS"), "{}", ran.out);
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn unknown_organisations_are_errors_before_anything_is_stored() {
    let programme = Programme::new(Backend::Embedded);
    let stranger = user("jane@idp", "jane@elsewhere.example");
    let export = json!([
        raw(12, "approved", 9, &taro(), &[]),
        raw(13, "approved", 9, &stranger, std::slice::from_ref(&stranger))
    ]);
    let export = serde_json::to_string_pretty(&export).unwrap();
    let ran = import(&programme, &export, &[]).refused();
    assert_eq!(ran.out.trim(), "nothing stored: 2 faults");
    let line = 1 + export.lines().position(|line| line.contains("\"application/id\": 13,")).unwrap();
    for whose in ["the applicant's address", "the address of member 1"] {
        let fault = ran.err.lines().find(|line| line.contains(whose)).unwrap();
        assert!(
            fault.contains("application 13, entry 2 (line ") && fault.contains("[organisations]"),
            "{fault}"
        );
        let stated: usize = fault.split("(line ").nth(1).unwrap().split(')').next().unwrap().parse().unwrap();
        assert!(
            stated <= line && line < stated + 120,
            "entry 2 begins in line {stated}, and its id is in line {line}"
        );
    }
    assert_eq!(states(&programme), []);
    // A mapping to an organisation that the configuration does not have is a fault of the whole file, also with --skip-faulty.
    let text = mapping("https://idp.example") + "\n";
    std::fs::write(
        programme.path("rems.toml"),
        text.replace("= \"northbridge-university.example\"", "= \"nortbridge-university.example\""),
    )
    .unwrap();
    for further in [&[][..], &["--skip-faulty"]] {
        let ran = import(&programme, &raw(12, "approved", 9, &taro(), &[]).to_string(), further).refused();
        assert!(
            ran.err
                .contains("the mapping: [organisations]: 'nortbridge-university.example' is not configured"),
            "{}",
            ran.err
        );
        assert_eq!(states(&programme), []);
    }
    // The gateway's own form is checked alike.
    let own = json!({"id": "own", "visa_value": "https://gemj.example/own", "project": "P", "organisation": "nortbridge-university.example",
        "datasets": ["cancer"], "purposes": ["biomedical-research"], "delivery": "tre-only", "not_after": "2036-01-01"});
    let ran = import(&programme, &own.to_string(), &[]).refused();
    assert!(
        ran.err
            .contains("the organisation 'nortbridge-university.example' is not configured"),
        "{}",
        ran.err
    );
}

#[test]
fn an_export_that_was_made_earlier_is_recognised_by_the_stated_time() {
    let programme = Programme::new(Backend::Embedded);
    let row = |number: u32, userid: &str, start: &str, end: Value| {
        let address = format!("{}@med.musashi-university.example", userid.split('@').next().unwrap());
        json!({"resource": RESOURCE, "user": user(userid, &address), "application-id": number, "start": start, "end": end, "mail": address})
    };
    let later = json!("2036-02-01T00:00:00.000Z");
    let march = json!([row(12, "taro@idp", "2026-03-01T00:00:00.000Z", later.clone())]).to_string();
    let june = json!([
        row(12, "taro@idp", "2026-03-01T00:00:00.000Z", json!("2026-05-01T00:00:00.000Z")),
        row(12, "hanako@idp", "2026-05-02T00:00:00.000Z", later),
    ])
    .to_string();
    let _ = import(&programme, &june, &["--exported", "2026-06-01"]).good();
    let users = |programme: &Programme| {
        let out = programme.run(&["approval", "list", "--json"]).good().out;
        let list: Vec<Value> = serde_json::from_str(&out).unwrap();
        list.into_iter().find(|a| a["id"] == "rems-12:cancer").unwrap()["users"].clone()
    };
    let before = users(&programme);
    let older = import(&programme, &march, &["--exported", "2026-03-02"]).good();
    assert_eq!(older.out.trim(), "nothing new, 1 older than the register");
    assert_eq!(users(&programme), before);
    let wrong = import(&programme, &march, &["--exported", "yesterday"]);
    assert_eq!(wrong.code, Some(2));
}

#[test]
fn a_known_file_of_entitlements_that_is_imported_again_gives_no_removed_user_access() {
    let programme = Programme::new(Backend::Embedded);
    let row = |userid: &str, end: &str| {
        let address = format!("{}@med.musashi-university.example", userid.split('@').next().unwrap());
        json!({"resource": RESOURCE, "user": user(userid, &address), "application-id": 12, "start": "2026-03-01T00:00:00.000Z", "end": end, "mail": address})
    };
    let later = "2036-02-01T00:00:00.000Z";
    let first = json!([row("taro@idp", later), row("hanako@idp", later)]).to_string();
    let second = json!([row("taro@idp", later), row("hanako@idp", "2026-05-01T00:00:00.000Z")]).to_string();
    let _ = import(&programme, &first, &[]).good();
    let known = programme.path("known.json");
    std::fs::copy(programme.path("export"), &known).unwrap();
    // The copy has the time of the first export.
    let written = std::fs::metadata(programme.path("export")).unwrap().modified().unwrap();
    std::fs::File::options()
        .write(true)
        .open(&known)
        .unwrap()
        .set_modified(written)
        .unwrap();
    let changed = import(&programme, &second, &[]).good();
    assert!(changed.out.contains("1 changed"), "{}", changed.out);
    let map = programme.path("rems.toml");
    let again = programme
        .run(&["approval", "import", known.to_str().unwrap(), "--rems-map", map.to_str().unwrap()])
        .good();
    assert_eq!(again.out.trim(), "nothing new, 1 older than the register");
    // The same rows in another layout, and written now.
    let rows: Value = serde_json::from_str(&first).unwrap();
    let indented = import(&programme, &format!("{rows:#}\n"), &[]).good();
    assert_eq!(indented.out.trim(), "nothing new, 1 unchanged");
    assert!(indented.err.contains("this state was imported before"), "{}", indented.err);
}

#[test]
fn times_of_an_export_in_the_far_future_are_faults_that_name_the_clock() {
    let programme = Programme::new(Backend::Embedded);
    let mut wild = raw(12, "approved", 9, &taro(), &[]);
    wild["application/last-activity"] = json!("2999-01-01T00:00:00.000Z");
    let ran = import(&programme, &wild.to_string(), &[]).refused();
    assert!(ran.err.contains("application 12") && ran.err.contains("clock"), "{}", ran.err);
    assert_eq!(states(&programme), []);
    let good = raw(12, "approved", 9, &taro(), &[]).to_string();
    let ran = import(&programme, &good, &["--exported", "2999-01-01"]).refused();
    assert!(ran.err.contains("clock") && ran.err.contains("--exported"), "{}", ran.err);
    // The file was written by a machine whose clock is a year ahead.
    let _ = import(&programme, &good, &["--dry-run"]).good();
    let (file, map) = (programme.path("export"), programme.path("rems.toml"));
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(365 * 86_400);
    std::fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(ahead)
        .unwrap();
    let arguments = ["approval", "import", file.to_str().unwrap(), "--rems-map", map.to_str().unwrap()];
    let ran = programme.run(&arguments).refused();
    assert!(ran.err.contains("clock"), "{}", ran.err);
    let ran = programme.run(&[&arguments[..], &["--exported", "2026-03-02"]].concat()).good();
    assert_eq!(ran.out.trim(), "1 recorded");
}

#[test]
fn the_sheet_of_applications_states_what_is_over_and_what_is_missing() {
    let programme = Programme::new(Backend::Embedded);
    let export = json!([raw(12, "approved", 9, &taro(), &[]), raw(13, "approved", 9, &taro(), &[])]);
    let _ = import(&programme, &export.to_string(), &[]).good();
    let row = |number: u32, state: &str| {
        format!(
            "{number},\"2026/{number}\",\"Namae Taro\",\"2026-03-01 09:00\",\"{state}\",\"Cancer\",\"A \\\"title\\\", in\ntwo lines\"\n"
        )
    };
    let head = "\"Id\",\"External id\",\"Applicant\",\"First submitted\",\"State\",\"Resources\",\"Title\"\n";
    let sheet = format!("{head}{}{}{}", row(12, "Approved"), row(13, "Closed"), row(14, "Approved"));
    let ran = import(&programme, &sheet, &[]).good();
    assert!(ran.out.contains("0 recorded, 1 revoked, 1 unchanged"), "{}", ran.out);
    assert!(
        ran.err.contains("application 14") && ran.err.contains("/api/applications/14/raw"),
        "{}",
        ran.err
    );
    assert!(!ran.err.contains("Namae") && !ran.out.contains("Namae"));
    assert_eq!(
        states(&programme),
        [state("rems-12:cancer", "valid"), state("rems-13:cancer", "revoked")]
    );
    let entitlements = import(&programme, "resource,application,user,start\nurn,12,taro@idp,2026-03-01\n", &[]);
    assert_eq!(entitlements.code, Some(2));
    assert!(entitlements.err.contains("/api/entitlements?expired=true"), "{}", entitlements.err);
    let unknown = import(&programme, &format!("{head}{}", row(12, "Hyväksytty")), &[]).refused();
    assert!(unknown.err.contains("state 'hyväksytty' is unknown"), "{}", unknown.err);
}

#[test]
fn no_output_of_an_import_names_a_person() {
    let programme = Programme::new(Backend::Embedded);
    let stranger = user("himitsu@idp", "himitsu@elsewhere.example");
    let export = json!([
        raw(12, "approved", 9, &taro(), &[user("kyodo@idp", "kyodo@med.musashi-university.example")]),
        raw(13, "approved", 9, &stranger, &[]),
        raw(14, "no-such-state", 9, &stranger, &[]),
        {"application/id": 15, "application/state": "application.state/approved", "application/applicant": "himitsu@idp"},
    ]);
    for further in [&["--dry-run"][..], &[], &["--skip-faulty"]] {
        let ran = import(&programme, &export.to_string(), further).refused();
        for word in ["taro", "kyodo", "himitsu", "Namae", "Shotai", "chair@idp", "elsewhere.example"] {
            assert!(!ran.out.contains(word) && !ran.err.contains(word), "{word}: {}{}", ran.out, ran.err);
        }
    }
    assert_eq!(states(&programme), [state("rems-12:cancer", "valid")]);
}
