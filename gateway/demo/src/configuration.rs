//! The text of the demo's `gateway.toml`: every key with a comment.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gemj_model::toml_text::{TomlText, list, quoted};
use gemj_model::{Organisation, OrganisationKind};

use crate::broker::tokens::{REGISTERED_ACCESS, REGISTRATION_SOURCE, affiliation_source};
use crate::broker::{PASSPORT_JWKS_FILE, VISA_JWKS_FILE, visa_issuer, visa_jku};
use crate::feeds::institutions::BIOBANK;
use crate::hospital_clients::{HOSPITAL_CLIENTS, SCOPES, jwks_file, patient_number_system};
use crate::personas::{APPROVAL_SOURCE, Persona, controlled_grant, organisations};
use crate::programme::Hospital;

/// The addresses and files that the demo's configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The address and port on which the gateway listens.
    pub listen: SocketAddr,
    /// The public URL of the gateway, without a slash at the end.
    pub public_url: String,
    /// The URL of the broker, which is the passport issuer.
    pub broker_url: String,
    /// The audience that the broker's passports name in `aud` (see [`crate::Broker::with_audience`]); absent if they name none.
    pub audience: Option<String>,
    /// The file of the official FHIR R4 JSON Schema. If absent, the gateway accepts no FHIR resources.
    pub fhir_schema: Option<PathBuf>,
    /// The path of the CWL engine `cwltool`. If absent, the gateway runs no workflows.
    pub cwltool: Option<PathBuf>,
    /// The path of the Bubblewrap program, which isolates workflow runs. If absent, runs are not isolated.
    pub bwrap: Option<PathBuf>,
}

/// The demo's configuration. Its paths are relative to the demo's folder, which contains `gateway.toml`. The keys of both issuers are read from
/// files, so that the configuration also works while no broker runs.
#[must_use]
pub fn configuration(layout: &Layout) -> String {
    let mut text = head(layout);
    for organisation in organisations() {
        organisation_table(&mut text, &organisation);
    }
    authentication(&mut text, layout);
    roles(&mut text, layout);
    clients(&mut text);
    fhir(&mut text, layout);
    workflows(&mut text, layout);
    text
}

/// The template of every configuration, which `config default` prints. The demo takes its sections and comments from the same file as `init`.
const TEMPLATE: &str = include_str!("../../server/src/configuration/default.toml");

const OPENING: &str = "\
# Configuration of the gateway's demo. All participants are invented. Written by `gemj-gateway demo`, which does not
# overwrite later changes.

# Whether `demo` wrote this file. Only `demo` serves such a configuration: its participants, tokens and keys are not those of a programme.
demo = true

";

const DATASETS_AND_COHORTS: &str = r#"
[[datasets]]
# Id of the dataset, as in the sample sheets.
id = "cancer"
# Name of the dataset.
name = "Cancer (demo)"
# One sentence about it.
description = "Synthetic people with cancer and some of their relatives."
# Data Use Ontology codes. A dataset without a permission may not be used for research. GRU: general research use.
data_use = ["DUO:0000042"]
# Whether every caller may ask for booleans. A "yes" needs at least privacy.public_k families.
public_boolean = true

[[datasets]]
# Id of the dataset, as in the sample sheets.
id = "rare-disease"
# Name of the dataset.
name = "Rare diseases (demo)"
# One sentence about it.
description = "Synthetic people with rare diseases, mostly children with their parents."
# Data Use Ontology codes. HMB: health, medical and biomedical research.
data_use = ["DUO:0000006"]
# Whether every caller may ask for booleans. A "yes" needs at least privacy.public_k families.
public_boolean = true

[[cohorts]]
# Id of the cohort: a group of datasets that Beacon lists.
id = "gemj-demo"
# Name of the cohort.
name = "All participants of the demo"
# study-defined, beacon-defined or user-defined.
type = "beacon-defined"
# The datasets whose participants are in the cohort.
datasets = ["cancer", "rare-disease"]

[[cohorts]]
# Id of the cohort.
id = "rare-disease-families"
# Name of the cohort.
name = "Families with rare diseases (demo)"
# study-defined, beacon-defined or user-defined.
type = "study-defined"
# The datasets whose participants are in the cohort.
datasets = ["rare-disease"]

# Organisations of callers. An organisation that is not listed counts as an overseas company, the strictest case.
"#;

fn head(layout: &Layout) -> String {
    let sections: [(&str, &[&str]); 8] = [
        ("server", &["listen", "public_url"]),
        ("service", &[]),
        ("database", &["url", "max_connections"]),
        ("objects", &["url"]),
        ("capabilities", &["key_file", "lifetime_s"]),
        ("privacy", &[]),
        ("audit", &[]),
        ("consent", &["forms_dir"]),
    ];
    let text = TomlText::of_sections(TEMPLATE, &sections)
        .set("server", "listen", &quoted(&layout.listen.to_string()))
        .set("server", "public_url", &quoted(&layout.public_url))
        .set("service", "id", "\"example.gemj.gateway.demo\"")
        .set("service", "name", "\"GeMJ gateway (demo)\"")
        .set("service", "organization_name", "\"Genomic Medicine Japan (demo)\"")
        .set("service", "organization_url", "\"https://gemj.example\"")
        .set("service", "contact_url", "\"mailto:help@gemj.example\"")
        .set("capabilities", "key_file", "\"capabilities.key\"")
        .set("audit", "checkpoint_dir", "\"audit-checkpoints\"");
    format!("{OPENING}{}", text.with(DATASETS_AND_COHORTS).text())
}

fn organisation_table(text: &mut String, organisation: &Organisation) {
    let kind = match organisation.kind {
        OrganisationKind::Academic => "academic",
        OrganisationKind::Company => "company",
    };
    let (domain, country) = (quoted(&organisation.domain), quoted(&organisation.country));
    let _ = write!(
        text,
        r#"
[[organisations]]
# The part of an affiliation after the @.
domain = {domain}
# ISO 3166-1 alpha-2.
country = {country}
# academic or company.
kind = "{kind}"
"#
    );
}

fn authentication(text: &mut String, layout: &Layout) {
    let base = layout.broker_url.trim_end_matches('/');
    let (issuer, userinfo) = (quoted(base), quoted(&format!("{base}/userinfo")));
    let (visa_issuer, jku) = (quoted(&visa_issuer(base)), quoted(&visa_jku(base)));
    let audience = match &layout.audience {
        Some(audience) => format!(
            "# Our name at this issuer. Its tokens must name it in `aud`.\naudience = {}\n",
            quoted(audience)
        ),
        None => "# Our name at this issuer. If absent, a token that names an audience is rejected.\n# audience = \"...\"\n".to_owned(),
    };
    let organisations = organisations();
    let affiliation_sources = list(organisations.iter().map(|o| affiliation_source(&o.domain)));
    let affiliation_domains = list(organisations.iter().map(|o| o.domain.clone()));
    let grants = list(Persona::ALL.into_iter().filter_map(controlled_grant));
    let registered = list([REGISTERED_ACCESS.to_owned()]);
    let (registration, committee) = (list([REGISTRATION_SOURCE.to_owned()]), list([APPROVAL_SOURCE.to_owned()]));
    let _ = write!(
        text,
        r#"
[authentication]
# Maximum accepted clock difference between an issuer and the gateway, in seconds; at most 30.
clock_leeway_s = 30
# Values that make a researcher registered. Both visas for registered access must have one of them.
registered_access_values = {registered}

[[authentication.issuer]]
# The `iss` of its tokens, byte for byte: the demo's passport broker.
issuer = {issuer}
# The kinds of token that it may issue.
kinds = ["broker", "access-token"]
# Accepted signature algorithms.
algorithms = ["RS256"]
{audience}# Its public keys, which `demo` writes to this file.
jwks_file = "{PASSPORT_JWKS_FILE}"
# URL that returns the visas of a passport-scoped access token; available while `demo` runs.
userinfo_url = {userinfo}
# The kinds of its tokens that are accepted in the Authorization header.
bearer = ["passport", "access-token"]
# Maximum accepted lifetime of its tokens, in seconds.
max_lifetime_s = 86400

[[authentication.issuer]]
# The `iss` of its tokens: the demo's visa issuer, which is trusted only for visas.
issuer = {visa_issuer}
# The kinds of token that it may issue.
kinds = ["visa-issuer"]
# Accepted signature algorithms.
algorithms = ["ES256"]
# Key set URLs that its visas may name.
jku = [{jku}]
# Its public keys, which `demo` writes to this file; used instead of fetching them.
jwks_file = "{VISA_JWKS_FILE}"
# Maximum accepted lifetime of its visas, in seconds.
max_lifetime_s = 86400

[[authentication.issuer.visa]]
# The visa type.
type = "AffiliationAndRole"
# Accepted sources: the organisations themselves.
sources = {affiliation_sources}
# Accepted values of `by`.
by = ["so"]
# Accepted organisations.
organizations = {affiliation_domains}

[[authentication.issuer.visa]]
# The visa type.
type = "AcceptedTermsAndPolicies"
# Accepted sources.
sources = {registration}
# Accepted values of `by`.
by = ["self"]
# Accepted values.
values = {registered}

[[authentication.issuer.visa]]
# The visa type.
type = "ResearcherStatus"
# Accepted sources.
sources = {registration}
# Accepted values of `by`.
by = ["so"]
# Accepted values.
values = {registered}

[[authentication.issuer.visa]]
# The visa type.
type = "ControlledAccessGrants"
# Accepted sources: the access committee.
sources = {committee}
# Accepted values of `by`.
by = ["dac"]
# Accepted values: those of the committee's approvals.
values = {grants}
"#
    );
}

fn roles(text: &mut String, layout: &Layout) {
    let issuer = quoted(layout.broker_url.trim_end_matches('/'));
    for (persona, role) in Persona::ALL.into_iter().filter_map(|p| Some((p, p.role()?))) {
        let subject = quoted(&persona.subject());
        // The serialised role is a quoted text that is valid in both JSON and TOML.
        let kind = serde_json::to_string(&role.kind).unwrap_or_default();
        let _ = write!(
            text,
            r#"
[[authentication.role]]
# Issuer of the passport.
issuer = {issuer}
# Subject of the passport.
subject = {subject}
# The role.
role = {kind}
"#
        );
        if let Some(scope) = role.scope {
            let _ = write!(text, "# Site, bank, project or profile.\nscope = {}\n", quoted(scope));
        }
        text.push_str("# When the role ends.\nexpires = \"2036-04-01\"\n");
    }
}

fn clients(text: &mut String) {
    let scopes = list(SCOPES.map(str::to_owned));
    for (client, site) in HOSPITAL_CLIENTS {
        let (id, keys, scope) = (quoted(client), quoted(&jwks_file(client)), quoted(site));
        let _ = write!(
            text,
            r#"
[[authentication.client]]
# A hospital's record system: SMART Backend Services.
client_id = {id}
# Its public keys, which `demo` writes to this file.
jwks_file = {keys}
# The role of its tokens.
role = "hospital-system"
# The site whose patients it may see.
scope = {scope}
# The scopes that it may request.
scopes = {scopes}
# When the client ends.
expires = "2036-04-01"
"#
        );
    }
}

fn fhir(text: &mut String, layout: &Layout) {
    let schema = match &layout.fhir_schema {
        Some(path) => format!("r4_schema = {}", path_text(path)),
        None => "# r4_schema = \"fhir.schema.json.gz\"".to_owned(),
    };
    let _ = write!(
        text,
        "\n[fhir]\n# The official FHIR R4 JSON Schema (fhir.schema.json of HL7, also gzipped). Without it the gateway accepts no FHIR resources.\n{schema}\n"
    );
    for (_, site) in HOSPITAL_CLIENTS {
        let (id, system) = (quoted(site), quoted(&patient_number_system(site)));
        let _ = write!(
            text,
            r#"
[[fhir.site]]
# A hospital whose patients are identified by the hospital's own number.
id = {id}
# Identifier.system of its patient numbers.
patient_number_system = {system}
"#
        );
    }
    let is_client = |site: &str| HOSPITAL_CLIENTS.iter().any(|(_, of)| *of == site);
    for site in Hospital::ALL.map(Hospital::site).into_iter().filter(|site| !is_client(site)) {
        let id = quoted(site);
        let _ = write!(text, "\n[[sites]]\n# A hospital that sends its data in files only.\nid = {id}\n");
    }
    let id = quoted(BIOBANK);
    let _ = write!(text, "\n[[sites]]\n# A biobank that sends its lists of specimens.\nid = {id}\n");
}

fn workflows(text: &mut String, layout: &Layout) {
    let Some(cwltool) = &layout.cwltool else {
        text.push_str("\n# No cwltool and bubblewrap were found when this was written: see docs/workflows.md.\n# [workflows]\n");
        return;
    };
    let cwltool = path_text(cwltool);
    let isolated = layout.bwrap.is_some();
    let bwrap = match &layout.bwrap {
        Some(path) => format!("bwrap = {}", path_text(path)),
        None => "# bwrap = \"/usr/bin/bwrap\"".to_owned(),
    };
    let _ = write!(
        text,
        r#"
[workflows]
# Folder for runs: their inputs, logs and outputs.
directory = "runs"
# The CWL engine.
cwltool = {cwltool}
# Bubblewrap, which hides this machine from runs.
{bwrap}
# Whether the gateway refuses to start if runs cannot be isolated.
require_isolation = {isolated}
# Number of runs at the same time.
slots = 1
# Maximum duration of one run in seconds.
wall_clock_s = 3600
"#
    );
}

fn path_text(path: &Path) -> String {
    quoted(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn layout(audience: Option<&str>) -> Layout {
        Layout {
            listen: "127.0.0.1:8080".parse().unwrap(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            broker_url: "http://127.0.0.1:8081/".to_owned(),
            audience: audience.map(str::to_owned),
            fhir_schema: Some("/schemas/fhir.schema.json.gz".into()),
            cwltool: Some("/opt/cwltool".into()),
            bwrap: None,
        }
    }

    #[test]
    fn every_key_has_a_comment() {
        let text = configuration(&layout(Some("a \"b\" \\ \u{7}")));
        let lines: Vec<_> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(lines[at - 1].starts_with('#'), "line {}: {line}", at + 1);
            }
        }
    }

    #[test]
    fn the_authentication_part_is_valid_and_has_all_issuers_and_roles() {
        for audience in [None, Some("a \"b\" \\ \u{7}")] {
            let text = configuration(&layout(audience));
            let parsed: toml::Table = text.parse().unwrap();
            let trust: gemj_authenticate::TrustedIssuers = parsed["authentication"].clone().try_into().unwrap();
            trust.check().unwrap();
            assert_eq!(trust.issuers[0].audience.as_deref(), audience);
            assert_eq!(trust.issuers[1].jku, ["http://127.0.0.1:8081/visas/jwks"]);
            assert_eq!(trust.roles.len(), 10);
            assert_eq!(parsed["organisations"].as_array().unwrap().len(), organisations().len());
        }
    }
}
