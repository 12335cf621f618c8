//! The addresses that serve the counters, and access to them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// `[metrics]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MetricsSettings {
    /// Access to `/metrics` on the gateway's own address.
    pub(crate) access: MetricsAccessSetting,
    /// A file with the bearer token, for `token`.
    pub(crate) token_file: Option<PathBuf>,
    /// A further address that serves `/metrics` to everyone, and nothing else.
    pub(crate) listen: Option<SocketAddr>,
}

/// Access to `/metrics` on the gateway's own address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MetricsAccessSetting {
    /// Not served.
    #[default]
    Off,
    /// For the bearer of the token.
    Token,
    /// For every caller.
    Open,
}

impl MetricsSettings {
    /// Makes paths absolute and checks the rules that types cannot express.
    pub(super) fn resolve(&mut self, folder: &Path) -> Result<(), String> {
        self.token_file = self.token_file.take().map(|path| folder.join(path));
        if (self.access == MetricsAccessSetting::Token) != self.token_file.is_some() {
            return Err("metrics.token_file: belongs to metrics.access = \"token\", which needs it".to_owned());
        }
        Ok(())
    }
}
