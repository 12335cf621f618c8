//! The demo's passport broker: a real token issuer with its own random keys. The broker exists only in the folder of a demo.
//!
//! The broker consists of two issuers with separate keys and separate trust: `{base}` signs passports and access tokens (RS256),
//! `{base}/visas` signs visas (ES256). Private keys are made once and stored in `{dir}/broker`, readable only by their owner.

mod jwks;
pub(crate) mod keys;
mod respond;
pub mod tokens;

use std::fmt;
use std::path::{Path, PathBuf};

pub use respond::BrokerResponse;

use crate::error::DemoError;
use jwks::{public_jwk, write_key_set};
use keys::{SigningKey, write_private};

/// The default lifetime of the broker's tokens, in seconds.
pub const DEFAULT_TTL_S: u32 = 3600;

const FOLDER: &str = "broker";
const BASE_URL_FILE: &str = "base-url";

/// The file of the passport issuer's public keys, below the demo's folder.
pub const PASSPORT_JWKS_FILE: &str = "broker/jwks.json";

/// The file of the visa issuer's public keys, below the demo's folder.
pub const VISA_JWKS_FILE: &str = "broker/visas-jwks.json";

/// The demo's broker: the passport issuer and the visa issuer, with their keys.
pub struct Broker {
    base_url: String,
    audience: Option<String>,
    passport_key: SigningKey,
    visa_key: SigningKey,
    passport_jwks: String,
    visa_jwks: String,
}

impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Broker {
    /// Opens the broker of a demo folder and makes missing keys. `base_url` is the passport issuer and the URL of the broker
    /// (`http://127.0.0.1:8081`). The URL is stored for [`Broker::open`]; a slash at its end is removed.
    ///
    /// # Errors
    /// A file cannot be written or read, a key file does not contain a key, or no key could be made.
    pub fn create_or_open(dir: &Path, base_url: &str) -> Result<Self, DemoError> {
        let folder = dir.join(FOLDER);
        keys::make_private_folder(&folder)?;
        let base_url = base_url.trim_end_matches('/').to_owned();
        let passport_key = SigningKey::create_or_open_rs256(&folder.join("passport-rs256.pem"))?;
        let visa_key = SigningKey::create_or_open_es256(&folder.join("visa-es256.pem"))?;
        // The file is written only if the URL changed, because several commands may open the broker at the same time.
        let base_url_file = folder.join(BASE_URL_FILE);
        if std::fs::read_to_string(&base_url_file).ok().as_deref() != Some(base_url.as_str()) {
            write_private(&base_url_file, base_url.as_bytes())?;
        }
        let passport_jwks = write_key_set(&dir.join(PASSPORT_JWKS_FILE), &public_jwk(&passport_key)?)?;
        let visa_jwks = write_key_set(&dir.join(VISA_JWKS_FILE), &public_jwk(&visa_key)?)?;
        Ok(Self {
            base_url,
            audience: None,
            passport_key,
            visa_key,
            passport_jwks,
            visa_jwks,
        })
    }

    /// Opens the broker that an earlier [`Broker::create_or_open`] made in this folder, under the same base URL.
    ///
    /// # Errors
    /// [`DemoError::NoBroker`] if the folder has no broker; otherwise as [`Broker::create_or_open`].
    pub fn open(dir: &Path) -> Result<Self, DemoError> {
        let path: PathBuf = dir.join(FOLDER).join(BASE_URL_FILE);
        match std::fs::read_to_string(&path) {
            Ok(base_url) => Self::create_or_open(dir, &base_url),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(DemoError::NoBroker { path: dir.to_owned() }),
            Err(error) => Err(DemoError::file(&path)(error)),
        }
    }

    /// Sets the audience that passports and access tokens name in `aud`. Visas have no audience, because every clearinghouse may use them.
    #[must_use]
    pub fn with_audience(mut self, audience: &str) -> Self {
        self.audience = Some(audience.to_owned());
        self
    }

    /// The `iss` of passports and access tokens.
    #[must_use]
    pub fn passport_issuer(&self) -> &str {
        &self.base_url
    }

    /// The `iss` of visas.
    #[must_use]
    pub fn visa_issuer(&self) -> String {
        visa_issuer(&self.base_url)
    }

    /// The `jku` of visas: the URL of the visa issuer's public keys.
    #[must_use]
    pub fn visa_jku(&self) -> String {
        visa_jku(&self.base_url)
    }
}

/// The visa issuer that belongs to a passport issuer's base URL.
#[must_use]
pub fn visa_issuer(base_url: &str) -> String {
    format!("{}/visas", base_url.trim_end_matches('/'))
}

/// The `jku` of the visas that belong to a passport issuer's base URL.
#[must_use]
pub fn visa_jku(base_url: &str) -> String {
    format!("{}/visas/jwks", base_url.trim_end_matches('/'))
}
