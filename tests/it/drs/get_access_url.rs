//! `GET /objects/{object_id}/access/{access_id}` and the bytes behind its URL.

use gemj_demo::Persona;
use gemj_tests::small_data::{feeds, person};

use crate::small::small;

fn access_path(id: &str) -> String {
    format!("/ga4gh/drs/v1/objects/{id}/access/https")
}

#[test]
fn a_whole_file_is_returned_byte_for_byte_with_ranges_and_conditions() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(2), "BAM");
    let token = programme.passport(Persona::DomesticAcademic);
    let object = client.get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&token)).expect(200).json();
    let access_id = object["access_methods"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["type"] == "https")
        .unwrap()["access_id"]
        .clone();
    let url = client
        .get(
            &format!("/ga4gh/drs/v1/objects/{id}/access/{}", access_id.as_str().unwrap()),
            Some(&token),
        )
        .expect(200)
        .json();
    let url = url["url"].as_str().unwrap();
    let file = std::fs::read(feeds().join("reads/TST-02.bam")).unwrap();
    let size = file.len();

    let whole = client.get(url, None).expect(200);
    assert!(whole.body == file);
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("content-length"), size.to_string());
    // The last segment of the URL is a capability, which is too long for a file name.
    assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"{id}.bam\""));
    assert_eq!(object["name"], format!("{id}.bam"));
    let etag = whole.header("etag").to_owned();
    assert!(etag.starts_with('"'), "a strong entity tag");

    for (range, first, end) in [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, size),
        ("bytes=-20", size - 20, size),
        ("bytes=5-9999999", 5, size),
    ] {
        let part = client.send("GET", url, &[("Range", range)], None).expect(206);
        assert!(part.body == file[first..end], "{range}");
        assert_eq!(part.header("content-range"), format!("bytes {first}-{}/{size}", end - 1));
        assert_eq!(part.header("etag"), etag);
        let same = client.send("GET", url, &[("Range", range), ("If-Range", &etag)], None).expect(206);
        assert!(same.body == part.body);
        let other = client
            .send("GET", url, &[("Range", range), ("If-Range", "\"other\"")], None)
            .expect(200);
        assert!(other.body == file, "another entity tag gives the whole file");
    }
    let beyond = client.send("GET", url, &[("Range", &format!("bytes={size}-"))], None);
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, format!("bytes */{size}").as_str())
    );
    let head = client.send("HEAD", url, &[], None).expect(200);
    assert_eq!((head.header("content-length"), head.body.len()), (size.to_string().as_str(), 0));
    let head = client.send("HEAD", url, &[("Range", "bytes=0-9")], None);
    assert!(
        matches!((head.status, head.header("content-length")), (206, "10") | (200, _)),
        "{} {}",
        head.status,
        head.header("content-length")
    );
}

#[test]
fn the_delivery_of_an_approval_decides_between_bytes_and_regions() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(1), "VCF");
    for (persona, describe, slice, fetch) in [
        (Persona::DomesticAcademic, 200, 200, 200),
        (Persona::ConformanceCi, 200, 200, 200),
        (Persona::OverseasAcademic, 200, 200, 403),
        (Persona::OverseasCompany, 200, 200, 403),
        (Persona::DomesticCompany, 200, 200, 403),
        (Persona::OverseasTre, 200, 403, 403),
        (Persona::RegisteredOnly, 404, 404, 404),
        (Persona::Steward, 404, 404, 404),
        (Persona::EhrHospitalA, 404, 404, 404),
        (Persona::Expired, 401, 401, 401),
    ] {
        let token = programme.passport(persona);
        let statuses = [
            format!("/ga4gh/drs/v1/objects/{id}"),
            format!("/htsget/variants/{id}?referenceName=chr1&start=0&end=5000"),
            access_path(&id),
        ]
        .map(|path| client.get(&path, Some(&token)).status);
        assert_eq!(statuses, [describe, slice, fetch], "{}", persona.as_str());
    }
}

#[test]
fn a_file_with_columns_of_no_participant_is_never_returned_whole() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let id = small.programme.joint_object();
    assert_eq!(small.served.client.get(&access_path(&id), Some(&token)).status, 404);
    assert_eq!(
        small.served.client.get(&format!("/htsget/variants/{id}"), Some(&token)).status,
        200,
        "the columns with a participant are returned"
    );
}

/// DRS clients follow the URL or the access id of an access method. Both lead to the same htsget tickets, decided for the caller who requests them.
#[test]
fn the_htsget_method_has_a_url_and_an_access_id_that_returns_the_same_url() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let id = programme.object_of(&person(1), "BAM");
    let path = format!("/ga4gh/drs/v1/objects/{id}");
    let token = programme.passport(Persona::OverseasAcademic);
    let object = client.get(&path, Some(&token)).expect(200).json();
    let method = object["access_methods"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["type"] == "htsget")
        .unwrap()
        .clone();
    let access = format!("{path}/access/{}", method["access_id"].as_str().unwrap());
    let answered = client.get(&access, Some(&token)).expect(200).json();
    assert_eq!(answered, method["access_url"]);
    let ticket = client.get(
        &format!("{}&referenceName=chr1&start=0&end=2000", answered["url"].as_str().unwrap()),
        Some(&token),
    );
    assert_eq!(ticket.expect(200).json()["htsget"]["format"], "BAM");
    for (persona, status) in [(Persona::OverseasTre, 403), (Persona::RegisteredOnly, 404), (Persona::Expired, 401)] {
        assert_eq!(
            client.get(&access, Some(&programme.passport(persona))).status,
            status,
            "{}",
            persona.as_str()
        );
    }
}

#[test]
fn an_unknown_access_id_is_not_found() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let id = small.programme.object_of(&person(1), "VCF");
    let reply = small
        .served
        .client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/other"), Some(&token));
    assert_eq!((reply.status, reply.json()["status_code"].as_u64()), (404, Some(404)));
}
