//! The text of the demo's `gateway.toml`: every key with a comment.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gemj_model::{Organisation, OrganisationKind};

use crate::broker::tokens::{REGISTERED_ACCESS, REGISTRATION_SOURCE, affiliation_source};
use crate::broker::{PASSPORT_JWKS_FILE, VISA_JWKS_FILE, visa_issuer, visa_jku};
use crate::hospital_clients::{HOSPITAL_CLIENTS, SCOPES, jwks_file, patient_number_system};
use crate::personas::{APPROVAL_SOURCE, Persona, controlled_grant, organisations};

/// Where things of the demo are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where the gateway listens.
    pub listen: SocketAddr,
    /// How the world reaches it, without a slash at the end.
    pub public_url: String,
    /// Where the broker is reached: the passport issuer.
    pub broker_url: String,
    /// What the broker's passports name in `aud` (see [`crate::Broker::with_audience`]); absent where they name nothing.
    pub audience: Option<String>,
    /// The official FHIR R4 JSON Schema; without it nothing is taken in by FHIR.
    pub fhir_schema: Option<PathBuf>,
    /// The CWL engine; without it no workflow runs.
    pub cwltool: Option<PathBuf>,
    /// Bubblewrap, in which workflows run.
    pub bwrap: Option<PathBuf>,
}

/// The demo's configuration. Paths in it are relative to the demo's folder, where `gateway.toml` is put; the keys of both issuers are
/// read from files, so that it works also while no broker runs.
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

fn head(layout: &Layout) -> String {
    let (listen, public_url) = (quoted(&layout.listen.to_string()), quoted(&layout.public_url));
    format!(
        r#"# Configuration of the gateway's demo. Everybody in it is invented. Written by `gemj-gateway demo`; edit it as you like, it is not
# written again.

# Whether `demo` made it. Such a configuration is served by `demo` alone: its people, tokens and keys are not those of a programme.
demo = true

[server]
# Address and port to listen on.
listen = {listen}
# How the world reaches this gateway; it stands in tickets, DRS URIs and service-info.
public_url = {public_url}

[service]
# Id of this service in reverse-domain form (GA4GH service-info).
id = "example.gemj.gateway.demo"
# Its name for people.
name = "GeMJ gateway (demo)"
# Who runs it.
organization_name = "Genomic Medicine Japan (demo)"
# Where to read about them.
organization_url = "https://gemj.example"
# Where to ask.
contact_url = "mailto:help@gemj.example"
# prod, test, dev or staging.
environment = "dev"

[database]
# sqlite:PATH relative to this file, or postgres://USER@HOST/DATABASE.
url = "sqlite:gateway.db"
# Most connections open at once.
max_connections = 8

[objects]
# Where the bytes are: a folder relative to this file, or s3://BUCKET/PREFIX.
url = "objects"

[capabilities]
# The secret that signs data block URLs; the demo made it, readable by its owner alone.
key_file = "capabilities.key"
# How long a signed URL lives, in seconds. It is decided anew at each use all the same.
lifetime_s = 600

[privacy]
# Least number of families behind an answer of the public or registered tier.
public_k = 10

[audit]
# Where signed heads of the audit chain are put, outside the database, so that a cut tail is seen.
checkpoint_dir = "audit-checkpoints"

[consent]
# Folder of further consent forms, one JSON file each. The forms of the demo are built in.
# forms_dir = "consent-forms"

[[datasets]]
# Id of the dataset; what a sample sheet names.
id = "cancer"
# Its name for people.
name = "Cancer (demo)"
# One sentence about it.
description = "Synthetic people with cancer and some of their relatives."
# Data Use Ontology codes. Without a permission nobody may use the dataset for research. GRU: general research use.
data_use = ["DUO:0000042"]
# Whether anybody may ask for yes or no, where at least privacy.public_k families stand behind a yes.
public_boolean = true

[[datasets]]
# Id of the dataset; what a sample sheet names.
id = "rare-disease"
# Its name for people.
name = "Rare diseases (demo)"
# One sentence about it.
description = "Synthetic people with rare diseases, mostly children with their parents."
# Data Use Ontology codes. HMB: health, medical and biomedical research.
data_use = ["DUO:0000006"]
# Whether anybody may ask for yes or no, where at least privacy.public_k families stand behind a yes.
public_boolean = true

[[cohorts]]
# Id of the cohort: a group of datasets that Beacon lists.
id = "gemj-demo"
# Its name for people.
name = "Everybody in the demo"
# study-defined, beacon-defined or user-defined.
type = "beacon-defined"
# Whose people are its people.
datasets = ["cancer", "rare-disease"]

[[cohorts]]
# Id of the cohort.
id = "rare-disease-families"
# Its name for people.
name = "Families with rare diseases (demo)"
# study-defined, beacon-defined or user-defined.
type = "study-defined"
# Whose people are its people.
datasets = ["rare-disease"]

# Organisations that callers work for. One that is not here counts as a company overseas, the strictest case.
"#
    )
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
# The part of an affiliation behind the @.
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
            "# Our name at this issuer; its tokens must name it in `aud`.\naudience = {}\n",
            quoted(audience)
        ),
        None => "# Our name at this issuer. Absent: a token that names any audience is refused.\n# audience = \"...\"\n".to_owned(),
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
# Allowed difference between an issuer's clock and ours, in seconds; at most 30.
clock_leeway_s = 30
# Values that make a researcher registered when both of the visas for it carry them.
registered_access_values = {registered}

[[authentication.issuer]]
# The `iss` of its tokens, byte for byte: the demo's passport broker.
issuer = {issuer}
# What it may issue.
kinds = ["broker", "access-token"]
# Signature algorithms accepted from it.
algorithms = ["RS256"]
{audience}# Its keys, written here by `demo`.
jwks_file = "{PASSPORT_JWKS_FILE}"
# Asked for the visas of a passport-scoped access token; answers while `demo` runs.
userinfo_url = {userinfo}
# Which of its tokens are accepted in the Authorization header.
bearer = ["passport", "access-token"]
# Longest accepted lifetime of one of its tokens, in seconds.
max_lifetime_s = 86400

[[authentication.issuer]]
# The `iss` of its tokens: the demo's visa issuer, trusted for visas alone.
issuer = {visa_issuer}
# What it may issue.
kinds = ["visa-issuer"]
# Signature algorithms accepted from it.
algorithms = ["ES256"]
# Key set URLs that its visas may name.
jku = [{jku}]
# Its keys, written here by `demo`; used instead of fetching.
jwks_file = "{VISA_JWKS_FILE}"
# Longest accepted lifetime of one of its visas, in seconds.
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
        // serde's word of the role, which is JSON and TOML alike.
        let kind = serde_json::to_string(&role.kind).unwrap_or_default();
        let _ = write!(
            text,
            r#"
[[authentication.role]]
# Who says it: the issuer of the passport.
issuer = {issuer}
# Whom it is about.
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
# Its public keys, written here by `demo`.
jwks_file = {keys}
# The role of its tokens.
role = "hospital-system"
# The site whose patients it sees.
scope = {scope}
# What it may ask for.
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
        "\n[fhir]\n# The official FHIR R4 JSON Schema (fhir.schema.json of HL7, also gzipped). Without it nothing is taken in by FHIR.\n{schema}\n"
    );
    for (_, site) in HOSPITAL_CLIENTS {
        let (id, system) = (quoted(site), quoted(&patient_number_system(site)));
        let _ = write!(
            text,
            r#"
[[fhir.site]]
# A hospital whose patients are found by the hospital's own number.
id = {id}
# Identifier.system of its patient numbers.
patient_number_system = {system}
"#
        );
    }
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
# Bubblewrap, in which runs see nothing of this machine.
{bwrap}
# Whether to refuse to start where runs cannot be isolated.
require_isolation = {isolated}
# Runs at the same time.
slots = 1
# Seconds that one run may take.
wall_clock_s = 3600
"#
    );
}

fn path_text(path: &Path) -> String {
    quoted(&path.display().to_string())
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().map(|i| quoted(&i)).collect();
    format!("[{}]", items.join(", "))
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
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
    fn every_key_is_documented() {
        let text = configuration(&layout(Some("a \"b\" \\ \u{7}")));
        let lines: Vec<_> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(lines[at - 1].starts_with('#'), "line {}: {line}", at + 1);
            }
        }
    }

    #[test]
    fn the_authentication_part_is_what_the_gateway_trusts() {
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
