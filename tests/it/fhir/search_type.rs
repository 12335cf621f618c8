//! `GET /fhir/{type}`: a hospital finds its own patients by its own patient numbers, and never finds another hospital's patients.

use gemj_demo::Persona;
use gemj_tests::Reply;
use gemj_tests::small_data::PEOPLE;

use super::hospital::{Hospital, OF_A, identifier, number_of, observation, shared_hospitals, site_of};

fn ids(reply: &Reply) -> Vec<String> {
    let bundle = reply.json();
    assert_eq!(
        (bundle["resourceType"].as_str(), bundle["type"].as_str()),
        (Some("Bundle"), Some("searchset"))
    );
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|e| e["resource"]["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_hospital_finds_only_its_own_patients_by_its_own_numbers() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    for name in ["hospital-a", "hospital-b"] {
        let hospital = Hospital::new(&shared.programme, client, name);
        for number in 1..=PEOPLE {
            let reply = hospital.get(&format!("Patient?identifier={}", identifier(number))).expect(200);
            let found = ids(&reply);
            assert_eq!(
                found.len(),
                usize::from(site_of(number) == name),
                "{name} {number}: {}",
                reply.text()
            );
            if let [id] = found.as_slice() {
                let patient = hospital.get(&format!("Patient/{id}")).expect(200).json();
                assert_eq!(
                    (patient["resourceType"].as_str(), patient["id"].as_str()),
                    (Some("Patient"), Some(id.as_str()))
                );
                assert!(
                    !patient.to_string().contains("TST-"),
                    "a hospital must not learn the programme's pseudonym"
                );
                assert_eq!(reply.json()["entry"][0]["resource"]["identifier"][0]["value"], number_of(number));
            }
        }
    }
    let a = Hospital::new(&shared.programme, client, "hospital-a");
    let b = Hospital::new(&shared.programme, client, "hospital-b");
    let of_a = a.patient(1);
    assert_eq!(b.get(&format!("Patient/{of_a}")).status, 404);
    assert_eq!(
        b.get(&format!("Patient/{of_a}")).text(),
        b.get(&format!("Patient/{}", "0".repeat(32))).text().as_str()
    );
    // The identifier combines this hospital's system with another hospital's number. It matches no patient.
    let crossed = format!("{}%7C{}", identifier(1).split("%7C").next().unwrap(), number_of(OF_A + 1));
    assert!(ids(&a.get(&format!("Patient?identifier={crossed}")).expect(200)).is_empty());
}

#[test]
fn researchers_and_anonymous_callers_are_refused() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let path = format!("/fhir/Patient?identifier={}", identifier(1));
    assert_eq!(client.get(&path, None).status, 401);
    for persona in [
        Persona::DomesticAcademic,
        Persona::ConformanceCi,
        Persona::Steward,
        Persona::Auditor,
        Persona::BiobankCurator,
    ] {
        let token = shared.programme.passport(persona);
        let reply = client.get(&path, Some(&token));
        assert_eq!(reply.status, 403, "{}: {}", persona.as_str(), reply.text());
        assert_eq!(client.get("/fhir/Observation", Some(&token)).status, 403);
    }
}

#[test]
fn resources_are_found_by_patient_and_by_identifier_in_pages() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let hospital = Hospital::new(&shared.programme, client, "hospital-b");
    let (one, other) = (hospital.patient(OF_A + 1), hospital.patient(OF_A + 2));
    let mut made = Vec::new();
    for (patient, value) in [(&one, "S-1"), (&one, "S-2"), (&one, "S-3"), (&other, "S-4")] {
        let mut resource = observation(patient);
        resource["identifier"][0]["value"] = value.into();
        made.push(hospital.post(&resource).expect(201).json()["id"].as_str().unwrap().to_owned());
    }
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    let of_one = sorted(made[..3].to_vec());
    let stored = "&code=http://medis.or.jp/CodeSystem/master-JLAC10-17digits%7C3A016000002327102";
    for query in [
        format!("Observation?patient={one}{stored}"),
        format!("Observation?subject=Patient/{one}{stored}"),
        format!("Observation?patient.identifier={}{stored}", identifier(OF_A + 1)),
    ] {
        assert_eq!(ids(&hospital.get(&query).expect(200)), of_one, "{query}");
    }
    let mut paged = Vec::new();
    let mut next = Some(format!("{}/fhir/Observation?patient={one}&_count=2{stored}", client.base));
    while let Some(url) = next {
        let page = client.get(&url, Some(&hospital.token)).expect(200);
        assert!(ids(&page).len() <= 2);
        paged.extend(ids(&page));
        let links = page.json()["link"].as_array().unwrap().clone();
        next = links
            .iter()
            .find(|l| l["relation"] == "next")
            .map(|l| l["url"].as_str().unwrap().to_owned());
    }
    assert_eq!(paged, of_one);
    assert_eq!(
        ids(&hospital.get("Observation?identifier=urn:oid:1.2.3%7CS-4").expect(200)),
        [made[3].clone()]
    );
    assert_eq!(ids(&hospital.get("Observation?identifier=S-2").expect(200)), [made[1].clone()]);
    assert!(ids(&hospital.get("Observation?identifier=urn:oid:9%7CS-4").expect(200)).is_empty());
    let others = Hospital::new(&shared.programme, client, "hospital-a");
    assert!(ids(&others.get("Observation?identifier=urn:oid:1.2.3%7CS-4").expect(200)).is_empty());
    assert!(ids(&others.get(&format!("Observation?patient={one}")).expect(200)).is_empty());
    let form = [("Authorization", format!("Bearer {}", hospital.token))];
    let headers = [
        (form[0].0, form[0].1.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let posted = client.send("POST", "/fhir/Observation/_search", &headers, Some(b"identifier=S-2"));
    assert_eq!(ids(&posted.expect(200)), [made[1].clone()]);
}

#[test]
fn an_unknown_parameter_is_refused_unless_the_client_requests_lenient_handling() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let hospital = Hospital::new(&shared.programme, client, "hospital-a");
    let authorization = format!("Bearer {}", hospital.token);
    let strict = [("Authorization", authorization.as_str()), ("Prefer", "handling=strict")];
    assert_eq!(client.send("GET", "/fhir/Observation?colour=blue", &strict, None).status, 400);
    assert_eq!(hospital.get("Observation?colour=blue").status, 400);
    let lenient = [("Authorization", authorization.as_str()), ("Prefer", "handling=lenient")];
    let asked_for = client
        .send("GET", "/fhir/Observation?colour=blue", &lenient, None)
        .expect(200)
        .json();
    assert!(
        !asked_for["link"].to_string().contains("colour"),
        "the self link does not contain the ignored parameter"
    );
    assert_eq!(hospital.get("Observation?_count=x").status, 400);
    assert_eq!(hospital.get("Patient?identifier=12345").status, 400, "the number has no system");
}

#[test]
fn every_parameter_of_r4_that_is_not_supported_is_refused_by_name() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let hospital = Hospital::new(&shared.programme, client, "hospital-a");
    let authorization = format!("Bearer {}", hospital.token);
    let form = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let statement = client.get("/fhir/metadata", None).expect(200).json();
    for resource in statement["rest"][0]["resource"].as_array().unwrap() {
        let kind = resource["type"].as_str().unwrap();
        let supported: Vec<&str> = resource["searchParam"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        assert_eq!(resource["conditionalCreate"], false, "{kind}");
        let names = [
            "family",
            "given",
            "name",
            "birthdate",
            "gender",
            "phone",
            "address",
            "general-practitioner",
            "date",
            "value-quantity",
            "encounter",
            "performer",
            "specimen",
            "result",
            "issued",
            "collected",
            "actor",
            "period",
            "status",
            "category",
            "code",
            "patient",
            "subject",
            "owner",
            "identifier",
            "_id",
            "_lastUpdated",
            "_tag",
            "_profile",
            "_security",
            "_text",
            "_content",
            "_list",
            "_has:Observation:patient:code",
            "_type",
            "_sort",
            "_include",
            "_revinclude",
            "_summary",
            "_total",
            "_elements",
            "_contained",
            "_filter",
            "_query",
            "_containedType",
            "nonsense",
        ];
        for name in names {
            let query = format!("{name}=x");
            let by_get = hospital.get(&format!("{kind}?{query}"));
            let mut replies = vec![by_get];
            if kind != "Task" {
                replies.push(client.send("POST", &format!("/fhir/{kind}/_search"), &form, Some(query.as_bytes())));
            }
            for reply in replies {
                if supported.contains(&name) {
                    // The value `x` is valid for most parameters, and the request has no modifier. A supported parameter must not be refused as
                    // unsupported.
                    assert!(
                        !reply.text().contains("is not supported for this type"),
                        "{kind} {name}: {}",
                        reply.text()
                    );
                } else {
                    let outcome = reply.expect(400).json();
                    assert_eq!(outcome["resourceType"], "OperationOutcome");
                    assert!(outcome.to_string().contains(name), "{kind} {name}: {outcome}");
                }
            }
        }
        for (name, _) in [("identifier:exact", 0), ("_id:missing", 0), ("patient.name", 0), ("status:not", 0)] {
            let base = name.split([':', '.']).next().unwrap();
            if supported.contains(&base) {
                let outcome = hospital.get(&format!("{kind}?{name}=x")).expect(400).json();
                assert!(outcome.to_string().contains(name), "{kind} {name}: {outcome}");
            }
        }
    }
}

#[test]
fn a_patient_is_found_by_id_and_a_search_for_another_id_finds_no_patient() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let hospital = Hospital::new(&shared.programme, client, "hospital-a");
    let (one, other) = (hospital.patient(1), hospital.patient(2));
    assert_eq!(
        ids(&hospital.get(&format!("Patient?_id={one}")).expect(200)),
        std::slice::from_ref(&one)
    );
    let both = |id: &str| format!("Patient?identifier={}&_id={id}", identifier(1));
    assert_eq!(ids(&hospital.get(&both(&one)).expect(200)), std::slice::from_ref(&one));
    assert!(
        ids(&hospital.get(&both(&other)).expect(200)).is_empty(),
        "the number and the id are of two patients"
    );
    assert!(ids(&hospital.get(&format!("Patient?_id={}", "0".repeat(32))).expect(200)).is_empty());
    let of_b = Hospital::new(&shared.programme, client, "hospital-b").patient(OF_A + 1);
    assert!(ids(&hospital.get(&format!("Patient?_id={of_b}")).expect(200)).is_empty());
    for query in [
        "Patient".to_owned(),
        "Patient?_count=5".to_owned(),
        format!("Patient?_id={one},{other}"),
    ] {
        assert_eq!(
            hospital.get(&query).status,
            400,
            "{query}: an empty list would mean that there is no match"
        );
    }
}

#[test]
fn a_search_without_a_patient_states_that_findings_are_left_out() {
    let Some(shared) = shared_hospitals() else { return };
    let hospital = Hospital::new(&shared.programme, &shared.served.client, "hospital-a");
    for query in [
        "Observation?code=69548-6",
        "DiagnosticReport",
        "Observation?status=final",
        // These ids are of findings of two patients. Findings are created for one patient only.
        "DiagnosticReport?_id=g.one,g.two",
        "Observation?_id=v.one.1,v.two.1",
    ] {
        let bundle = hospital.get(query).expect(200).json();
        let entries = bundle["entry"].as_array().unwrap();
        let last = entries.last().unwrap();
        assert_eq!(
            (&last["search"]["mode"], &last["resource"]["resourceType"]),
            (&"outcome".into(), &"OperationOutcome".into()),
            "{query}"
        );
        assert!(
            bundle.get("total").is_none(),
            "{query}: findings that were not searched are not counted"
        );
    }
    // Findings have no identifier, and their ids contain a dot. These searches therefore leave no finding out.
    for query in ["Observation?identifier=none", "DiagnosticReport?_id=none,neither"] {
        let bundle = hospital.get(query).expect(200).json();
        assert_eq!(bundle["total"], 0, "{query}");
        assert!(bundle.get("entry").is_none(), "{query}");
    }
}

#[test]
fn an_unsupported_parameter_of_a_read_is_refused_by_name() {
    let Some(shared) = shared_hospitals() else { return };
    let client = &shared.served.client;
    let hospital = Hospital::new(&shared.programme, client, "hospital-a");
    let id = hospital.patient(1);
    for (name, value) in [("_summary", "text"), ("_elements", "id"), ("identifier", "x"), ("nonsense", "1")] {
        let outcome = hospital.get(&format!("Patient/{id}?{name}={value}")).expect(400).json();
        assert!(outcome.to_string().contains(name), "{outcome}");
    }
    assert_eq!(hospital.get(&format!("Patient/{id}?_format=xml")).status, 406);
    assert_eq!(hospital.get(&format!("Patient/{id}?_format=json&_pretty=true")).status, 200);
    let authorization = format!("Bearer {}", hospital.token);
    let lenient = [("Authorization", authorization.as_str()), ("Prefer", "handling=lenient")];
    assert_eq!(
        client.send("GET", &format!("/fhir/Patient/{id}?nonsense=1"), &lenient, None).status,
        200
    );
}
