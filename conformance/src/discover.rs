//! Finds the address of each standard: in the settings, otherwise in the service registry, otherwise at the usual path. A registry entry is
//! used only if the caller named the origin of its URL. A standard counts as not offered only if neither the settings nor such an entry
//! name it, and its descriptions at the usual path answer 404.

use std::collections::BTreeMap;

use anyhow::Context as _;
use serde_json::Value;
use url::Url;

use crate::check::{Standard, Stop};
use crate::client::Client;
use crate::settings::Settings;
use crate::target::{Place, below};

/// The segments of a standard's usual path below the URL of the deployment.
const fn customary(standard: Standard) -> &'static [&'static str] {
    match standard {
        Standard::ServiceRegistry | Standard::Passport => &[],
        Standard::Htsget => &["htsget"],
        Standard::Beacon => &["beacon"],
        Standard::Drs => &["ga4gh", "drs", "v1"],
        Standard::Wes => &["ga4gh", "wes", "v1"],
        Standard::Fhir => &["fhir"],
    }
}

/// The paths of a standard's descriptions. If the server offers the standard, at least one of these paths does not answer 404.
const fn descriptions(standard: Standard) -> &'static [&'static [&'static str]] {
    match standard {
        Standard::ServiceRegistry => &[&["services"], &["service-info"]],
        Standard::Htsget => &[&["reads", "service-info"], &["variants", "service-info"]],
        Standard::Beacon => &[&["info"], &["service-info"]],
        Standard::Drs | Standard::Wes => &[&["service-info"]],
        Standard::Fhir => &[&["metadata"]],
        Standard::Passport => &[],
    }
}

fn setting(settings: &Settings, standard: Standard) -> Option<&str> {
    match standard {
        Standard::ServiceRegistry => settings.service_registry.base.as_deref(),
        Standard::Htsget => settings.htsget.base.as_deref(),
        Standard::Beacon => settings.beacon.base.as_deref(),
        Standard::Drs => settings.drs.base.as_deref(),
        Standard::Wes => settings.wes.base.as_deref(),
        Standard::Fhir => settings.fhir.base.as_deref(),
        Standard::Passport => None,
    }
}

/// The URL of an address in the settings, which is a path below `base` or an absolute URL.
pub(crate) fn resolve(base: &Url, place: &str) -> anyhow::Result<Url> {
    if place.contains("://") {
        let url = Url::parse(place).context("a base in the settings is not a URL")?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https"),
            "a base in the settings is neither http nor https"
        );
        return Ok(url);
    }
    let segments: Vec<&str> = place.split('/').filter(|segment| !segment.is_empty()).collect();
    Ok(below(base, &segments))
}

/// The artifact name with which a service registry lists the standard; absent for standards that are not listed.
const fn artifact(standard: Standard) -> Option<&'static str> {
    match standard {
        Standard::Htsget => Some("htsget"),
        Standard::Beacon => Some("beacon"),
        Standard::Drs => Some("drs"),
        Standard::Wes => Some("wes"),
        Standard::ServiceRegistry | Standard::Passport | Standard::Fhir => None,
    }
}

/// The base URL of a service that a registry lists. The paths of its specification are below this URL.
///
/// The base URL is the listed URL itself (Service Registry 1.0.0, ExternalService.url). DRS is an exception: a registry lists "everything up to the
/// standardized `/ga4gh/drs/v1` path" (DRS 1.5.0, Service Registry).
pub(crate) fn base_of_listed(artifact: &str, url: &Url) -> Url {
    let standardized = ["ga4gh", "drs", "v1"];
    if artifact == "drs" {
        below(url, &standardized)
    } else {
        url.clone()
    }
}

/// The base URL of a standard in the registry, if the caller named the origin of that URL. A registry must not be able to make
/// this program send a token to another host.
fn listed(services: &[Value], standard: Standard, client: &Client) -> Option<Url> {
    let artifact = artifact(standard)?;
    services.iter().find_map(|service| {
        let named = service.pointer("/type/artifact")?.as_str()? == artifact;
        let url = service.get("url")?.as_str()?.trim_end_matches('/');
        // A registry lists reads and variants of htsget separately; the base URL is their common part.
        let url = match standard {
            Standard::Htsget => url.strip_suffix("/reads").or_else(|| url.strip_suffix("/variants")).unwrap_or(url),
            _ => url,
        };
        let url = Url::parse(url).ok()?;
        (named && client.trusts(&url)).then(|| base_of_listed(artifact, &url))
    })
}

/// Finds the address of every standard. The error means that the request for the registry got no readable answer, or that a base in the
/// settings is not valid.
pub(crate) fn discover(base: &Url, client: &mut Client, settings: &Settings) -> anyhow::Result<BTreeMap<Standard, Place>> {
    let mut bases: BTreeMap<Standard, Url> = BTreeMap::new();
    let mut sure: Vec<Standard> = vec![Standard::Passport];
    for standard in Standard::ALL {
        let url = match setting(settings, standard) {
            Some(place) => {
                sure.push(standard);
                resolve(base, place)?
            }
            None => below(base, customary(standard)),
        };
        client.trust(&url);
        bases.insert(standard, url);
    }
    let registry = below(&bases[&Standard::ServiceRegistry], &["services"]);
    let services = match client.ask("GET", registry).send() {
        Ok(answer) => answer.json().ok().and_then(|value| value.as_array().cloned()).unwrap_or_default(),
        Err(Stop::Fail(reason) | Stop::Skip(reason) | Stop::NotOffered(reason)) => anyhow::bail!("{base}: {reason}"),
    };
    let mut places = BTreeMap::new();
    for (standard, base) in bases {
        let mut place = Place { base, absence: None };
        if !sure.contains(&standard) {
            match listed(&services, standard, client) {
                Some(url) => place.base = url,
                None => place.absence = absence(client, standard, &place.base),
            }
        }
        places.insert(standard, place);
    }
    Ok(places)
}

fn absence(client: &Client, standard: Standard, base: &Url) -> Option<String> {
    let is_404 = |segments: &&[&str]| {
        client
            .ask("GET", below(base, segments))
            .send()
            .is_ok_and(|answer| answer.status == 404)
    };
    let absent = descriptions(standard).iter().all(is_404);
    absent.then(|| format!("not in the registry, and {} answers 404", base.path()))
}
