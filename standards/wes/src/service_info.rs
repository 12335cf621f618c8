use std::collections::BTreeMap;

use ga4gh_service_info::{Service, ServiceType};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{State, VERSION};

/// The members that WES adds to a service description (WES 1.1.0 § ServiceInfo), at its root. All members are required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WesServiceInfo {
    /// The supported versions of each workflow language (`CWL`).
    pub workflow_type_versions: BTreeMap<String, Vec<String>>,
    /// The URL schemes that are allowed for inputs (`drs`).
    pub supported_filesystem_protocols: Vec<String>,
    /// The supported versions of each engine (`cwltool`).
    pub workflow_engine_versions: BTreeMap<String, Vec<String>>,
    /// The parameters that are allowed in `workflow_engine_parameters`; may be empty.
    pub default_workflow_engine_parameters: Vec<DefaultWorkflowEngineParameter>,
    /// The number of runs in each state.
    pub system_state_counts: BTreeMap<State, u64>,
    /// A web page that explains how to get a token.
    pub auth_instructions_url: String,
    /// Other properties of the service, by name.
    pub tags: BTreeMap<String, String>,
}

/// A parameter of an engine (WES 1.1.0 § DefaultWorkflowEngineParameter).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefaultWorkflowEngineParameter {
    /// The name of the parameter.
    pub name: String,
    /// The type of the parameter, such as `float`.
    #[serde(rename = "type")]
    pub parameter_type: String,
    /// The default value of the parameter, as text.
    pub default_value: String,
}

/// Wraps each array of versions in an object, as the specification requires for `workflow_type_versions` and `workflow_engine_versions`.
/// `member` is the name of the array in the object.
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

    /// The service description `service` with the WES members added.
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
