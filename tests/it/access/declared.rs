//! The declared purpose and approval of a request. A declaration narrows access, never widens it, and is never ignored.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use serde_json::{Value, json};

use super::with;
use crate::small::small;

const PURPOSE: &str = "GeMJ-Purpose";
const APPROVAL: &str = "GeMJ-Approval";

/// The demo's approval of the domestic academic: its id and its visa value.
const OWN: [&str; 2] = ["2026-0004", "https://gemj.example/approvals/2026-0004"];

#[test]
fn an_unknown_purpose_is_refused_with_400_in_the_format_of_each_standard() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let authorization = format!("Bearer {}", programme.passport(Persona::DomesticAcademic));
    let id = programme.object_of(&person(1), "VCF");
    type Code = fn(&Value) -> &Value;
    let routes: [(String, Code); 8] = [
        (format!("/htsget/variants/{id}"), |body| &body["htsget"]["code"]),
        (format!("/beacon/g_variants?{SHARED_VARIANT}"), |body| &body["error"]["code"]),
        (format!("/federation/g_variants?{SHARED_VARIANT}"), |body| &body["error"]["code"]),
        (format!("/ga4gh/drs/v1/objects/{id}"), |body| &body["code"]),
        (format!("/ga4gh/drs/v1/objects/{id}/access/https"), |body| &body["code"]),
        ("/ga4gh/wes/v1/runs".to_owned(), |body| &body["code"]),
        ("/access/v1/explain".to_owned(), |body| &body["code"]),
        (
            "/fhir/Patient/x".to_owned(),
            |body| &body["issue"][0]["details"]["coding"][0]["code"],
        ),
    ];
    for (path, code) in routes {
        for (name, value) in [
            (PURPOSE, "research"),
            (PURPOSE, "Biomedical-Research"),
            (PURPOSE, ""),
            (APPROVAL, ""),
        ] {
            let reply = client.send("GET", &path, &with(&authorization, &[(name, value)]), None);
            assert_eq!(reply.status, 400, "{path} {value:?}: {}", reply.text());
            assert_eq!(code(&reply.json()), "declaration-malformed", "{path}: {}", reply.text());
        }
        let twice = [(PURPOSE, "biomedical-research"), (PURPOSE, "biomedical-research")];
        assert_eq!(client.send("GET", &path, &with(&authorization, &twice), None).status, 400, "{path}");
    }
}

#[test]
fn a_purpose_of_the_approval_is_accepted_and_other_purposes_are_refused() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let authorization = format!("Bearer {}", programme.passport(Persona::DomesticAcademic));
    let id = programme.object_of(&person(1), "VCF");
    let region = "referenceName=chr1&start=0&end=5000";
    for path in [
        format!("/htsget/variants/{id}?{region}"),
        format!("/ga4gh/drs/v1/objects/{id}"),
        format!("/ga4gh/drs/v1/objects/{id}/access/https"),
    ] {
        let status = |purpose: &str| {
            let reply = client.send("GET", &path, &with(&authorization, &[(PURPOSE, purpose)]), None);
            let body = reply.json();
            let code = body["code"].as_str().or(body["htsget"]["code"].as_str());
            (reply.status, code.unwrap_or_default().to_owned())
        };
        assert_eq!(status("biomedical-research").0, 200, "{path}");
        assert_eq!(status("ancestry-research"), (403, "purpose".to_owned()), "{path}");
        for never in ["insurance", "employment", "law-enforcement", "re-identification"] {
            assert_eq!(status(never), (403, "purpose-refused".to_owned()), "{path}");
        }
    }
}

#[test]
fn an_approval_is_named_by_its_id_or_its_visa_value_and_an_approval_of_another_group_opens_nothing() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let authorization = format!("Bearer {}", programme.passport(Persona::DomesticAcademic));
    let path = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "VCF"));
    let status = |approval: &str| {
        client
            .send("GET", &path, &with(&authorization, &[(APPROVAL, approval)]), None)
            .status
    };
    assert_eq!(OWN.map(status), [200, 200]);
    assert_eq!(
        ["2026-0001", "https://gemj.example/approvals/2026-0001", "2026", "nothing"].map(status),
        [404; 4]
    );
}

#[test]
fn a_body_may_declare_purpose_and_approval_but_not_together_with_a_header() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::DomesticAcademic);
    let authorization = format!("Bearer {token}");
    let id = programme.object_of(&person(1), "VCF");
    let regions = json!([{"referenceName": "chr1", "start": 0, "end": 5000}]);
    for (path, mut body) in [
        (format!("/htsget/variants/{id}"), json!({"regions": regions})),
        (format!("/ga4gh/drs/v1/objects/{id}"), json!({})),
        (format!("/ga4gh/drs/v1/objects/{id}/access/https"), json!({})),
    ] {
        let mut status = |approval: Value, purpose: Value, further: &[(&str, &str)]| {
            body["gemjApproval"] = approval;
            body["gemjPurpose"] = purpose;
            let mut headers = with(&authorization, &[("Content-Type", "application/json")]);
            headers.extend_from_slice(further);
            client.send("POST", &path, &headers, Some(body.to_string().as_bytes())).status
        };
        assert_eq!(status(json!(OWN[0]), json!("biomedical-research"), &[]), 200, "{path}");
        assert_eq!(status(json!("2026-0001"), json!("biomedical-research"), &[]), 404, "{path}");
        assert_eq!(status(json!(OWN[0]), json!("insurance"), &[]), 403, "{path}");
        assert_eq!(status(json!(OWN[0]), json!("anything"), &[]), 400, "{path}");
        assert_eq!(status(json!(7), json!("biomedical-research"), &[]), 400, "{path}");
        let header = [(PURPOSE, "biomedical-research")];
        assert_eq!(
            status(json!(OWN[0]), json!("biomedical-research"), &header),
            400,
            "{path}: both the header and the body declare"
        );
    }
}

#[test]
fn a_signed_url_keeps_the_declaration_of_its_ticket_request() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let authorization = format!("Bearer {}", programme.passport(Persona::DomesticAcademic));
    let id = programme.object_of(&person(2), "BAM");
    let path = format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000");
    let ticket = client.send("GET", &path, &with(&authorization, &[(PURPOSE, "biomedical-research")]), None);
    for url in block_urls(&ticket.expect(200).json()) {
        let _ = client.get(&url, None).expect(200);
    }
}
