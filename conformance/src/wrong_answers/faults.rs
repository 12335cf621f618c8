//! For each check, answers that must make it fail.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::right::{DATA, EXPIRED, GOOD, VISALESS};
use super::{Request, Response};
use crate::check::Standard;
use crate::check::Standard::{Beacon, Drs, Fhir, Htsget, Passport, ServiceRegistry, Wes};
use crate::genomic_file::samples;

type MakeWrong = Box<dyn Fn(&Request, &mut Response) + Send>;

/// One deviation from the right answers.
pub(super) struct Fault {
    pub(super) standard: Standard,
    pub(super) check: &'static str,
    pub(super) name: String,
    pub(super) make_wrong: MakeWrong,
}

/// The faults of one check, in the making.
struct Of {
    standard: Standard,
    check: &'static str,
    faults: Vec<Fault>,
}

fn of(standard: Standard, check: &'static str) -> Of {
    Of {
        standard,
        check,
        faults: Vec::new(),
    }
}

impl Of {
    fn with(mut self, name: impl Into<String>, make_wrong: impl Fn(&Request, &mut Response) + Send + 'static) -> Self {
        self.faults.push(Fault {
            standard: self.standard,
            check: self.check,
            name: name.into(),
            make_wrong: Box::new(make_wrong),
        });
        self
    }

    /// The answer at a path has another value at a pointer.
    fn set(self, path: &'static str, pointer: &'static str, value: Value) -> Self {
        let name = format!("{path} {pointer} = {value}");
        self.with(name, move |request, response| {
            if request.path == path {
                edit(response, pointer, Some(value.clone()));
            }
        })
    }

    /// The answer at a path lacks a member.
    fn unset(self, path: &'static str, pointer: &'static str) -> Self {
        self.with(format!("{path} without {pointer}"), move |request, response| {
            if request.path == path {
                edit(response, pointer, None);
            }
        })
    }

    /// Every answer at a path is this one.
    fn answer(self, path: &'static str, answer: Response) -> Self {
        self.with(format!("{path} is {}", answer.status), move |request, response| {
            if request.path == path {
                *response = answer.clone();
            }
        })
    }

    /// Answers to this request with this status get another status; the body stays.
    fn status(self, path: &'static str, from: u16, to: u16) -> Self {
        self.with(format!("{path} {from} becomes {to}"), move |request, response| {
            if request.path == path && response.status == from {
                response.status = to;
            }
        })
    }

    /// Whoever brings this `Authorization` enters as if with the good token.
    fn admit(self, name: &'static str, who: impl Fn(&Request) -> bool + Send + 'static) -> Self {
        self.with(name, move |request, response| {
            if request.path.contains("/objects/") && who(request) {
                *response = Response::json(200, &json!({}));
            }
        })
    }
}

fn edit(response: &mut Response, pointer: &str, value: Option<Value>) {
    let mut body: Value = serde_json::from_slice(&response.body).unwrap();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    match (body.pointer_mut(parent), value) {
        (Some(Value::Object(members)), Some(value)) => drop(members.insert(last.to_owned(), value)),
        (Some(Value::Object(members)), None) => drop(members.remove(last)),
        (Some(Value::Array(items)), Some(value)) => items[last.parse::<usize>().unwrap()] = value,
        (Some(Value::Array(items)), None) => drop(items.remove(last.parse().unwrap())),
        _ => {}
    }
    response.body = body.to_string().into_bytes();
}

fn bearer(request: &Request) -> Option<&str> {
    request.header("authorization")?.strip_prefix("Bearer ")
}

fn html(status: u16) -> Response {
    Response::bytes(status, "text/html", b"<p>no</p>".to_vec())
}

/// All of them.
pub(super) fn all() -> Vec<Fault> {
    [registry(), htsget(), beacon(), drs(), passport(), wes(), fhir()]
        .into_iter()
        .flatten()
        .flat_map(|of| of.faults)
        .collect()
}

fn registry() -> Vec<Of> {
    let check = |id| of(ServiceRegistry, id);
    vec![
        check("get_service_info-names-the-service")
            .unset("/service-info", "/organization/url")
            .set("/service-info", "/type/version", json!(1))
            .set("/service-info", "/name", json!(""))
            .answer("/service-info", html(200)),
        check("get_service_info-schema").set("/service-info", "/createdAt", json!("yesterday")),
        check("get_services-lists-services")
            .unset("/services", "/0/url")
            .set("/services", "/0/url", json!("/htsget"))
            .answer("/services", Response::json(200, &json!({"services": []}))),
        check("get_services-schema").set("/services", "/1/documentationUrl", json!(7)),
        check("get_services-ids-are-unique").set("/services", "/1/id", json!("example.htsget.reads")),
        check("get_service_by_id-is-the-listed-service")
            .set("/services/example.service-registry.", "/id", json!("another"))
            .set("/services/example.service-registry.", "/url", json!("https://other.example"))
            .status("/services/example.service-registry.", 200, 404),
        check("get_service_by_id-unknown-id")
            .status("/services/no.such.service.conformance", 404, 200)
            .unset("/services/no.such.service.conformance", "/title")
            .set("/services/no.such.service.conformance", "/status", json!(500))
            .answer("/services/no.such.service.conformance", html(404)),
        check("get_service_types-are-those-of-the-services")
            .unset("/services/types", "/0")
            .set(
                "/services/types",
                "/0",
                json!({"group": "org.ga4gh", "artifact": "drs", "version": "1.0.0"}),
            )
            .answer("/services/types", html(200)),
        check("get_services-urls-lead-to-descriptions")
            .set("/ga4gh/drs/v1/service-info", "/type/artifact", json!("beacon"))
            .status("/htsget/variants/service-info", 200, 404),
        check("get_services-media-type").with("types as text", |request, response| {
            if request.path == "/services/types" {
                response.headers[0].1 = "text/plain".to_owned();
            }
        }),
    ]
}

/// The bytes of a block are these.
fn block(name: &'static str, bytes: Vec<u8>) -> impl Fn(&Request, &mut Response) + Send + 'static {
    move |request, response| {
        if request.path.strip_prefix("/htsget/blocks/") == Some(name) {
            response.body.clone_from(&bytes);
        }
    }
}

fn htsget() -> Vec<Of> {
    let check = |id| of(Htsget, id);
    let (reads, info) = ("/htsget/reads/x", "/htsget/reads/service-info");
    let region = || samples::bam(3);
    let mut without_end = region();
    without_end.truncate(without_end.len() - 28);
    let mut damaged = region();
    damaged[30] ^= 0x10;
    let twice = [region(), region()].concat();
    let bad_json = || Response::bytes(400, "text/plain", b"bad request".to_vec());
    let refused_when = |wrong: Response, name: &'static str, value: &'static str| {
        move |request: &Request, response: &mut Response| {
            if request.query(name) == Some(value) {
                *response = wrong.clone();
            }
        }
    };
    vec![
        check("get_service_info-describes-htsget")
            .set(info, "/type/artifact", json!("beacon"))
            .set(info, "/htsget/datatype", json!("variants"))
            .set(info, "/htsget/formats", json!(["VCF"]))
            .set(info, "/htsget/fieldsParametersEffective", json!(true))
            .unset(info, "/htsget")
            .with("neither half", |request, response| {
                if request.path.ends_with("/service-info") {
                    *response = html(404);
                }
            }),
        check("get_service_info-schema").set(info, "/contactUrl", json!(7)),
        check("search_read_id-ticket")
            .set(reads, "/extra", json!(1))
            .set(reads, "/htsget/urls", json!([]))
            .set(reads, "/htsget/urls/0/url", json!("/relative"))
            .set(reads, "/htsget/urls/0/url", json!("file:///etc/passwd"))
            .set(reads, "/htsget/urls/0/headers", json!({"Range": 7}))
            .set(reads, "/htsget/urls/0/class", json!("middle"))
            .set(
                reads,
                "/htsget/urls",
                json!([{"url": "data:;base64,", "class": "header"}, {"url": "data:;base64,"}]),
            )
            .status(reads, 200, 500)
            .answer(reads, html(200)),
        check("search_read_id-region-is-one-file")
            .with("no end", block("region", without_end))
            .with("damaged", block("region", damaged))
            .with("pasted together", block("region", twice.clone()))
            .with("less than there is", block("region", samples::bam(2)))
            .with("another format", block("region", samples::vcf(3)))
            .set(reads, "/htsget/urls/0/headers", json!({})),
        check("search_read_id-header-class")
            .with("records", block("header", region()))
            .with("nothing", block("header", Vec::new()))
            .with("another header", block("header", samples::bcf(0))),
        check("search_read_id-start-after-end")
            .with("not JSON", refused_when(bad_json(), "start", "200"))
            .with(
                "InvalidInput",
                refused_when(
                    Response::json(400, &json!({"htsget": {"error": "InvalidInput", "message": ""}})),
                    "start",
                    "200",
                ),
            )
            .with(
                "a ticket",
                refused_when(Response::json(200, &json!({"htsget": {"urls": []}})), "start", "200"),
            ),
        check("search_read_id-unknown-id")
            .status("/htsget/reads/no-such-id-conformance", 404, 200)
            .answer("/htsget/reads/no-such-id-conformance", html(404))
            .set("/htsget/reads/no-such-id-conformance", "/htsget/error", json!("Gone")),
        check("search_read_id-unknown-format")
            .with(
                "a ticket",
                refused_when(Response::json(200, &json!({"htsget": {"urls": []}})), "format", "CONFORMANCE"),
            )
            .with("not JSON", refused_when(bad_json(), "format", "CONFORMANCE")),
        check("search_read_id-unknown-reference")
            .with(
                "a ticket",
                refused_when(
                    Response::json(200, &json!({"htsget": {"urls": []}})),
                    "referenceName",
                    "no_such_sequence",
                ),
            )
            .with("a bare 404", refused_when(html(404), "referenceName", "no_such_sequence")),
        check("search_read_id_post-regions-are-one-file")
            .with("each record twice", |request, response| {
                if request.method == "POST" {
                    edit(
                        response,
                        "/htsget/urls/0/url",
                        Some(json!(format!("{}/htsget/blocks/twice", request.url()))),
                    );
                }
                if request.path == "/htsget/blocks/twice" {
                    *response = Response::bytes(200, "application/octet-stream", samples::bam(6));
                }
            })
            .with("two files", move |request, response| {
                if request.method == "POST" {
                    edit(
                        response,
                        "/htsget/urls/0/url",
                        Some(json!(format!("{}/htsget/blocks/twice", request.url()))),
                    );
                }
                if request.path == "/htsget/blocks/twice" {
                    *response = Response::bytes(200, "application/octet-stream", twice.clone());
                }
            })
            .with("a server error", |request, response| {
                if request.method == "POST" {
                    *response = html(500);
                }
            }),
    ]
}

fn beacon() -> Vec<Of> {
    let check = |id| of(Beacon, id);
    let (info, variants) = ("/beacon/info", "/beacon/g_variants");
    vec![
        check("get_beacon_info_root-names-the-beacon")
            .unset(info, "/response/organization")
            .set(info, "/meta/beaconId", json!("another"))
            .set(info, "/response/environment", json!("production")),
        check("get_beacon_info_root-schema")
            .unset(info, "/meta/returnedSchemas")
            .set(info, "/response/organization/id", json!(7)),
        check("get_beacon_service_info-artifact-is-beacon")
            .set("/beacon/service-info", "/type/artifact", json!("Beacon"))
            .set("/beacon/service-info", "/type/group", json!("org.example")),
        check("get_beacon_map-names-endpoints")
            .set("/beacon/map", "/response/endpointSets", json!({}))
            .set("/beacon/map", "/response/endpointSets/genomicVariant/rootUrl", json!("/g_variants"))
            .status("/beacon/map", 200, 500),
        check("get_genomic_variations-boolean")
            .set(variants, "/responseSummary/exists", json!("true"))
            .set(variants, "/responseSummary/exists", json!(false))
            .set(variants, "/meta/returnedGranularity", json!("count"))
            .set(variants, "/meta/returnedGranularity", json!("yes"))
            .unset(variants, "/meta/receivedRequestSummary/pagination")
            .unset(variants, "/responseSummary"),
        check("get_genomic_variations-granularity-not-finer-than-asked")
            .set(variants, "/meta/returnedGranularity", json!("record"))
            .set(variants, "/meta/returnedGranularity", json!("count"))
            .set(variants, "/response", json!({"resultSets": []}))
            .with("a number in a boolean answer", |request, response| {
                if request.query("requestedGranularity") == Some("boolean") {
                    edit(response, "/responseSummary/numTotalResults", Some(json!(3)));
                }
            }),
        check("get_genomic_variations-schema").set(variants, "/meta/returnedSchemas", json!([{"entityType": 7}])),
        check("post_genomic_variations_request-answers-as-get")
            .with("another answer", |request, response| {
                if request.method == "POST" {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            })
            .with("no POST", |request, response| {
                if request.method == "POST" {
                    *response = html(405);
                }
            }),
        check("get_genomic_variations-bad-start")
            .status(variants, 400, 200)
            .status(variants, 400, 500)
            .set(variants, "/error", json!({"errorCode": "400"}))
            .unset(variants, "/meta"),
        check("get_genomic_variations-absent-allele").set(variants, "/responseSummary/exists", json!(true)),
        check("get_genomic_variations-differences-of-2_2-schema")
            .set(variants, "/responseSummary/countPrecision", json!("about"))
            .set(variants, "/responseSummary/countAdjustedTo", json!(10))
            .set(variants, "/response/resultSets/0/countAdjustedTo", json!([1.5])),
        check("get_beacon_map-urls-answer")
            .set("/beacon/map", "/response/endpointSets/genomicVariant/rootUrl", json!("/g_variants"))
            .unset(
                "/beacon/map",
                "/response/endpointSets/genomicVariant/endpoints/individualLookup/returnedEntryType",
            )
            .with("no {id}", |request, response| {
                if request.path == "/beacon/map" {
                    let url = json!(format!("{}/beacon/g_variants", request.url()));
                    edit(response, "/response/endpointSets/genomicVariant/singleEntryUrl", Some(url));
                }
            })
            .answer(variants, html(404))
            .with("a nested path that is not served", |request, response| {
                if request.path.ends_with("/individuals") {
                    *response = html(405);
                }
            })
            .with("an invented id is there", |request, response| {
                if request.path.starts_with("/beacon/g_variants/") {
                    *response = Response::json(200, &json!({"responseSummary": {"exists": true}}));
                }
            }),
        check("get_genomic_variations-bracket")
            .with("inclusive starts", |request, response| {
                if request.query("start") == Some("6,7") {
                    edit(response, "/responseSummary/exists", Some(json!(true)));
                }
            })
            .with("inclusive ends", |request, response| {
                if request.query("end") == Some("7,8") {
                    edit(response, "/responseSummary/exists", Some(json!(true)));
                }
            })
            .with("nothing found", |request, response| {
                if request.query("end").is_some() {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            }),
        check("get_genomic_variations-skip-counts-pages")
            .with("skip counts records", |request, response| {
                if request.query("skip") == Some("1") {
                    let records = json!([{"variantInternalId": "v2"}, {"variantInternalId": "v3"}]);
                    edit(response, "/response/resultSets/0/results", Some(records));
                }
            })
            .with("the number of the page", |request, response| {
                if request.query("skip") == Some("1") {
                    edit(response, "/responseSummary/numTotalResults", Some(json!(1)));
                }
            })
            .with("every page the first", |request, response| {
                if request.query("limit") == Some("2") {
                    let records = json!([{"variantInternalId": "v3"}]);
                    edit(response, "/response/resultSets/0/results", Some(records));
                }
            }),
        check("get_genomic_variations-include-resultset-responses")
            .with("everything always", |request, response| {
                if request.query("includeResultsetResponses") == Some("NONE") {
                    let set = json!([{"id": "d1", "setType": "dataset", "exists": true}]);
                    edit(response, "/response/resultSets", Some(set));
                }
            })
            .with("misses hidden", |request, response| {
                if request.query("includeResultsetResponses") == Some("MISS") {
                    edit(response, "/response/resultSets", Some(json!([])));
                }
            })
            .with("the summary of what is listed", |request, response| {
                if request.query("includeResultsetResponses") == Some("MISS") {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            }),
        check("post_individuals_request-filter-as-get")
            .with("another answer", |request, response| {
                if request.method == "POST" && request.path == "/beacon/individuals" {
                    edit(response, "/responseSummary/exists", Some(json!(false)));
                }
            })
            .status("/beacon/individuals", 200, 500)
            .set(
                "/beacon/individuals",
                "/meta/receivedRequestSummary/filters",
                json!([{"id": "HP:0001250"}]),
            ),
        check("post_individuals_request-unknown-term")
            .status("/beacon/individuals", 400, 500)
            .set("/beacon/individuals", "/error/errorCode", json!("400"))
            .answer(
                "/beacon/individuals",
                Response::json(200, &json!({"responseSummary": {"exists": true}})),
            ),
    ]
}

fn drs() -> Vec<Of> {
    let check = |id| of(Drs, id);
    let (info, object) = ("/ga4gh/drs/v1/service-info", "/ga4gh/drs/v1/objects/o%2F1");
    let (unknown, access) = (
        "/ga4gh/drs/v1/objects/no-such-object-conformance",
        "/ga4gh/drs/v1/objects/o%2F1/access/a",
    );
    let no_access = "/ga4gh/drs/v1/objects/o%2F1/access/no-such-access-conformance";
    let mut other = DATA.to_vec();
    other[3] ^= 1;
    let data = |bytes: &[u8]| Response::bytes(200, "application/octet-stream", bytes.to_vec());
    let partial = |range: &str, bytes: &[u8]| {
        let answer = Response::bytes(206, "application/octet-stream", bytes.to_vec()).with("Content-Range", range);
        move |request: &Request, response: &mut Response| {
            if request.path == "/bytes" && request.header("range").is_some() {
                *response = answer.clone();
            }
        }
    };
    vec![
        check("get_service_info-artifact-is-drs")
            .set(info, "/type/artifact", json!("dos"))
            .unset(info, "/maxBulkRequestLength"),
        check("get_service_info-schema").set(info, "/drs", json!({})),
        check("get_object-describes-the-object")
            .set(object, "/id", json!("another"))
            .set(object, "/size", json!("20"))
            .set(object, "/created_time", json!("2026-01-02"))
            .set(object, "/checksums", json!([]))
            .unset(object, "/access_methods")
            .set(object, "/access_methods", json!([{"type": "https"}]))
            .status(object, 200, 404),
        check("get_object-schema")
            .set(object, "/access_methods/0/type", json!("http"))
            .set(object, "/aliases", json!("x")),
        check("get_object-self-uri")
            .set(object, "/self_uri", json!("drs://drs.example:443/o%2F1"))
            .set(object, "/self_uri", json!("drs://drs.example:/o%2F1"))
            .set(object, "/self_uri", json!("drs://drs.example/o/1"))
            .set(object, "/self_uri", json!("drs://drs.example/another"))
            .set(object, "/self_uri", json!("https://drs.example/o%2F1"))
            .set(object, "/self_uri", json!("drs://drs.example/o%2F1?x")),
        check("get_object-unknown-id")
            .status(unknown, 404, 200)
            .set(unknown, "/status_code", json!(400))
            .unset(unknown, "/msg")
            .answer(unknown, html(404)),
        check("get_access_url-bytes-match-checksum")
            .answer("/bytes", data(&other))
            .answer("/bytes", data(&DATA[1..]))
            .answer("/bytes", data(&[DATA, DATA].concat()))
            .answer("/bytes", html(403))
            .set(access, "/headers", json!([]))
            .set(access, "/headers", json!(["X-Access"]))
            .set(access, "/url", json!("nowhere")),
        check("get_access_url-range")
            .with("another range", partial("bytes 1-8/20", &DATA[2..10]))
            .with("bytes of another place", partial("bytes 2-9/20", &DATA[1..9]))
            .with("one byte too many", partial("bytes 2-9/20", &DATA[2..11]))
            .with("416", |request, response| {
                if request.header("range").is_some() {
                    *response = html(416);
                }
            }),
        check("get_access_url-unknown-access-id")
            .status(no_access, 404, 200)
            .set(no_access, "/status_code", json!(403))
            .answer(no_access, html(404)),
        check("options_object-authorizations")
            .set(object, "/supported_types", json!(["Bearer"]))
            .set(object, "/supported_types", json!("None"))
            .set(object, "/passport_auth_issuers", json!([]))
            .with("a preflight's answer", |request, response| {
                if request.method == "OPTIONS" {
                    *response = Response::bytes(200, "text/plain", Vec::new());
                }
            })
            .with("404 for an object that is there", |request, response| {
                if request.method == "OPTIONS" {
                    *response = Response::json(404, &json!({"msg": "no", "status_code": 404}));
                }
            }),
    ]
}

fn passport() -> Vec<Of> {
    let check = |id| of(Passport, id);
    let foreign = |request: &Request| bearer(request).is_some_and(|token| ![GOOD, EXPIRED, VISALESS].contains(&token));
    let header = |request: &Request| {
        use base64::Engine as _;
        let part = bearer(request)?.split('.').next()?;
        serde_json::from_slice::<Value>(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    };
    let algorithm = move |request: &Request| header(request).and_then(|header| header["alg"].as_str().map(str::to_owned));
    let nobody = "the good token does not enter either";
    let refuse_all = |request: &Request, response: &mut Response| {
        if request.path.contains("/objects/") {
            *response = Response::json(401, &json!({"msg": "no", "status_code": 401}));
        }
    };
    vec![
        check("no-credentials-401")
            .admit("enters", |request| bearer(request).is_none())
            .status("/ga4gh/drs/v1/objects/o%2F1", 401, 403)
            .status("/ga4gh/drs/v1/objects/o%2F1", 401, 404),
        check("no-credentials-www-authenticate")
            .with("no challenge", |_, response| {
                response.headers.retain(|header| header.0 != "WWW-Authenticate")
            })
            .with("another scheme", |_, response| {
                for header in response.headers.iter_mut().filter(|header| header.0 == "WWW-Authenticate") {
                    header.1 = "Basic realm=\"Bearer\"".to_owned();
                }
            }),
        check("garbage-token-401")
            .admit("enters", foreign)
            .status("/ga4gh/drs/v1/objects/o%2F1", 401, 500),
        check("alg-none-401")
            .admit("none", move |request| algorithm(request).as_deref() == Some("none"))
            .admit("None", move |request| algorithm(request).as_deref() == Some("None"))
            .admit("NONE", move |request| algorithm(request).as_deref() == Some("NONE")),
        check("forged-signature-401").admit("any signature", move |request| algorithm(request).as_deref() == Some("ES256")),
        check("tampered-claims-401")
            .admit("the old signature", |request| {
                bearer(request).is_some_and(|token| token.ends_with("c2lnbmF0dXJlLW9mLWdvb2Q"))
            })
            .with(nobody, refuse_all),
        check("expired-token-401")
            .admit("enters", |request| bearer(request) == Some(EXPIRED))
            .with("403", |request, response| {
                if bearer(request) == Some(EXPIRED) {
                    response.status = 403;
                }
            }),
        check("query-token-401")
            .admit("enters", |request| request.query("access_token") == Some(GOOD))
            .with(nobody, refuse_all),
        check("refusal-does-not-echo-the-token")
            .with("in the body", |request, response| {
                let text = bearer(request).unwrap_or_default().to_owned();
                edit_if_json(response, &text);
            })
            .with("a part of it in a header", |request, response| {
                if let Some(token) = bearer(request) {
                    response.headers.push(("X-Rejected".to_owned(), token[..30].to_owned()));
                }
            })
            .admit("enters", foreign),
        check("visaless-token-refused")
            .admit("enters", |request| bearer(request) == Some(VISALESS))
            .with("401", |request, response| {
                if bearer(request) == Some(VISALESS) {
                    response.status = 401;
                }
            })
            .with("404 to everybody", |request, response| {
                if request.path.contains("/objects/") {
                    response.status = 404;
                }
            }),
    ]
}

fn edit_if_json(response: &mut Response, text: &str) {
    if response.status == 401 {
        edit(response, "/msg", Some(json!(format!("bad token {text}"))));
    }
}

fn wes() -> Vec<Of> {
    let check = |id| of(Wes, id);
    let info = "/ga4gh/wes/v1/service-info";
    let (runs, status, log) = ("/ga4gh/wes/v1/runs", "/ga4gh/wes/v1/runs/r1/status", "/ga4gh/wes/v1/runs/r1");
    let unknown = "/ga4gh/wes/v1/runs/no-such-run-conformance/status";
    let posted = |from: u16, answer: Response| {
        move |request: &Request, response: &mut Response| {
            if request.method == "POST" && request.path == "/ga4gh/wes/v1/runs" && response.status == from {
                *response = answer.clone();
            }
        }
    };
    let looks = AtomicUsize::new(0);
    vec![
        check("get_service_info-artifact-is-wes")
            .set(info, "/type/artifact", json!("tes"))
            .unset(info, "/system_state_counts")
            .set(info, "/supported_wes_versions", json!("1.1.0"))
            .unset(info, "/auth_instructions_url"),
        check("get_service_info-schema").set(info, "/supported_wes_versions", json!([1])),
        check("list_runs-shape")
            .set(runs, "/next_page_token", Value::Null)
            .unset(runs, "/next_page_token")
            .unset(runs, "/runs")
            .set(runs, "/runs", json!([{}])),
        check("list_runs-schema").set(runs, "/runs", json!([{"run_id": "r", "state": "DONE"}])),
        check("list_runs-pages")
            .with("page_size is not heeded", |request, response| {
                if request.query("page_size").is_some() {
                    edit(response, "/runs", Some(json!([{"run_id": "r1"}, {"run_id": "r2"}])));
                }
            })
            .with("the same page again", |request, response| {
                if request.query("page_token").is_some() {
                    edit(response, "/runs", Some(json!([{"run_id": "r1"}])));
                }
            })
            .with("the token is not taken", |request, response| {
                if request.query("page_token").is_some() {
                    *response = html(400);
                }
            }),
        check("get_run_status-unknown-id")
            .status(unknown, 404, 200)
            .status(unknown, 404, 500)
            .unset(unknown, "/msg")
            .with("403 to one and 404 to the others", move |request, response| {
                if request.path == unknown {
                    *response = Response::json(403, &json!({"msg": "no", "status_code": 403}));
                }
            })
            .with("cancelling what is not there", |request, response| {
                if request.path.ends_with("/no-such-run-conformance/cancel") {
                    *response = Response::json(200, &json!({"run_id": "no-such-run-conformance"}));
                }
            }),
        check("run_workflow-without-required-members")
            .with("taken", posted(400, Response::json(200, &json!({"run_id": "r9"}))))
            .with("422", posted(400, Response::json(422, &json!({"detail": []}))))
            .with("not JSON", posted(400, html(400))),
        check("run_workflow-attachment-outside-the-run")
            .with("taken", posted(400, Response::json(200, &json!({"run_id": "r9"}))))
            .with("a server error", posted(400, html(500))),
        check("run_workflow-lifecycle")
            .with(
                "refused",
                posted(200, Response::json(400, &json!({"msg": "no", "status_code": 400}))),
            )
            .with("no run_id", posted(200, Response::json(200, &json!({"id": "r1"}))))
            .set(status, "/state", json!("EXECUTOR_ERROR"))
            .set(status, "/state", json!("DONE"))
            .set(status, "/state", json!("RUNNING"))
            .set(status, "/run_id", json!("another"))
            .with("leaves its last state", move |request, response| {
                if request.path == status && looks.fetch_add(1, Ordering::SeqCst) == 0 {
                    edit(response, "/state", Some(json!("CANCELED")));
                }
            }),
        check("get_run_log-schema")
            .set(log, "/run_id", json!("another"))
            .set(log, "/state", json!("DONE"))
            .unset(log, "/request/workflow_url"),
    ]
}

fn fhir() -> Vec<Of> {
    let check = |id| of(Fhir, id);
    let (metadata, smart) = ("/fhir/metadata", "/fhir/.well-known/smart-configuration");
    let (patients, unknown, created) = ("/fhir/Patient", "/fhir/Patient/no-such-id-conformance", "/fhir/Observation");
    vec![
        check("capabilities-fhir-version")
            .set(metadata, "/fhirVersion", json!("4.3.0"))
            .set(metadata, "/resourceType", json!("Conformance"))
            .set(metadata, "/rest", json!([{"mode": "client"}]))
            .unset(metadata, "/kind"),
        check("capabilities-media-type").with("plain JSON", |request, response| {
            if request.path == "/fhir/metadata" {
                response.headers[0].1 = "application/json".to_owned();
            }
        }),
        check("capabilities-schema")
            .set(metadata, "/status", json!("final"))
            .set(metadata, "/extra", json!(1)),
        check("smart_configuration-names-the-token-endpoint")
            .unset(smart, "/token_endpoint")
            .set(smart, "/token_endpoint", json!("/token"))
            .set(smart, "/capabilities", json!([]))
            .unset(smart, "/grant_types_supported")
            .unset(smart, "/authorization_endpoint")
            .set(smart, "/code_challenge_methods_supported", json!(["S256", "plain"])),
        check("read-unauthenticated")
            .status(unknown, 401, 403)
            .status(unknown, 401, 500)
            .set(unknown, "/resourceType", json!("Error"))
            .set(unknown, "/issue", json!([])),
        check("read-unknown-id")
            .status(unknown, 404, 200)
            .answer(unknown, html(404))
            .set(unknown, "/issue/0/severity", json!("bad"))
            .set(unknown, "/issue/0/severity", json!("information")),
        check("search_type-unknown-type")
            .status("/fhir/NoSuchType", 404, 200)
            .answer("/fhir/NoSuchType", html(404)),
        check("search_type-bundle")
            .set(patients, "/type", json!("collection"))
            .unset(patients, "/link")
            .set(patients, "/entry", json!([]))
            .unset(patients, "/entry/0/fullUrl")
            .unset(patients, "/entry/0/search")
            .set(patients, "/entry/0/resource/resourceType", json!("Observation")),
        check("search_type-schema")
            .set(patients, "/entry/0/resource/surname", json!("x"))
            .set(patients, "/entry/0/resource/gender", json!("m"))
            .set(patients, "/total", json!("1")),
        check("create-invalid-resource")
            .status(created, 422, 201)
            .status(created, 422, 500)
            .answer(created, html(400)),
    ]
}
