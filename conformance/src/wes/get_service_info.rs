//! Checks of WES's `GET /service-info`.

use serde_json::Value;

use crate::check::{Finding, Stop, fail};
use crate::schemas::Named;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

fn service_info(target: &Target) -> Result<Value, Stop> {
    target.get(STANDARD, &["service-info"]).send()?.json_200()
}

pub(super) fn artifact_is_wes(target: &Target) -> Finding {
    let value = service_info(target)?;
    shape::service(&value, Some("wes"))?;
    for member in ["workflow_type_versions", "workflow_engine_versions", "system_state_counts", "tags"] {
        if !value[member].is_object() {
            return fail(format!("/{member} is not an object"));
        }
    }
    for member in [
        "supported_wes_versions",
        "supported_filesystem_protocols",
        "default_workflow_engine_parameters",
    ] {
        shape::list(&value, &format!("/{member}"))?;
    }
    shape::member(&value, "/auth_instructions_url")?;
    Ok(format!("version {}", shape::short(shape::text(&value, "/type/version")?)))
}

pub(super) fn schema(target: &Target) -> Finding {
    target.schemas()?.judge(Named::Wes("ServiceInfo"), &service_info(target)?)
}
