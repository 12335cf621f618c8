//! The caller's settings for the deployment: existing ids, a region, a variant, and the address of each standard. The format is TOML, or YAML if the
//! file's name ends in `.yaml` or `.yml`. Every key is optional. A check that needs an absent key is skipped and names the key.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::check::Stop;

/// The content of the settings file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Settings {
    pub(crate) service_registry: ServiceRegistry,
    pub(crate) htsget: Htsget,
    pub(crate) beacon: Beacon,
    pub(crate) drs: Drs,
    pub(crate) passport: Passport,
    pub(crate) wes: Wes,
    pub(crate) fhir: Fhir,
}

/// The table `[service-registry]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServiceRegistry {
    /// The base of the service registry: a path below the URL of the deployment, or an absolute URL. The path `/services` is below the
    /// base. Default: the URL of the deployment.
    pub(crate) base: Option<String>,
}

/// The table `[htsget]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Htsget {
    /// The base URL of htsget; the paths `/reads` and `/variants` are below it.
    pub(crate) base: Option<String>,
    /// The id of a reads file that the token can open.
    pub(crate) reads_id: Option<String>,
    /// The id of a variants file that the token can open. It is used if `reads_id` is absent.
    pub(crate) variants_id: Option<String>,
    /// The format to request. If absent, the server chooses the format.
    pub(crate) format: Option<String>,
    /// The name of a reference sequence in the file.
    pub(crate) reference_name: Option<String>,
    /// The start of the region, 0-based, inclusive.
    pub(crate) start: Option<u32>,
    /// The end of the region, 0-based, exclusive.
    pub(crate) end: Option<u32>,
    /// The minimum number of records in the region, as another tool counted them.
    pub(crate) minimum_records: Option<usize>,
}

/// The table `[beacon]`, which describes one variant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Beacon {
    /// The base URL of Beacon; the path `/info` is below it.
    pub(crate) base: Option<String>,
    /// The assembly of the variant, such as `GRCh38`.
    pub(crate) assembly: Option<String>,
    /// The reference name of the variant, such as `chr17`.
    pub(crate) reference_name: Option<String>,
    /// The start of the variant, 0-based.
    pub(crate) start: Option<u64>,
    pub(crate) reference_bases: Option<String>,
    pub(crate) alternate_bases: Option<String>,
    /// The answer that the Beacon should give for the variant; absent if unknown.
    pub(crate) exists: Option<bool>,
}

/// The table `[drs]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Drs {
    /// The base URL of DRS; the path `/objects` is below it.
    pub(crate) base: Option<String>,
    /// The id of an object that the token can open.
    pub(crate) object_id: Option<String>,
    /// The maximum size of an object to download, in bytes. Larger objects are not downloaded. Default: 268435456.
    pub(crate) maximum_bytes: Option<u64>,
}

/// The table `[passport]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Passport {
    /// A protected path below the URL of the deployment, for GET requests. Default: the first available of the DRS object, the htsget id and
    /// the runs of WES.
    pub(crate) path: Option<String>,
    /// A file with a token that has expired and is otherwise valid.
    pub(crate) expired_token_file: Option<PathBuf>,
    /// A file with a valid token that has no visa for the protected path.
    pub(crate) visaless_token_file: Option<PathBuf>,
}

/// The table `[wes]`, which describes one small workflow. If `workflow_file` is absent, no workflow is run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wes {
    /// The base URL of WES; the path `/runs` is below it.
    pub(crate) base: Option<String>,
    /// The file of the workflow, which is sent as an attachment.
    pub(crate) workflow_file: Option<PathBuf>,
    /// The workflow type. Default: `CWL`.
    pub(crate) workflow_type: Option<String>,
    /// The version of the workflow type. Default: `v1.2`.
    pub(crate) workflow_type_version: Option<String>,
    /// The parameters of the workflow. Default: an empty object.
    pub(crate) params: Option<Value>,
    /// The maximum duration of the run in seconds. Default: 300.
    pub(crate) wait_seconds: Option<u64>,
    /// The time between two requests for the run's state, in milliseconds. Default: 500.
    pub(crate) poll_ms: Option<u64>,
}

/// The table `[fhir]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fhir {
    /// The base URL of FHIR; the path `/metadata` is below it.
    pub(crate) base: Option<String>,
    /// The identifier, as `system|value`, of a patient that the FHIR token may read. It is never printed.
    pub(crate) patient_identifier: Option<String>,
}

impl Settings {
    /// Reads the settings from a file: as YAML if its name ends in `.yaml` or `.yml`, otherwise as TOML.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("settings {}", path.display()))?;
        let yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if yaml {
            serde_norway::from_str(&text).with_context(|| format!("settings {}", path.display()))
        } else {
            toml::from_str(&text).with_context(|| format!("settings {}", path.display()))
        }
    }
}

/// Returns a setting that a check requires. If the setting is absent, the check is skipped. `key` is the name of
/// the setting in the file, with its table.
pub(crate) fn needed<'s, T>(setting: &'s Option<T>, key: &str) -> Result<&'s T, Stop> {
    setting.as_ref().ok_or_else(|| Stop::Skip(format!("needs {key}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_yaml_give_the_same_settings_and_a_misspelt_key_is_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            Settings::read(&path)
        };
        let toml = write(
            "s.toml",
            "[htsget]\nreads_id = \"x\"\nstart = 5\n[service-registry]\nbase = \"/r\"\n",
        )
        .unwrap();
        let yaml = write("s.yaml", "htsget:\n  reads_id: x\n  start: 5\nservice-registry:\n  base: /r\n").unwrap();
        assert_eq!(format!("{toml:?}"), format!("{yaml:?}"));
        assert_eq!(toml.htsget.start, Some(5));
        assert!(write("t.toml", "[htsget]\nread_id = \"x\"\n").is_err());
        assert!(write("t.yml", "htsgett: {}\n").is_err());
    }

    #[test]
    fn an_absent_required_setting_is_named() {
        assert_eq!(
            needed::<u8>(&None, "drs.object_id"),
            Err(Stop::Skip("needs drs.object_id".to_owned()))
        );
    }
}
