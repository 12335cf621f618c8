//! The disclosures of a participant's data. They are recorded with every answer of bytes, and the participant's own hospital reads them.

use gemj_demo::Persona;
use gemj_tests::Programme;
use gemj_tests::htsget_client::slice;
use gemj_tests::oracle::run;
use gemj_tests::small_data::person;
use serde_json::{Value, json};

use super::with;
use crate::fhir::hospital::{Hospital, OF_A, hospitals};

/// The rows of the ledger of disclosures: action, file, organisation and purposes of each.
fn ledger(programme: &Programme) -> Vec<Value> {
    let read = "import sqlite3,sys,json;c=sqlite3.connect(sys.argv[1]);\
                print(json.dumps(c.execute('select action,object,organisation,purposes from disclosure order by chain,sequence,position').fetchall()))";
    let rows = run("python3", ["-c", read, programme.path("gateway.db").to_str().unwrap()], b"");
    serde_json::from_slice::<Value>(&rows).unwrap().as_array().unwrap().clone()
}

#[test]
fn a_hospital_reads_the_recipients_purposes_and_deliveries_of_its_own_patients_data_only() {
    let Some(programme) = hospitals() else { return };
    let served = programme.serve();
    let client = &served.client;
    let (a, b) = (
        Hospital::new(&programme, client, "hospital-a"),
        Hospital::new(&programme, client, "hospital-b"),
    );
    let (first, second) = (a.patient(1), a.patient(2));
    let others = b.patient(OF_A + 1);
    let statement = |hospital: &Hospital<'_>, id: &str| client.get(&format!("/access/v1/disclosures/{id}"), Some(&hospital.token));
    assert_eq!(
        statement(&a, &first).expect(200).json(),
        json!({"patient": first, "disclosures": []})
    );

    let academic = programme.passport(Persona::DomesticAcademic);
    let overseas = programme.passport(Persona::OverseasAcademic);
    let (bam, vcf) = (programme.object_of(&person(1), "BAM"), programme.object_of(&person(1), "VCF"));
    // An htsget ticket and a DRS description contain no data and are no disclosure.
    let _ = client.get(&format!("/htsget/reads/{bam}"), Some(&academic)).expect(200);
    let _ = client.get(&format!("/ga4gh/drs/v1/objects/{bam}"), Some(&academic)).expect(200);
    let url = client
        .get(&format!("/ga4gh/drs/v1/objects/{bam}/access/https"), Some(&academic))
        .expect(200)
        .json();
    let url = url["url"].as_str().unwrap();
    let _ = client.send("HEAD", url, &[], None).expect(200);
    assert_eq!(ledger(&programme), Vec::<Value>::new());
    let _ = client.get(url, None).expect(200);
    let region = format!("/htsget/variants/{vcf}?referenceName=chr1&start=0&end=5000");
    let _ = slice(client, &region, &overseas);
    let _ = slice(client, &region, &overseas);
    let authorization = format!("Bearer {academic}");
    let headers = with(&authorization, &[("GeMJ-Purpose", "biomedical-research")]);
    let ticket = client.send("GET", &region, &headers, None).expect(200).json();
    let _ = gemj_tests::htsget_client::fetch(client, &ticket);

    let told = statement(&a, &first).expect(200).json();
    let lines = told["disclosures"].as_array().unwrap();
    let mut ways: Vec<(&str, &str)> = lines
        .iter()
        .map(|l| (l["how"].as_str().unwrap(), l["country"].as_str().unwrap()))
        .collect();
    ways.sort_unstable();
    assert_eq!(
        ways,
        [("fetch-object", "JP"), ("slice-variants", "GB"), ("slice-variants", "JP")],
        "{told:#}"
    );
    for line in lines {
        assert_eq!(
            (&line["purposes"], &line["files"]),
            (&json!(["biomedical-research"]), &json!(1)),
            "{line}"
        );
        assert!(
            line["first_day"].as_str().unwrap().len() == 10 && line["projects"][0]["title"].is_string(),
            "{line}"
        );
    }
    assert!(
        !told.to_string().contains("TST-") && !told.to_string().contains("demo-"),
        "the statement must not name a researcher: {told}"
    );
    assert_eq!(
        statement(&a, &second).expect(200).json()["disclosures"],
        json!([]),
        "the statement contains no other patient's disclosures"
    );
    assert_eq!(statement(&a, &others).status, 404);
    assert_eq!(statement(&b, &first).status, 404);
    assert_eq!(
        client.get(&format!("/access/v1/disclosures/{first}"), Some(&academic)).status,
        403,
        "a role is required"
    );
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    assert_eq!(
        statement(&a, &first).expect(200).json(),
        told,
        "the statement is readable after a withdrawal too"
    );
    let _ = programme.run(&["audit", "verify"]).good();
}
