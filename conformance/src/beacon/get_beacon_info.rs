//! Checks of Beacon's `/info`, `/service-info` and `/map`.

use serde_json::Value;
use url::Url;

use crate::check::{Finding, Stop, fail, not_offered};
use crate::schemas::Named;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

fn info(target: &Target) -> Result<Value, Stop> {
    target.get(STANDARD, &["info"]).send()?.json_200()
}

pub(super) fn names_the_beacon(target: &Target) -> Finding {
    let value = info(target)?;
    let members = [
        "meta/apiVersion",
        "response/id",
        "response/name",
        "response/apiVersion",
        "response/organization/name",
    ];
    for member in members {
        shape::text(&value, &format!("/{member}"))?;
    }
    shape::is_text(&value, "/meta/beaconId", shape::text(&value, "/response/id")?)?;
    let environment = shape::text(&value, "/response/environment")?;
    if !["prod", "test", "dev", "staging"].contains(&environment) {
        return fail(format!("/response/environment is \"{}\"", shape::short(environment)));
    }
    Ok(format!("API version {}", shape::short(shape::text(&value, "/meta/apiVersion")?)))
}

pub(super) fn schema(target: &Target) -> Finding {
    target.schemas()?.judge(Named::BeaconResponse("beaconInfoResponse"), &info(target)?)
}

pub(super) fn service_info(target: &Target) -> Finding {
    let value = target.get(STANDARD, &["service-info"]).send()?.json_200()?;
    shape::service(&value, Some("beacon"))?;
    Ok(format!("version {}", shape::short(shape::text(&value, "/type/version")?)))
}

pub(super) fn map(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &["map"]).send()?;
    if answer.status == 404 {
        return not_offered("/map is 404");
    }
    let value = answer.json_200()?;
    let sets = shape::member(&value, "/response/endpointSets")?;
    let Some(sets) = sets.as_object().filter(|sets| !sets.is_empty()) else {
        return fail("/response/endpointSets is not an object with members");
    };
    for set in sets.values() {
        shape::text(set, "/entryType")?;
        if Url::parse(shape::text(set, "/rootUrl")?).is_err() {
            return fail("a rootUrl that is not absolute");
        }
    }
    Ok(format!("{} endpoint sets", sets.len()))
}
