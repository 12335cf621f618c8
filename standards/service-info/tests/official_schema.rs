//! The tests validate the rendered JSON against the official OpenAPI documents. A test without its document prints SKIPPED.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ga4gh_service_info::{ExternalService, Operation, Organization, RegistryError, RegistryErrorKind, Service, ServiceType};
use serde_json::{Value, json};

fn official(name: &str) -> Option<Value> {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("standards").join(name);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not readable", path.display());
        return None;
    };
    Some(serde_norway::from_str(&text).unwrap())
}

/// A validator for the component schema `schema` of the OpenAPI document. The validator also checks formats (uri, date-time).
fn validator(document: &Value, schema: &str) -> jsonschema::Validator {
    let root = json!({"$ref": format!("#/components/schemas/{schema}"), "components": document["components"]});
    jsonschema::options().should_validate_formats(true).build(&root).unwrap()
}

fn full() -> Service {
    let mut service = Service::new(
        "jp.example.drs",
        "Example DRS",
        ServiceType::ga4gh("drs", "1.5.0"),
        Organization::new("Example", "https://example.jp"),
        "0.1.0",
    );
    service.description = Some("An example".to_owned());
    service.contact_url = Some("mailto:support@example.jp".to_owned());
    service.documentation_url = Some("https://example.jp/docs".to_owned());
    service.created_at = Some("2026-01-02T03:04:05Z".to_owned());
    service.updated_at = Some("2026-01-02T03:04:05+09:00".to_owned());
    service.environment = Some("test".to_owned());
    service.insert_extension("drs", json!({"maxBulkRequestLength": 10})).unwrap();
    service
}

#[test]
fn a_service_has_every_member_of_the_official_schema_and_validates() {
    let Some(document) = official("service-info/service-info-1.0.0.yaml") else {
        return;
    };
    let rendered = serde_json::to_value(full()).unwrap();
    let validator = validator(&document, "Service");
    let errors: Vec<_> = validator.iter_errors(&rendered).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");

    let schema = &document["components"]["schemas"]["Service"];
    for member in schema["properties"].as_object().unwrap().keys() {
        assert!(rendered.get(member).is_some(), "{member}");
    }
    for required in schema["required"].as_array().unwrap() {
        let mut without = rendered.clone();
        without.as_object_mut().unwrap().remove(required.as_str().unwrap());
        assert!(!validator.is_valid(&without), "the schema must require {required}");
        assert!(
            serde_json::from_value::<Service>(without).is_err(),
            "parsing must also require {required}"
        );
    }
    let mut wrong_time = rendered;
    wrong_time["createdAt"] = json!("yesterday");
    assert!(!validator.is_valid(&wrong_time), "the schema must check formats");
}

#[test]
fn a_registry_entry_and_a_registry_error_validate() {
    let Some(info) = official("service-info/service-info-1.0.0.yaml") else {
        return;
    };
    let Some(mut document) = official("service-registry/service-registry-1.0.0.yaml") else {
        return;
    };
    // The registry document refers to the two service-info schemas by URL. The test replaces these references with the local copies.
    for shared in ["Service", "ServiceType"] {
        document["components"]["schemas"][shared] = info["components"]["schemas"][shared].clone();
    }
    let entry = serde_json::to_value(ExternalService::new(full(), "https://drs.example.jp")).unwrap();
    let entries = validator(&document, "ExternalService");
    assert!(entries.is_valid(&entry), "{entry}");
    assert!(!entries.is_valid(&serde_json::to_value(full()).unwrap()), "an entry needs a url");

    let errors = validator(&document, "Error");
    let error = RegistryError {
        kind: RegistryErrorKind::Forbidden,
        detail: Some("no".to_owned()),
    };
    assert!(errors.is_valid(&error.to_json()));
    assert!(errors.is_valid(&RegistryError::from(RegistryErrorKind::InternalServerError).to_json()));
}

#[test]
fn every_registry_operation_matches_the_official_document() {
    let Some(document) = official("service-registry/service-registry-1.0.0.yaml") else {
        return;
    };
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), Operation::ALL.len());
    for operation in Operation::ALL {
        assert_eq!(paths[operation.path()]["get"]["operationId"], operation.operation_id());
    }
}
