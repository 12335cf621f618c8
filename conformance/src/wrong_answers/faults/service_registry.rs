//! Wrong answers that the checks of Service Registry must detect.

use serde_json::json;

use super::{Of, html, of};
use crate::check::Standard::ServiceRegistry;
use crate::wrong_answers::Response;

pub(super) fn faults() -> Vec<Of> {
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
