//! Wrong answers that the checks of DRS must detect.

use serde_json::json;

use super::{Of, html, of};
use crate::check::Standard::Drs;
use crate::wrong_answers::right::DATA;
use crate::wrong_answers::{Request, Response};

pub(super) fn faults() -> Vec<Of> {
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
