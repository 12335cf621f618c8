//! The sections about the stores, the URLs to them, privacy and the audit trail.

use std::path::PathBuf;

use serde::Deserialize;

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
