//! Several passports in one request. The rights of one passport must not remain for a later request without it.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use gemj_tests::{Client, Reply};
use serde_json::json;

use crate::small::small;

fn post(client: &Client, path: &str, passports: &[&str]) -> Reply {
    client.post(path, None, &json!({"passports": passports}))
}

#[test]
fn after_a_request_with_two_passports_the_second_alone_has_no_right_of_the_first() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(1), "BAM");
    let paths = [
        format!("/ga4gh/drs/v1/objects/{id}"),
        format!("/ga4gh/drs/v1/objects/{id}/access/https"),
    ];
    for path in &paths {
        // Each path gets new passports, so that the test does not depend on earlier requests.
        let a = programme.passport(Persona::DomesticAcademic);
        let b = programme.passport(Persona::RegisteredOnly);
        let refused = |when: &str| {
            let alone = post(client, path, &[&b]);
            assert_eq!(alone.status, 404, "{path} {when}: {}", alone.text());
        };
        refused("before");
        for _ in 0..3 {
            // A request with both passports may open the path.
            let both = [post(client, path, &[&a, &b]), post(client, path, &[&b, &a])];
            assert_eq!(both[0].status, both[1].status, "{path}: the order of passports decides");
            // The second passport alone must still open nothing.
            refused("after both");
            let _ = post(client, path, &[&a]).expect(200);
            refused("after the first");
            // As a bearer token the passport gives the same result.
            assert_eq!(client.get(path, Some(&b)).status, 404);
            let _ = client.get(path, Some(&a)).expect(200);
        }
    }
}
