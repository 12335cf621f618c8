//! The issuers with their keys, and the ends of roles and clients.

use gemj_authenticate::{Discovered, IssuerKind, Probe, SmartClient, TrustedIssuer, client_keys, usable_key_count};
use gemj_model::{Clock as _, SystemClock, Timestamp};

use super::clock;
use super::report::Report;
use crate::configuration::Configuration;

/// The time before the end of a role or client in which a warning is due, in seconds: thirty days.
const SOON_S: i64 = 30 * 86_400;

const KEYS: &str = "ask the issuer for its key set; RS256 with at least 2048 bits and ES256 are accepted, each key with its own kid";

pub(super) async fn check_keys(configuration: &Configuration, probe: &Probe, report: &mut Report) {
    let issuers = &configuration.authentication.issuers;
    if issuers.is_empty() {
        report.warning(
            "issuers",
            "no issuer is trusted: every token is refused",
            "gemj-gateway init --for broker, and --for committee (docs/authentication.md)",
        );
    }
    for issuer in issuers {
        check_issuer(issuer, probe, report).await;
    }
    for client in &configuration.authentication.clients {
        check_client(client, probe, report).await;
    }
}

/// The keys of a hospital's system. Without them, the system gets no token.
async fn check_client(client: &SmartClient, probe: &Probe, report: &mut Report) {
    let name = format!("client {}", client.client_id);
    let bytes = match (&client.jwks_file, &client.jwks_url) {
        (Some(file), _) => std::fs::read(file).map_err(|error| format!("{}: {error}", file.display())),
        (None, Some(url)) => probe.get(url, &[]).await.map(|seen| seen.body).map_err(|fault| fault.to_string()),
        (None, None) => return,
    };
    match bytes.and_then(|bytes| client_keys(&bytes).map_err(|fault| format!("the key set {fault}"))) {
        Ok(keys) => report.good("keys", format!("{name}: {} usable keys", keys.len())),
        Err(fault) => report.fault(
            "keys",
            format!("{name}: {fault}"),
            "ask the hospital for its key set (ES384 or RS384, each key with a kid)",
        ),
    }
}

async fn check_issuer(issuer: &TrustedIssuer, probe: &Probe, report: &mut Report) {
    let name = &issuer.issuer;
    if let Some(file) = &issuer.jwks_file {
        match std::fs::read(file) {
            Ok(bytes) => keys(name, &file.display().to_string(), &bytes, report),
            Err(error) => report.fault("issuers", format!("{name}: {}: {error}", file.display()), "restore the file"),
        }
        return;
    }
    let signs_for_itself = issuer
        .kinds
        .iter()
        .any(|kind| matches!(kind, IssuerKind::Broker | IssuerKind::AccessToken));
    let mut urls = issuer.jku.clone();
    match &issuer.jwks_url {
        Some(url) => urls.push(url.clone()),
        None if signs_for_itself => urls.extend(discovered(issuer, probe, report).await),
        None => {}
    }
    for url in urls {
        match probe.get(&url, &[("Accept", "application/json")]).await {
            Ok(seen) => {
                if let Some(date) = seen.date {
                    clock::compare(name, date, report);
                }
                if seen.status == 200 {
                    keys(name, &url, &seen.body, report);
                } else {
                    report.fault(
                        "issuers",
                        format!("{name}: {url} answered with status {}", seen.status),
                        "ask the issuer for its key set's address",
                    );
                }
            }
            Err(fault) => report.fault(
                "issuers",
                format!("{name}: the keys at {url} cannot be fetched: {fault}"),
                "check address, firewall and TLS certificate; authentication.ca_file names further authorities",
            ),
        }
    }
}

/// The address of the keys in the issuer's discovery document. Empty if the document cannot be used, which is reported.
async fn discovered(issuer: &TrustedIssuer, probe: &Probe, report: &mut Report) -> Option<String> {
    let name = &issuer.issuer;
    match probe.discover(name).await {
        Ok(found) => {
            let foreign: Vec<&String> = found
                .other_hosts
                .iter()
                .filter(|host| !issuer.endpoint_hosts.contains(host) && is_needed(issuer, &found, host))
                .collect();
            for host in foreign {
                report.fault(
                    "issuers",
                    format!("{name}: the discovery document places an endpoint on {host}, which endpoint_hosts does not name"),
                    format!("if the host belongs to the issuer, add \"{host}\" to endpoint_hosts of its entry"),
                );
            }
            Some(found.jwks_uri)
        }
        Err(fault) => {
            report.fault(
                "issuers",
                format!("{name}: {fault}"),
                "compare `issuer` with the `iss` of its tokens, or set jwks_url and userinfo_url to avoid discovery",
            );
            None
        }
    }
}

/// Whether the gateway needs an endpoint on this host: the introspection endpoint is used for opaque tokens only.
fn is_needed(issuer: &TrustedIssuer, found: &Discovered, host: &str) -> bool {
    let is_asked = issuer.opaque.as_ref().is_some_and(|opaque| opaque.introspection_url.is_none());
    is_asked || found.required_hosts.iter().any(|required| required == host)
}

fn keys(issuer: &str, place: &str, bytes: &[u8], report: &mut Report) {
    match usable_key_count(bytes) {
        Ok(0) => report.fault("issuers", format!("{issuer}: {place} has no key that can be used"), KEYS),
        Ok(count) => report.good("issuers", format!("{issuer}: {count} usable keys at {place}")),
        Err(fault) => report.fault("issuers", format!("{issuer}: {place} {fault}"), KEYS),
    }
}

/// Reports roles and clients that have ended or end soon. Their holders lose access without another notice.
pub(super) fn check_ends(configuration: &Configuration, report: &mut Report) {
    let trust = &configuration.authentication;
    let roles = (1..)
        .zip(&trust.roles)
        .map(|(position, role)| (format!("role {position}"), &role.expires));
    let clients = trust
        .clients
        .iter()
        .map(|client| (format!("client {}", client.client_id), &client.expires));
    let now = SystemClock::default().now();
    for (name, expires) in roles.chain(clients) {
        let Ok(end) = Timestamp::parse(expires) else { continue };
        let remedy = format!("if the access shall go on, change `expires` of the {name} and run `gemj-gateway reload`");
        if end.0 <= now.0 {
            report.warning("roles", format!("the {name} ended on {expires}"), remedy);
        } else if end.0 <= now.plus_seconds(SOON_S).0 {
            report.warning("roles", format!("the {name} ends on {expires}"), remedy);
        }
    }
}
