//! `POST /recontact/requests`, `GET /recontact/requests/{id}`, `POST …/decision`: the rights of each caller, and the data that answers must
//! not contain.

use gemj_demo::Persona;
use gemj_tests::Reply;
use serde_json::{Value, json};

use crate::small::small;

fn proposal() -> Value {
    json!({"dataset": "cancer", "assembly": "GRCh38", "referenceName": "chr1", "start": 999, "referenceBases": "A", "alternateBases": "G",
           "reason": "re-consent", "message": "A new use needs a new consent.", "deadline_days": 30})
}

fn token(persona: Persona) -> String {
    small().programme.passport(persona)
}

fn post(path: &str, persona: Option<Persona>, body: &Value) -> Reply {
    small().served.client.post(path, persona.map(token).as_deref(), body)
}

fn get(path: &str, persona: Option<Persona>) -> Reply {
    small().served.client.get(path, persona.map(token).as_deref())
}

fn is_problem(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.json()["status"], status);
}

#[test]
fn a_recontact_request_requires_an_approval_for_the_dataset() {
    is_problem(&post("/recontact/requests", None, &proposal()), 401);
    for persona in [
        Persona::RegisteredOnly,
        Persona::RecontactApprover,
        Persona::EhrHospitalA,
        Persona::Steward,
    ] {
        is_problem(&post("/recontact/requests", Some(persona), &proposal()), 403);
    }
    let mut elsewhere = proposal();
    elsewhere["dataset"] = "rare-disease".into();
    is_problem(&post("/recontact/requests", Some(Persona::DomesticCompany), &elsewhere), 403);
    elsewhere["dataset"] = "no-such-dataset".into();
    is_problem(&post("/recontact/requests", Some(Persona::DomesticAcademic), &elsewhere), 403);
}

#[test]
fn a_recontact_request_is_visible_only_to_its_owner_and_the_approver() {
    let made = post("/recontact/requests", Some(Persona::DomesticCompany), &proposal()).expect(201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        made.json(),
        json!({"id": id, "state": "requested"}),
        "the answer contains no number"
    );
    let path = format!("/recontact/requests/{id}");
    assert!(made.header("location").ends_with(&path));

    let own = get(&path, Some(Persona::DomesticCompany)).expect(200).json();
    let names: Vec<&String> = own.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["created", "deadline", "id", "state"],
        "the answer contains no data of participants before an approval"
    );
    let review = get(&path, Some(Persona::RecontactApprover)).expect(200);
    assert_eq!(review.json()["message"], "A new use needs a new consent.");
    assert!(!review.text().contains("TST-"), "{}", review.text());
    assert_eq!(get(&path, None).status, 401);
    let unknown = format!("/recontact/requests/{}", "0".repeat(32));
    for persona in [Persona::DomesticAcademic, Persona::EhrHospitalA, Persona::Auditor] {
        is_problem(&get(&path, Some(persona)), 404);
        is_problem(&get(&unknown, Some(persona)), 404);
    }
    is_problem(&get(&unknown, Some(Persona::RecontactApprover)), 404);
    is_problem(&get("/recontact/requests/%00", Some(Persona::RecontactApprover)), 404);

    let decision = format!("{path}/decision");
    let approve = json!({"verdict": "approve", "reason": "discussed"});
    for persona in [Persona::DomesticCompany, Persona::DomesticAcademic, Persona::Steward] {
        is_problem(&post(&decision, Some(persona), &approve), 403);
    }
    is_problem(&post(&decision, None, &approve), 401);
    for body in [
        json!({}),
        json!({"verdict": "approve"}),
        json!({"verdict": "maybe", "reason": "x"}),
        json!({"verdict": "approve", "reason": " "}),
        json!({"verdict": "approve", "reason": "x", "more": 1}),
    ] {
        is_problem(&post(&decision, Some(Persona::RecontactApprover), &body), 400);
    }
    let refused = post(
        &decision,
        Some(Persona::RecontactApprover),
        &json!({"verdict": "refuse", "reason": "too wide"}),
    )
    .expect(200);
    assert_eq!(refused.json(), json!({"id": id, "state": "refused"}));
    is_problem(&post(&decision, Some(Persona::RecontactApprover), &approve), 409);
    let own = get(&path, Some(Persona::DomesticCompany)).expect(200).json();
    assert_eq!(own["state"], "refused");
    assert!(own.get("asked").is_none());
}

#[test]
fn an_invalid_request_gets_a_problem_document_that_names_the_member() {
    let small = small();
    let academic = token(Persona::DomesticAcademic);
    for (member, value) in [
        ("reason", json!("curiosity")),
        ("start", json!(-1)),
        ("alternateBases", json!("<DEL>")),
        ("message", json!("")),
        ("deadline_days", json!(1000)),
        ("assembly", json!("GRCh36")),
    ] {
        let mut wrong = proposal();
        wrong[member] = value;
        let reply = small.served.client.post("/recontact/requests", Some(&academic), &wrong);
        is_problem(&reply, 400);
        assert!(reply.json()["detail"].as_str().unwrap().contains(member), "{}", reply.text());
    }
    let mut more = proposal();
    more["phone"] = "000".into();
    is_problem(&small.served.client.post("/recontact/requests", Some(&academic), &more), 400);
    let authorization = format!("Bearer {academic}");
    let headers = [("Content-Type", "text/plain"), ("Authorization", authorization.as_str())];
    is_problem(&small.served.client.send("POST", "/recontact/requests", &headers, Some(b"{}")), 415);
    let headers = [("Content-Type", "application/json"), ("Authorization", authorization.as_str())];
    let large = format!("{{\"x\": \"{}\"}}", "a".repeat(20_000));
    is_problem(
        &small
            .served
            .client
            .send("POST", "/recontact/requests", &headers, Some(large.as_bytes())),
        413,
    );
    for method in ["PUT", "DELETE", "PATCH"] {
        is_problem(&small.served.client.send(method, "/recontact/requests", &headers, Some(b"{}")), 405);
    }
}

#[test]
fn a_requester_with_the_approver_role_cannot_approve_their_own_request() {
    let programme = crate::small::loaded(gemj_tests::Backend::Embedded);
    let config = programme.config();
    let text = std::fs::read_to_string(&config).unwrap();
    // In this configuration, the researcher who sends the request also has the approver's role.
    let approver = format!("subject = \"{}\"", Persona::RecontactApprover.subject());
    let researcher = format!("subject = \"{}\"", Persona::DomesticAcademic.subject());
    assert_eq!(text.matches(&approver).count(), 1);
    std::fs::write(&config, text.replace(&approver, &researcher)).unwrap();
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let made = served
        .client
        .post("/recontact/requests", Some(&token), &proposal())
        .expect(201)
        .json();
    let path = format!("/recontact/requests/{}", made["id"].as_str().unwrap());
    let approve = json!({"verdict": "approve", "reason": "mine"});
    let refused = served.client.post(&format!("{path}/decision"), Some(&token), &approve);
    is_problem(&refused, 403);
    assert!(refused.text().contains("own-request"), "{}", refused.text());
    assert_eq!(served.client.get(&path, Some(&token)).expect(200).json()["state"], "requested");
}
