//! Checks of GA4GH Service Info 1.0.0 and Service Registry 1.0.0.

use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::check::{Check, Finding, Standard, Stop, fail, not_offered, skip};
use crate::discover::base_of_listed;
use crate::schemas::Named;
use crate::shape;
use crate::target::{Target, below};

const STANDARD: Standard = Standard::ServiceRegistry;
/// The maximum number of listed services that one check visits.
const MAXIMUM_VISITS: usize = 20;

/// The checks of Service Info and Service Registry, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "get_service_info-names-the-service",
        title: "The registry describes itself with every required member.",
        reference: "GA4GH Service Info 1.0.0, Service; Service Registry 1.0.0, /service-info",
        expected: "200 JSON with id, name, type{group,artifact,version}, organization{name,url}, version",
        run: get_service_info_names_the_service,
    },
    Check {
        id: "get_service_info-schema",
        title: "The registry's description satisfies the official schema.",
        reference: "GA4GH Service Info 1.0.0, components.schemas.Service",
        expected: "valid",
        run: |target| target.schemas()?.judge(Named::Service, &get_service_info(target)?),
    },
    Check {
        id: "get_services-lists-services",
        title: "The list of services is an array, each with the required members and a URL.",
        reference: "Service Registry 1.0.0, /services, ExternalService",
        expected: "200 JSON array of services with url",
        run: get_services_lists_services,
    },
    Check {
        id: "get_services-schema",
        title: "Every listed service satisfies the official schema.",
        reference: "Service Registry 1.0.0, components.schemas.ExternalService",
        expected: "valid",
        run: get_services_schema,
    },
    Check {
        id: "get_services-ids-are-unique",
        title: "No two listed services share an id.",
        reference: "GA4GH Service Info 1.0.0, Service.id: unique ID of this service",
        expected: "every id once",
        run: get_services_ids_are_unique,
    },
    Check {
        id: "get_service_by_id-is-the-listed-service",
        title: "A service requested by its id equals the service in the list.",
        reference: "Service Registry 1.0.0, /services/{serviceId}",
        expected: "200 with the same id, type and url",
        run: get_service_by_id_is_the_listed_service,
    },
    Check {
        id: "get_service_by_id-unknown-id",
        title: "An unknown service id gets 404 in the registry's error shape.",
        reference: "Service Registry 1.0.0, /services/{serviceId} 404, Error{status,title}",
        expected: "404 JSON {status: 404, title}",
        run: get_service_by_id_unknown_id,
    },
    Check {
        id: "get_service_types-are-those-of-the-services",
        title: "The list of types contains exactly the distinct types of the listed services.",
        reference: "Service Registry 1.0.0, /services/types: all distinct values of the type field",
        expected: "200 JSON array, each type once, the same set",
        run: get_service_types_are_those_of_the_services,
    },
    Check {
        id: "get_services-urls-lead-to-descriptions",
        title: "The URL of every GA4GH service, with /service-info, describes that service.",
        reference: "Service Registry 1.0.0, ExternalService.url: {url}/service-info; DRS 1.5.0, Service Registry: {url}/ga4gh/drs/v1/service-info",
        expected: "200 with the listed type.artifact",
        run: get_services_urls_lead_to_descriptions,
    },
    Check {
        id: "get_services-media-type",
        title: "Description, list and types are application/json.",
        reference: "Service Registry 1.0.0, responses: content application/json",
        expected: "application/json",
        run: get_services_media_type,
    },
];

fn get_service_info(target: &Target) -> Result<Value, Stop> {
    target.get(STANDARD, &["service-info"]).send()?.json_200()
}

fn get_services(target: &Target) -> Result<Vec<Value>, Stop> {
    match target.get(STANDARD, &["services"]).send()?.json_200()? {
        Value::Array(services) => Ok(services),
        _ => fail("200 that is not an array"),
    }
}

fn get_service_info_names_the_service(target: &Target) -> Finding {
    let value = get_service_info(target)?;
    shape::service(&value, None)?;
    Ok(format!("artifact {}", shape::short(shape::text(&value, "/type/artifact")?)))
}

fn get_services_lists_services(target: &Target) -> Finding {
    let services = get_services(target)?;
    for service in &services {
        shape::service(service, None)?;
        if Url::parse(shape::text(service, "/url")?).is_err() {
            return fail("/url is not absolute");
        }
    }
    Ok(format!("{} services", services.len()))
}

fn get_services_schema(target: &Target) -> Finding {
    let schemas = target.schemas()?;
    let services = get_services(target)?;
    for service in &services {
        schemas.judge(Named::ExternalService, service)?;
    }
    Ok(format!("{} valid", services.len()))
}

fn get_services_ids_are_unique(target: &Target) -> Finding {
    let services = get_services(target)?;
    let mut seen = BTreeSet::new();
    for service in &services {
        let id = shape::text(service, "/id")?;
        if !seen.insert(id) {
            return fail(format!("\"{}\" twice", shape::short(id)));
        }
    }
    Ok(format!("{} ids", seen.len()))
}

fn get_service_by_id_is_the_listed_service(target: &Target) -> Finding {
    let services = get_services(target)?;
    let Some(listed) = services.last() else {
        return skip("the list is empty");
    };
    let value = target
        .get(STANDARD, &["services", shape::text(listed, "/id")?])
        .send()?
        .json_200()?;
    for pointer in ["/id", "/type", "/url"] {
        if value.pointer(pointer) != listed.pointer(pointer) {
            return fail(format!("{pointer} differs from the list"));
        }
    }
    Ok("the same".to_owned())
}

fn get_service_by_id_unknown_id(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &["services", "no.such.service.conformance"]).send()?;
    let value = answer.expect(&[404])?.json()?;
    shape::text(&value, "/title")?;
    match shape::whole(&value, "/status")? {
        404 => Ok(answer.described()),
        status => fail(format!("404 with /status {status}")),
    }
}

fn get_service_types_are_those_of_the_services(target: &Target) -> Finding {
    let services = get_services(target)?;
    let types = target.get(STANDARD, &["services", "types"]).send()?.json_200()?;
    let types = shape::list(&types, "")?;
    let key = |value: &Value| -> Result<[String; 3], Stop> {
        let part = |pointer| shape::text(value, pointer).map(str::to_owned);
        Ok([part("/group")?, part("/artifact")?, part("/version")?])
    };
    let distinct = types.iter().map(key).collect::<Result<BTreeSet<_>, Stop>>()?;
    if distinct.len() != types.len() {
        return fail("a type twice");
    }
    let mut of_services = BTreeSet::new();
    for service in &services {
        of_services.insert(key(shape::member(service, "/type")?)?);
    }
    if distinct != of_services {
        return fail(format!("{} types, {} in the list of services", distinct.len(), of_services.len()));
    }
    Ok(format!("{} types", distinct.len()))
}

fn get_services_urls_lead_to_descriptions(target: &Target) -> Finding {
    let services = get_services(target)?;
    let (mut visited, mut elsewhere, mut beyond) = (0, 0, 0);
    for service in &services {
        if shape::text(service, "/type/group")? != "org.ga4gh" {
            continue;
        }
        let artifact = shape::text(service, "/type/artifact")?;
        let Ok(url) = Url::parse(shape::text(service, "/url")?) else {
            return fail("/url is not absolute");
        };
        if !target.client.trusts(&url) {
            elsewhere += 1;
            continue;
        }
        if visited == MAXIMUM_VISITS {
            beyond += 1;
            continue;
        }
        let answer = target
            .client
            .ask("GET", below(&base_of_listed(artifact, &url), &["service-info"]))
            .send()?;
        if answer.status != 200 {
            return fail(format!("{artifact}: {}", answer.described()));
        }
        shape::service(&answer.json_200()?, Some(artifact))?;
        visited += 1;
    }
    match (visited, elsewhere) {
        (0, 0) => not_offered("no service of org.ga4gh is listed"),
        (0, _) => skip("every listed service is on another host"),
        (_, _) if beyond == 0 => Ok(format!("{visited} described, {elsewhere} on other hosts not requested")),
        (_, _) => Ok(format!(
            "{visited} described, {beyond} beyond the first {MAXIMUM_VISITS} and {elsewhere} on other hosts not requested"
        )),
    }
}

fn get_services_media_type(target: &Target) -> Finding {
    let paths: [&[&str]; 3] = [&["service-info"], &["services"], &["services", "types"]];
    for segments in paths {
        let answer = target.get(STANDARD, segments).send()?;
        answer.expect(&[200])?;
        if answer.media_type() != "application/json" {
            return fail(format!("/{}: \"{}\"", segments.join("/"), answer.media_type()));
        }
    }
    Ok("application/json".to_owned())
}
