//! The tests validate the rendered JSON against the official OpenAPI document. A test without the document prints SKIPPED.
#![allow(clippy::unwrap_used)]

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use ga4gh_drs::{
    AccessId, AccessLocation, AccessMethod, AccessMethodType, AccessUrl, Authorizations, BadRequest, BulkAccessUrl, BulkAccessUrlAnswer,
    BulkAnswer, BulkAuthorizationsAnswer, BulkObjectAnswer, Checksum, ChecksumType, Content, ContentsObject, ContentsTarget, DrsError,
    DrsObject, DrsServiceInfo, Hostname, Missing, NonEmpty, ObjectId, Operation, PortableName, Unresolved, hostname_uri,
};
use ga4gh_service_info::{Organization, Service};
use serde::Serialize;
use serde_json::{Value, json};

fn official() -> Option<Value> {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("standards/drs/drs-1.5.0.openapi.bundled.yaml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not readable", path.display());
        return None;
    };
    Some(serde_norway::from_str(&text).unwrap())
}

/// Changes a schema so that it rejects members that it does not name. A misspelled member is then detected. An `allOf` is removed, because each of
/// its parts names only some of the members. Only the unchanged schema checks the `allOf`.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.remove("allOf");
            if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), json!(false));
            }
            members.values_mut().for_each(close);
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

struct Oracle {
    open: jsonschema::Validator,
    closed: jsonschema::Validator,
}

impl Oracle {
    /// An oracle for the schema at the JSON pointer `at` of the document. The oracle also checks formats (date-time).
    fn new(document: &Value, at: &str) -> Self {
        let build = |components: &Value| {
            let root = json!({"$ref": format!("#{at}"), "components": components});
            jsonschema::options().should_validate_formats(true).build(&root).unwrap()
        };
        let mut closed = document["components"].clone();
        close(&mut closed);
        Self {
            open: build(&document["components"]),
            closed: build(&closed),
        }
    }

    fn schema(document: &Value, name: &str) -> Self {
        Self::new(document, &format!("/components/schemas/{name}"))
    }

    fn response(document: &Value, name: &str) -> Self {
        Self::new(document, &format!("/components/responses/{name}/content/application~1json/schema"))
    }

    fn accepts(&self, answer: &impl Serialize) {
        let answer = serde_json::to_value(answer).unwrap();
        for validator in [&self.open, &self.closed] {
            let errors: Vec<_> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?} in {answer:#}");
        }
        assert_no_null_and_no_empty_array(&answer);
    }

    fn rejects(&self, answer: &Value) {
        assert!(!self.closed.is_valid(answer), "the schema must reject {answer:#}");
    }
}

fn assert_no_null_and_no_empty_array(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::Array(items) => {
            assert!(!items.is_empty(), "empty array");
            items.iter().for_each(assert_no_null_and_no_empty_array);
        }
        Value::Object(members) => members.values().for_each(assert_no_null_and_no_empty_array),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn sha256(digit: char) -> Checksum {
    Checksum::parse(ChecksumType::Sha256, &digit.to_string().repeat(64)).unwrap()
}

fn id(text: &str) -> ObjectId {
    ObjectId::parse(text).unwrap()
}

fn name(text: &str) -> PortableName {
    PortableName::parse(text).unwrap()
}

fn minimal(text: &str) -> DrsObject {
    let hostname = Hostname::parse("drs.example.jp").unwrap();
    DrsObject::blob(
        id(text),
        hostname_uri(&hostname, &id(text)),
        3,
        "2026-01-02T03:04:05Z",
        NonEmpty::one(sha256('a')),
    )
}

fn passport_authorizations() -> Authorizations {
    Authorizations {
        drs_object_id: None,
        basic: false,
        bearer: Some(vec![]),
        passport: Some(NonEmpty::one("https://visas.example".to_owned())),
    }
}

fn full() -> DrsObject {
    let by_id = AccessMethod {
        cloud: Some("aws".to_owned()),
        region: Some("ap-northeast-1".to_owned()),
        available: Some(true),
        authorizations: Some(passport_authorizations()),
        ..AccessMethod::new(AccessMethodType::Https, AccessLocation::Id(AccessId::parse("https").unwrap()))
    };
    let by_url = AccessLocation::Url(AccessUrl::new("https://h.example/reads/x").with_header("Authorization", "Bearer SECRET"));
    let by_both = AccessLocation::UrlOrId(AccessUrl::new("s3://b/k"), AccessId::parse("s3").unwrap());
    DrsObject {
        name: Some(name("sample.bam")),
        updated_time: Some("2026-01-02T12:04:05+09:00".to_owned()),
        version: Some("1".to_owned()),
        mime_type: Some("application/vnd.ga4gh.bam".to_owned()),
        description: Some("Alignments".to_owned()),
        aliases: vec!["release-1".to_owned()],
        size_bytes: (1 << 53) + 1,
        access_methods: vec![
            by_id,
            AccessMethod::new(AccessMethodType::Htsget, by_url),
            AccessMethod::new(AccessMethodType::S3, by_both),
        ],
        ..minimal("a/b:c")
    }
}

#[test]
fn a_blob_renders_as_the_expected_json_and_validates() {
    assert_eq!(
        serde_json::to_value(full()).unwrap(),
        json!({
            "id": "a/b:c",
            "name": "sample.bam",
            "self_uri": "drs://drs.example.jp/a%2Fb%3Ac",
            "size": 9_007_199_254_740_993_u64,
            "created_time": "2026-01-02T03:04:05Z",
            "updated_time": "2026-01-02T12:04:05+09:00",
            "version": "1",
            "mime_type": "application/vnd.ga4gh.bam",
            "checksums": [{"checksum": "a".repeat(64), "type": "sha-256"}],
            "access_methods": [
                {
                    "type": "https", "access_id": "https", "cloud": "aws", "region": "ap-northeast-1", "available": true,
                    "authorizations": {
                        "supported_types": ["BearerAuth", "PassportAuth"],
                        "passport_auth_issuers": ["https://visas.example"]
                    }
                },
                {"type": "htsget", "access_url": {"url": "https://h.example/reads/x", "headers": ["Authorization: Bearer SECRET"]}},
                {"type": "s3", "access_url": {"url": "s3://b/k"}, "access_id": "s3"}
            ],
            "description": "Alignments",
            "aliases": ["release-1"]
        })
    );
    let Some(document) = official() else { return };
    let oracle = Oracle::schema(&document, "DrsObject");
    oracle.accepts(&full());
    oracle.accepts(&minimal("x"));
    for required in ["id", "self_uri", "size", "created_time", "checksums"] {
        let mut without = serde_json::to_value(full()).unwrap();
        without.as_object_mut().unwrap().remove(required);
        oracle.rejects(&without);
    }
    let mut misspelt = serde_json::to_value(full()).unwrap();
    misspelt["access_methods"][0]["acess_id"] = json!("x");
    oracle.rejects(&misspelt);
    let mut wrong_type = serde_json::to_value(full()).unwrap();
    wrong_type["access_methods"][0]["type"] = json!("http");
    oracle.rejects(&wrong_type);
}

#[test]
fn the_debug_output_of_an_object_contains_no_credential() {
    assert!(!format!("{:?}", full()).contains("SECRET"));
}

#[test]
fn every_access_method_type_is_in_the_official_list() {
    let Some(document) = official() else { return };
    let oracle = Oracle::schema(&document, "AccessMethod");
    let listed = document["components"]["schemas"]["AccessMethod"]["properties"]["type"]["enum"]
        .as_array()
        .unwrap();
    let ours = [
        AccessMethodType::S3,
        AccessMethodType::Gs,
        AccessMethodType::Ftp,
        AccessMethodType::Gsiftp,
        AccessMethodType::Globus,
        AccessMethodType::Htsget,
        AccessMethodType::Https,
        AccessMethodType::File,
    ];
    assert_eq!(listed.len(), ours.len());
    for method_type in ours {
        assert!(listed.contains(&json!(method_type.as_str())));
        assert_eq!(json!(method_type), json!(method_type.as_str()));
        oracle.accepts(&AccessMethod::new(method_type, AccessLocation::Id(AccessId::parse("a").unwrap())));
    }
}

#[test]
fn a_nested_bundle_validates() {
    let nested = ContentsObject {
        target: ContentsTarget::Expanded(vec![
            ContentsObject {
                id: None,
                ..ContentsObject::single(name("x.bai"), id("unused"))
            },
            ContentsObject::single(name("x.bam"), id("bam")),
        ]),
        drs_uri: vec!["drs://drs.example.jp/inner".to_owned()],
        ..ContentsObject::single(name("inner"), id("inner"))
    };
    let bundle = DrsObject {
        content: Content::bundle(vec![ContentsObject::single(name("x.vcf"), id("vcf")), nested]).unwrap(),
        ..minimal("bundle")
    };
    assert_eq!(
        serde_json::to_value(&bundle).unwrap()["contents"],
        json!([
            {"name": "x.vcf", "id": "vcf"},
            {"name": "inner", "id": "inner", "drs_uri": ["drs://drs.example.jp/inner"],
             "contents": [{"name": "x.bai"}, {"name": "x.bam", "id": "bam"}]}
        ])
    );
    let Some(document) = official() else { return };
    Oracle::schema(&document, "DrsObject").accepts(&bundle);
}

#[test]
fn authorizations_render_their_types_and_issuers_and_validate() {
    let basic = Authorizations {
        basic: true,
        bearer: Some(vec!["https://as.example".to_owned()]),
        ..Authorizations::none()
    }
    .of(id("o"));
    assert_eq!(
        basic.to_json(),
        json!({"drs_object_id": "o", "supported_types": ["BasicAuth", "BearerAuth"], "bearer_auth_issuers": ["https://as.example"]})
    );
    assert_eq!(Authorizations::none().to_json(), json!({"supported_types": ["None"]}));
    let Some(document) = official() else { return };
    let oracle = Oracle::schema(&document, "Authorizations");
    for authorizations in [basic, Authorizations::none(), passport_authorizations()] {
        oracle.accepts(&authorizations);
    }
    oracle.rejects(&json!({"supported_types": ["Bearer"]}));
}

#[test]
fn errors_and_access_urls_validate() {
    assert_eq!(
        DrsError::NotFound(Missing::Object).to_json(),
        json!({"msg": "the requested DrsObject was not found", "status_code": 404})
    );
    let explanation = "because".to_owned();
    let errors = [
        (DrsError::BadRequest(BadRequest::Expand), 400),
        (
            DrsError::Unauthorized {
                explanation: explanation.clone(),
            },
            401,
        ),
        (DrsError::Forbidden { explanation }, 403),
        (DrsError::NotFound(Missing::AccessUrl), 404),
        (DrsError::MethodNotAllowed, 405),
        (DrsError::RequestTooLarge { limit: 1, unit: "ids" }, 413),
        (DrsError::UnsupportedMediaType, 415),
        (DrsError::InternalServerError, 500),
        (DrsError::ServiceUnavailable, 503),
    ];
    for (error, status) in &errors {
        assert_eq!((error.status(), &error.to_json()["status_code"]), (*status, &json!(status)));
    }
    let Some(document) = official() else { return };
    let oracle = Oracle::schema(&document, "Error");
    errors.iter().for_each(|(error, _)| oracle.accepts(error));
    let oracle = Oracle::schema(&document, "AccessURL");
    oracle.accepts(&AccessUrl::new("https://x.example"));
    oracle.accepts(&AccessUrl::new("https://x.example").with_header("Authorization", "Basic eA=="));
    oracle.rejects(&json!({"url": "https://x.example", "headers": {"Authorization": "Basic eA=="}}));
}

#[test]
fn bulk_answers_validate_and_count_every_item_once() {
    let unresolved = vec![Unresolved {
        error_code: 404,
        object_ids: vec!["no".to_owned(), "no".to_owned()],
    }];
    let objects = BulkObjectAnswer(BulkAnswer {
        resolved: vec![full(), minimal("x")],
        unresolved: unresolved.clone(),
    });
    let rendered = serde_json::to_value(&objects).unwrap();
    assert_eq!(rendered["summary"], json!({"requested": 4, "resolved": 2, "unresolved": 2}));
    assert_eq!(
        rendered["unresolved_drs_objects"],
        json!([{"error_code": 404, "object_ids": ["no", "no"]}])
    );
    let authorizations = BulkAuthorizationsAnswer(BulkAnswer {
        resolved: vec![passport_authorizations().of(id("x"))],
        unresolved: vec![],
    });
    let url = BulkAccessUrl {
        drs_object_id: "x".to_owned(),
        drs_access_id: "https".to_owned(),
        access_url: AccessUrl::new("https://x.example").with_header("A", "b"),
    };
    let urls = BulkAccessUrlAnswer(BulkAnswer {
        resolved: vec![url],
        unresolved,
    });
    assert_eq!(
        serde_json::to_value(&urls).unwrap()["resolved_drs_object_access_urls"],
        json!([{"drs_object_id": "x", "drs_access_id": "https", "url": "https://x.example", "headers": ["A: b"]}])
    );
    let Some(document) = official() else { return };
    Oracle::response(&document, "200OkDrsObjects").accepts(&objects);
    Oracle::response(&document, "200OkBulkAuthorizations").accepts(&authorizations);
    Oracle::response(&document, "200OkAccesses").accepts(&urls);
    Oracle::response(&document, "200OkDrsObjects").rejects(&json!({"resolved_drs_objects": []}));
}

#[test]
fn the_service_description_validates_with_and_without_counts() {
    let describe = |object_count, total_object_size_bytes| {
        let organization = Organization::new("Example", "https://example.jp");
        let service = Service::new("jp.example.drs", "Example", DrsServiceInfo::service_type(), organization, "0.1.0");
        let max_bulk_request_length = NonZeroU32::new(100).unwrap();
        let info = DrsServiceInfo {
            max_bulk_request_length,
            object_count,
            total_object_size_bytes,
        };
        serde_json::to_value(info.describe(service)).unwrap()
    };
    let with_counts = describe(Some(2), Some(u64::from(u32::MAX) + 1));
    assert_eq!(with_counts["maxBulkRequestLength"], 100);
    assert_eq!(
        with_counts["drs"],
        json!({"maxBulkRequestLength": 100, "objectCount": 2, "totalObjectSize": 4_294_967_296_u64})
    );
    assert_eq!(
        with_counts["type"],
        json!({"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"})
    );
    let Some(document) = official() else { return };
    assert_eq!(document["info"]["version"], ga4gh_drs::VERSION);
    // The response is an `allOf` of two schemas: the open schema checks the whole, and the closed schema checks the `drs` member.
    let whole = Oracle::response(&document, "200ServiceInfo").open;
    let part = Oracle::new(&document, "/components/schemas/DrsService/properties/drs");
    for description in [with_counts, describe(None, None)] {
        assert!(whole.is_valid(&description));
        part.accepts(&description["drs"]);
        let mut without = description;
        without.as_object_mut().unwrap().remove("maxBulkRequestLength");
        assert!(!whole.is_valid(&without), "version 1.5 still requires the member at the root");
    }
}

#[test]
fn every_operation_matches_the_official_document() {
    let Some(document) = official() else { return };
    let paths = document["paths"].as_object().unwrap();
    let count: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(count, Operation::ALL.len());
    for operation in Operation::ALL {
        let method = operation.method().to_ascii_lowercase();
        assert_eq!(paths[operation.path()][&method]["operationId"], operation.operation_id());
    }
    assert!(document["servers"][0]["url"].as_str().unwrap().ends_with(ga4gh_drs::BASE_PATH));
}
