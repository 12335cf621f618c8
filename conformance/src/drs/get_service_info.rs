//! A check of DRS's `GET /service-info`.

use serde_json::Value;

use crate::check::{Finding, Stop};
use crate::schemas::Named;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

fn service_info(target: &Target) -> Result<Value, Stop> {
    target.get(STANDARD, &["service-info"]).send()?.json_200()
}

pub(super) fn artifact_is_drs(target: &Target) -> Finding {
    let value = service_info(target)?;
    shape::service(&value, Some("drs"))?;
    let length = shape::whole(&value, "/maxBulkRequestLength")?;
    Ok(format!(
        "version {}, bulk length {length}",
        shape::short(shape::text(&value, "/type/version")?)
    ))
}

pub(super) fn schema(target: &Target) -> Finding {
    target
        .schemas()?
        .judge(Named::DrsResponse("200ServiceInfo"), &service_info(target)?)
}
