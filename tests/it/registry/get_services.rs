//! `GET /service-info`, `/services`, `/services/types` and `/services/{service_id}`: a client finds all services from one URL.

use gemj_demo::Persona;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use jsonschema::Validator;
use serde_json::Value;

use super::official::{beacon, document, registry, validator};
use crate::small::small;

fn valid(validator: &Validator, document: &Value) {
    let faults: Vec<String> = validator
        .iter_errors(document)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{faults:?} {document:#}");
}

fn services() -> Vec<Value> {
    small()
        .served
        .client
        .get("/services", None)
        .expect(200)
        .json()
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn every_service_is_registered_with_its_type_and_its_url() {
    let types: Vec<(String, String)> = services()
        .iter()
        .map(|s| {
            (
                s["type"]["group"].as_str().unwrap().to_owned(),
                s["type"]["artifact"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    for (artifact, count) in [("htsget", 2), ("beacon", 1), ("drs", 1), ("service-registry", 1)] {
        assert_eq!(
            types.iter().filter(|(group, a)| group == "org.ga4gh" && a == artifact).count(),
            count,
            "{artifact}: {types:?}"
        );
    }
    for service in services() {
        let url = service["url"].as_str().unwrap();
        assert!(url.starts_with(&small().served.client.base), "{url}");
    }
}

#[test]
fn the_registered_urls_lead_to_each_service() {
    let small = small();
    let client = &small.served.client;
    for service in services() {
        let (url, artifact) = (
            service["url"].as_str().unwrap().trim_end_matches('/').to_owned(),
            service["type"]["artifact"].as_str().unwrap().to_owned(),
        );
        // The registry lists the DRS URL only up to the path that the DRS specification fixes.
        let info = if artifact == "drs" {
            format!("{url}/ga4gh/drs/v1/service-info")
        } else {
            format!("{url}/service-info")
        };
        let described = client.get(&info, None).expect(200).json();
        assert_eq!(described["id"], service["id"]);
        assert_eq!(described["type"], service["type"]);
        let by_id = client
            .get(&format!("/services/{}", service["id"].as_str().unwrap()), None)
            .expect(200)
            .json();
        assert_eq!(by_id, service);
    }
    let token = small.programme.passport(Persona::DomesticAcademic);
    let url_of = |wanted: &dyn Fn(&Value) -> bool| {
        let found = services().into_iter().find(|s| wanted(s)).unwrap();
        found["url"].as_str().unwrap().trim_end_matches('/').to_owned()
    };
    let reads = url_of(&|s| s["htsget"]["datatype"] == "reads");
    let variants = url_of(&|s| s["htsget"]["datatype"] == "variants");
    let beacon = url_of(&|s| s["type"]["artifact"] == "beacon");
    let drs = url_of(&|s| s["type"]["artifact"] == "drs");
    let id = |format| small.programme.object_of(&person(1), format);
    for url in [
        format!("{reads}/{}", id("BAM")),
        format!("{variants}/{}", id("VCF")),
        format!("{beacon}/g_variants?{SHARED_VARIANT}"),
        format!("{drs}/ga4gh/drs/v1/objects/{}", id("VCF")),
    ] {
        let _ = client.get(&url, Some(&token)).expect(200);
    }
}

#[test]
fn descriptions_are_valid_against_the_official_schemas() {
    let (Some(info), Some(registry)) = (document("service-info/service-info-1.0.0.yaml"), registry()) else {
        return;
    };
    let client = &small().served.client;
    let service = validator(&info, "Service");
    for path in [
        "/service-info",
        "/htsget/reads/service-info",
        "/htsget/variants/service-info",
        "/beacon/service-info",
        "/ga4gh/drs/v1/service-info",
    ] {
        valid(&service, &client.get(path, None).expect(200).json());
    }
    let entry = validator(&registry, "ExternalService");
    services().iter().for_each(|service| valid(&entry, service));
    let kind = validator(&registry, "ServiceType");
    client
        .get("/services/types", None)
        .expect(200)
        .json()
        .as_array()
        .unwrap()
        .iter()
        .for_each(|t| valid(&kind, t));
    valid(
        &validator(&registry, "Error"),
        &client.get("/services/none", None).expect(404).json(),
    );
    let reads = client.get("/htsget/reads/service-info", None).expect(200).json();
    assert!(
        reads["htsget"]["fieldsParameterEffective"].is_boolean() && reads["htsget"]["tagsParametersEffective"].is_boolean(),
        "{reads}"
    );
}

#[test]
fn drs_answers_are_valid_against_the_official_schema() {
    let Some(drs) = document("drs/drs-1.5.0.openapi.bundled.yaml") else {
        return;
    };
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let id = small.programme.object_of(&person(1), "BAM");
    let client = &small.served.client;
    // JSON Schema does not define the keyword `nullable` of OpenAPI 3.0, so the validator ignores it. The gateway's answers contain no null.
    valid(
        &validator(&drs, "DrsObject"),
        &client.get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&token)).expect(200).json(),
    );
    valid(
        &validator(&drs, "AccessURL"),
        &client
            .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
            .expect(200)
            .json(),
    );
    valid(
        &validator(&drs, "Error"),
        &client.get("/ga4gh/drs/v1/objects/nothing", Some(&token)).expect(404).json(),
    );
}

#[test]
fn beacon_answers_are_valid_against_the_official_schemas() {
    let (Some(boolean), Some(count), Some(about)) = (
        beacon("beaconBooleanResponse"),
        beacon("beaconCountResponse"),
        beacon("beaconInfoResponse"),
    ) else {
        return;
    };
    let small = small();
    let client = &small.served.client;
    for path in ["/beacon", "/beacon/", "/beacon/info"] {
        valid(&about, &client.get(path, None).expect(200).json());
    }
    for question in [
        format!("g_variants?{SHARED_VARIANT}"),
        format!("individuals?{SHARED_VARIANT}"),
        "individuals?filters=HP:0001250".to_owned(),
    ] {
        valid(&boolean, &client.get(&format!("/beacon/{question}"), None).expect(200).json());
        for persona in [Persona::RegisteredOnly, Persona::OverseasTre] {
            let token = small.programme.passport(persona);
            valid(
                &count,
                &client
                    .get(&format!("/beacon/{question}&requestedGranularity=count"), Some(&token))
                    .expect(200)
                    .json(),
            );
        }
    }
}
