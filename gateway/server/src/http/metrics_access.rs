//! Access to the counters on the gateway's own address.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use anyhow::Context as _;
use gemj_access::CapabilityKey;

use crate::configuration::{MetricsAccessSetting, MetricsSettings};

/// The context string in the digests of metrics tokens, which separates them from other digests.
const CONTEXT: &str = "gemj-metrics-token-1";

/// Minimum length of the metrics token, in bytes. A shorter text could be guessed.
const LEAST_CHARACTERS: usize = 16;

/// The result of the check of a request for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetricsVerdict {
    /// The request may read the counters.
    Open,
    /// The path is not served on this address.
    Closed,
    /// The request lacks the required bearer token.
    NoToken,
}

/// The requirement for access to the counters on the gateway's own address.
pub(crate) enum MetricsAccess {
    /// The counters are not served on this address.
    Off,
    /// The bearer token with this digest is required. `key` is random and created when the process starts. The token itself is not kept,
    /// and the comparison of digests reveals nothing about it.
    Token { key: CapabilityKey, digest: [u8; 32] },
    /// Every client may read the counters without a token.
    Open,
}

impl MetricsAccess {
    /// The requirement that the configuration sets. If a token is required, it is read from its file.
    pub(crate) fn read(settings: &MetricsSettings) -> anyhow::Result<Self> {
        Ok(match (settings.access, &settings.token_file) {
            (MetricsAccessSetting::Off, _) => Self::Off,
            (MetricsAccessSetting::Open, _) => Self::Open,
            (MetricsAccessSetting::Token, None) => anyhow::bail!("metrics.token_file: is required"),
            (MetricsAccessSetting::Token, Some(path)) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("metrics.token_file: {}", path.display()))?;
                let token = text.trim();
                anyhow::ensure!(
                    token.len() >= LEAST_CHARACTERS,
                    "metrics.token_file: {}: at least {LEAST_CHARACTERS} characters are expected",
                    path.display()
                );
                let key = CapabilityKey::new(rand::random());
                let digest = key.mac(CONTEXT, token.as_bytes());
                Self::Token { key, digest }
            }
        })
    }

    /// Whether only clients with the token may read the counters.
    pub(crate) fn is_protected(&self) -> bool {
        matches!(self, Self::Token { .. })
    }

    /// Checks whether a request with these headers may read the counters.
    pub(crate) fn of(&self, headers: &HeaderMap) -> MetricsVerdict {
        match self {
            Self::Off => MetricsVerdict::Closed,
            Self::Open => MetricsVerdict::Open,
            Self::Token { key, digest } => {
                let mut values = headers.get_all(AUTHORIZATION);
                let presented = match (values.next(), values.next()) {
                    (Some(value), None) => value.to_str().ok().and_then(|text| text.strip_prefix("Bearer ")),
                    _ => None,
                };
                if presented.is_some_and(|token| key.mac(CONTEXT, token.as_bytes()) == *digest) {
                    MetricsVerdict::Open
                } else {
                    MetricsVerdict::NoToken
                }
            }
        }
    }
}
