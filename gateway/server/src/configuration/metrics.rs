//! Settings of the metrics: the addresses that serve `/metrics`, and the required credentials.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The section `[metrics]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct MetricsSettings {
    /// The callers that may read `/metrics` on the gateway's own address.
    pub(crate) access: MetricsAccessSetting,
    /// A file with the bearer token that is required if `access` is `token`.
    pub(crate) token_file: Option<PathBuf>,
    /// A further address that serves only `/metrics`, to every caller.
    pub(crate) listen: Option<SocketAddr>,
}

/// The callers that may read `/metrics` on the gateway's own address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MetricsAccessSetting {
    /// `/metrics` is not served on the gateway's own address.
    #[default]
    Off,
    /// `/metrics` is served to callers who present the bearer token.
    Token,
    /// `/metrics` is served to every caller.
    Open,
}
