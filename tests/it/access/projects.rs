//! `GET /projects` and `GET /access/v1/projects`: the public list of the approved projects.

use gemj_tests::Backend;
use serde_json::{Value, json};

use crate::small::{loaded, small};

fn listed(client: &gemj_tests::Client) -> Vec<Value> {
    client.get("/access/v1/projects", None).expect(200).json()["projects"]
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn every_approved_project_is_listed_with_its_use_and_end_but_without_names_of_people() {
    let client = &small().served.client;
    let projects = listed(client);
    assert_eq!(projects.len(), 7);
    let joint = projects
        .iter()
        .find(|p| p["title"] == "Joint analysis of Japanese whole genomes")
        .unwrap();
    assert_eq!(
        (&joint["country"], &joint["state"], &joint["release"]),
        (&json!("JP"), &json!("valid"), &json!(null))
    );
    assert_eq!(
        (&joint["datasets"], &joint["purposes"]),
        (&json!(["cancer", "rare-disease"]), &json!(["biomedical-research"]))
    );
    for project in &projects {
        let mut names: Vec<&str> = project.as_object().unwrap().keys().map(String::as_str).collect();
        names.sort_unstable();
        let expected = [
            "commercial",
            "country",
            "datasets",
            "organisation",
            "purposes",
            "release",
            "state",
            "title",
            "until",
        ];
        assert_eq!(names, expected, "{project}");
    }
}

#[test]
fn the_page_is_in_the_requested_language_and_contains_every_title() {
    let client = &small().served.client;
    for (asked, language, heading) in [
        ("ja", "ja", "承認された研究課題"),
        ("en", "en", "Approved projects"),
        ("", "en", "Approved projects"),
    ] {
        let reply = client.send("GET", "/projects", &[("Accept-Language", asked)], None).expect(200);
        assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(reply.header("content-language"), language);
        assert!(reply.header("vary").contains("Accept-Language"));
        assert!(reply.header("content-security-policy").contains("default-src 'none'"));
        let page = reply.text();
        assert!(
            page.contains(&format!("<html lang=\"{language}\">")) && page.contains(heading),
            "{page}"
        );
        for project in listed(client) {
            let title = project["title"].as_str().unwrap().replace('\'', "&#39;");
            assert!(page.contains(&title), "{title}");
        }
        assert!(!page.contains("<script"));
    }
}

#[test]
fn a_revoked_approval_is_shown_at_once_and_a_dataset_that_is_not_public_is_not_named() {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let (before, after) = text.split_at(text.find("id = \"rare-disease\"").unwrap());
    std::fs::write(
        programme.config(),
        format!("{before}{}", after.replacen("public_boolean = true", "public_boolean = false", 1)),
    )
    .unwrap();
    let served = programme.serve();
    let state = || {
        listed(&served.client)
            .iter()
            .find(|p| p["title"] == "Modifiers of epilepsy")
            .unwrap()["state"]
            .clone()
    };
    assert_eq!(state(), "valid");
    let _ = programme.run(&["approval", "revoke", "2026-0006"]).good();
    assert_eq!(state(), "revoked");
    let page = served.client.get("/projects", None).expect(200).text();
    assert!(!page.contains("rare-disease") && !listed(&served.client).iter().any(|p| p.to_string().contains("rare-disease")));
}
