//! Two hospitals whose patients are the participants of the small programme. Each hospital has its own patient numbers. The file also contains
//! typical FHIR resources.

use std::sync::Mutex;

use gemj_demo::hospital_clients::patient_number_system;
use gemj_tests::small_data::{PEOPLE, person, sheet};
use gemj_tests::{Backend, Client, Programme, Reply};
use serde_json::{Value, json};

use gemj_tests::programme::SharedProgramme;

/// The number of patients of hospital A: the first participants. The other participants are patients of hospital B.
pub(crate) const OF_A: usize = 8;

/// The small programme with its participants enrolled at two hospitals and their patient numbers linked. `None` if the official FHIR schema is
/// absent.
pub(crate) fn hospitals() -> Option<Programme> {
    let programme = Programme::new(Backend::Embedded);
    let text = sheet();
    let mut lines = text.lines();
    let mut with_sites = format!("{},site\n", lines.next().unwrap());
    for line in lines {
        let number = line
            .split(',')
            .nth(1)
            .and_then(|id| id.strip_prefix("TST-"))
            .and_then(|n| n.parse().ok());
        with_sites.push_str(&format!("{line},{}\n", number.map_or("", site_of)));
    }
    let _ = programme.load(&with_sites).good();
    programme.load_small_data();
    let links: String = (1..=PEOPLE)
        .map(|n| format!("{0},{0},{1},{2}\n", site_of(n), number_of(n), person(n)))
        .collect();
    let path = programme.path("links.csv");
    std::fs::write(&path, format!("site,namespace,number,participant\n{links}")).unwrap();
    let _ = programme.run(&["link", "--register", path.to_str().unwrap()]).good();
    programme.take_in_by_fhir().then_some(programme)
}

/// The programme of [`hospitals`], served to every test that only adds FHIR resources of the hospitals' own patients.
pub(crate) fn shared_hospitals() -> Option<&'static SharedProgramme> {
    static SHARED: Mutex<Option<Option<&'static SharedProgramme>>> = Mutex::new(None);
    let mut made = SHARED.lock().expect("the hospitals could not be loaded");
    *made.get_or_insert_with(|| hospitals().map(|programme| &*Box::leak(Box::new(programme.serve_for_good()))))
}

pub(crate) fn site_of(number: usize) -> &'static str {
    if number <= OF_A { "hospital-a" } else { "hospital-b" }
}

/// The number that the hospital gives to a participant.
pub(crate) fn number_of(number: usize) -> String {
    format!("{:08}", 40_000_000 + number * 7919)
}

/// The patient identifier of a participant as a search value: `system|value`, percent-encoded.
pub(crate) fn identifier(number: usize) -> String {
    format!(
        "{}%7C{}",
        patient_number_system(site_of(number)).replace(':', "%3A"),
        number_of(number)
    )
}

/// An HTTP client of a hospital's system, with its token.
pub(crate) struct Hospital<'c> {
    pub(crate) client: &'c Client,
    pub(crate) token: String,
}

impl<'c> Hospital<'c> {
    pub(crate) fn new(programme: &Programme, client: &'c Client, name: &str) -> Self {
        Self {
            token: programme.hospital_token(&client.base, &format!("ehr-{name}")),
            client,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.client.get(&format!("/fhir/{path}"), Some(&self.token))
    }

    pub(crate) fn post_text(&self, kind: &str, body: &str) -> Reply {
        let authorization = format!("Bearer {}", self.token);
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/fhir+json")];
        self.client.send("POST", &format!("/fhir/{kind}"), &headers, Some(body.as_bytes()))
    }

    pub(crate) fn post(&self, resource: &Value) -> Reply {
        self.post_text(resource["resourceType"].as_str().unwrap(), &resource.to_string())
    }

    /// The FHIR id of an own patient, searched by the hospital's own patient number.
    pub(crate) fn patient(&self, number: usize) -> String {
        let found = self.get(&format!("Patient?identifier={}", identifier(number))).expect(200).json();
        assert_eq!(found["total"], 1, "{found:#}");
        found["entry"][0]["resource"]["id"].as_str().unwrap().to_owned()
    }
}

/// An Observation resource with a laboratory result of a patient.
pub(crate) fn observation(patient: &str) -> Value {
    json!({
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://medis.or.jp/CodeSystem/master-JLAC10-17digits", "code": "3A016000002327102"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "identifier": [{"system": "urn:oid:1.2.3", "value": "LAB-1"}],
        "valueQuantity": {"value": 4.1, "unit": "g/dL"},
    })
}

/// A Consent resource that withdraws every clause.
pub(crate) fn withdrawal(patient: &str) -> Value {
    json!({
        "resourceType": "Consent",
        "status": "inactive",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "57016-8"}]}],
        "patient": {"reference": format!("Patient/{patient}")},
        "policy": [{"uri": "https://gemj.example/fhir/consent-form/unified-1"}],
    })
}
