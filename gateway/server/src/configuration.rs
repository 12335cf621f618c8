//! `gateway.toml`, the operator's configuration file. An unknown key is an error that names its line. Relative paths are relative to the file.

mod check;
mod data_use;
mod decisions;
#[cfg(test)]
mod defaults;
mod erasure;
mod faults;
mod holders;
mod institutions;
mod listen;
mod metrics;
mod reading;
mod rules;
mod server;
mod stores;
mod workflows;

use std::path::{Path, PathBuf};

use gemj_authenticate::TrustedIssuers;
use gemj_model::{DatasetPolicy, Organisation};
use gemj_services::beacon::collections::CohortDefinition;
use serde::Deserialize;

use crate::log::LogSettings;
use crate::traces::TraceSettings;

pub(crate) use check::faults_of_files;
pub(crate) use data_use::oddities;
use decisions::{ConsentSettings, LimitSettings, PolicySettings};
use erasure::{PurgeSettings, VaultSettings};
pub(crate) use faults::{ConfigurationError, Fault};
pub(crate) use holders::oddities_of_holders;
pub(crate) use institutions::{FederationSettings, FhirSettings, FhirSiteSettings, SiteSettings};
pub(crate) use listen::ListenAddress;
pub(crate) use metrics::{MetricsAccessSetting, MetricsSettings};
pub(crate) use server::{ServerSettings, ServiceSettings, TlsSettings};
pub(crate) use stores::{AuditSettings, CapabilitySettings, DatabaseSettings, ObjectsSettings, PrivacySettings};
pub(crate) use workflows::WorkflowSettings;

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
    pub(crate) purge: PurgeSettings,
    #[serde(default)]
    pub(crate) vault: VaultSettings,
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
