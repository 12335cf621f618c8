//! `GET /fhir/$find-subject-variants` and the genomic report for the demo's cases, compared with their case reports and files.

use std::collections::BTreeSet;

use gemj_demo::Programme as Plan;
use gemj_demo::feeds::institutions;
use gemj_demo::hospital_clients::{client_assertion, patient_number_system};
use gemj_model::{Clock as _, SystemClock};
use serde_json::Value;

use super::hospital::Hospital;
use crate::full_demo::{FullDemo, full_demo};

fn hospital<'d>(demo: &'d FullDemo, client: &str) -> Hospital<'d> {
    let http = &demo.served.client;
    let endpoint = format!("{}/auth/token", http.base);
    let assertion = client_assertion(&demo.dir(), client, &endpoint, SystemClock::default().now()).unwrap();
    let form = format!(
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
    );
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let reply = http.send("POST", "/auth/token", &headers, Some(form.as_bytes())).expect(200).json();
    Hospital {
        client: http,
        token: reply["access_token"].as_str().unwrap().to_owned(),
    }
}

/// The component of an Observation with this LOINC code.
fn component<'o>(observation: &'o Value, loinc: &str) -> &'o Value {
    let components = observation["component"].as_array().unwrap();
    let has = |c: &&Value| c["code"]["coding"].as_array().unwrap().iter().any(|coding| coding["code"] == loinc);
    components.iter().find(has).unwrap_or_else(|| panic!("no {loinc}: {observation:#}"))
}

/// The 0-based start, reference and alternate bases of a Variant Observation.
fn allele(observation: &Value) -> (u64, String, String) {
    let text = |loinc: &str| component(observation, loinc)["valueString"].as_str().unwrap().to_owned();
    let start = component(observation, "81254-5")["valueRange"]["low"]["value"].as_f64().unwrap();
    (start as u64, text("69547-8"), text("69551-0"))
}

/// The alleles in a participant's packet, which the test reads without the gateway's code.
fn stated(demo: &FullDemo, participant: &str) -> BTreeSet<(u64, String, String)> {
    let path = demo
        .dir()
        .join(format!("feeds/phenopackets/rare-disease/hospital-a/{participant}.json"));
    let packet: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut found = BTreeSet::new();
    for interpretation in packet["interpretations"].as_array().into_iter().flatten() {
        for genomic in interpretation["diagnosis"]["genomicInterpretations"].as_array().unwrap() {
            let record = &genomic["variantInterpretation"]["variationDescriptor"]["vcfRecord"];
            let pos = record["pos"].as_u64().or_else(|| record["pos"].as_str()?.parse().ok()).unwrap();
            let text = |name: &str| record[name].as_str().unwrap().to_owned();
            found.insert((pos - 1, text("ref"), text("alt")));
        }
    }
    found
}

#[test]
fn a_hospital_reads_the_reports_of_its_own_patients_and_finds_their_variants_by_region() {
    let Some(demo) = full_demo() else { return };
    let (a, b) = (hospital(demo, "ehr-hospital-a"), hospital(demo, "ehr-hospital-b"));
    let (mut reports, mut found) = (0, 0);
    for case in institutions::cases(&Plan::plan()).unwrap() {
        let number = format!("{}|{}", patient_number_system("hospital-a"), case.numbers.hospital);
        let number = number.replace(':', "%3A").replace('|', "%7C");
        let patients = a.get(&format!("Patient?identifier={number}")).expect(200).json();
        let patient = patients["entry"][0]["resource"]["id"].as_str().unwrap();
        let listed = a.get(&format!("DiagnosticReport?patient={patient}")).expect(200).json();
        let Some(report) = listed["entry"].get(0).map(|entry| &entry["resource"]) else {
            continue;
        };
        reports += 1;
        let id = report["id"].as_str().unwrap();
        assert_eq!(&a.get(&format!("DiagnosticReport/{id}")).expect(200).json(), report);
        assert_eq!(a.get(&format!("DiagnosticReport?_id={id}")).expect(200).json()["total"], 1);
        assert_eq!(b.get(&format!("DiagnosticReport/{id}")).status, 404);
        assert_eq!(b.get(&format!("Observation?patient={patient}")).expect(200).json()["total"], 0);
        let stated = stated(demo, case.participant.as_str());
        for result in report["result"].as_array().into_iter().flatten() {
            let reference = result["reference"].as_str().unwrap();
            let observation = a.get(reference).expect(200).json();
            assert_eq!(b.get(reference).status, 404);
            let said = allele(&observation);
            assert!(stated.contains(&said), "{said:?} is not in the case report: {stated:?}");
            let accession = component(&observation, "48013-7")["valueCodeableConcept"]["coding"][0]["code"]
                .as_str()
                .unwrap();
            let ask = |start: u64, end: u64| {
                let query = format!("$find-subject-variants?subject={patient}&ranges={accession}:{start}-{end}&includeVariants=true");
                (a.get(&query), b.get(&query).status)
            };
            let (answer, of_b) = ask(said.0, said.0 + 1);
            assert_eq!(of_b, 404);
            if answer.status == 422 {
                // The patient is only in a joint file, whose filters also judge other samples. Hospitals receive no variants from such a file.
                continue;
            }
            let parts = answer.expect(200).json()["parameter"][0]["part"].as_array().unwrap().clone();
            let presence = parts.iter().find(|p| p["name"] == "presence").unwrap();
            assert_eq!(presence["valueBoolean"], true);
            let variants = parts.iter().filter(|p| p["name"] == "variant").map(|p| allele(&p["resource"]));
            assert!(variants.collect::<Vec<_>>().contains(&said));
            found += 1;
        }
    }
    assert!(reports >= 3 && found >= 1, "{reports} reports, {found} variants found by region");
}
