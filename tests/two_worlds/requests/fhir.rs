//! FHIR requests for a hospital's own patients and for other patients.

use gemj_demo::Persona;
use gemj_demo::hospital_clients::patient_number_system;
use serde_json::json;

use super::{Asked, Asker, bare, encoded};
use crate::people::{HIDDEN, PEOPLE, number_of, person, site};

const TYPES: [&str; 8] = [
    "Patient",
    "Consent",
    "Observation",
    "DiagnosticReport",
    "Condition",
    "Task",
    "Specimen",
    "Practitioner",
];

pub(super) fn next(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    // The caller is mostly a hospital's system, and sometimes any caller.
    let caller = if asker.chance(75) {
        *asker.random.of_these(&[
            Some(Persona::EhrHospitalA),
            Some(Persona::EhrHospitalA),
            Some(Persona::EhrHospitalA),
            Some(Persona::EhrHospitalB),
        ])
    } else {
        caller
    };
    match asker.random.below(12) {
        0..=2 => {
            let query = format!("identifier={}", encoded(&identifier(asker)));
            bare("GET", "/fhir/Patient", format!("/fhir/Patient?{query}"), caller)
        }
        3 | 4 => {
            let kind = asker.one(&TYPES);
            bare("GET", "/fhir/{type}/{id}", format!("/fhir/{kind}/{}", encoded(&asker.id())), caller)
        }
        5 | 6 => {
            let kind = asker.one(&TYPES);
            let query = match asker.random.below(4) {
                0 => format!("patient=Patient/{}", encoded(&asker.id())),
                1 => format!("patient.identifier={}", encoded(&identifier(asker))),
                2 => format!("subject=Patient/{}&_count={}", encoded(&asker.id()), asker.random.below(5)),
                _ => String::new(),
            };
            bare("GET", "/fhir/{type}", format!("/fhir/{kind}?{query}"), caller)
        }
        7 | 8 => {
            let start = asker.random.below(3000);
            let query = format!(
                "subject=Patient/{}&ranges=NC_000001.11:{start}-{}",
                encoded(&asker.id()),
                start + 1 + asker.random.below(3000)
            );
            bare(
                "GET",
                "/fhir/$find-subject-variants",
                format!("/fhir/$find-subject-variants?{query}"),
                caller,
            )
        }
        9 => {
            let kind = asker.one(&["Observation", "Patient", "Consent", "Task"]);
            let number = json!({"system": patient_number_system(site(HIDDEN)), "value": number_of(HIDDEN)});
            let body = match kind {
                "Patient" => json!({"resourceType": kind, "identifier": [number]}),
                "Observation" => json!({"resourceType": kind, "status": "final", "code": {"text": "x"}, "subject": {"identifier": number}}),
                _ => json!({"resourceType": kind, "status": "final", "identifier": [number], "code": {"text": "x"},
                    "subject": {"reference": format!("Patient/{}", asker.id())}}),
            };
            let mut asked = super::posted("/fhir/{type}", format!("/fhir/{kind}"), &body, caller);
            asked.request.headers[0].1 = "application/fhir+json".to_owned();
            asked
        }
        10 => bare(
            "GET",
            "/fhir/metadata",
            asker.one(&["/fhir/metadata", "/fhir/.well-known/smart-configuration"]).to_owned(),
            caller,
        ),
        _ => {
            let mut asked = bare("POST", "/fhir/{type}/_search", "/fhir/Patient/_search".to_owned(), caller);
            asked
                .request
                .headers
                .push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
            asked.request.body = format!("identifier={}", encoded(&identifier(asker))).into_bytes();
            asked
        }
    }
}

/// An identifier of a patient: the hospital's number, sometimes of the hidden patient. Its system is sometimes that of another hospital.
fn identifier(asker: &mut Asker) -> String {
    let number = usize::try_from(asker.random.below(PEOPLE as u64)).unwrap() + 1;
    let id = if asker.chance(30) { HIDDEN.to_owned() } else { person(number) };
    let at = if asker.chance(85) {
        site(&id)
    } else {
        asker.one(&["hospital-a", "hospital-b"])
    };
    format!("{}|{}", patient_number_system(at), number_of(&id))
}
