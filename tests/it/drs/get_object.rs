//! `GET /objects/{object_id}`.

use gemj_demo::Persona;
use gemj_tests::small_data::{feeds, person};
use sha2::{Digest as _, Sha256};

use crate::small::small;

#[test]
fn an_object_states_the_size_and_checksum_of_its_file() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    for (format, file) in [("VCF", "variants/TST-01.vcf.gz"), ("BAM", "reads/TST-01.bam")] {
        let id = small.programme.object_of(&person(1), format);
        let object = small
            .served
            .client
            .get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&token))
            .expect(200)
            .json();
        let bytes = std::fs::read(feeds().join(file)).unwrap();
        let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(object["id"], id);
        assert_eq!(object["size"], bytes.len());
        assert_eq!(object["checksums"], serde_json::json!([{"type": "sha-256", "checksum": digest}]));
        let extension = if format == "BAM" { "bam" } else { "vcf.gz" };
        assert_eq!(object["name"], format!("{id}.{extension}"));
        let listed = small.programme.objects(&["--participant", &person(1)]);
        assert!(
            listed.iter().any(|listed| listed["id"] == id && listed["name"] == object["name"]),
            "the operator's list contains another name"
        );
        assert!(object["self_uri"].as_str().unwrap().starts_with("drs://"));
        assert!(!object.to_string().contains("TST-"), "an object names no participant: {object}");
    }
}

#[test]
fn unknown_malformed_and_denied_ids_get_one_answer() {
    let small = small();
    let (client, programme) = (&small.served.client, &small.programme);
    let known = programme.object_of(&person(1), "VCF");
    let staff = programme.passport(Persona::Steward);
    let researcher = programme.passport(Persona::DomesticAcademic);
    for path in [
        "/ga4gh/drs/v1/objects/ID",
        "/ga4gh/drs/v1/objects/ID/access/https",
        "/htsget/variants/ID",
        "/htsget/reads/ID",
    ] {
        let unknown = client.get(&path.replace("ID", "gemj.00000000000000000000000000000000"), Some(&researcher));
        assert_eq!(unknown.status, 404, "{path}");
        for (id, token) in [
            (known.as_str(), &staff),
            ("nothing", &researcher),
            ("gemj.00000000000000000000000000000000", &staff),
            ("a%2Fb", &researcher),
        ] {
            let reply = client.get(&path.replace("ID", id), Some(token));
            assert_eq!(
                (reply.status, without_decision(&reply.text())),
                (404, without_decision(&unknown.text())),
                "{path} {id}"
            );
        }
    }
}

/// A text without the ids of decisions (32 hexadecimal digits), which differ in every answer.
pub(crate) fn without_decision(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() == 32 { "DECISION" } else { &digits });
        digits.clear();
        out.push(c);
    }
    out
}
