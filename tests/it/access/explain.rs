//! `GET|POST /access/v1/explain`: the data that a passport opens, its purposes and ends, and the reasons for refusals.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::person;
use serde_json::{Value, json};

use super::with;
use crate::small::{loaded, small};

const PATH: &str = "/access/v1/explain";

/// All numbers in an answer of the dry run, except the positions of visas.
fn numbers(value: &Value) -> Vec<u64> {
    match value {
        Value::Number(number) => vec![number.as_u64().unwrap_or(0)],
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        // `credential` and `position` state the place of a visa in the request. They are not numbers of participants.
        Value::Object(members) => {
            let told = members
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "credential" | "position"));
            told.flat_map(|(_, member)| numbers(member)).collect()
        }
        Value::Null | Value::Bool(_) | Value::String(_) => Vec::new(),
    }
}

fn dataset<'a>(told: &'a Value, id: &str) -> &'a Value {
    let found = told["datasets"].as_array().unwrap().iter().find(|d| d["dataset"] == id);
    found.unwrap_or_else(|| panic!("{id}: {told:#}"))
}

#[test]
fn an_approved_researcher_sees_delivery_purpose_end_and_approval_of_each_dataset() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let told = small.served.client.get(PATH, Some(&token)).expect(200).json();
    let cancer = dataset(&told, "cancer");
    assert_eq!(
        (&cancer["verdict"], &cancer["tier"], &cancer["delivery"]),
        (&json!("open"), &json!("controlled"), &json!("download"))
    );
    assert_eq!(cancer["purposes"], json!(["biomedical-research"]));
    assert_eq!(cancer["approvals"], json!(["https://gemj.example/approvals/2026-0004"]));
    assert!(cancer["until"].as_str().unwrap().starts_with("20"), "{cancer}");
    let by_approval = &cancer["by_approval"][0];
    assert_eq!(by_approval["approval"], "2026-0004");
    let used = by_approval["visa"].as_str().unwrap();
    let verdicts = told["visas"].as_array().unwrap();
    let verdict = verdicts.iter().find(|v| v["visa"] == used && v["code"] == "used").unwrap();
    // The answer identifies a visa without a `jti` by issuer, type, value and place.
    assert_eq!(
        (&verdict["value"], verdict["type"].as_str()),
        (&by_approval["visa_value"], Some("ControlledAccessGrants"))
    );
    assert!(
        verdict["issuer"].as_str().is_some_and(|issuer| issuer.starts_with("http")),
        "{verdict}"
    );
    for member in ["credential", "position"] {
        assert_eq!(verdict[member], by_approval[member]);
        assert!(verdict[member].as_u64().is_some_and(|number| number >= 1), "{verdict}");
    }
    assert_eq!(verdict["failed"], serde_json::json!([]));
}

#[test]
fn a_declared_purpose_that_no_approval_contains_is_stated_as_the_reason() {
    let small = small();
    let client = &small.served.client;
    let authorization = format!("Bearer {}", small.programme.passport(Persona::DomesticAcademic));
    for (language, ascii) in [("en", true), ("ja", false)] {
        let headers = with(
            &authorization,
            &[("GeMJ-Purpose", "ancestry-research"), ("Accept-Language", language)],
        );
        let told = client.send("GET", PATH, &headers, None).expect(200).json();
        let reasons = dataset(&told, "cancer")["reasons"].as_array().unwrap().clone();
        let reason = reasons
            .iter()
            .find(|r| r["code"] == "purpose")
            .unwrap_or_else(|| panic!("{told:#}"));
        assert_eq!(reason["title"].as_str().unwrap().is_ascii(), ascii, "{reason}");
        assert!(reason["visa"].is_string() && reason["approval"] == "2026-0004", "{reason}");
    }
}

#[test]
fn passports_of_two_people_in_one_body_are_refused() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let (a, b) = (
        programme.passport(Persona::DomesticAcademic),
        programme.passport(Persona::OverseasTre),
    );
    let one = client.post(PATH, None, &json!({"passports": [a]})).expect(200).json();
    assert_eq!(dataset(&one, "cancer")["delivery"], "download");
    assert_eq!(
        client.post(PATH, None, &json!({"passports": [a, b]})).status,
        401,
        "passports of two people are refused"
    );
    let other = client
        .post(PATH, None, &json!({"passports": [b], "purpose": "biomedical-research"}))
        .expect(200)
        .json();
    assert_eq!(dataset(&other, "cancer")["delivery"], "tre-only");
    for body in [json!([]), json!({"passports": "x"}), json!({"more": 1}), json!({"purpose": "x"})] {
        assert_eq!(client.post(PATH, None, &body).status, 400, "{body}");
    }
}

#[test]
fn an_anonymous_caller_gets_only_the_datasets_of_the_public_tier() {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let at = text.find("id = \"rare-disease\"").unwrap();
    let (before, after) = text.split_at(at);
    std::fs::write(
        programme.config(),
        format!("{before}{}", after.replacen("public_boolean = true", "public_boolean = false", 1)),
    )
    .unwrap();
    let served = programme.serve();
    let told = served.client.get(PATH, None).expect(200).json();
    let cancer = dataset(&told, "cancer");
    assert_eq!(
        (&cancer["verdict"], &cancer["tier"], &cancer["delivery"]),
        (&json!("open"), &json!("public"), &json!(null))
    );
    assert!(
        !told.to_string().contains("rare-disease"),
        "the public must not learn that the dataset exists: {told:#}"
    );
    let approved = programme.passport(Persona::DomesticAcademic);
    let told = served.client.get(PATH, Some(&approved)).expect(200).json();
    assert_eq!(dataset(&told, "rare-disease")["verdict"], "open");
}

#[test]
fn the_dry_run_contains_no_number_or_name_of_participants_and_is_audited() {
    let programme = loaded(Backend::Embedded);
    let file = programme.object_of(&person(1), "VCF");
    let served = programme.serve();
    for token in [
        None,
        Some(programme.passport(Persona::DomesticAcademic)),
        Some(programme.passport(Persona::RegisteredOnly)),
    ] {
        let text = served.client.get(PATH, token.as_deref()).expect(200).text();
        assert!(!text.contains("TST-") && !text.contains(&file), "{text}");
        assert!(
            numbers(&serde_json::from_str(&text).unwrap()).iter().all(|n| *n == 30_000_000),
            "{text}"
        );
        let before = text;
        let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
        let after = served.client.get(PATH, token.as_deref()).expect(200).text();
        assert_eq!(after, before, "the explanation does not change after a withdrawal");
    }
    let rows = served.stop();
    assert!(!rows.contains("TST-"));
    let database = programme.path("gateway.db");
    // The audit trail has one row for each of the four requests of authenticated callers. The two anonymous requests are counted in one row.
    let count = "import json,sqlite3,sys;rows=sqlite3.connect(sys.argv[1]).execute('select action,resource from audit_row').fetchall();\
                 counted=[q for a,r in rows if a=='count-anonymous-questions' for q in json.loads(r)['questions']];\
                 print(sum(a=='explain' for a,_ in rows),sum(q['count'] for q in counted if q['action']=='explain'),end='')";
    let found = gemj_tests::oracle::run("python3", ["-c", count, database.to_str().unwrap()], b"");
    assert_eq!(String::from_utf8(found).unwrap(), "4 2");
}
