//! htsget besides tickets: service-info, content negotiation, and web pages of other origins.

use gemj_tests::htsget_client::block_urls;
use serde_json::json;

use super::ticket_requests::{CONTENT_TYPE, TicketRequests, refused};
use crate::small::small;

#[test]
fn the_path_service_info_is_not_a_file_id() {
    let client = &small().served.client;
    for (endpoint, formats) in [("reads", ["BAM", "CRAM"]), ("variants", ["VCF", "BCF"])] {
        let info = client.get(&format!("/htsget/{endpoint}/service-info"), None).expect(200).json();
        assert_eq!(info["type"]["group"], "org.ga4gh");
        assert_eq!(info["type"]["artifact"], "htsget");
        assert_eq!(info["type"]["version"], "1.3.0");
        for member in ["id", "name", "version"] {
            assert!(info[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {info}");
        }
        assert!(info["organization"]["name"].is_string() && info["organization"]["url"].is_string());
        assert_eq!(info["htsget"]["datatype"], endpoint);
        let mut named: Vec<&str> = info["htsget"]["formats"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f.as_str().unwrap())
            .collect();
        named.sort_unstable();
        let mut wanted = formats.to_vec();
        wanted.sort_unstable();
        assert_eq!(named, wanted);
        let effective = endpoint == "reads";
        assert_eq!(info["htsget"]["fieldsParameterEffective"], effective, "{endpoint}");
        assert_eq!(info["htsget"]["tagsParametersEffective"], effective, "{endpoint}");
        let posted = client.post(&format!("/htsget/{endpoint}/service-info"), None, &json!({}));
        refused(&posted, 405, "InvalidInput");
    }
}

#[test]
fn a_client_may_send_an_accept_header() {
    let asking = TicketRequests::reads("spliced");
    for accept in [
        "application/vnd.ga4gh.htsget.v1.3.0+json; charset=utf-8",
        "application/vnd.ga4gh.htsget.v1.2.0+json",
        "application/json",
        "*/*",
        "application/vnd.ga4gh.htsget.v1.0.0+json, application/json;q=0.5",
    ] {
        let mut one = TicketRequests::reads("spliced");
        one.path = format!("{}?class=header", asking.path);
        let reply = one.send("GET", &[("Accept", accept), ("Accept-Encoding", "gzip, br")], None);
        assert_eq!(reply.status, 200, "{accept}: {}", reply.text());
        assert_eq!(reply.header("content-type"), CONTENT_TYPE, "{accept}");
        assert_eq!(reply.header("content-encoding"), "", "{accept}: the ticket is not compressed");
    }
}

#[test]
fn a_web_page_of_another_origin_may_request_tickets_and_blocks() {
    let asking = TicketRequests::reads("spliced");
    let origin = "https://viewer.example";
    let ticket = asking.get("referenceName=synth1&start=0&end=2000000").expect(200).json();
    let block = block_urls(&ticket).into_iter().find(|url| !url.starts_with("data:")).unwrap();
    for (path, method, headers) in [
        (asking.path.as_str(), "GET", "authorization"),
        (asking.path.as_str(), "POST", "authorization, content-type"),
        ("/htsget/reads/service-info", "GET", "accept"),
        ("/htsget/variants/service-info", "GET", "x-anything"),
        (block.as_str(), "GET", "range"),
        (block.as_str(), "HEAD", "if-range, range"),
    ] {
        let asked = [
            ("Origin", origin),
            ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", headers),
        ];
        let reply = asking.client.send("OPTIONS", path, &asked, None);
        assert!(matches!(reply.status, 200 | 204), "{method} {path}: {}", reply.status);
        assert_eq!(reply.header("access-control-allow-origin"), origin);
        assert!(reply.header("access-control-allow-methods").contains(method), "{path}");
        assert_eq!(reply.header("access-control-allow-headers"), headers, "{path}");
        assert_eq!(reply.header("access-control-max-age"), "2592000", "{path}");
    }
    let fetched = asking
        .client
        .send("GET", &block, &[("Origin", origin), ("Range", "bytes=0-9")], None);
    assert_eq!((fetched.status, fetched.body.len()), (206, 10));
    assert_eq!(fetched.header("access-control-allow-origin"), origin);
    for name in ["content-range", "etag", "accept-ranges"] {
        let exposed = fetched.header("access-control-expose-headers").to_lowercase();
        assert!(exposed.contains(name), "{exposed}");
    }
}
