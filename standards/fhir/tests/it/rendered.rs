//! Tests of rendered errors, bundles and statements, and of the repairs of the JSON Schema.

use hl7_fhir::bundle::{Entry, SearchMode, searchset};
use hl7_fhir::capability_statement::{CapabilityStatement, ResourceCapability};
use hl7_fhir::genomics::{FIND_SUBJECT_VARIANTS, VARIANT_PROFILE, find_subject_variants_definition};
use hl7_fhir::search::Parameter;
use hl7_fhir::smart_configuration::SmartConfiguration;
use hl7_fhir::{FhirError, Interaction, Issue, IssueCode, ResourceType, Severity, operation_outcome, repair_r4_schema};
use serde_json::{Value, json};

use crate::official;

#[test]
fn every_error_has_its_status_and_a_valid_outcome() {
    let text = || "because".to_owned();
    let issue = Issue::error(IssueCode::Value, "not a date").at("Patient.birthDate");
    let errors = [
        (FhirError::Invalid(vec![]), 400, "invalid"),
        (FhirError::invalid(issue.clone()), 400, "value"),
        (FhirError::Unauthorized { explanation: text() }, 401, "login"),
        (FhirError::Forbidden { explanation: text() }, 403, "forbidden"),
        (FhirError::NotFound, 404, "not-found"),
        (FhirError::MethodNotAllowed, 405, "not-supported"),
        (FhirError::NotAcceptable, 406, "not-supported"),
        (FhirError::Conflict { explanation: text() }, 409, "conflict"),
        (FhirError::Deleted, 410, "deleted"),
        (FhirError::PreconditionFailed, 412, "conflict"),
        (FhirError::TooLarge { limit_bytes: 1 }, 413, "too-long"),
        (FhirError::UnsupportedMediaType, 415, "not-supported"),
        (FhirError::Unprocessable(vec![issue.clone(), issue]), 422, "value"),
        (FhirError::TooManyRequests, 429, "throttled"),
        (FhirError::Internal, 500, "exception"),
        (FhirError::Unavailable, 503, "transient"),
    ];
    for (error, status, code) in errors {
        assert_eq!(error.status(), status);
        let outcome = serde_json::to_value(&error).unwrap();
        assert_eq!(outcome["issue"][0]["code"], code);
        official::accepts(&outcome);
    }
}

#[test]
fn every_issue_code_is_in_the_official_value_set() {
    use IssueCode::*;
    #[rustfmt::skip]
    let all = [
        Invalid, Structure, Required, Value, Invariant, CodeInvalid, Login, Forbidden, NotSupported, NotFound, Deleted, TooLong,
        TooCostly, BusinessRule, Conflict, Transient, Exception, Throttled, Informational,
    ];
    for code in all {
        official::accepts(&operation_outcome(&[Issue {
            severity: Severity::Warning,
            ..Issue::error(code, "x")
        }]));
    }
    official::accepts(&operation_outcome(&[]));
    if let Some(findings) = official::findings(
        &json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "no"}]}),
        true,
    ) {
        assert!(!findings.is_empty(), "the schema must reject the value");
    }
}

#[test]
fn a_searchset_keeps_the_text_of_each_resource() {
    let text = "{\"resourceType\":\"Observation\",\"id\":\"a\", \"status\":\"final\",\"code\":{\"text\":\"\\u5c71\"},\"valueQuantity\":{\"value\":1.10}}";
    let outcome = operation_outcome(&[]).to_string();
    let entries = [
        Entry::new(Some("https://h.example/fhir/Observation/a".to_owned()), text, SearchMode::Match).unwrap(),
        Entry::new(None, &outcome, SearchMode::Outcome).unwrap(),
    ];
    let bundle = searchset(
        Some(7),
        "https://h.example/fhir/Observation?_count=1",
        Some("https://h.example/fhir/Observation?_page=2"),
        &entries,
    )
    .unwrap();
    assert!(bundle.contains(text));
    let value: Value = serde_json::from_str(&bundle).unwrap();
    assert_eq!((&value["total"], &value["type"]), (&json!(7), &json!("searchset")));
    assert_eq!(
        value["link"][1],
        json!({"relation": "next", "url": "https://h.example/fhir/Observation?_page=2"})
    );
    assert_eq!(value["entry"][0]["search"], json!({"mode": "match"}));
    assert_eq!(value["entry"][1].get("fullUrl"), None);
    official::accepts(&value);
    let empty = searchset(Some(0), "https://h.example/fhir/Observation", None, &[]).unwrap();
    official::accepts(&serde_json::from_str(&empty).unwrap());
    assert!(Entry::new(None, "{", SearchMode::Match).is_err());
}

fn statement() -> Value {
    let interactions = [Interaction::Read, Interaction::SearchType, Interaction::Create];
    let resources = ResourceType::ALL.map(|resource_type| ResourceCapability {
        resource_type,
        interactions: &interactions,
        supported_profiles: if resource_type == ResourceType::Observation {
            &[VARIANT_PROFILE]
        } else {
            &[]
        },
    });
    let statement = CapabilityStatement {
        base_url: "https://h.example/fhir",
        software: "gateway",
        version: "0.1.0",
        description: "An example",
        date: "2026-01-02T03:04:05Z",
        token_endpoint: Some("https://h.example/oauth2/token"),
        resources: &resources,
        operations: &[(
            FIND_SUBJECT_VARIANTS,
            "https://h.example/fhir/OperationDefinition/find-subject-variants",
        )],
    };
    statement.to_json()
}

#[test]
fn the_capability_statement_is_valid_and_states_r4() {
    let statement = statement();
    official::accepts(&statement);
    assert_eq!(statement["fhirVersion"], "4.0.1");
    assert_eq!(statement["rest"][0]["resource"].as_array().unwrap().len(), 6);
    assert_eq!(
        statement["rest"][0]["resource"][0]["searchParam"],
        json!([{"name": "_id", "type": "token"}, {"name": "identifier", "type": "token"}])
    );
    assert_eq!(statement["rest"][0]["security"]["service"][0]["coding"][0]["code"], "SMART-on-FHIR");
    official::accepts(&find_subject_variants_definition(
        "https://h.example/fhir/OperationDefinition/find-subject-variants",
    ));
}

#[test]
fn every_search_parameter_is_official_for_its_type_and_kind() {
    let Some(bundle) = official::json_file("r4/search-parameters.json.gz") else {
        return;
    };
    let known = bundle["entry"].as_array().unwrap();
    for resource_type in ResourceType::ALL {
        for parameter in Parameter::of(resource_type) {
            let found = known.iter().map(|entry| &entry["resource"]).find(|official| {
                let base = official["base"].as_array().unwrap();
                official["code"] == parameter.as_str() && base.iter().any(|b| *b == "Resource" || *b == resource_type.as_str())
            });
            let found = found.unwrap_or_else(|| panic!("{resource_type} has no {}", parameter.as_str()));
            assert_eq!(found["type"], parameter.parameter_type().as_str());
        }
    }
}

#[test]
fn a_search_parameter_outside_the_standard_is_detected() {
    let Some(bundle) = official::json_file("r4/search-parameters.json.gz") else {
        return;
    };
    let consent_subject =
        bundle["entry"].as_array().unwrap().iter().any(|entry| {
            entry["resource"]["code"] == "subject" && entry["resource"]["base"].as_array().unwrap().contains(&json!("Consent"))
        });
    assert!(!consent_subject && !Parameter::of(ResourceType::Consent).contains(&Parameter::Subject));
}

#[test]
fn the_smart_configuration_has_the_required_members() {
    let configuration = SmartConfiguration {
        issuer: None,
        token_endpoint: "https://h.example/oauth2/token",
        scopes_supported: &["system/Observation.rs"],
    };
    let document = configuration.to_json();
    for required in [
        "token_endpoint",
        "grant_types_supported",
        "capabilities",
        "code_challenge_methods_supported",
    ] {
        assert!(document.get(required).is_some(), "{required}");
    }
    assert_eq!(
        document["token_endpoint_auth_signing_alg_values_supported"],
        json!(["RS384", "ES384"])
    );
    assert_eq!(document["grant_types_supported"], json!(["client_credentials"]));
    assert_eq!(document.get("issuer"), None);
}

#[test]
fn the_published_schema_rejects_three_legal_resources_and_the_repaired_schema_accepts_them() {
    let name = json!({"resourceType": "Patient", "name": [{"text": "山田\u{3000}太郎"}]});
    let nulls = json!({"resourceType": "Patient", "name": [{
        "given": ["a", null], "_given": [null, {"extension": [{"url": "https://x.example", "valueString": "\u{3000}b"}]}]
    }]});
    let blank = json!({"resourceType": "Patient", "name": [{"text": "\u{3000}"}]});
    for legal in [name, nulls, blank, statement()] {
        let Some(published) = official::findings(&legal, false) else {
            return;
        };
        assert!(!published.is_empty(), "the published schema now accepts {legal}");
        assert_eq!(official::findings(&legal, true).unwrap(), Vec::<String>::new());
    }
    for wrong in [
        json!({"resourceType": "Patient", "name": [{"text": ""}]}),
        json!({"resourceType": "Patient", "nam": []}),
        json!({"resourceType": "Patient", "name": [{"given": [1]}]}),
    ] {
        assert!(!official::findings(&wrong, true).unwrap().is_empty(), "{wrong}");
    }
}

#[test]
fn a_second_repair_of_the_schema_changes_nothing() {
    let Some(mut schema) = official::json_file("r4/fhir.schema.json.gz") else {
        return;
    };
    repair_r4_schema(&mut schema);
    let once = schema.clone();
    repair_r4_schema(&mut schema);
    assert!(schema == once);
    for mut other in [
        json!(null),
        json!([]),
        json!({"definitions": []}),
        json!({"definitions": {"X": {"properties": {"_a": 1}}}}),
    ] {
        repair_r4_schema(&mut other);
    }
}
