//! What the caller tells of the deployment: ids that exist, a region, a variant, where a standard is served. TOML, or YAML by the file's
//! extension. Every key is optional; a check that needs an absent one is skipped and says which.

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
    /// Path below the URL, or an absolute URL: `/services` is below it. Default: the URL itself.
    pub(crate) base: Option<String>,
}

/// `[htsget]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Htsget {
    /// `/reads` and `/variants` are below it.
    pub(crate) base: Option<String>,
    /// A reads id that the token opens.
    pub(crate) reads_id: Option<String>,
    /// A variants id that the token opens; used where no reads id is given.
    pub(crate) variants_id: Option<String>,
    /// Format to ask for; default: none, the server's choice.
    pub(crate) format: Option<String>,
    /// A reference sequence of the file.
    pub(crate) reference_name: Option<String>,
    /// 0-based, inclusive.
    pub(crate) start: Option<u32>,
    /// 0-based, exclusive.
    pub(crate) end: Option<u32>,
    /// How many records of the region there are at least, as another tool counted them.
    pub(crate) minimum_records: Option<usize>,
}

/// `[beacon]`: one variant.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Beacon {
    /// `/info` is below it.
    pub(crate) base: Option<String>,
    /// `GRCh38`.
    pub(crate) assembly: Option<String>,
    /// `chr17`.
    pub(crate) reference_name: Option<String>,
    /// 0-based.
    pub(crate) start: Option<u64>,
    pub(crate) reference_bases: Option<String>,
    pub(crate) alternate_bases: Option<String>,
    /// What the Beacon must answer to it, where that is known.
    pub(crate) exists: Option<bool>,
}

/// `[drs]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Drs {
    /// `/objects` is below it.
    pub(crate) base: Option<String>,
    /// An object that the token opens.
    pub(crate) object_id: Option<String>,
    /// Objects above this size are not downloaded. Default 268435456.
    pub(crate) maximum_bytes: Option<u64>,
}

/// `[passport]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Passport {
    /// A protected GET path below the URL. Default: the DRS object, the htsget id or the runs of WES, whichever is there first.
    pub(crate) path: Option<String>,
    /// A file with a token that was good and has expired.
    pub(crate) expired_token_file: Option<PathBuf>,
    /// A file with a good token of somebody who holds no visa for the protected path.
    pub(crate) visaless_token_file: Option<PathBuf>,
}

/// `[wes]`: one small workflow. Without it nothing is run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wes {
    /// `/runs` is below it.
    pub(crate) base: Option<String>,
    /// The workflow, sent as an attachment.
    pub(crate) workflow_file: Option<PathBuf>,
    /// Default `CWL`.
    pub(crate) workflow_type: Option<String>,
    /// Default `v1.2`.
    pub(crate) workflow_type_version: Option<String>,
    /// Its parameters. Default: an empty object.
    pub(crate) params: Option<Value>,
    /// How long the run may take. Default 300.
    pub(crate) wait_seconds: Option<u64>,
    /// Time between two looks at its state. Default 500.
    pub(crate) poll_ms: Option<u64>,
}

/// `[fhir]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Fhir {
    /// `/metadata` is below it.
    pub(crate) base: Option<String>,
    /// `system|value` of a patient whom the FHIR token may see. Never printed.
    pub(crate) patient_identifier: Option<String>,
}

impl Settings {
    /// Reads the file: YAML where it ends in `.yaml` or `.yml`, else TOML.
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

/// A setting that a check cannot do without; `key` as in the file, with its table.
pub(crate) fn needed<'s, T>(setting: &'s Option<T>, key: &str) -> Result<&'s T, Stop> {
    setting.as_ref().ok_or_else(|| Stop::Skip(format!("needs {key}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_and_yaml_say_the_same_and_a_misspelt_key_is_refused() {
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
    fn an_absent_setting_is_named() {
        assert_eq!(
            needed::<u8>(&None, "drs.object_id"),
            Err(Stop::Skip("needs drs.object_id".to_owned()))
        );
    }
}
