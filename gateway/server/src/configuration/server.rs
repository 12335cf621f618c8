//! The sections about the gateway's address, its certificate and its own description.

use std::net::IpAddr;
use std::path::PathBuf;

use ga4gh_beacon::Environment;
use serde::Deserialize;

use super::ListenAddress;

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

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn default_stop_streams() -> u32 {
    30
}

fn default_environment() -> Environment {
    Environment::Prod
}
