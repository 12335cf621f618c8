//! `GET /fhir/metadata`, and the documents that refer to it.

use serde_json::Value;

use super::hospital::shared_hospitals;

#[test]
fn the_capability_statement_lists_the_resources_and_the_token_endpoint() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let reply = client.get("/fhir/metadata", None).expect(200);
    assert!(reply.header("content-type").starts_with("application/fhir+json"));
    let statement = reply.json();
    assert_eq!(
        (&statement["resourceType"], &statement["fhirVersion"]),
        (&"CapabilityStatement".into(), &"4.0.1".into())
    );
    let types: Vec<&str> = statement["rest"][0]["resource"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["type"].as_str().unwrap())
        .collect();
    for kind in ["Patient", "Observation", "DiagnosticReport", "Specimen", "Consent", "Task"] {
        assert!(types.contains(&kind), "{kind}");
    }
    let smart = client.get("/fhir/.well-known/smart-configuration", None).expect(200).json();
    assert_eq!(smart["token_endpoint"], format!("{}/auth/token", client.base));
    let listed = client.get("/services", None).expect(200).json();
    let fhir = |service: &&Value| service["url"] == format!("{}/fhir", client.base);
    assert_eq!(listed.as_array().unwrap().iter().filter(fhir).count(), 1, "{listed:#}");
}

#[test]
fn every_error_below_the_fhir_path_is_an_operation_outcome() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    for (method, path, status) in [
        ("GET", "/fhir/Patient", 401),
        ("GET", "/fhir/Medication", 404),
        ("GET", "/fhir/nonsense", 404),
        ("GET", "/fhir/Patient/x/y/z", 404),
        ("DELETE", "/fhir/Patient/x", 405),
        ("POST", "/fhir/metadata", 405),
    ] {
        let reply = client.send(method, path, &[], None);
        assert_eq!(
            (reply.status, &reply.json()["resourceType"]),
            (status, &"OperationOutcome".into()),
            "{method} {path}"
        );
        assert!(reply.header("content-type").starts_with("application/fhir+json"), "{method} {path}");
        assert_eq!(status == 401, !reply.header("www-authenticate").is_empty());
    }
}
