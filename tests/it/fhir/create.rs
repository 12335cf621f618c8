//! `POST /fhir/{type}` either stores a resource unchanged or refuses it with reasons.

use gemj_demo::Persona;
use serde_json::{Value, json};

use super::hospital::{Hospital, OF_A, identifier, number_of, observation, shared_hospitals};

#[test]
fn a_stored_resource_is_returned_with_its_numbers_unchanged() {
    let Some(shared) = shared_hospitals() else { return };
    let hospital = Hospital::new(&shared.programme, &shared.served.client, "hospital-a");
    let patient = hospital.patient(1);
    let text = format!(
        "{{\"resourceType\": \"Observation\", \"status\":\"final\",\n  \"code\":{{\"text\":\"血清　アルブミン\"}}, \"subject\":{{\"reference\":\"Patient/{patient}\"}},\
         \"valueQuantity\":{{\"value\":1.10,\"unit\":\"g/dL\"}}, \"component\":[{{\"code\":{{\"text\":\"x\"}},\"valueQuantity\":{{\"value\":11210203112345678901}}}}]}}"
    );
    let made = hospital.post_text("Observation", &text).expect(201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert!(made.header("location").ends_with(&format!("/fhir/Observation/{id}")));
    assert_eq!(made.header("etag"), "W/\"1\"");
    let read = hospital.get(&format!("Observation/{id}")).expect(200);
    for kept in [
        "\"value\":1.10,",
        "11210203112345678901",
        "\"血清　アルブミン\"",
        "\"status\":\"final\",\n  ",
    ] {
        assert!(read.text().contains(kept), "{kept}: {}", read.text());
    }
    assert_eq!(read.json()["meta"]["versionId"], "1");
}

/// A change that a test makes to a valid resource.
type Change<'c> = &'c dyn Fn(&mut Value);

#[test]
fn an_invalid_resource_is_refused_with_the_place_of_the_error() {
    let Some(shared) = shared_hospitals() else { return };
    let hospital = Hospital::new(&shared.programme, &shared.served.client, "hospital-a");
    let patient = hospital.patient(2);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut resource = observation(&patient);
        change(&mut resource);
        hospital.post_text("Observation", &resource.to_string())
    };
    let cases: [(&str, Change<'_>, u16); 8] = [
        ("no status", &|o| drop(o.as_object_mut().unwrap().remove("status")), 422),
        ("unknown status", &|o| o["status"] = "done".into(), 422),
        ("unknown element", &|o| o["colour"] = "blue".into(), 422),
        ("two values", &|o| o["valueString"] = "4".into(), 422),
        ("30 February", &|o| o["effectiveDateTime"] = "2026-02-30".into(), 422),
        ("a number as text", &|o| o["valueQuantity"]["value"] = "abc".into(), 422),
        ("an empty array", &|o| o["note"] = json!([]), 422),
        ("no subject", &|o| drop(o.as_object_mut().unwrap().remove("subject")), 422),
    ];
    for (what, change, status) in cases {
        let reply = with(change);
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        assert_eq!(reply.json()["resourceType"], "OperationOutcome", "{what}");
        assert!(!reply.text().contains(&patient), "{what}: the answer must not repeat the body");
    }
    assert_eq!(
        hospital
            .post_text("Observation", "{\"resourceType\":\"Observation\",\"resourceType\":\"Patient\"}")
            .status,
        400
    );
    assert_eq!(hospital.post_text("Observation", "[1,").status, 400);
    let specimen = json!({"resourceType": "Specimen", "subject": {"reference": format!("Patient/{patient}")}});
    assert_eq!(
        hospital.post_text("Observation", &specimen.to_string()).status,
        400,
        "the type of the resource differs from the type in the path"
    );
    let large = format!("{{\"resourceType\":\"Observation\",\"note\":\"{}\"}}", "x".repeat(2 << 20));
    assert_eq!(hospital.post_text("Observation", &large).status, 413);
    let authorization = format!("Bearer {}", hospital.token);
    let headers = [("Authorization", authorization.as_str()), ("Content-Type", "text/xml")];
    assert_eq!(
        shared
            .served
            .client
            .send("POST", "/fhir/Observation", &headers, Some(b"<a/>"))
            .status,
        415
    );
}

#[test]
fn a_hospital_cannot_write_for_a_patient_of_another_hospital() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let a = Hospital::new(&shared.programme, client, "hospital-a");
    let b = Hospital::new(&shared.programme, client, "hospital-b");
    let of_b = b.patient(OF_A + 3);
    let refused = a.post(&observation(&of_b));
    let unknown = a.post(&observation(&"0".repeat(32)));
    assert_eq!((refused.status, refused.text()), (unknown.status, unknown.text()));
    assert_eq!(refused.status, 404);
    let mut crossed = observation(&b.patient(OF_A + 3));
    crossed["subject"]["identifier"] =
        json!({"system": identifier(OF_A + 4).split("%7C").next().unwrap().replace("%3A", ":"), "value": number_of(OF_A + 4)});
    assert_eq!(b.post(&crossed).status, 422, "the reference and the number are of two patients");
    // The refusal of a resource with another hospital's number does not reveal whether the number is linked, whatever the other fields contain.
    let with_number = |patient: &str, value: &str| {
        let mut resource = observation(patient);
        let system = identifier(OF_A + 4).split("%7C").next().unwrap().replace("%3A", ":");
        resource["subject"]["identifier"] = json!({"system": system, "value": value});
        let reply = a.post(&resource);
        (reply.status, reply.text())
    };
    for patient in [a.patient(4), of_b.clone(), "0".repeat(32)] {
        assert_eq!(with_number(&patient, &number_of(OF_A + 4)), with_number(&patient, "00000001"));
    }
    assert_eq!(with_number(&of_b, "00000001"), with_number(&"0".repeat(32), "00000001"));
    let token = shared.programme.passport(Persona::DomesticAcademic);
    assert_eq!(client.post("/fhir/Observation", Some(&token), &observation(&of_b)).status, 403);
    assert_eq!(client.post("/fhir/Observation", None, &observation(&of_b)).status, 401);
}

#[test]
fn an_own_patient_is_stored_and_found_by_its_number() {
    let Some(shared) = shared_hospitals() else { return };
    let hospital = Hospital::new(&shared.programme, &shared.served.client, "hospital-a");
    let system = identifier(OF_A).split("%7C").next().unwrap().replace("%3A", ":");
    let patient = |value: &str| json!({"resourceType": "Patient", "identifier": [{"system": system, "value": value}], "name": [{"text": "試験　花子"}]});
    let made = hospital.post(&patient(&number_of(OF_A))).expect(201).json();
    assert_eq!(made["id"], hospital.patient(OF_A));
    let read = hospital.get(&format!("Patient/{}", made["id"].as_str().unwrap())).expect(200);
    assert_eq!(read.json()["name"][0]["text"], "試験　花子");
    assert_eq!(hospital.post(&patient(&number_of(OF_A))).status, 409);
    assert_eq!(
        hospital.post(&patient("99999999")).status,
        404,
        "no participant is linked to this number"
    );
    // A Patient resource with the numbers of two different patients is refused.
    let mut of_two = patient(&number_of(OF_A - 1));
    of_two["identifier"] = json!([of_two["identifier"][0], {"system": system, "value": number_of(OF_A)}]);
    let refused = hospital.post(&of_two).expect(422);
    assert!(refused.text().contains("do not all belong to one patient"), "{}", refused.text());
    of_two["identifier"][1]["value"] = number_of(OF_A - 1).into();
    let _ = hospital.post(&of_two).expect(201);
}

#[test]
fn a_request_with_an_unsupported_condition_is_refused_and_writes_nothing() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let hospital = Hospital::new(&shared.programme, client, "hospital-a");
    let patient = hospital.patient(3);
    let authorization = format!("Bearer {}", hospital.token);
    let mut resource = observation(&patient);
    resource["identifier"][0]["value"] = "CONDITIONAL-1".into();
    let count = || hospital.get("Observation?identifier=CONDITIONAL-1").expect(200).json()["total"].clone();
    let made = hospital.post(&resource).expect(201).json();
    for (name, value) in [
        ("If-None-Exist", "identifier=urn:oid:1.2.3|CONDITIONAL-1"),
        ("If-Match", "W/\"1\""),
        ("If-None-Match", "*"),
        ("If-Unmodified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"),
        ("If-Modified-Since", "Sat, 29 Oct 1994 19:43:31 GMT"),
    ] {
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/fhir+json"),
            (name, value),
        ];
        let reply = client
            .send("POST", "/fhir/Observation", &headers, Some(resource.to_string().as_bytes()))
            .expect(412);
        assert!(reply.json().to_string().contains(name), "{}", reply.text());
        assert_eq!(count(), 1, "{name}");
        if name != "If-None-Exist" {
            let path = format!("/fhir/Observation/{}", made["id"].as_str().unwrap());
            for path in [path.as_str(), "/fhir/Observation?identifier=CONDITIONAL-1", "/fhir/Task"] {
                let reply = client.send("GET", path, &[headers[0], headers[2]], None).expect(501);
                assert!(reply.json().to_string().contains(name), "{path}: {}", reply.text());
            }
        }
    }
}
