//! Tickets, errors and service-info as literal JSON, written by hand from the specification.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ga4gh_htsget::{
    Blocks, CONTENT_TYPE, Class, DataBlock, Endpoint, Format, HtsgetError, HtsgetServiceInfo, InvalidInput, InvalidRange, Md5, Missing,
    Operation, PREFLIGHT_MAX_AGE_SECONDS, Ticket,
};
use ga4gh_service_info::{Organization, Service};
use serde_json::{Value, json};

fn block() -> DataBlock {
    DataBlock::at("https://blocks.example/b/1?sig=SECRET").with_header("Authorization", "Bearer SECRET")
}

#[test]
fn a_classified_ticket_states_the_class_of_every_block() {
    let ticket = Ticket {
        format: Format::Bam,
        blocks: Blocks::Classified(vec![
            (Class::Header, DataBlock::inline_base64(Format::Bam, "QkFNAQ==")),
            (Class::Body, block()),
        ]),
        md5: Some(Md5::parse("8A6049FAD4943FF4C6DE5C22DF97D001").unwrap()),
    };
    let expected = json!({"htsget": {
        "format": "BAM",
        "urls": [
            {"url": "data:application/vnd.ga4gh.bam;base64,QkFNAQ==", "class": "header"},
            {"url": "https://blocks.example/b/1?sig=SECRET", "headers": {"Authorization": "Bearer SECRET"}, "class": "body"}
        ],
        "md5": "8a6049fad4943ff4c6de5c22df97d001"
    }});
    assert_eq!(ticket.to_json(), expected);
    assert_eq!(serde_json::to_value(&ticket).unwrap(), expected);
    assert!(serde_json::to_string(&ticket).unwrap().starts_with("{\"htsget\":"));
}

#[test]
fn an_unclassified_ticket_states_no_class_and_omits_absent_members() {
    let ticket = Ticket {
        format: Format::Vcf,
        blocks: Blocks::Unclassified(vec![DataBlock::at("https://b.example/1")]),
        md5: None,
    };
    assert_eq!(
        ticket.to_json(),
        json!({"htsget": {"format": "VCF", "urls": [{"url": "https://b.example/1", "headers": {}}]}})
    );
}

#[test]
fn the_debug_output_of_a_ticket_contains_no_credential() {
    let ticket = Ticket {
        format: Format::Bam,
        blocks: Blocks::Unclassified(vec![block()]),
        md5: None,
    };
    assert!(!format!("{ticket:?}").contains("SECRET"));
}

#[test]
fn a_digest_is_32_hexadecimal_digits() {
    for bad in [
        "",
        "8a6049fad4943ff4c6de5c22df97d00",
        "8a6049fad4943ff4c6de5c22df97d0011",
        "8a6049fad4943ff4c6de5c22df97d00g",
        "+a6049fad4943ff4c6de5c22df97d001",
    ] {
        assert!(Md5::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Md5::from_bytes([0xab; 16]).to_string(), "ab".repeat(16));
}

#[test]
fn every_error_has_the_type_and_status_of_the_specification() {
    let explanation = || "because".to_owned();
    let table = [
        (
            HtsgetError::InvalidAuthentication {
                explanation: explanation(),
            },
            "InvalidAuthentication",
            401,
        ),
        (
            HtsgetError::PermissionDenied {
                explanation: explanation(),
            },
            "PermissionDenied",
            403,
        ),
        (HtsgetError::NotFound(Missing::Resource), "NotFound", 404),
        (HtsgetError::PayloadTooLarge { limit_bytes: 1 }, "PayloadTooLarge", 413),
        (
            HtsgetError::UnsupportedFormat {
                explanation: "reads are offered as BAM and CRAM",
            },
            "UnsupportedFormat",
            400,
        ),
        (InvalidInput::NoRegions.into(), "InvalidInput", 400),
        (InvalidRange::StartAfterEnd.into(), "InvalidRange", 400),
        (HtsgetError::InternalServerError, "InternalServerError", 500),
        // The specification defines no type for the statuses 405, 415 and 503. The test expects the nearest type of the specification.
        (HtsgetError::MethodNotAllowed, "InvalidInput", 405),
        (HtsgetError::UnsupportedMediaType, "InvalidInput", 415),
        (HtsgetError::ServiceUnavailable, "InternalServerError", 503),
    ];
    for (error, error_type, status) in table {
        assert_eq!(error.status(), status);
        let body = error.to_json();
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["htsget"]);
        assert_eq!(body["htsget"]["error"], error_type);
        assert!(!body["htsget"]["message"].as_str().unwrap().is_empty());
        assert_eq!(body["htsget"].as_object().unwrap().len(), 2);
    }
    assert_eq!(
        HtsgetError::NotFound(Missing::Resource).to_json(),
        json!({"htsget": {"error": "NotFound", "message": "no such resource"}})
    );
}

#[test]
fn the_constants_equal_those_of_the_specification() {
    assert_eq!(CONTENT_TYPE, "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8");
    assert_eq!(PREFLIGHT_MAX_AGE_SECONDS, 2_592_000);
    let ids: std::collections::BTreeSet<_> = Operation::ALL.map(Operation::operation_id).into();
    assert_eq!(ids.len(), Operation::ALL.len());
    for operation in Operation::ALL {
        assert!(operation.path().starts_with(&format!("/{}/", operation.endpoint())));
    }
    for format in Format::ALL {
        assert!(format.endpoint().formats().contains(&format));
        assert_eq!(Format::from_name(format.as_str()), Some(format));
    }
}

fn described(endpoint: Endpoint) -> Value {
    let service = Service::new(
        "jp.example.htsget",
        "Example",
        HtsgetServiceInfo::service_type(),
        Organization::new("Example", "https://example.jp"),
        "0.1.0",
    );
    let info = HtsgetServiceInfo {
        datatype: endpoint,
        formats: endpoint.formats().to_vec(),
        fields_parameter_effective: false,
        tags_parameters_effective: true,
    };
    serde_json::to_value(info.describe(service)).unwrap()
}

#[test]
fn the_service_description_contains_the_htsget_member() {
    assert_eq!(
        described(Endpoint::Variants),
        json!({
            "id": "jp.example.htsget",
            "name": "Example",
            "type": {"group": "org.ga4gh", "artifact": "htsget", "version": "1.3.0"},
            "organization": {"name": "Example", "url": "https://example.jp"},
            "version": "0.1.0",
            "htsget": {
                "datatype": "variants",
                "formats": ["VCF", "BCF"],
                "fieldsParameterEffective": false,
                "tagsParametersEffective": true
            }
        })
    );
}

#[test]
fn the_service_description_validates_against_the_official_schema() {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("standards/service-info/service-info-1.0.0.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not readable", path.display());
        return;
    };
    let document: Value = serde_norway::from_str(&text).unwrap();
    let root = json!({"$ref": "#/components/schemas/Service", "components": document["components"]});
    let validator = jsonschema::options().should_validate_formats(true).build(&root).unwrap();
    for endpoint in Endpoint::ALL {
        assert!(validator.is_valid(&described(endpoint)));
    }
}
