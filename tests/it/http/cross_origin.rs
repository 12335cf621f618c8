//! Requests from web pages of other origins (Fetch standard; htsget 1.3 § CORS).

use gemj_demo::Persona;
use gemj_tests::small_data::person;

use crate::small::small;

const ORIGIN: &str = "https://viewer.example";

#[test]
fn a_preflight_is_answered_on_every_path_with_the_requested_headers() {
    let client = &small().served.client;
    for path in [
        "/htsget/reads/x",
        "/htsget/blocks/x",
        "/htsget/reads/service-info",
        "/beacon/g_variants",
        "/ga4gh/drs/v1/objects/x",
        "/bytes/x",
        "/services",
    ] {
        for method in ["GET", "POST"] {
            let headers = [
                ("Origin", ORIGIN),
                ("Access-Control-Request-Method", method),
                ("Access-Control-Request-Headers", "authorization, range"),
            ];
            let reply = client.send("OPTIONS", path, &headers, None);
            assert!(matches!(reply.status, 200 | 204), "{path}: {}", reply.status);
            assert_eq!(reply.header("access-control-allow-origin"), ORIGIN);
            assert!(reply.header("access-control-allow-methods").contains(method));
            assert_eq!(reply.header("access-control-allow-headers"), "authorization, range");
            assert_eq!(reply.header("access-control-max-age"), "2592000");
            assert!(reply.body.is_empty());
        }
    }
}

#[test]
fn every_answer_names_the_origin_errors_included() {
    let small = small();
    let client = &small.served.client;
    let token = format!("Bearer {}", small.programme.passport(Persona::OverseasAcademic));
    let id = small.programme.object_of(&person(1), "BAM");
    for path in [
        "/services",
        "/nothing",
        "/beacon/g_variants?nonsense=1",
        &format!("/htsget/reads/{id}"),
        "/htsget/blocks/x",
    ] {
        let reply = client.send("GET", path, &[("Origin", ORIGIN), ("Authorization", &token)], None);
        assert_eq!(reply.header("access-control-allow-origin"), ORIGIN, "{path}: {}", reply.status);
        assert!(reply.header("vary").to_lowercase().contains("origin"), "{path}");
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            "",
            "{path}: the gateway does not use cookies"
        );
    }
    let without = client.get("/services", None);
    assert_eq!(without.header("access-control-allow-origin"), "");
}
