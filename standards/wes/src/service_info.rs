use std::collections::BTreeMap;

use ga4gh_service_info::{Service, ServiceType};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{State, VERSION};

/// What WES adds to a service description (WES 1.1.0 § ServiceInfo), at its root. All members are required there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WesServiceInfo {
    /// For each workflow language (`CWL`) its versions.
    pub workflow_type_versions: BTreeMap<String, Vec<String>>,
    /// The schemes an input may have (`drs`).
    pub supported_filesystem_protocols: Vec<String>,
    /// For each engine (`cwltool`) its versions.
    pub workflow_engine_versions: BTreeMap<String, Vec<String>>,
    /// What `workflow_engine_parameters` may have; empty if nothing.
    pub default_workflow_engine_parameters: Vec<DefaultWorkflowEngineParameter>,
    /// How many runs are in each state.
    pub system_state_counts: BTreeMap<State, u64>,
    /// A web page for people on how to get a token.
    pub auth_instructions_url: String,
    /// Anything else, by name.
    pub tags: BTreeMap<String, String>,
}

/// A parameter that an engine takes (WES 1.1.0 § DefaultWorkflowEngineParameter).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefaultWorkflowEngineParameter {
    /// Its name.
    pub name: String,
    /// Its type, such as `float`.
    #[serde(rename = "type")]
    pub parameter_type: String,
    /// Its default, as text.
    pub default_value: String,
}

/// Both maps of versions have an object around the array, each with a name of its own.
fn wrapped(versions: &BTreeMap<String, Vec<String>>, member: &str) -> Value {
    let wrap = |(name, versions): (&String, &Vec<String>)| (name.clone(), json!({ member: versions }));
    Value::Object(versions.iter().map(wrap).collect::<Map<_, _>>())
}

impl WesServiceInfo {
    /// The `type` of a WES service: `org.ga4gh`, `wes`, [`VERSION`].
    #[must_use]
    pub fn service_type() -> ServiceType {
        ServiceType::ga4gh("wes", VERSION)
    }

    /// `service` with this description added.
    #[must_use]
    pub fn describe(&self, service: Service) -> Service {
        service
            .with_extension(
                "workflow_type_versions",
                wrapped(&self.workflow_type_versions, "workflow_type_version"),
            )
            .with_extension("supported_wes_versions", json!([VERSION]))
            .with_extension("supported_filesystem_protocols", json!(self.supported_filesystem_protocols))
            .with_extension(
                "workflow_engine_versions",
                wrapped(&self.workflow_engine_versions, "workflow_engine_version"),
            )
            .with_extension("default_workflow_engine_parameters", json!(self.default_workflow_engine_parameters))
            .with_extension("system_state_counts", self.state_counts())
            .with_extension("auth_instructions_url", json!(self.auth_instructions_url))
            .with_extension("tags", json!(self.tags))
    }

    fn state_counts(&self) -> Value {
        let entry = |(state, count): (&State, &u64)| (state.as_str().to_owned(), json!(count));
        Value::Object(self.system_state_counts.iter().map(entry).collect::<Map<_, _>>())
    }
}
