//! The methods with which this gateway authenticates at an issuer's token endpoint and introspection endpoint.

use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gemj_model::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use url::form_urlencoded;

use crate::smart::ASSERTION_TYPE;

/// The largest accepted file of a secret or key, in bytes.
const SECRET_MAX_BYTES: u64 = 64 * 1024;
/// The lifetime of an assertion that this gateway signs, in seconds.
const ASSERTION_LIFETIME_S: i64 = 60;

/// The settings of this gateway as a client of one issuer, as the configuration states them.
#[derive(Clone, Copy)]
pub(crate) struct ClientSettings<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) secret_file: Option<&'a Path>,
    pub(crate) private_key_file: Option<&'a Path>,
    pub(crate) private_key_id: Option<&'a str>,
}

impl ClientSettings<'_> {
    /// Whether the client id is not empty, exactly one method of authentication is given, and a key id is given only with a private key.
    pub(crate) fn are_complete(&self) -> bool {
        let one_way = self.secret_file.is_some() != self.private_key_file.is_some();
        let key_id_fits = self.private_key_id.is_none() || self.private_key_file.is_some();
        !self.client_id.is_empty() && one_way && key_id_fits
    }
}

/// This gateway as a client of one issuer: the client id and the method of authentication.
pub(crate) struct ClientAuthentication {
    client_id: String,
    issuer: String,
    secret: Secret,
}

enum Secret {
    /// `client_secret_basic` (RFC 6749 § 2.3.1), with the file of the secret.
    Basic(PathBuf),
    /// `private_key_jwt` (RFC 7523 § 2.2), with the file of the private key and the key's `kid`.
    PrivateKey { file: PathBuf, key_id: Option<String> },
}

/// The parts of one token request that authenticate the gateway.
#[derive(Default)]
pub(crate) struct Authentication {
    /// The text after `Basic ` in the Authorization header; absent for `private_key_jwt`.
    pub(crate) basic: Option<String>,
    /// Parameters to add to the form of the request.
    pub(crate) form: Vec<(&'static str, String)>,
}

impl ClientAuthentication {
    /// Prepares the authentication and reads the secret or key once. Absent if the secret or key cannot be read.
    pub(crate) fn new(client: ClientSettings<'_>, issuer: &str) -> Option<Self> {
        let secret = match (client.secret_file, client.private_key_file) {
            (Some(file), None) => {
                secret_of(&read(file)?)?;
                Secret::Basic(file.to_owned())
            }
            (None, Some(file)) => {
                signing_key(&read(file)?)?;
                Secret::PrivateKey {
                    file: file.to_owned(),
                    key_id: client.private_key_id.map(str::to_owned),
                }
            }
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Self {
            client_id: client.client_id.to_owned(),
            issuer: issuer.to_owned(),
            secret,
        })
    }

    pub(crate) fn id(&self) -> &str {
        &self.client_id
    }

    /// Authenticates one request. The file is read again at each call, so that it can be replaced while the gateway
    /// runs. Absent if the file cannot be read.
    pub(crate) async fn prove(&self, now: Timestamp) -> Option<Authentication> {
        let file = match &self.secret {
            Secret::Basic(file) | Secret::PrivateKey { file, .. } => file.clone(),
        };
        let bytes = tokio::task::spawn_blocking(move || read(&file)).await.ok()??;
        match &self.secret {
            Secret::Basic(_) => Some(Authentication {
                basic: Some(basic(&self.client_id, &secret_of(&bytes)?)),
                form: Vec::new(),
            }),
            Secret::PrivateKey { key_id, .. } => Some(Authentication {
                basic: None,
                form: vec![
                    ("client_id", self.client_id.clone()),
                    ("client_assertion_type", ASSERTION_TYPE.to_owned()),
                    ("client_assertion", self.assertion(&bytes, key_id.clone(), now)?),
                ],
            }),
        }
    }

    /// A signed assertion (RFC 7523 § 3). Its audience is only the issuer. An assertion with a URL as audience could be used at every server that
    /// states this URL in its own discovery document.
    fn assertion(&self, pem: &[u8], key_id: Option<String>, now: Timestamp) -> Option<String> {
        let (algorithm, key) = signing_key(pem)?;
        let mut token_id = [0; 16];
        rand::fill(&mut token_id).ok()?;
        let claims = json!({
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "iat": now.seconds(),
            "exp": now.seconds() + ASSERTION_LIFETIME_S,
            "jti": URL_SAFE_NO_PAD.encode(token_id),
        });
        let mut header = Header::new(algorithm);
        header.kid = key_id;
        jsonwebtoken::encode(&header, &claims, &key).ok()
    }
}

fn read(file: &Path) -> Option<Vec<u8>> {
    let small = std::fs::metadata(file).ok()?.len() <= SECRET_MAX_BYTES;
    small.then(|| std::fs::read(file).ok()).flatten()
}

fn secret_of(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn signing_key(pem: &[u8]) -> Option<(Algorithm, EncodingKey)> {
    let key = match EncodingKey::from_ec_pem(pem) {
        Ok(key) => (Algorithm::ES256, key),
        Err(_) => (Algorithm::RS256, EncodingKey::from_rsa_pem(pem).ok()?),
    };
    // The library rejects a key on another curve only when the key signs, so the key signs once here.
    jsonwebtoken::encode(&Header::new(key.0), &json!({}), &key.1).ok()?;
    Some(key)
}

/// The text after `Basic `. Client id and secret are form-encoded before they are joined (RFC 6749 § 2.3.1).
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_basic_credentials_are_form_encoded_first() {
        // The first case is the example of RFC 6749 § 2.3.1. The second case needs escapes; its expected text
        // was encoded by hand from `a%3Ab:c+d%2B`.
        assert_eq!(basic("s6BhdRkqt3", "gX1fBat3bV"), "czZCaGRSa3F0MzpnWDFmQmF0M2JW");
        assert_eq!(STANDARD.decode(basic("a:b", "c d+")).unwrap_or_default(), b"a%3Ab:c+d%2B");
    }
}
