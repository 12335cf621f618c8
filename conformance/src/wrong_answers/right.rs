//! The right answers of a small deployment with all seven standards. They were written by hand from the specifications.

use serde_json::{Value, json};

use super::{Request, Response};
use crate::genomic_file::samples;

/// The valid token. It is a JWT, so that a check can change its claims.
pub(super) const GOOD: &str =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2kuZXhhbXBsZSIsInN1YiI6InMifQ.c2lnbmF0dXJlLW9mLWdvb2Q";
pub(super) const EXPIRED: &str = "expired-token-0123456789";
pub(super) const VISALESS: &str = "visaless-token-0123456789";
pub(super) const FHIR: &str = "fhir-token-0123456789";
/// The bytes of the DRS object. The digest of these bytes was computed with sha256sum.
pub(super) const DATA: &[u8] = b"twenty bytes of data";
const DATA_SHA256: &str = "49536ab056d146518b2280c4412038953f0c7f5c86c128c6d51c95d3547a1674";

/// The right answer to a request of any standard.
pub(super) fn answer(request: &Request) -> Response {
    let path = request.path.as_str();
    if path == "/bytes" {
        return bytes(request);
    }
    if let Some(rest) = path.strip_prefix("/htsget/") {
        return htsget(request, rest);
    }
    if let Some(rest) = path.strip_prefix("/beacon/") {
        return beacon(request, rest);
    }
    if let Some(rest) = path.strip_prefix("/ga4gh/drs/v1/") {
        return drs(request, rest);
    }
    if let Some(rest) = path.strip_prefix("/ga4gh/wes/v1/") {
        return wes(request, rest);
    }
    if let Some(rest) = path.strip_prefix("/fhir/") {
        return fhir(request, rest);
    }
    registry(request)
}

fn service(request: &Request, artifact: &str, part: &str) -> Value {
    let url = match artifact {
        "htsget" => format!("{}/htsget/{part}", request.url()),
        "beacon" => format!("{}/beacon", request.url()),
        "wes" => format!("{}/ga4gh/wes/v1", request.url()),
        _ => request.url(),
    };
    json!({
        "id": format!("example.{artifact}.{part}"), "name": artifact, "version": "1",
        "type": {"group": "org.ga4gh", "artifact": artifact, "version": "1.0.0"},
        "organization": {"name": "Example", "url": "https://example.org"}, "url": url
    })
}

fn registry(request: &Request) -> Response {
    let listed = [
        ("htsget", "reads"),
        ("htsget", "variants"),
        ("beacon", ""),
        ("drs", ""),
        ("wes", ""),
        ("service-registry", ""),
    ];
    let services: Vec<Value> = listed.iter().map(|(artifact, part)| service(request, artifact, part)).collect();
    match request.path.as_str() {
        "/service-info" => Response::json(200, &service(request, "service-registry", "")),
        "/services" => Response::json(200, &json!(services)),
        "/services/types" => {
            let mut types: Vec<Value> = services.iter().map(|service| service["type"].clone()).collect();
            types.dedup();
            Response::json(200, &json!(types))
        }
        path => match services
            .iter()
            .find(|service| path.strip_prefix("/services/") == service["id"].as_str())
        {
            Some(service) => Response::json(200, service),
            None => Response::json(404, &json!({"status": 404, "title": "Not found"})),
        },
    }
}

/// The refusal of a request that does not carry the token `right`; absent if the request carries it. `body` makes the
/// error body of the standard for a status.
fn refusal(request: &Request, right: &str, body: impl Fn(u16) -> Value) -> Option<Response> {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let status = match bearer {
        Some(token) if token == right => return None,
        Some(VISALESS) => 403,
        Some(_) | None => 401,
    };
    Some(Response::json(status, &body(status)).with("WWW-Authenticate", "Bearer realm=\"x\""))
}

fn htsget_error(status: u16, kind: &str) -> Response {
    Response::json(status, &json!({"htsget": {"error": kind, "message": "so it is"}}))
}

fn htsget(request: &Request, rest: &str) -> Response {
    match rest {
        "reads/service-info" | "variants/service-info" => {
            let (part, format) = if rest.starts_with("reads") {
                ("reads", "BAM")
            } else {
                ("variants", "VCF")
            };
            let mut value = service(request, "htsget", part);
            value["htsget"] = json!({"datatype": part, "formats": [format]});
            return Response::json(200, &value);
        }
        "blocks/region" | "blocks/header" => {
            // A client sends the headers of the ticket to the URLs of the data blocks, and never its own token.
            if request.header("x-ticket") != Some("t") || request.header("authorization").is_some() {
                return htsget_error(403, "PermissionDenied");
            }
            let records = if rest == "blocks/region" { 3 } else { 0 };
            return Response::bytes(200, "application/octet-stream", samples::bam(records));
        }
        _ => {}
    }
    let shape = |_| json!({"htsget": {"error": "InvalidAuthentication", "message": "no"}});
    if let Some(refusal) = refusal(request, GOOD, shape) {
        return refusal;
    }
    if rest != "reads/x" {
        return htsget_error(404, "NotFound");
    }
    if request.query("format").is_some_and(|format| format != "BAM") {
        return htsget_error(400, "UnsupportedFormat");
    }
    if request.query("start") == Some("200") {
        return htsget_error(400, "InvalidRange");
    }
    if request.query("referenceName").is_some_and(|name| name != "chr1") {
        return htsget_error(404, "NotFound");
    }
    let block = if request.query("class").is_some() { "header" } else { "region" };
    let url = json!({"url": format!("{}/htsget/blocks/{block}", request.url()), "headers": {"X-Ticket": "t"}});
    let body = json!({"htsget": {"format": "BAM", "urls": [url]}}).to_string();
    Response::bytes(200, "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8", body.into_bytes())
}

fn beacon_meta(granularity: &str, asked: &str) -> Value {
    json!({
        "beaconId": "example.beacon", "apiVersion": "v2.1.1", "returnedSchemas": [], "returnedGranularity": granularity,
        "receivedRequestSummary": {
            "apiVersion": "v2.1.1", "requestedSchemas": [], "pagination": {}, "requestedGranularity": asked
        }
    })
}

fn beacon(request: &Request, rest: &str) -> Response {
    match rest {
        "info" => Response::json(
            200,
            &json!({
                "meta": {"beaconId": "example.beacon", "apiVersion": "v2.1.1", "returnedSchemas": []},
                "response": {
                    "id": "example.beacon", "name": "x", "apiVersion": "v2.1.1", "environment": "test",
                    "organization": {
                        "id": "example", "name": "x", "welcomeUrl": "https://example.org", "contactUrl": "mailto:a@example.org"
                    }
                }
            }),
        ),
        "service-info" => Response::json(200, &service(request, "beacon", "")),
        "map" => {
            let base = format!("{}/beacon", request.url());
            let related = json!({"url": format!("{base}/g_variants/{{id}}/individuals"), "returnedEntryType": "individual"});
            let set = json!({
                "entryType": "genomicVariant", "rootUrl": format!("{base}/g_variants"),
                "singleEntryUrl": format!("{base}/g_variants/{{id}}"), "endpoints": {"individualLookup": related}
            });
            let meta = json!({"beaconId": "example.beacon", "apiVersion": "v2.1.1", "returnedSchemas": []});
            Response::json(
                200,
                &json!({"meta": meta, "response": {"$schema": "x", "endpointSets": {"genomicVariant": set}}}),
            )
        }
        "filtering_terms" => {
            let meta = json!({"beaconId": "example.beacon", "apiVersion": "v2.1.1", "returnedSchemas": []});
            let terms = json!([{"type": "alphanumeric", "id": "age"}, {"type": "ontologyTerm", "id": KNOWN_TERM}]);
            Response::json(200, &json!({"meta": meta, "response": {"filteringTerms": terms}}))
        }
        "g_variants" => g_variants(request),
        "g_variants/v1" => {
            let record = json!({"variantInternalId": "v1"});
            let set = json!({"id": "d1", "setType": "dataset", "exists": true, "resultsCount": 1, "results": [record]});
            let body = json!({
                "meta": beacon_meta("record", "record"), "responseSummary": {"exists": true, "numTotalResults": 1},
                "response": {"resultSets": [set]}
            });
            Response::json(200, &body)
        }
        "individuals" => individuals(request),
        _ => Response::json(404, &json!({})),
    }
}

/// A filter term that an individual of the deployment has.
const KNOWN_TERM: &str = "HP:0001250";

fn beacon_error(asked: &str) -> Response {
    let error = json!({"errorCode": 400, "errorMessage": "no"});
    Response::json(400, &json!({"meta": beacon_meta("boolean", asked), "error": error}))
}

fn individuals(request: &Request) -> Response {
    if request.query("testMode") == Some("true") {
        let mut meta = beacon_meta("boolean", "boolean");
        meta["receivedRequestSummary"]["testMode"] = json!(true);
        return Response::json(200, &json!({"meta": meta, "responseSummary": {"exists": true}}));
    }
    let term = if request.method == "POST" {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["query"]["filters"][0]["id"].as_str().map(str::to_owned)
    } else {
        request.query("filters").map(str::to_owned)
    };
    if term.as_deref() != Some(KNOWN_TERM) {
        return beacon_error("boolean");
    }
    let mut meta = beacon_meta("boolean", "boolean");
    meta["receivedRequestSummary"]["filters"] = json!([term]);
    Response::json(200, &json!({"meta": meta, "responseSummary": {"exists": true}}))
}

/// The value of a parameter in a query for variants, from the query string or the body.
fn parameter(request: &Request, name: &str) -> Option<String> {
    if request.method != "POST" {
        return request.query(name).map(str::to_owned);
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().map(Value::to_string).collect::<Vec<_>>().join(",")),
        _ => None,
    };
    text(&body["query"]["requestParameters"]["g_variant"][name]).or_else(|| text(&body["query"][name]))
}

/// The answer to a query for variants. The deployment has two datasets. The first dataset has the variant G>T at
/// position 7 and two more variants near it.
fn g_variants(request: &Request) -> Response {
    let text = |name: &str| parameter(request, name);
    let asked = text("requestedGranularity").unwrap_or_else(|| "boolean".to_owned());
    let positions = |name: &str| -> Option<Vec<u64>> { text(name)?.split(',').map(|part| part.parse().ok()).collect() };
    let Some(starts) = positions("start") else {
        return beacon_error(&asked);
    };
    let is_meant = text("alternateBases").is_none_or(|bases| bases == "T");
    let (found, names): (bool, &[&str]) = match (starts.as_slice(), positions("end").as_deref()) {
        (&[start], None) => (start == 7, &["v1"]),
        (&[start], Some(&[end])) => (start < 8 && end > 7, &["v1", "v2", "v3"]),
        (&[a, b], Some(&[c, d])) => ((a..b).contains(&7) && (c..d).contains(&8), &["v1"]),
        _ => return beacon_error(&asked),
    };
    let exists = found && is_meant;
    let names = if exists { names } else { &[] };
    let mut summary = json!({"exists": exists});
    if asked != "boolean" {
        summary["numTotalResults"] = json!(names.len());
        summary["countPrecision"] = json!("exact");
    }
    let mut body = json!({"meta": beacon_meta(&asked, &asked), "responseSummary": summary});
    if asked == "record" {
        let number = |name: &str, default: usize| text(name).map_or(default, |value| value.parse().unwrap());
        let (skip, limit) = (number("skip", 0), number("limit", 10));
        let page = names
            .iter()
            .skip(skip * limit)
            .take(limit)
            .map(|name| json!({"variantInternalId": name}));
        let sets = [
            json!({"id": "d1", "setType": "dataset", "exists": exists, "resultsCount": names.len(), "results": page.collect::<Vec<_>>()}),
            json!({"id": "d2", "setType": "dataset", "exists": false, "resultsCount": 0, "results": []}),
        ];
        let include = text("includeResultsetResponses").unwrap_or_else(|| "HIT".to_owned());
        let listed = |set: &&Value| match include.as_str() {
            "ALL" => true,
            "HIT" => set["exists"] == true,
            "MISS" => set["exists"] == false,
            _ => false,
        };
        body["response"] = json!({"resultSets": sets.iter().filter(listed).collect::<Vec<_>>()});
    }
    Response::json(200, &body)
}

fn msg(status: u16) -> Value {
    json!({"msg": "so it is", "status_code": status})
}

fn drs(request: &Request, rest: &str) -> Response {
    if rest == "service-info" {
        let mut value = service(request, "drs", "");
        value["maxBulkRequestLength"] = json!(1);
        value["drs"] = json!({"maxBulkRequestLength": 1});
        return Response::json(200, &value);
    }
    if request.method == "OPTIONS" {
        let issuers = json!(["https://visas.example"]);
        return Response::json(200, &json!({"supported_types": ["PassportAuth"], "passport_auth_issuers": issuers}));
    }
    if let Some(refusal) = refusal(request, GOOD, msg) {
        return refusal;
    }
    match rest {
        "objects/o%2F1" => Response::json(
            200,
            &json!({
                "id": "o/1", "self_uri": "drs://drs.example/o%2F1", "size": DATA.len(), "created_time": "2026-01-02T03:04:05Z",
                "checksums": [{"type": "sha-256", "checksum": DATA_SHA256}],
                "access_methods": [{"type": "https", "access_id": "a"}]
            }),
        ),
        "objects/o%2F1/access/a" => {
            let url = format!("{}/bytes", request.url());
            Response::json(200, &json!({"url": url, "headers": ["X-Access: yes"]}))
        }
        _ => Response::json(404, &msg(404)),
    }
}

fn bytes(request: &Request) -> Response {
    if request.header("x-access") != Some("yes") || request.header("authorization").is_some() {
        return Response::json(403, &msg(403));
    }
    match request.header("range") {
        Some("bytes=2-9") => Response::bytes(206, "application/octet-stream", DATA[2..10].to_vec())
            .with("Content-Range", &format!("bytes 2-9/{}", DATA.len())),
        _ => Response::bytes(200, "application/octet-stream", DATA.to_vec()),
    }
}

fn wes(request: &Request, rest: &str) -> Response {
    if rest == "service-info" {
        let mut value = service(request, "wes", "");
        let members = json!({
            "workflow_type_versions": {"CWL": {"workflow_type_version": ["v1.2"]}}, "supported_wes_versions": ["1.1.0"],
            "supported_filesystem_protocols": ["https"], "workflow_engine_versions": {}, "default_workflow_engine_parameters": [],
            "system_state_counts": {}, "auth_instructions_url": "https://example.org/auth", "tags": {}
        });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        return Response::json(200, &value);
    }
    if let Some(refusal) = refusal(request, GOOD, msg) {
        return refusal;
    }
    let run = |id: &str| json!({"run_id": id, "state": "COMPLETE", "tags": {}});
    match (request.method.as_str(), rest) {
        ("GET", "runs") => {
            let (runs, token) = match (request.query("page_size"), request.query("page_token")) {
                (None, _) => (json!([run("r1"), run("r2")]), ""),
                (Some(_), None) => (json!([run("r1")]), "t2"),
                (Some(_), Some(_)) => (json!([run("r2")]), ""),
            };
            Response::json(200, &json!({"runs": runs, "next_page_token": token}))
        }
        ("POST", "runs") => {
            let body = String::from_utf8_lossy(&request.body);
            if body.contains("workflow_url") && !body.contains("../") {
                Response::json(200, &json!({"run_id": "r1"}))
            } else {
                Response::json(400, &msg(400))
            }
        }
        ("GET", "runs/r1/status") => Response::json(200, &json!({"run_id": "r1", "state": "COMPLETE"})),
        ("GET", "runs/r1") => {
            let asked = json!({"workflow_type": "CWL", "workflow_type_version": "v1.2", "workflow_url": "x"});
            Response::json(200, &json!({"run_id": "r1", "state": "COMPLETE", "request": asked, "outputs": {}}))
        }
        _ => Response::json(404, &msg(404)),
    }
}

fn fhir_json(status: u16, body: &Value) -> Response {
    Response::bytes(status, "application/fhir+json", body.to_string().into_bytes())
}

fn outcome(status: u16) -> Response {
    let issue = json!({"severity": "error", "code": "processing"});
    fhir_json(status, &json!({"resourceType": "OperationOutcome", "issue": [issue]}))
}

fn fhir(request: &Request, rest: &str) -> Response {
    match rest {
        "metadata" => {
            let resource = json!({"type": "Observation", "interaction": [{"code": "create"}]});
            return fhir_json(
                200,
                &json!({
                    "resourceType": "CapabilityStatement", "status": "active", "date": "2026-01-01", "kind": "instance",
                    "fhirVersion": "4.0.1", "format": ["json"], "rest": [{"mode": "server", "resource": [resource]}]
                }),
            );
        }
        ".well-known/smart-configuration" => {
            let grants = ["client_credentials", "authorization_code"];
            return Response::json(
                200,
                &json!({
                    "token_endpoint": "https://example.org/token", "authorization_endpoint": "https://example.org/authorize",
                    "grant_types_supported": grants, "capabilities": ["permission-v2"], "code_challenge_methods_supported": ["S256"]
                }),
            );
        }
        _ => {}
    }
    if request.header("authorization") != Some(&format!("Bearer {FHIR}")) {
        return outcome(401).with("WWW-Authenticate", "Bearer");
    }
    match (request.method.as_str(), rest) {
        ("GET", "Patient") => {
            let patient = json!({"resourceType": "Patient", "id": "p", "name": [{"family": "山田\u{3000}花子"}]});
            let entry = json!({"fullUrl": "https://example.org/fhir/Patient/p", "resource": patient, "search": {"mode": "match"}});
            let link = json!([{"relation": "self", "url": "https://example.org/fhir/Patient"}]);
            fhir_json(
                200,
                &json!({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": [entry]}),
            )
        }
        ("POST", "Observation") => outcome(422),
        _ => outcome(404),
    }
}
