//! The caller's settings for the deployment: existing ids, a region, a variant, and the address of each standard. The format is TOML, or YAML by the
//! file's extension. Every key is optional. A check that needs an absent key is skipped and names the key.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::check::Stop;

/// The settings file.
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

/// `[service-registry]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServiceRegistry {
    /// Path below the URL, or an absolute URL; `/services` is below it. Default: the URL itself.
    pub(crate) base: Option<String>,
}

/// `[htsget]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Htsget {
    /// Base of the standard; `/reads` and `/variants` are below it.
    pub(crate) base: Option<String>,
    /// A reads id that the token can open.
    pub(crate) reads_id: Option<String>,
    /// A variants id that the token can open; used if there is no reads id.
    pub(crate) variants_id: Option<String>,
    /// Format to request. Default: none, so that the server chooses.
    pub(crate) format: Option<String>,
    /// A reference sequence of the file.
    pub(crate) reference_name: Option<String>,
    /// Start of the region, 0-based, inclusive.
    pub(crate) start: Option<u32>,
    /// End of the region, 0-based, exclusive.
    pub(crate) end: Option<u32>,
    /// Minimum number of records in the region, as counted by another tool.
    pub(crate) minimum_records: Option<usize>,
}

/// `[beacon]`: one variant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Beacon {
    /// Base of the standard; `/info` is below it.
    pub(crate) base: Option<String>,
    /// Assembly, such as `GRCh38`.
    pub(crate) assembly: Option<String>,
    /// Reference name, such as `chr17`.
    pub(crate) reference_name: Option<String>,
    /// Start of the variant, 0-based.
    pub(crate) start: Option<u64>,
    pub(crate) reference_bases: Option<String>,
    pub(crate) alternate_bases: Option<String>,
    /// The Beacon's expected answer for the variant, if known.
    pub(crate) exists: Option<bool>,
}

/// `[drs]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Drs {
    /// Base of the standard; `/objects` is below it.
    pub(crate) base: Option<String>,
    /// An object that the token can open.
    pub(crate) object_id: Option<String>,
    /// Larger objects are not downloaded. In bytes, default 268435456.
    pub(crate) maximum_bytes: Option<u64>,
}

/// `[passport]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Passport {
    /// A protected GET path below the URL. Default: the first available of the DRS object, the htsget id and the runs of WES.
    pub(crate) path: Option<String>,
    /// A file with an expired but otherwise valid token.
    pub(crate) expired_token_file: Option<PathBuf>,
    /// A file with a valid token without a visa for the protected path.
    pub(crate) visaless_token_file: Option<PathBuf>,
}

/// `[wes]`: one small workflow. Without it no workflow is run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wes {
    /// Base of the standard; `/runs` is below it.
    pub(crate) base: Option<String>,
    /// The workflow, sent as an attachment.
    pub(crate) workflow_file: Option<PathBuf>,
    /// Workflow type. Default `CWL`.
    pub(crate) workflow_type: Option<String>,
    /// Version of the workflow type. Default `v1.2`.
    pub(crate) workflow_type_version: Option<String>,
    /// The workflow's parameters. Default: an empty object.
    pub(crate) params: Option<Value>,
    /// Maximum duration of the run in seconds. Default 300.
    pub(crate) wait_seconds: Option<u64>,
    /// Time between two requests of the run's state, in milliseconds. Default 500.
    pub(crate) poll_ms: Option<u64>,
}

/// `[fhir]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fhir {
    /// Base of the standard; `/metadata` is below it.
    pub(crate) base: Option<String>,
    /// `system|value` of a patient that the FHIR token may see. Never printed.
    pub(crate) patient_identifier: Option<String>,
}

impl Settings {
    /// Reads the file: as YAML if its name ends in `.yaml` or `.yml`, otherwise as TOML.
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

/// A required setting of a check. `key` is its name in the file, with its table.
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
