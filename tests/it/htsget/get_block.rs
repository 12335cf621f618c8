//! `GET /blocks/{capability}`: the address is the authority, and it cannot be changed.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::person;

use crate::small::small;

#[test]
fn an_altered_or_cut_block_address_is_refused() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::OverseasAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let path = format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000");
    let ticket = client.get(&path, Some(&token)).expect(200).json();
    let url = block_urls(&ticket).remove(0);
    assert_eq!(client.get(&url, None).status, 200);
    let (front, capability) = url.rsplit_once('/').unwrap();
    for at in (0..capability.len()).step_by(7) {
        let other = if capability.as_bytes()[at] == b'A' { "B" } else { "A" };
        let altered = format!("{front}/{}{other}{}", &capability[..at], &capability[at + 1..]);
        let reply = client.get(&altered, None);
        assert!(reply.status == 403, "{at}: {} {}", reply.status, reply.text());
        assert_eq!(reply.json()["htsget"]["error"], "PermissionDenied");
        assert!(!reply.text().contains(&capability[..40]), "the answer repeats the address");
    }
    for cut in [
        "",
        "a",
        ".",
        "a.b",
        &capability[..capability.len() - 1],
        &capability[..capability.find('.').unwrap()],
    ] {
        let status = client.get(&format!("{front}/{cut}"), None).status;
        assert!(matches!(status, 403 | 404), "{cut}: {status}");
    }
}

#[test]
fn a_block_address_works_without_credentials_and_not_with_those_of_somebody_else() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(1), "BAM");
    let (holder, other) = (
        programme.passport(Persona::OverseasAcademic),
        programme.passport(Persona::DomesticAcademic),
    );
    let path = format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000");
    let url = block_urls(&client.get(&path, Some(&holder)).expect(200).json()).remove(0);
    let without = client.get(&url, None).expect(200);
    let with = client.get(&url, Some(&holder)).expect(200);
    assert_eq!(without.body, with.body);
    assert_eq!(client.get(&url, Some(&other)).status, 401);
    assert_eq!(client.get(&url, Some("nonsense")).status, 401);
}

#[test]
fn a_block_address_is_no_address_of_bytes_and_the_other_way_round() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let block = block_urls(
        &client
            .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=1100"), Some(&token))
            .expect(200)
            .json(),
    )
    .remove(0);
    let bytes = client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
        .expect(200)
        .json();
    let capability = |url: &str| url.rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(client.get(&format!("/bytes/{}", capability(&block)), None).status, 404);
    assert_eq!(
        client
            .get(&format!("/htsget/blocks/{}", capability(bytes["url"].as_str().unwrap())), None)
            .status,
        404
    );
}
