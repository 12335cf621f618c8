//! `gateway.toml`, the operator's configuration file. An unknown key is an error that names its line. Relative paths are relative to the file.

mod check;
mod data_use;
mod decisions;
#[cfg(test)]
mod defaults;
mod faults;
mod holders;
mod listen;
mod metrics;
mod reading;
mod rules;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ga4gh_beacon::Environment;
use gemj_authenticate::TrustedIssuers;
use gemj_model::{DatasetPolicy, Organisation, SiteId};
use gemj_services::beacon::collections::CohortDefinition;
use gemj_services::wes::SandboxOptions;
use serde::Deserialize;

use crate::log::LogSettings;
use crate::traces::TraceSettings;

pub(crate) use check::faults_of_files;
pub(crate) use data_use::oddities;
use decisions::{ConsentSettings, LimitSettings, PolicySettings};
pub(crate) use faults::{ConfigurationError, Fault};
pub(crate) use holders::oddities_of_holders;
pub(crate) use listen::ListenAddress;
pub(crate) use metrics::{MetricsAccessSetting, MetricsSettings};

/// The default configuration with a comment for every key, as `config default` prints it.
pub(crate) const DEFAULT: &str = include_str!("configuration/default.toml");

/// All sections of the configuration file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Whether `demo` created the configuration. Only `demo` serves a demo's configuration.
    #[serde(default)]
    pub(crate) demo: bool,
    pub(crate) server: ServerSettings,
    pub(crate) service: ServiceSettings,
    pub(crate) database: DatabaseSettings,
    pub(crate) objects: ObjectsSettings,
    pub(crate) capabilities: CapabilitySettings,
    #[serde(default)]
    pub(crate) privacy: PrivacySettings,
    #[serde(default)]
    pub(crate) policy: PolicySettings,
    #[serde(default)]
    pub(crate) limits: LimitSettings,
    #[serde(default)]
    pub(crate) audit: AuditSettings,
    #[serde(default)]
    pub(crate) metrics: MetricsSettings,
    #[serde(default)]
    pub(crate) log: LogSettings,
    /// The collector of traces. If absent, nothing is traced.
    #[serde(default)]
    pub(crate) traces: Option<TraceSettings>,
    #[serde(default)]
    pub(crate) consent: ConsentSettings,
    #[serde(default)]
    pub(crate) datasets: Vec<DatasetPolicy>,
    /// The cohorts that Beacon lists. Each cohort is a group of datasets.
    #[serde(default)]
    pub(crate) cohorts: Vec<CohortDefinition>,
    #[serde(default)]
    pub(crate) organisations: Vec<Organisation>,
    /// Institutions that enrol participants or send data in files. A hospital in `fhir.site` needs no entry here.
    #[serde(default)]
    pub(crate) sites: Vec<SiteSettings>,
    #[serde(default)]
    pub(crate) authentication: TrustedIssuers,
    #[serde(default)]
    pub(crate) fhir: FhirSettings,
    #[serde(default)]
    pub(crate) workflows: Option<WorkflowSettings>,
    #[serde(default)]
    pub(crate) federation: FederationSettings,
}

/// The section about one institution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SiteSettings {
    pub(crate) id: SiteId,
}

/// The schema that FHIR writes are validated against, and the hospitals' numbering systems.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FhirSettings {
    /// The official R4 JSON Schema (`fhir.schema.json`). If absent, FHIR accepts no writes.
    #[serde(default)]
    pub(crate) r4_schema: Option<PathBuf>,
    #[serde(default, rename = "site")]
    pub(crate) sites: Vec<FhirSiteSettings>,
}

/// The section about one hospital: the numbering of its patients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FhirSiteSettings {
    pub(crate) id: SiteId,
    pub(crate) patient_number_system: String,
    /// The namespace under which the hospital's patient numbers were linked. If absent, `id`.
    #[serde(default)]
    pub(crate) namespace: Option<String>,
}

/// The section about workflow runs. Without this section, WES answers that no workflow can be run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkflowSettings {
    pub(crate) directory: PathBuf,
    pub(crate) cwltool: PathBuf,
    #[serde(default)]
    pub(crate) bwrap: Option<PathBuf>,
    #[serde(default = "yes")]
    pub(crate) require_isolation: bool,
    #[serde(default = "one")]
    pub(crate) slots: usize,
    #[serde(default = "a_day")]
    pub(crate) wall_clock_s: u64,
    #[serde(default = "ten_gib")]
    pub(crate) max_output_bytes: u64,
    /// The resource limits of a run.
    #[serde(default)]
    pub(crate) limits: SandboxOptions,
    /// The length in seconds of the time steps in which owners see changes of their runs.
    #[serde(default = "a_minute")]
    pub(crate) shown_every_s: u32,
    /// Seconds within which the body of a run's submission must arrive.
    #[serde(default = "two_minutes")]
    pub(crate) upload_timeout_s: u32,
    /// Maximum number of runs that one caller may submit within 24 hours; 0 for no limit.
    #[serde(default = "a_hundred")]
    pub(crate) runs_per_day: u32,
}

/// The section about federation: the partner gateways to which queries about variants are forwarded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FederationSettings {
    pub(crate) deadline_ms: u64,
    #[serde(rename = "partner")]
    pub(crate) partners: Vec<PartnerSettings>,
}

impl Default for FederationSettings {
    fn default() -> Self {
        Self {
            deadline_ms: 5000,
            partners: Vec::new(),
        }
    }
}

/// The section about one partner gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartnerSettings {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) organization_name: String,
    pub(crate) organization_url: String,
    /// The root of the partner's Beacon, without a slash at the end.
    pub(crate) beacon_url: url::Url,
    /// The form of queries that the partner accepts: nested or flat parameters in a POST, or a GET. If absent, the gateway determines the form.
    #[serde(default)]
    pub(crate) dialect: Option<gemj_services::federation::Dialect>,
    /// A file with the bearer token that the partner issued to this gateway. If absent, queries are sent without credentials.
    #[serde(default)]
    pub(crate) token_file: Option<PathBuf>,
}

fn a_minute() -> u32 {
    60
}

fn two_minutes() -> u32 {
    120
}

fn a_hundred() -> u32 {
    100
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn a_day() -> u64 {
    86_400
}

fn ten_gib() -> u64 {
    10 << 30
}

/// The address that the gateway listens on, and its public address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServerSettings {
    pub(crate) listen: ListenAddress,
    pub(crate) public_url: url::Url,
    #[serde(default = "default_workers")]
    pub(crate) workers: usize,
    /// The addresses of the proxies in front of the gateway. The client's address is read from the `X-Forwarded-For` of a request that comes
    /// from one of these proxies.
    #[serde(default)]
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// The header in which the trusted proxies put the client's certificate (RFC 9440).
    #[serde(default)]
    pub(crate) client_certificate_header: Option<String>,
    /// Seconds between SIGTERM and the end of accepting connections.
    #[serde(default)]
    pub(crate) stop_grace_s: u32,
    /// Seconds after that in which streams in progress may end.
    #[serde(default = "default_stop_streams")]
    pub(crate) stop_streams_s: u32,
    /// The certificate of the gateway's own address. If absent, TLS ends at a proxy in front.
    #[serde(default)]
    pub(crate) tls: Option<TlsSettings>,
}

/// The files of the certificate with which the gateway itself serves TLS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsSettings {
    /// PEM: the gateway's certificate first, then the intermediate certificates. The rules refuse an empty path.
    #[serde(default)]
    pub(crate) certificate_file: PathBuf,
    /// PEM: the private key of the certificate. The rules refuse an empty path.
    #[serde(default)]
    pub(crate) key_file: PathBuf,
}

/// The section about the gateway's own description in `service-info`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceSettings {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) organization_name: String,
    pub(crate) organization_url: String,
    #[serde(default)]
    pub(crate) contact_url: Option<String>,
    #[serde(default = "default_environment")]
    pub(crate) environment: Environment,
}

/// The section about the catalogue's database.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseSettings {
    pub(crate) url: String,
    #[serde(default = "default_connections")]
    pub(crate) max_connections: u32,
}

/// The section about the objects: where their bytes are stored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObjectsSettings {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) endpoint: Option<String>,
    #[serde(default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) access_key_id: Option<String>,
    #[serde(default)]
    pub(crate) secret_access_key_file: Option<PathBuf>,
    #[serde(default)]
    pub(crate) allow_http: bool,
    #[serde(default)]
    pub(crate) reference_fasta: Option<PathBuf>,
    #[serde(default = "default_index_cache")]
    pub(crate) index_cache_bytes: u64,
}

/// The section about signed URLs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CapabilitySettings {
    pub(crate) key_file: PathBuf,
    #[serde(default = "default_lifetime")]
    pub(crate) lifetime_s: u32,
    #[serde(default = "default_resume")]
    pub(crate) resume_s: u32,
}

/// The section about privacy: what answers of the public and registered tiers may reveal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PrivacySettings {
    pub(crate) public_k: u32,
}

/// The section about the audit trail.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditSettings {
    #[serde(default)]
    pub(crate) checkpoint_dir: Option<PathBuf>,
}

impl Default for PrivacySettings {
    fn default() -> Self {
        Self { public_k: 10 }
    }
}

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn default_stop_streams() -> u32 {
    30
}

fn default_environment() -> Environment {
    Environment::Prod
}

fn default_connections() -> u32 {
    8
}

fn default_index_cache() -> u64 {
    256 * 1024 * 1024
}

fn default_lifetime() -> u32 {
    600
}

fn default_resume() -> u32 {
    86_400
}

impl Configuration {
    /// Makes every path of the configuration absolute. `folder` is the folder of the configuration file.
    fn resolve_paths(&mut self, folder: &Path) {
        self.database.url = database_url(&self.database.url, folder);
        self.objects.url = objects_url(&self.objects.url, folder);
        self.capabilities.key_file = folder.join(&self.capabilities.key_file);
        if let Some(workflows) = &mut self.workflows {
            workflows.directory = folder.join(&workflows.directory);
            workflows.cwltool = folder.join(&workflows.cwltool);
            workflows.bwrap = workflows.bwrap.take().map(|p| folder.join(p));
        }
        if let Some(tls) = &mut self.server.tls {
            for file in [&mut tls.certificate_file, &mut tls.key_file] {
                if !file.as_os_str().is_empty() {
                    *file = folder.join(&file);
                }
            }
        }
        for partner in &mut self.federation.partners {
            partner.token_file = partner.token_file.take().map(|p| folder.join(p));
        }
        for path in [
            &mut self.fhir.r4_schema,
            &mut self.audit.checkpoint_dir,
            &mut self.consent.forms_dir,
            &mut self.objects.reference_fasta,
            &mut self.objects.secret_access_key_file,
            &mut self.metrics.token_file,
        ] {
            *path = path.take().map(|p| folder.join(p));
        }
        if let Some(traces) = &mut self.traces {
            traces.ca_file = traces.ca_file.take().map(|p| folder.join(p));
        }
        self.authentication.resolve_paths(folder);
    }

    /// The folder of the signed heads and of the ledger tail: `audit.checkpoint_dir`. If it is not configured, a folder beside an SQLite database. This
    /// folder is lost with the database, but it shows that the database file was set back to an earlier copy. Absent for PostgreSQL.
    pub(crate) fn files_outside(&self) -> Option<PathBuf> {
        let beside = || {
            self.database
                .url
                .strip_prefix("sqlite:")
                .map(|file| PathBuf::from(format!("{file}.heads")))
        };
        self.audit.checkpoint_dir.clone().or_else(beside)
    }

    /// The gateway's public address, without a slash at its end.
    pub(crate) fn public_base(&self) -> String {
        self.server.public_url.as_str().trim_end_matches('/').to_owned()
    }
}

/// The database's URL with an absolute path. A URL of another form is returned unchanged, and the rules reject it.
fn database_url(url: &str, folder: &Path) -> String {
    match url.strip_prefix("sqlite:") {
        Some(path) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            format!("sqlite:{}", folder.join(path).display())
        }
        None => url.to_owned(),
    }
}

/// The URL of the objects with an absolute path. A URL of another form is returned unchanged, and the rules reject it.
fn objects_url(url: &str, folder: &Path) -> String {
    match url.split_once("://") {
        Some(("file", path)) => format!("file://{}", folder.join(path).display()),
        Some(_) => url.to_owned(),
        None => format!("file://{}", folder.join(url).display()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> Result<Configuration, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.toml");
        std::fs::write(&path, text).unwrap();
        Configuration::read(&path).map_err(|e| e.to_string())
    }

    #[test]
    fn the_default_is_a_valid_configuration() {
        let read = read(DEFAULT).unwrap();
        assert_eq!(read.privacy.public_k, 10);
        assert!(read.authentication.issuers.is_empty(), "no issuer is trusted by default");
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let text = DEFAULT.replace("[database]", "[database]\ncolour = \"blue\"");
        let line = text.lines().position(|l| l.starts_with("colour")).unwrap() + 1;
        let error = read(&text).unwrap_err();
        assert!(error.contains("colour") && error.contains(&format!("line {line}")), "{error}");
    }

    #[test]
    fn every_key_of_the_default_is_documented() {
        let lines: Vec<&str> = DEFAULT.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert!(at > 0 && lines[at - 1].starts_with('#'), "line {}: {line}", at + 1);
            }
        }
    }

    #[test]
    fn cohorts_are_groups_of_configured_datasets() {
        let dataset = "[[datasets]]\nid = \"cancer\"\nname = \"Cancer\"\ndata_use = [\"DUO:0000042\"]\n";
        let with = |cohorts: &str| read(&format!("{DEFAULT}\n{dataset}{cohorts}"));
        let cohort = |more: &str| format!("[[cohorts]]\nid = \"all\"\nname = \"Everybody\"\n{more}\n");
        let good = cohort("type = \"study-defined\"\ndesign = \"OMIABIS:0001019\"\ndatasets = [\"cancer\"]");
        assert_eq!(with(&good).unwrap().cohorts.len(), 1);
        for (bad, said) in [
            (cohort("datasets = []"), "one or more"),
            (cohort("datasets = [\"cancer\", \"cancer\"]"), "different"),
            (cohort("datasets = [\"other\"]"), "'other' is not configured"),
            (cohort("design = \"longitudinal\"\ndatasets = [\"cancer\"]"), "design"),
            (cohort("type = \"own\"\ndatasets = [\"cancer\"]"), "own"),
            (cohort("datasets = [\"cancer\"]").replace("\"all\"", "\"a/b\""), "slashes"),
            (good.repeat(2), "twice"),
        ] {
            let error = with(&bad).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let read = read(DEFAULT).unwrap();
        assert!(read.database.url.starts_with("sqlite:/"));
        assert!(read.objects.url.starts_with("file:///"));
        assert!(read.capabilities.key_file.is_absolute());
    }
}
