//! `GET /service-info` of WES, and its entry in the registry.

use serde_json::json;

use super::*;

#[test]
fn the_service_info_names_the_engine_and_the_service_is_registered() {
    let Some(site) = shared_site() else { return };
    let client = &site.served.client;
    let info = client.get("/ga4gh/wes/v1/service-info", None).expect(200).json();
    official("ServiceInfo", &info);
    assert_eq!(info["type"], json!({"group": "org.ga4gh", "artifact": "wes", "version": "1.1.0"}));
    assert_eq!(
        info["workflow_type_versions"],
        json!({"CWL": {"workflow_type_version": ["v1.0", "v1.1", "v1.2"]}})
    );
    assert_eq!(info["supported_filesystem_protocols"], json!(["drs"]));
    let engine = info["workflow_engine_versions"]["cwltool"]["workflow_engine_version"][0]
        .as_str()
        .unwrap();
    assert!(engine.starts_with("3."), "{engine}");
    let services = client.get("/services", None).expect(200).json();
    let entry = services
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["type"]["artifact"] == "wes")
        .unwrap();
    let url = entry["url"].as_str().unwrap();
    assert_eq!(
        client.get(&format!("{url}/service-info"), None).expect(200).json()["id"],
        entry["id"]
    );
}
