//! The public keys of one client, from a file or from a URL that the client keeps up to date.

use std::path::{Path, PathBuf};

use ga4gh_passport::parse_json_object;
use gemj_model::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};
use tokio::io::AsyncReadExt as _;
use tokio::sync::Mutex;

use super::SmartFault;
use crate::fetch::{DOCUMENT_MAX_BYTES, FetchUrl, Fetcher};

/// The time after which a client's keys are fetched again, in seconds.
const MAX_AGE_S: i64 = 300;
/// The shortest time between two fetches of a client's keys, in seconds. The limit also holds if many unknown key ids are presented.
const MIN_INTERVAL_S: i64 = 10;
/// The largest number of keys that are read from a key set. Further keys are ignored.
pub(crate) const MAX_KEYS: usize = 64;

pub(super) struct ClientKeys {
    source: Source,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fetched: Option<Fetched>,
    failed_at: Option<Timestamp>,
}

enum Source {
    File(PathBuf),
    Url(FetchUrl),
}

struct Fetched {
    keys: Vec<Map<String, Value>>,
    at: Timestamp,
}

impl ClientKeys {
    /// The keys of a client from a file or from a URL. Absent unless exactly one of the two sources is given.
    pub(super) fn new(file: Option<&Path>, url: Option<&str>) -> Option<Self> {
        let source = match (file, url) {
            (Some(file), None) => Source::File(file.to_owned()),
            (None, Some(url)) => Source::Url(FetchUrl::parse(url)?),
            _ => return None,
        };
        Some(Self {
            source,
            state: Mutex::default(),
        })
    }

    /// The client's key with this id, for this algorithm only.
    pub(super) async fn key(&self, id: &str, algorithm: Algorithm, fetcher: &Fetcher, now: Timestamp) -> Result<DecodingKey, SmartFault> {
        let mut state = self.state.lock().await;
        let is_younger = |then: Timestamp, seconds: i64| (0..seconds).contains(&((now.0 - then.0) / 1_000_000));
        let fetched = state.fetched.as_ref();
        let fresh = fetched.is_some_and(|fetched| is_younger(fetched.at, MAX_AGE_S));
        let known = fetched.is_some_and(|fetched| fetched.keys.iter().any(|key| has_id(key, id)));
        let recent = fetched.is_some_and(|fetched| is_younger(fetched.at, MIN_INTERVAL_S));
        if !fresh || (!known && !recent) {
            if state.failed_at.is_some_and(|then| is_younger(then, MIN_INTERVAL_S)) {
                return Err(SmartFault::KeysUnavailable);
            }
            match self.fetch(fetcher).await {
                Ok(keys) => {
                    *state = State {
                        fetched: Some(Fetched { keys, at: now }),
                        failed_at: None,
                    }
                }
                Err(fault) => {
                    state.failed_at = Some(now);
                    return Err(fault);
                }
            }
        }
        let keys = state.fetched.as_ref().map(|fetched| fetched.keys.as_slice()).unwrap_or_default();
        let mut found = keys.iter().filter(|key| has_id(key, id));
        // If two keys have the same id, the right key cannot be known, so neither is used.
        match (found.next(), found.next()) {
            (Some(key), None) => decoding_key(key, algorithm).ok_or(SmartFault::Client),
            _ => Err(SmartFault::Client),
        }
    }

    async fn fetch(&self, fetcher: &Fetcher) -> Result<Vec<Map<String, Value>>, SmartFault> {
        let unavailable = || SmartFault::KeysUnavailable;
        let bytes = match &self.source {
            Source::Url(url) => fetcher.get(url, DOCUMENT_MAX_BYTES).await.map_err(|_| unavailable())?,
            Source::File(path) => read_file(path).await.map_err(|_| unavailable())?,
        };
        let set = parse_json_object(&bytes).map_err(|_| unavailable())?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or_else(unavailable)?;
        Ok(keys.iter().take(MAX_KEYS).filter_map(|key| key.as_object().cloned()).collect())
    }
}

/// The content of a key file. A larger file than a fetched key set may have is an error.
async fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(DOCUMENT_MAX_BYTES as u64 + 1).read_to_end(&mut bytes).await?;
    match bytes.len() > DOCUMENT_MAX_BYTES {
        true => Err(std::io::ErrorKind::FileTooLarge.into()),
        false => Ok(bytes),
    }
}

fn has_id(key: &Map<String, Value>, id: &str) -> bool {
    key.get("kid").and_then(Value::as_str) == Some(id)
}

/// Whether the token endpoint can verify signatures with a key.
pub(crate) fn is_usable(jwk: &Map<String, Value>, algorithm: &str) -> bool {
    let algorithm = if algorithm == "ES384" { Algorithm::ES384 } else { Algorithm::RS384 };
    decoding_key(jwk, algorithm).is_some()
}

/// The key for verifying, if the JWK fits the algorithm: RSA of 2048 to 8192 bits for RS384, P-384 for ES384. The number of bits is derived from the
/// length of the text `n`, so keys with up to 8 bits less or more also pass this check.
fn decoding_key(jwk: &Map<String, Value>, algorithm: Algorithm) -> Option<DecodingKey> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    if private.iter().any(|name| jwk.contains_key(*name)) || text("use").is_some_and(|used| used != "sig") {
        return None;
    }
    let named = match algorithm {
        Algorithm::RS384 => "RS384",
        Algorithm::ES384 => "ES384",
        _ => return None,
    };
    if text("alg").is_some_and(|alg| alg != named) {
        return None;
    }
    match (algorithm, text("kty")?) {
        (Algorithm::RS384, "RSA") => {
            let modulus = text("n")?;
            // In base64url, each character carries six bits.
            let bits = modulus.len() * 6;
            (2048 - 8..=8192 + 8)
                .contains(&bits)
                .then(|| DecodingKey::from_rsa_components(modulus, text("e")?).ok())?
        }
        (Algorithm::ES384, "EC") if text("crv") == Some("P-384") => DecodingKey::from_ec_components(text("x")?, text("y")?).ok(),
        _ => None,
    }
}
