//! `POST /runs`: submissions of workflows.

use gemj_demo::Persona;
use gemj_tests::oracle::samtools;
use gemj_tests::small_data::{feeds, person};
use serde_json::json;

use super::*;
use crate::drs::get_object::without_decision;

#[test]
fn a_workflow_gets_the_same_count_as_samtools() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let run = submitted(client, &owner, COUNT, &count_params(programme));
    assert_eq!((run.len(), run.bytes().all(|b| b.is_ascii_hexdigit())), (32, true));
    until(client, &owner, &run, &["COMPLETE"]);
    let reviewer = programme.passport(Persona::OutputReviewer);
    let id = output_id(client, &reviewer, &run, "count");
    let _ = decide(client, &reviewer, &id, "release").expect(200);
    let fetched = client.get(&format!("/airlock/outputs/{id}"), Some(&owner)).expect(200);
    let file = feeds().join(format!("reads/{}.cram", person(CRAM_PERSON)));
    assert_eq!(fetched.text(), samtools(["view", "-c", file.to_str().unwrap()]));
    assert_eq!(fetched.text().trim(), "12", "the test file has twelve reads");
}

#[test]
fn a_right_to_compute_gives_no_right_to_download() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let token = programme.passport(Persona::OverseasTre);
    let id = programme.object_of(&person(CRAM_PERSON), "CRAM");
    let download = client.get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token));
    assert_eq!(download.status, 403, "{}", download.text());
    let run = submitted(client, &token, COUNT, &count_params(programme));
    until(client, &token, &run, &["COMPLETE"]);
    assert!(is_held(&run_log(client, &token, &run), "count"));
}

#[test]
fn unknown_hidden_and_malformed_ids_get_the_same_refusal() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let approved_for_nothing = programme.passport(Persona::RegisteredOnly);
    let known = programme.object_of(&person(1), "BAM");
    let joint = programme.joint_object();
    let ask = |token: &str, id: &str| {
        let reply = submit(client, token, COUNT, &json!({"reads": drs_file(id)}));
        without_decision(&wes_error(&reply, 403))
    };
    let unknown = ask(&owner, "gemj.00000000000000000000000000000000");
    assert_eq!(ask(&owner, "nothing"), unknown);
    assert_eq!(ask(&owner, &joint), unknown, "a file with a column of no participant");
    // A caller without an approval is refused before the body is read, so every body gets the same answer.
    let nothing = ask(&approved_for_nothing, "gemj.00000000000000000000000000000000");
    assert_eq!(ask(&approved_for_nothing, &known), nothing);
    wes_error(&submit(client, "", COUNT, &json!({})), 401);
    let anonymous = post_form(client, None, &[field("workflow_type", "CWL")]);
    wes_error(&anonymous, 401);
    assert!(anonymous.header("www-authenticate").starts_with("Bearer"));
    let nobody = submit(client, &approved_for_nothing, COUNT, &json!({}));
    wes_error(&nobody, 403);
}

#[test]
fn references_to_data_outside_the_run_are_refused() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let base = |url: &'static str, params: String, attached: &str| {
        post_form(
            client,
            Some(&owner),
            &[
                field("workflow_type", "CWL"),
                field("workflow_type_version", "v1.2"),
                field("workflow_url", url),
                field("workflow_params", &params),
                attachment(attached, COUNT),
            ],
        )
    };
    for name in [
        "../tool.cwl",
        "/etc/cron.d/tool.cwl",
        "a/../../tool.cwl",
        "a//tool.cwl",
        "./tool.cwl",
        "a\\\\..\\\\tool.cwl",
        "tool.cwl/",
        "file:tool.cwl",
    ] {
        let message = wes_error(&base("tool.cwl", "{}".into(), name), 400);
        assert!(message.contains("workflow_attachment"), "{name}: {message}");
    }
    for url in [
        "--version",
        "-h",
        "file:///etc/passwd",
        "http://x.example/t.cwl",
        "https://x.example/t.cwl",
        "trs://x.example/a/1",
        "other.cwl",
    ] {
        let message = wes_error(&base(url, "{}".into(), "tool.cwl"), 400);
        assert!(message.contains("workflow_url"), "{url}: {message}");
    }
    for location in [
        "/etc/passwd".to_owned(),
        "file:///etc/passwd".to_owned(),
        "https://x.example/reads.bam".to_owned(),
        "s3://bucket/reads.bam".to_owned(),
        "../secret".to_owned(),
        "not-attached.bam".to_owned(),
        format!("drs://other.example/{id}"),
        format!("drs://127.0.0.1:8080/{id}"),
        format!("drs://dg.4503:{id}"),
        "drs://".to_owned(),
    ] {
        for params in [
            json!({"reads": {"class": "File", "location": location}}),
            json!({"deep": [{"reads": {"class": "File", "path": location}}]}),
        ] {
            let message = wes_error(&base("tool.cwl", params.to_string(), "tool.cwl"), 400);
            assert!(message.contains("workflow_params"), "{location}: {message}");
        }
    }
    let bundle = json!({"reads": {"class": "Directory", "location": format!("drs://127.0.0.1/{id}")}});
    wes_error(&base("tool.cwl", bundle.to_string(), "tool.cwl"), 400);
    wes_error(&base("tool.cwl", json!({"cwl:tool": "x"}).to_string(), "tool.cwl"), 400);
}

#[test]
fn an_invalid_form_is_refused_with_a_wes_error() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let good = || {
        vec![
            field("workflow_type", "CWL"),
            field("workflow_type_version", "v1.2"),
            field("workflow_url", "tool.cwl"),
            field("workflow_params", "{}"),
            attachment("tool.cwl", COUNT),
        ]
    };
    let large = "x".repeat(300 << 10);
    let file = "x".repeat(5 << 20);
    let changed = |name: &'static str, part: Part<'static>| {
        let mut parts = good();
        parts.retain(|p| p.name != name);
        parts.push(part);
        parts
    };
    let mut cases = vec![
        (changed("workflow_type", field("workflow_type", "WDL")), 400),
        (changed("workflow_type", field("workflow_engine", "cwltool")), 400),
        (changed("workflow_type_version", field("workflow_type_version", "v99")), 400),
        (changed("", field("workflow_engine", "toil")), 400),
        (changed("", field("workflow_engine_version", "1")), 400),
        (changed("", field("workflow_engine_parameters", r#"{"--outdir": "/tmp/x"}"#)), 400),
        (changed("", field("workflow_parms", "{}")), 400),
        (changed("", field("tags", r#"{"a": 1}"#)), 400),
        (changed("", field("workflow_type", "CWL")), 400),
        (changed("workflow_params", field("workflow_params", "{")), 400),
        (changed("workflow_params", field("workflow_params", "[]")), 400),
        (changed("", attachment("tool.cwl", COUNT)), 400),
    ];
    let mut too_large = good();
    too_large.push(field("tags", &large));
    cases.push((too_large, 400));
    let mut too_large = good();
    too_large.push(attachment("large.txt", &file));
    cases.push((too_large, 413));
    let names: Vec<String> = (0..65).map(|n| format!("f{n}")).collect();
    let mut too_many = good();
    too_many.extend(names.iter().map(|name| attachment(name, "x")));
    cases.push((too_many, 413));
    for (parts, status) in cases {
        wes_error(&post_form(client, Some(&owner), &parts), status);
    }
    let authorization = format!("Bearer {owner}");
    let send = |content_type: &str, body: &[u8]| {
        client.send(
            "POST",
            RUNS,
            &[("Authorization", &authorization), ("Content-Type", content_type)],
            Some(body),
        )
    };
    wes_error(&send("application/json", b"{}"), 415);
    wes_error(&send("multipart/form-data", b"x"), 400);
    wes_error(&send("multipart/form-data; boundary=b", b"no part at all"), 400);
    wes_error(&send("multipart/form-data; boundary=b", b"--b\r\n\r\n\r\n--b--\r\n"), 400);
    for (method, path, status) in [
        ("DELETE", RUNS, 405),
        ("PUT", "/ga4gh/wes/v1/runs/x", 405),
        ("GET", "/ga4gh/wes/v1/nothing", 404),
        ("GET", "/ga4gh/wes", 404),
    ] {
        wes_error(&client.send(method, path, &[("Authorization", &authorization)], None), status);
    }
}

#[test]
fn without_an_engine_a_run_is_refused_with_a_reason() {
    let programme = Programme::new(Backend::Embedded);
    let text = without_section(&std::fs::read_to_string(programme.config()).unwrap(), "[workflows]");
    std::fs::write(programme.config(), text).unwrap();
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let message = wes_error(&submit(client, &owner, COUNT, &json!({})), 501);
    assert!(message.contains("not configured"), "{message}");
    let listed = client.get(RUNS, Some(&owner)).expect(200).json();
    official("RunListResponse", &listed);
    assert_eq!(listed, json!({"runs": [], "next_page_token": ""}));
    let info = client.get("/ga4gh/wes/v1/service-info", None).expect(200).json();
    official("ServiceInfo", &info);
    assert_eq!(info["workflow_type_versions"], json!({}));
    let services = client.get("/services", None).expect(200).json();
    assert!(services.as_array().unwrap().iter().all(|s| s["type"]["artifact"] != "wes"));
}
