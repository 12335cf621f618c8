//! Several passports in one request. The rights of a passport must not remain for a later request without this passport.

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
        // The test makes new passports for each path, so that it does not depend on earlier requests.
        let a = programme.passport(Persona::DomesticAcademic);
        let b = programme.passport(Persona::RegisteredOnly);
        let refused = |when: &str| {
            let alone = post(client, path, &[&b]);
            assert_eq!(alone.status, 404, "{path} {when}: {}", alone.text());
        };
        refused("before");
        for _ in 0..3 {
            // A request with both passports may return data, but the order of the passports must not matter.
            let both = [post(client, path, &[&a, &b]), post(client, path, &[&b, &a])];
            assert_eq!(both[0].status, both[1].status, "{path}: the order of passports decides");
            // After the request with both passports, the second passport alone must still open nothing.
            refused("after both");
            let _ = post(client, path, &[&a]).expect(200);
            refused("after the first");
            // The second passport as a bearer token opens nothing either.
            assert_eq!(client.get(path, Some(&b)).status, 404);
            let _ = client.get(path, Some(&a)).expect(200);
        }
    }
}
