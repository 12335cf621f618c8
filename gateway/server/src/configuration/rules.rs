//! The rules of a configuration that its types cannot express. Every broken rule is one fault; none hides another.

use std::collections::HashSet;

use gemj_authenticate::{ConfigFault, TrustedIssuers};
use gemj_services::beacon::collections::CohortDefinition;

use crate::traces::TraceSettings;

use super::{Configuration, Fault, MetricsAccessSetting};

/// The smallest permitted `public_k`. A public answer over fewer families could reveal a participant.
const LEAST_K: u32 = 10;

/// The maximum time in which a download may be resumed, in seconds: a week.
const MOST_RESUME_S: u32 = 7 * 86_400;

/// Every broken rule, in the order of the sections.
pub(super) fn broken(configuration: &Configuration) -> Vec<Fault> {
    let mut faults = Vec::new();
    server(configuration, &mut faults);
    running(configuration, &mut faults);
    service(configuration, &mut faults);
    stores(configuration, &mut faults);
    numbers(configuration, &mut faults);
    datasets(configuration, &mut faults);
    others(configuration, &mut faults);
    faults.extend(
        configuration
            .authentication
            .faults()
            .into_iter()
            .map(|fault| of_trust(&configuration.authentication, &fault)),
    );
    faults
}

fn server(configuration: &Configuration, faults: &mut Vec<Fault>) {
    let server = &configuration.server;
    if !matches!(server.public_url.scheme(), "http" | "https") || server.public_url.host().is_none() {
        faults.push(Fault::at(
            "server.public_url",
            "server.public_url: an http or https URL with a host is expected",
        ));
    } else if ga4gh_drs::Hostname::parse(server.public_url.host_str().unwrap_or_default()).is_none() {
        faults.push(Fault::at(
            "server.public_url",
            "server.public_url: drs:// URIs need a host name or an IPv4 address; write the host's name",
        ));
    }
    if let Some(tls) = &server.tls {
        for (place, file) in [
            ("server.tls.certificate_file", &tls.certificate_file),
            ("server.tls.key_file", &tls.key_file),
        ] {
            if file.as_os_str().is_empty() {
                faults.push(Fault::at(
                    place,
                    format!("{place} is missing: server.tls needs both certificate_file and key_file"),
                ));
            }
        }
    }
    if server.tls.is_some() && server.public_url.scheme() == "http" {
        faults.push(Fault::at(
            "server.public_url",
            "server.public_url: an https URL is expected, because server.tls makes the gateway serve TLS",
        ));
    }
    let url = &server.public_url;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        faults.push(Fault::at(
            "server.public_url",
            "server.public_url: every answer shows this URL, so it must have no user, password, query or fragment",
        ));
    }
    if server.workers == 0 {
        faults.push(Fault::at("server.workers", "server.workers: at least 1 is expected"));
    }
    if server.client_certificate_header.is_some() && server.trusted_proxies.is_empty() {
        faults.push(Fault::at(
            "server.client_certificate_header",
            "server.client_certificate_header: needs trusted_proxies; the header is trusted only from them",
        ));
    }
}

/// The longest time that `server.stop_grace_s` and `server.stop_streams_s` may have, in seconds: an hour.
const MOST_STOP_S: u32 = 3_600;

fn running(configuration: &Configuration, faults: &mut Vec<Fault>) {
    let server = &configuration.server;
    for (key, seconds) in [
        ("server.stop_grace_s", server.stop_grace_s),
        ("server.stop_streams_s", server.stop_streams_s),
    ] {
        if seconds > MOST_STOP_S {
            faults.push(Fault::at(key, format!("{key}: 0 to {MOST_STOP_S} seconds are expected")));
        }
    }
    faults.extend(configuration.log.fault().map(|text| Fault::at("log.level", text)));
    let of_traces = configuration.traces.iter().flat_map(TraceSettings::faults);
    faults.extend(of_traces.map(|(key, text)| Fault::at(key, text)));
}

fn service(configuration: &Configuration, faults: &mut Vec<Fault>) {
    let contact = configuration.service.contact_url.as_deref();
    if contact.is_some_and(|url| !["mailto:", "https://", "http://"].iter().any(|scheme| url.starts_with(scheme))) {
        faults.push(Fault::at(
            "service.contact_url",
            "service.contact_url: a URL is expected: mailto:ADDRESS or https://…",
        ));
    }
}

fn stores(configuration: &Configuration, faults: &mut Vec<Fault>) {
    let database = &configuration.database;
    if !["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| database.url.starts_with(scheme))
    {
        faults.push(Fault::at("database.url", "database.url: sqlite:PATH or postgres://… is expected"));
    }
    if database.max_connections == 0 {
        faults.push(Fault::at(
            "database.max_connections",
            "database.max_connections: at least 1 is expected",
        ));
    }
    if !["file://", "s3://"]
        .iter()
        .any(|scheme| configuration.objects.url.starts_with(scheme))
    {
        faults.push(Fault::at("objects.url", "objects.url: a folder or s3://BUCKET/PREFIX is expected"));
    }
}

fn numbers(configuration: &Configuration, faults: &mut Vec<Fault>) {
    let (capabilities, policy, limits, consent) = (
        &configuration.capabilities,
        &configuration.policy,
        &configuration.limits,
        &configuration.consent,
    );
    let mut at = |place: &str, is_good: bool, expected: String| {
        if !is_good {
            faults.push(Fault::at(place, format!("{place}: {expected}")));
        }
    };
    let lifetime = (1..=3600).contains(&capabilities.lifetime_s);
    at("capabilities.lifetime_s", lifetime, "1 to 3600 seconds are expected".to_owned());
    let resume = capabilities.resume_s <= MOST_RESUME_S;
    at(
        "capabilities.resume_s",
        resume,
        format!("0 to {MOST_RESUME_S} seconds are expected"),
    );
    let k = configuration.privacy.public_k >= LEAST_K;
    at("privacy.public_k", k, format!("at least {LEAST_K} families are expected"));
    at(
        "policy.hidden_status",
        matches!(policy.hidden_status, 403 | 404),
        "404 or 403 is expected".to_owned(),
    );
    at(
        "policy.registered_window_s",
        policy.registered_window_s > 0,
        "at least 1 second is expected".to_owned(),
    );
    for (place, value) in [
        ("limits.streams", limits.streams),
        ("limits.streams_per_caller", limits.streams_per_caller),
        ("limits.streams_per_address", limits.streams_per_address),
    ] {
        at(place, value > 0, "at least 1 is expected".to_owned());
    }
    at(
        "limits.write_timeout_s",
        limits.write_timeout_s > 0,
        "at least 1 second is expected".to_owned(),
    );
    at(
        "consent.majority_age",
        (1..=30).contains(&consent.majority_age),
        "1 to 30 years are expected".to_owned(),
    );
    at(
        "consent.assent_age",
        consent.assent_age <= consent.majority_age,
        "at most majority_age is expected".to_owned(),
    );
}

fn datasets(configuration: &Configuration, faults: &mut Vec<Fault>) {
    let mut ids = HashSet::new();
    for (index, dataset) in configuration.datasets.iter().enumerate() {
        let place = |key: &str| format!("datasets[{index}].{key}");
        if !ids.insert(dataset.id.as_str()) {
            faults.push(Fault::at(place("id"), format!("datasets: '{}' occurs more than once", dataset.id)));
        }
        if let Some(term) = dataset.data_use.iter().find(|term| !is_duo(&term.code)) {
            let id = &dataset.id;
            faults.push(Fault::at(
                place("data_use"),
                format!(
                    "datasets: '{id}': data_use: codes such as DUO:0000042 are expected, and '{}' is none",
                    term.code
                ),
            ));
        }
    }
    let configured = configuration.datasets.iter().map(|dataset| &dataset.id).collect();
    let mut ids = HashSet::new();
    for (index, cohort) in configuration.cohorts.iter().enumerate() {
        // Each cohort is checked by itself, so that the fault of one cohort does not hide the fault of another.
        if let Err(fault) = CohortDefinition::check(std::slice::from_ref(cohort), &configured) {
            faults.push(Fault::at(format!("cohorts[{index}]"), format!("cohorts: {fault}")));
        } else if !ids.insert(cohort.id.as_str()) {
            let what = format!("cohorts: '{}' is configured twice", cohort.id);
            faults.push(Fault::at(format!("cohorts[{index}].id"), what));
        }
    }
    let mut domains = HashSet::new();
    for (index, organisation) in configuration.organisations.iter().enumerate() {
        if !domains.insert(organisation.domain.as_str()) {
            let what = format!("organisations: '{}' occurs more than once", organisation.domain);
            faults.push(Fault::at(format!("organisations[{index}].domain"), what));
        }
    }
}

fn others(configuration: &Configuration, faults: &mut Vec<Fault>) {
    if (configuration.metrics.access == MetricsAccessSetting::Token) != configuration.metrics.token_file.is_some() {
        faults.push(Fault::at(
            "metrics.token_file",
            "metrics.token_file: belongs to metrics.access = \"token\", which needs it",
        ));
    }
    if let Some(workflows) = &configuration.workflows {
        for (place, is_good) in [
            ("workflows.slots", workflows.slots > 0),
            ("workflows.wall_clock_s", workflows.wall_clock_s > 0),
            ("workflows.shown_every_s", workflows.shown_every_s > 0),
        ] {
            if !is_good {
                faults.push(Fault::at(place, format!("{place}: at least 1 is expected")));
            }
        }
    }
    let mut declared = HashSet::new();
    for (index, site) in configuration.sites.iter().enumerate() {
        if !declared.insert(site.id.as_str()) {
            let what = format!("sites: '{}' occurs more than once", site.id);
            faults.push(Fault::at(format!("sites[{index}].id"), what));
        }
    }
    let mut sites = HashSet::new();
    for (index, site) in configuration.fhir.sites.iter().enumerate() {
        if !sites.insert(site.id.as_str()) {
            let what = format!("fhir.site: '{}' occurs more than once", site.id);
            faults.push(Fault::at(format!("fhir.site[{index}].id"), what));
        }
    }
    let mut partners = HashSet::new();
    for (index, partner) in configuration.federation.partners.iter().enumerate() {
        let place = |key: &str| format!("federation.partner[{index}].{key}");
        if !partners.insert(partner.id.as_str()) {
            let what = format!("federation.partner: '{}' occurs more than once", partner.id);
            faults.push(Fault::at(place("id"), what));
        }
        let organization = ga4gh_service_info::Organization::new(partner.organization_name.clone(), partner.organization_url.clone());
        let made = gemj_services::federation::Partner::new(
            partner.id.clone(),
            partner.name.clone(),
            organization,
            &partner.beacon_url,
            partner.token_file.clone(),
        );
        if let Err(fault) = made {
            let what = format!("federation.partner: '{}': {fault}", partner.id);
            faults.push(Fault::at(place("beacon_url"), what));
        }
    }
}

/// The place of a fault in the section `[authentication]`. A fault that names no entry is at the section.
fn of_trust(trust: &TrustedIssuers, fault: &ConfigFault) -> Fault {
    let of_issuer = |issuer: usize, key: &str| format!("authentication.issuer[{}]{key}", issuer - 1);
    let place = match fault {
        ConfigFault::Leeway => "authentication.clock_leeway_s".to_owned(),
        ConfigFault::ProofAge => "authentication.dpop_max_age_s".to_owned(),
        ConfigFault::KeyTimes => "authentication.keys".to_owned(),
        ConfigFault::CaFile => "authentication.ca_file".to_owned(),
        ConfigFault::IssuerName { issuer } => of_issuer(*issuer, ".issuer"),
        ConfigFault::NothingAllowed { issuer } => of_issuer(*issuer, ".kinds"),
        ConfigFault::Url { issuer, key } => of_issuer(*issuer, &format!(".{key}")),
        ConfigFault::TwoKeySources { issuer } => of_issuer(*issuer, ".jwks_url"),
        ConfigFault::KeyFile { issuer } => of_issuer(*issuer, ".jwks_file"),
        ConfigFault::VisaKeys { issuer } => of_issuer(*issuer, ""),
        ConfigFault::NotAVisaIssuer { issuer } => of_issuer(*issuer, ".kinds"),
        ConfigFault::VisaWithoutTyp { issuer } => of_issuer(*issuer, ".visa_access_tokens_without_typ"),
        ConfigFault::Exchange { issuer } | ConfigFault::ExchangeSecret { issuer } => of_issuer(*issuer, ".exchange"),
        ConfigFault::Opaque { issuer } | ConfigFault::OpaqueSecret { issuer } => of_issuer(*issuer, ".opaque"),
        ConfigFault::PassportIssuer { issuer } => of_issuer(*issuer, ".exchange.passport_issuer"),
        ConfigFault::AccessTokenSetting { issuer } => of_issuer(*issuer, ""),
        ConfigFault::Audience { issuer } => of_issuer(*issuer, ".audiences"),
        ConfigFault::Bearer { issuer } => of_issuer(*issuer, ".bearer"),
        ConfigFault::Visa { issuer, visa } => of_issuer(*issuer, &format!(".visa[{}]", visa - 1)),
        ConfigFault::Client { client } => format!("authentication.client[{}]", client - 1),
        ConfigFault::Role { role } => format!("authentication.role[{}]", role - 1),
        // A place only improves the text. A fault without an entry of its own is at the section.
        _ => "authentication".to_owned(),
    };
    let name = match fault {
        ConfigFault::Client { client } => trust.clients.get(client - 1).map(|client| client.client_id.as_str()),
        _ => None,
    };
    let name = name.map(|name| format!(" ('{name}')")).unwrap_or_default();
    Fault::at(place, format!("authentication{name}: {fault}"))
}

/// Whether a text has the form of a Data Use Ontology code.
fn is_duo(code: &str) -> bool {
    code.strip_prefix("DUO:")
        .is_some_and(|digits| digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit()))
}
