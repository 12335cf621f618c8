//! Wrong answers that the checks of FHIR must detect.

use serde_json::json;

use super::{Of, html, of};
use crate::check::Standard::Fhir;

pub(super) fn faults() -> Vec<Of> {
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
