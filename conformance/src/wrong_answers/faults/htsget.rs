//! Wrong answers that the checks of htsget must detect.

use serde_json::json;

use super::{Of, edit, html, of};
use crate::check::Standard::Htsget;
use crate::genomic_file::samples;
use crate::wrong_answers::{Request, Response};

/// A fault: the data block with this name contains other bytes.
fn block(name: &'static str, bytes: Vec<u8>) -> impl Fn(&Request, &mut Response) + Send + 'static {
    move |request, response| {
        if request.path.strip_prefix("/htsget/blocks/") == Some(name) {
            response.body.clone_from(&bytes);
        }
    }
}

pub(super) fn faults() -> Vec<Of> {
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
            .with("fewer records than exist", block("region", samples::bam(2)))
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
