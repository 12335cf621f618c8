//! Several passports in one request: no right of one is left for a later request without it.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use gemj_tests::{Client, Reply};
use serde_json::json;

use crate::small::small;

fn post(client: &Client, path: &str, passports: &[&str]) -> Reply {
    client.post(path, None, &json!({"passports": passports}))
}

#[test]
fn sending_two_passports_and_then_the_second_alone_gives_no_right_of_the_first() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(1), "BAM");
    let paths = [
        format!("/ga4gh/drs/v1/objects/{id}"),
        format!("/ga4gh/drs/v1/objects/{id}/access/https"),
    ];
    for path in &paths {
        // New ones for each path: what a request leaves behind must not depend on what was there before.
        let a = programme.passport(Persona::DomesticAcademic);
        let b = programme.passport(Persona::RegisteredOnly);
        let refused = |when: &str| {
            let alone = post(client, path, &[&b]);
            assert_eq!(alone.status, 404, "{path} {when}: {}", alone.text());
        };
        refused("before");
        for _ in 0..3 {
            // Whatever two people's passports together open, ...
            let both = [post(client, path, &[&a, &b]), post(client, path, &[&b, &a])];
            assert_eq!(both[0].status, both[1].status, "{path}: the order of passports decides");
            // ... the second alone opens what it opens alone.
            refused("after both");
            let _ = post(client, path, &[&a]).expect(200);
            refused("after the first");
            // As a bearer token it is the same passport.
            assert_eq!(client.get(path, Some(&b)).status, 404);
            let _ = client.get(path, Some(&a)).expect(200);
        }
    }
}
