//! Tests that units with very many parts are mapped in a time that grows with the number of parts, and not with its square.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::time::{Duration, Instant};

use gemj_adapters::phenopacket;
use gemj_adapters::profile::Profile;
use serde_json::{Value, json};

use world::{Store, folder, numbers, take, target};

fn fhir(parts: usize) -> Value {
    let subject = json!({ "reference": "Patient/1" });
    let mut entries =
        vec![json!({ "resource": { "resourceType": "Patient", "id": "1", "identifier": [{ "system": "urn:h", "value": "001" }] } })];
    for at in 0..parts / 2 {
        let code =
            json!({ "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10", "code": format!("A{:02}.{}", at % 100, at / 100 % 10) }] });
        entries.push(json!({ "resource": { "resourceType": "Condition", "id": format!("c{at}"), "subject": subject, "code": code, "onsetDateTime": format!("{}-{:02}", 1900 + at % 120, 1 + at / 120 % 12) } }));
        let mut specimen = json!({ "resourceType": "Specimen", "id": format!("s{at}"), "subject": subject, "identifier": [{ "value": format!("S{at}") }] });
        if at > 0 {
            specimen["parent"] = json!([{ "reference": format!("Specimen/s{}", at - 1) }]);
        }
        entries.push(json!({ "resource": specimen }));
    }
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn miabis(parts: usize) -> Value {
    let samples: Vec<Value> = (0..parts / 2)
        .rev()
        .map(|at| json!({ "id": format!("S{at}"), "donorId": "D1", "parentId": format!("S{}", at as i64 - 1), "contentDiagnosis": [{ "ontology": "ICD-10", "code": format!("A{:02}", at % 100) }] }))
        .collect();
    json!(samples)
}

fn bff(parts: usize) -> Value {
    let diseases: Vec<Value> = (0..parts)
        .map(|at| json!({ "diseaseCode": { "id": format!("OMIM:{at}"), "label": "x" } }))
        .collect();
    json!([{ "id": "001", "sex": { "id": "NCIT:C16576" }, "diseases": diseases }])
}

fn packet(parts: usize) -> Value {
    let of = |make: &dyn Fn(usize) -> Value| -> Vec<Value> { (0..parts / 4).map(make).collect() };
    let finding = |at: usize| {
        json!({ "subjectOrBiosampleId": format!("b{at}"), "variantInterpretation": { "variationDescriptor": { "vcfRecord":
            { "genomeAssembly": "GRCh38", "chrom": "1", "pos": (at + 1000).to_string(), "ref": "A", "alt": "C" } } } })
    };
    json!({
        "id": "001", "subject": { "id": "s" },
        "phenotypicFeatures": of(&|at| json!({ "type": { "id": format!("HP:{at:07}"), "label": "x" } })),
        "diseases": of(&|at| json!({ "term": { "id": format!("OMIM:{at}"), "label": "x" } })),
        "biosamples": of(&|at| json!({ "id": format!("b{at}") })),
        "interpretations": of(&|at| json!({ "id": format!("i{at}"), "progressStatus": "SOLVED",
            "diagnosis": { "disease": { "id": format!("OMIM:{at}"), "label": "x" }, "genomicInterpretations": [finding(at)] } })),
        "metaData": { "created": "2024-01-01T00:00:00Z", "createdBy": "x", "resources": [], "phenopacketSchemaVersion": "2.0" }
    })
}

/// Makes the content of a file with this number of parts.
type Make = fn(usize) -> Value;

/// The shortest of three times in which a file is ingested.
fn time(name: &str, format: &str, content: &Value) -> Duration {
    let folder = folder(&[(name, content.to_string().as_bytes())]);
    let linkage = numbers(&[("mrn", "001", "P1"), ("biobank-a", "D1", "P1")]);
    let runs = (0..3).map(|_| {
        let mut store = Store::default();
        let begin = Instant::now();
        let accounting = match format {
            "phenopacket" => phenopacket::ingest(&[folder.path().join(name)], &target("hospital-a", "mrn"), &linkage, &mut store).unwrap(),
            format => take(&folder.path().join(name), &Profile::open(format).unwrap(), &linkage, &mut store).unwrap(),
        };
        let taken = begin.elapsed();
        assert_eq!((accounting.quarantined.as_slice(), accounting.committed), (&[][..], 1), "{format}");
        taken
    });
    runs.min().unwrap()
}

#[test]
fn four_times_as_many_parts_take_about_four_times_as_long() {
    let formats: [(&str, &str, Make); 4] = [
        ("a.json", "fhir", fhir),
        ("samples.json", "miabis", miabis),
        ("individuals.json", "bff", bff),
        ("p.json", "phenopacket", packet),
    ];
    for (name, format, make) in formats {
        let few = time(name, format, &make(4_900));
        let many = time(name, format, &make(19_600));
        eprintln!("{format}: {few:?} for 4,900 parts, {many:?} for 19,600");
        // A quadratic step would take sixteen times as long. The floor is for measurements that are too short.
        assert!(many < few * 10 + Duration::from_millis(200), "{format}: {few:?}, {many:?}");
    }
}

#[test]
fn a_message_of_four_times_as_many_orders_takes_about_four_times_as_long() {
    let message = |orders: usize| {
        let head =
            "MSH|^~\\&|HIS|HOSPITAL-A|||20240110090000||OUL^R22|C1|P|2.5\rPID|1||001^^^^PI\rSPM|1|||023^x^JC10|||||||||||||20230510\r";
        let orders = (0..orders).map(|at| format!("OBR|1|{at}|{at}|2^x^99GMJ|||20230510\rORC|NW|{at}\rOBX|1|NM|A^a^L||1|g|||||F\r"));
        head.to_owned() + &orders.collect::<String>()
    };
    let time = |orders: usize| {
        let text = message(orders);
        let runs = (0..3).map(|_| {
            let (mut units, begin) = (0, Instant::now());
            let _ = gemj_adapters::hl7v2::read_bytes(text.as_bytes(), "message.hl7", &mut |met| {
                units += usize::from(matches!(met, gemj_adapters::unit::Met::Unit(_)));
                std::ops::ControlFlow::Continue(())
            });
            assert_eq!(units, orders);
            begin.elapsed()
        });
        runs.min().unwrap()
    };
    let (few, many) = (time(1_250), time(5_000));
    eprintln!("hl7v2: {few:?} for 1,250 orders, {many:?} for 5,000");
    assert!(many < few * 10 + Duration::from_millis(200), "{few:?}, {many:?}");
}

/// A message of one order with this number of results. Each has a comment, so that a step which reads the whole message for each result is slow.
fn one_order(results: usize) -> String {
    let head = "MSH|^~\\&|HIS|HOSPITAL-A|||20240110090000||OUL^R22|C1|P|2.5\rPID|1||001^^^^PI\rSPM|1|||023^x^JC10|||||||||||||20230510\rOBR|1|1|1|2^x^99GMJ|||20230510\r";
    let comment = "x".repeat(800);
    let result = |at: usize| format!("OBX|{at}|NM|{at}^a^L||{at}|g^g^L|||||F|||20230510\rNTE|1|L|{comment}\r");
    head.to_owned() + &(0..results).map(result).collect::<String>()
}

#[test]
fn a_dry_run_of_four_times_as_many_results_takes_about_four_times_as_long() {
    let time = |results: usize| {
        let text = one_order(results);
        let folder = folder(&[("message.hl7", text.as_bytes())]);
        let profile = Profile::open("ss-mix2").unwrap();
        let runs = (0..3).map(|_| {
            let begin = Instant::now();
            let path = folder.path().join("message.hl7");
            let trial = gemj_adapters::feed::trial(&[path], &profile, &target("hospital-a", "mrn")).unwrap();
            let accounting = &trial.accounting;
            assert_eq!((accounting.quarantined.as_slice(), accounting.committed), (&[][..], results as u64));
            begin.elapsed()
        });
        runs.min().unwrap()
    };
    let (few, many) = (time(1_250), time(5_000));
    eprintln!("dry run of one order: {few:?} for 1,250 results, {many:?} for 5,000");
    assert!(many < few * 8 + Duration::from_millis(200), "{few:?}, {many:?}");
}

#[test]
fn a_message_of_more_than_five_thousand_results_is_refused_as_a_whole() {
    let mut store = Store::default();
    let text = one_order(5_001);
    let folder = folder(&[("message.hl7", text.as_bytes())]);
    let linkage = numbers(&[("mrn", "001", "P1")]);
    let accounting = take(
        &folder.path().join("message.hl7"),
        &Profile::open("ss-mix2").unwrap(),
        &linkage,
        &mut store,
    )
    .unwrap();
    let reasons: Vec<_> = accounting.quarantined.iter().map(|refused| refused.reason_code).collect();
    assert_eq!((reasons, store.records.len()), (vec!["too-many-results"], 0));
}
