//! Tests of search parameters. Valid parameters parse, and invalid parameters are rejected.

use hl7_fhir::search::{Criterion, Handling, MAX_COUNT, PatientTarget, Search, Token, TokenSystem, parse};
use hl7_fhir::{FhirError, ResourceType};
use proptest::prelude::*;

fn pairs(query: &[(&str, &str)]) -> Vec<(String, String)> {
    query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn lenient(resource_type: ResourceType, query: &[(&str, &str)]) -> Result<Search, FhirError> {
    parse(resource_type, &pairs(query), Handling::Lenient)
}

fn one(resource_type: ResourceType, name: &str, value: &str) -> Criterion {
    let mut search = lenient(resource_type, &[(name, value)]).unwrap();
    assert_eq!(search.criteria.len(), 1);
    search.criteria.remove(0)
}

fn token(system: TokenSystem, code: Option<&str>) -> Token {
    Token {
        system,
        code: code.map(Into::into),
    }
}

fn is(system: &str) -> TokenSystem {
    TokenSystem::Is(system.into())
}

#[test]
fn the_four_forms_of_a_token_parse_differently() {
    let identifier = |value: &str| one(ResourceType::Patient, "identifier", value);
    assert_eq!(identifier("1"), Criterion::Identifier(vec![token(TokenSystem::Any, Some("1"))]));
    assert_eq!(identifier("|1"), Criterion::Identifier(vec![token(TokenSystem::Absent, Some("1"))]));
    assert_eq!(
        identifier("urn:oid:1.2|1"),
        Criterion::Identifier(vec![token(is("urn:oid:1.2"), Some("1"))])
    );
    assert_eq!(
        identifier("urn:oid:1.2|"),
        Criterion::Identifier(vec![token(is("urn:oid:1.2"), None)])
    );
    assert_eq!(
        identifier(r"a\|b\,c|1,2"),
        Criterion::Identifier(vec![token(is("a|b,c"), Some("1")), token(TokenSystem::Any, Some("2"))])
    );
}

#[test]
fn a_token_matches_by_system_and_code() {
    let matches = |text: &str, system, code| Token::parse(text).unwrap().matches(system, code);
    assert!(matches("1", None, "1") && matches("1", Some("s"), "1") && !matches("1", None, "2"));
    assert!(matches("|1", None, "1") && !matches("|1", Some("s"), "1"));
    assert!(matches("s|1", Some("s"), "1") && !matches("s|1", None, "1") && !matches("s|1", Some("t"), "1"));
    assert!(matches("s|", Some("s"), "anything") && !matches("s|", None, "1"));
}

#[test]
fn a_patient_is_selected_by_id_and_by_number_in_every_spelling() {
    let by_id = Criterion::Patient(vec![PatientTarget::Id("x".into())]);
    let by_number = Criterion::Patient(vec![PatientTarget::Identifier(token(is("urn:oid:1.2"), Some("1")))]);
    for resource_type in [
        ResourceType::Observation,
        ResourceType::DiagnosticReport,
        ResourceType::Specimen,
        ResourceType::Task,
    ] {
        for name in ["patient", "subject", "patient:Patient", "subject:Patient"] {
            assert_eq!(one(resource_type, name, "x"), by_id);
            assert_eq!(one(resource_type, name, "Patient/x"), by_id);
        }
        for name in [
            "patient.identifier",
            "subject.identifier",
            "subject:Patient.identifier",
            "patient:identifier",
            "subject:identifier",
        ] {
            assert_eq!(one(resource_type, name, "urn:oid:1.2|1"), by_number);
        }
    }
    assert_eq!(one(ResourceType::Consent, "patient", "x"), by_id);
    let url = "https://h.example/fhir/Patient/x";
    assert_eq!(
        one(ResourceType::Consent, "patient", url),
        Criterion::Patient(vec![PatientTarget::Url(url.into())])
    );
}

#[test]
fn repeated_parameters_are_conditions_and_commas_separate_alternatives() {
    let search = lenient(
        ResourceType::Observation,
        &[("category", "GE,laboratory"), ("category", "GE"), ("_id", "a,b")],
    )
    .unwrap();
    let counts: Vec<usize> = search
        .criteria
        .iter()
        .map(|criterion| match criterion {
            Criterion::Category(tokens) => tokens.len(),
            Criterion::Id(ids) => ids.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [2, 1, 2]);
}

#[test]
fn invalid_parameters_are_a_bad_request() {
    for (resource_type, name, value) in [
        (ResourceType::Patient, "_id", ""),
        (ResourceType::Patient, "_id", "a b"),
        (ResourceType::Patient, "_id", "a,,b"),
        (ResourceType::Patient, "identifier", ""),
        (ResourceType::Patient, "identifier", "|"),
        (ResourceType::Patient, "identifier", "a|b|c"),
        (ResourceType::Patient, "identifier", r"a\"),
        (ResourceType::Patient, "identifier", r"a\b"),
        (ResourceType::Patient, "identifier", "a\n"),
        (ResourceType::Patient, "identifier:exact", "a"),
        (ResourceType::Patient, "_id:missing", "true"),
        (ResourceType::Patient, "_count", "-1"),
        (ResourceType::Patient, "_count", "ten"),
        (ResourceType::Patient, "_page", "a b"),
        (ResourceType::Observation, "patient", "Group/x"),
        (ResourceType::Observation, "patient.name", "x"),
        (ResourceType::Observation, "subject:Group", "x"),
        (ResourceType::Observation, "patient", "#x"),
        (ResourceType::Task, "owner", "urn:uuid:1"),
        (ResourceType::Task, "owner:Organization", "Practitioner/x"),
        (ResourceType::Consent, "status:not", "active"),
    ] {
        assert_eq!(
            lenient(resource_type, &[(name, value)]).unwrap_err().status(),
            400,
            "{name}={value}"
        );
    }
    assert_eq!(
        lenient(ResourceType::Patient, &[("_count", "1"), ("_count", "2")])
            .unwrap_err()
            .status(),
        400
    );
    assert_eq!(lenient(ResourceType::Patient, &[("_format", "xml")]).unwrap_err().status(), 406);
    assert_eq!(lenient(ResourceType::Patient, &vec![("x", "y"); 33]).unwrap_err().status(), 400);
    assert_eq!(
        lenient(ResourceType::Patient, &[("_id", &"a,".repeat(65))]).unwrap_err().status(),
        400
    );
}

#[test]
fn unknown_parameters_are_rejected_or_ignored_as_the_client_prefers() {
    let query = pairs(&[
        ("_id", "a"),
        ("favourite", "SECRET"),
        ("_summary", "true"),
        ("_format", "json"),
        ("_count", "9999"),
    ]);
    assert_eq!(parse(ResourceType::Patient, &query, Handling::Strict).unwrap_err().status(), 400);
    let search = parse(ResourceType::Patient, &query, Handling::Lenient).unwrap();
    assert_eq!(search.ignored.iter().map(|n| &**n).collect::<Vec<_>>(), ["favourite", "_summary"]);
    assert_eq!(search.self_query(), "_id=a&_count=200");
    assert_eq!(
        (search.count, search.next_query("p2").as_str()),
        (Some(MAX_COUNT), "_id=a&_count=200&_page=p2")
    );
    for (header, handling) in [
        (None, Handling::Lenient),
        (Some("handling=strict"), Handling::Strict),
        (Some("respond-async, handling=strict"), Handling::Strict),
        (Some("return=minimal; handling=lenient"), Handling::Lenient),
        (Some("handling=other"), Handling::Lenient),
    ] {
        assert_eq!(Handling::from_prefer(header), handling);
    }
}

#[test]
fn patient_numbers_are_absent_from_debug_output_and_errors() {
    let search = lenient(ResourceType::Observation, &[("patient.identifier", "urn:oid:1.2|4711")]).unwrap();
    assert!(!format!("{:?}", search.criteria).contains("4711"));
    let error = lenient(ResourceType::Observation, &[("patient", "4711 4711")]).unwrap_err();
    assert!(!format!("{error:?} {}", error.to_json()).contains("4711"));
    assert_eq!(search.self_query(), "patient.identifier=urn%3Aoid%3A1.2%7C4711");
}

proptest! {
    #[test]
    fn any_search_query_is_parsed_or_rejected_with_400_or_406(names in prop::collection::vec("(_id|identifier|patient|subject|status|owner|code|_count|.{0,6})([:.](identifier|Patient|.{0,4}))?", 0..5), values in prop::collection::vec(r"[a|,\\:/#. \u{3000}]{0,12}", 5)) {
        let query: Vec<_> = names.into_iter().zip(values).collect();
        for resource_type in ResourceType::ALL {
            for handling in [Handling::Strict, Handling::Lenient] {
                if let Err(error) = parse(resource_type, &query, handling) {
                    prop_assert!([400, 406].contains(&error.status()));
                }
            }
        }
    }
}
