//! Reads public keys from a JWK Set (RFC 7517). Each key is checked before it may verify a signature.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ga4gh_passport::{Algorithm, JsonFault, parse_json_object};
use serde_json::{Map, Value};
use thiserror::Error;

/// The largest number of keys in one key set. A key set with more keys is rejected.
const KEYS_MAX_COUNT: usize = 64;
/// JWK members that only private or symmetric keys have (RFC 7518 § 6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A usable public key. The key is used with exactly one algorithm.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) algorithm: Algorithm,
    /// The parsed key. The key is parsed once, because parsing it for every token would cost a third of an RS256 verification.
    pub(crate) key: Arc<ParsedPublicKey>,
    /// The raw components of the key: `n` and `e` of an RSA key, `x` and `y` of an EC key. They show whether a fetched key set is unchanged.
    components: (Vec<u8>, Vec<u8>),
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.components == other.components
    }
}

/// The usable keys of one key set, by key id.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct KeySet {
    keys: BTreeMap<String, PublicKey>,
}

/// The reason why a document is not a JWK Set.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum KeySetFault {
    #[error("not a JSON object: {0}")]
    Json(#[from] JsonFault),
    #[error("no array `keys`")]
    NoKeys,
    #[error("too many keys")]
    TooMany,
}

/// The reason why one key of a set is not used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum KeyFault {
    #[error("not an object with a key id")]
    NoKeyId,
    #[error("a private or symmetric key")]
    Private,
    #[error("kty, crv and alg are not those of a key for RS256 or ES256")]
    Unsupported,
    #[error("use or key_ops do not allow verification")]
    Purpose,
    #[error("RSA modulus even, below 2048 or above 8192 bits")]
    RsaSize,
    #[error("RSA exponent even, below 65537 or above 2^32")]
    RsaExponent,
    #[error("components malformed or not on the curve")]
    Components,
}

impl KeySet {
    /// Reads a JWK Set. A key that fails a check is omitted, and a warning is logged. If two keys have the same id, both are omitted.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, KeySetFault> {
        let document = parse_json_object(bytes)?;
        let items = document.get("keys").and_then(Value::as_array).ok_or(KeySetFault::NoKeys)?;
        if items.len() > KEYS_MAX_COUNT {
            return Err(KeySetFault::TooMany);
        }
        // The id of an unusable key counts too: if two keys have the same id, the right key cannot be known.
        let mut by_id: BTreeMap<String, Vec<Result<PublicKey, KeyFault>>> = BTreeMap::new();
        for item in items {
            match item.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty()) {
                Some(kid) => by_id.entry(kid.to_owned()).or_default().push(PublicKey::parse(item)),
                None => tracing::warn!(fault = %KeyFault::NoKeyId, "a key of a key set is not used"),
            }
        }
        let mut keys = BTreeMap::new();
        for (kid, mut candidates) in by_id {
            match (candidates.pop(), candidates.is_empty()) {
                (Some(Ok(key)), true) => drop(keys.insert(kid, key)),
                (Some(Err(fault)), true) => tracing::warn!(%fault, "a key of a key set is not used"),
                (_, false) => tracing::warn!("a key id occurs twice in a key set; neither key is used"),
                (None, true) => {}
            }
        }
        Ok(Self { keys })
    }

    pub(crate) fn get(&self, key_id: &str) -> Option<&PublicKey> {
        self.keys.get(key_id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of keys that can be used.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }
}

impl PublicKey {
    /// The key's thumbprint (RFC 7638 § 3, SHA-256, base64url), computed over the required members in their canonical form.
    pub(crate) fn thumbprint(&self) -> String {
        let (first, second) = (
            URL_SAFE_NO_PAD.encode(&self.components.0),
            URL_SAFE_NO_PAD.encode(&self.components.1),
        );
        let members = match self.algorithm {
            Algorithm::Rs256 => format!(r#"{{"e":"{second}","kty":"RSA","n":"{first}"}}"#),
            Algorithm::Es256 => format!(r#"{{"crv":"P-256","kty":"EC","x":"{first}","y":"{second}"}}"#),
        };
        URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()))
    }

    /// Reads one key of a JWK Set and checks it.
    pub(crate) fn parse(jwk: &Value) -> Result<Self, KeyFault> {
        let members = jwk.as_object().ok_or(KeyFault::NoKeyId)?;
        if PRIVATE_MEMBERS.iter().any(|name| members.contains_key(*name)) {
            return Err(KeyFault::Private);
        }
        check_purpose(members)?;
        let alg = match members.get("alg") {
            None => None,
            Some(value) => Some(value.as_str().and_then(Algorithm::parse).ok_or(KeyFault::Unsupported)?),
        };
        let key = match members.get("kty").and_then(Value::as_str) {
            Some("RSA") => Self::rsa(members)?,
            Some("EC") => Self::p256(members)?,
            _ => return Err(KeyFault::Unsupported),
        };
        if alg.is_some_and(|alg| alg != key.algorithm) {
            return Err(KeyFault::Unsupported);
        }
        Ok(key)
    }

    fn rsa(members: &Map<String, Value>) -> Result<Self, KeyFault> {
        let n = without_leading_zeros(component(members, "n")?);
        let e = without_leading_zeros(component(members, "e")?);
        let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if !(2048..=8192).contains(&bits) || n.last().is_none_or(|byte| byte % 2 == 0) {
            return Err(KeyFault::RsaSize);
        }
        let exponent = if e.len() <= 8 {
            e.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
        } else {
            0
        };
        if !(65_537..=1 << 32).contains(&exponent) || exponent % 2 == 0 {
            return Err(KeyFault::RsaExponent);
        }
        let components = RsaPublicKeyComponents { n: &n, e: &e };
        let key = components
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| KeyFault::Components)?;
        Ok(Self {
            algorithm: Algorithm::Rs256,
            key: Arc::new(key),
            components: (n, e),
        })
    }

    fn p256(members: &Map<String, Value>) -> Result<Self, KeyFault> {
        if members.get("crv").and_then(Value::as_str) != Some("P-256") {
            return Err(KeyFault::Unsupported);
        }
        let (x, y) = (component(members, "x")?, component(members, "y")?);
        if x.len() != 32 || y.len() != 32 {
            return Err(KeyFault::Components);
        }
        let point = [&[4_u8][..], &x, &y].concat();
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).map_err(|_| KeyFault::Components)?;
        Ok(Self {
            algorithm: Algorithm::Es256,
            key: Arc::new(key),
            components: (x, y),
        })
    }
}

/// Checks the purpose of a key. If `use` is present, it must be `sig`. If `key_ops` is present, it must contain only `verify` (RFC 7517 § 4.2, 4.3).
fn check_purpose(members: &Map<String, Value>) -> Result<(), KeyFault> {
    if members.get("use").is_some_and(|value| value.as_str() != Some("sig")) {
        return Err(KeyFault::Purpose);
    }
    let Some(operations) = members.get("key_ops") else {
        return Ok(());
    };
    let only_verify = operations
        .as_array()
        .is_some_and(|list| !list.is_empty() && list.iter().all(|item| item.as_str() == Some("verify")));
    if only_verify { Ok(()) } else { Err(KeyFault::Purpose) }
}

fn component(members: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    let text = members.get(name).and_then(Value::as_str).ok_or(KeyFault::Components)?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyFault::Components)
}

fn without_leading_zeros(bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).map(<[u8]>::to_vec).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    fn ec() -> Value {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": URL_SAFE_NO_PAD.encode(&point[1..33]), "y": URL_SAFE_NO_PAD.encode(&point[33..])})
    }

    fn rsa(bits: usize, e: &[u8]) -> Value {
        // The modulus is not real, but it has the right form. Only the checks at loading are tested, not a verification.
        let mut n = vec![0xff; bits / 8];
        n[0] = 0x80;
        json!({"kty": "RSA", "kid": "r", "n": URL_SAFE_NO_PAD.encode(&n), "e": URL_SAFE_NO_PAD.encode(e)})
    }

    fn set(keys: Value) -> KeySet {
        KeySet::parse(json!({"keys": keys}).to_string().as_bytes()).unwrap()
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn a_good_key_is_read_with_its_one_algorithm() {
        let keys = set(json!([ec(), rsa(2048, &[1, 0, 1])]));
        assert_eq!(keys.get("e").unwrap().algorithm, Algorithm::Es256);
        assert_eq!(keys.get("r").unwrap().algorithm, Algorithm::Rs256);
        let full = with(
            with(with(ec(), "alg", json!("ES256")), "use", json!("sig")),
            "key_ops",
            json!(["verify"]),
        );
        assert!(set(json!([full])).get("e").is_some());
    }

    #[test]
    fn the_thumbprint_equals_the_example_of_rfc_7638() {
        // The key and the expected thumbprint are the example of RFC 7638 § 3.1.
        let key = json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
        assert_eq!(
            PublicKey::parse(&key).ok().unwrap().thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn an_unfit_key_is_omitted() {
        let exponent = [1, 0, 1];
        for bad in [
            rsa(1024, &exponent),
            rsa(2040, &exponent),
            rsa(2048, &[1]),
            rsa(2048, &[3]),
            rsa(2048, &[1, 0, 0]),
            rsa(2048, &[]),
            rsa(2048, &[1; 9]),
            with(rsa(2048, &exponent), "alg", json!("PS256")),
            with(rsa(2048, &exponent), "alg", json!("ES256")),
            with(rsa(2048, &exponent), "alg", json!("HS256")),
            with(rsa(2048, &exponent), "alg", json!(7)),
            with(rsa(2048, &exponent), "use", json!("enc")),
            with(rsa(2048, &exponent), "key_ops", json!(["encrypt"])),
            with(rsa(2048, &exponent), "key_ops", json!(["verify", "sign"])),
            with(rsa(2048, &exponent), "key_ops", json!([])),
            with(rsa(2048, &exponent), "d", json!("AQAB")),
            with(rsa(2048, &exponent), "n", json!("not base64!")),
            with(ec(), "alg", json!("RS256")),
            with(ec(), "crv", json!("P-384")),
            with(ec(), "x", json!("AQAB")),
            with(ec(), "y", json!(URL_SAFE_NO_PAD.encode([7; 32]))),
            with(ec(), "d", json!("AQAB")),
            json!({"kty": "oct", "kid": "o", "k": "AQAB"}),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": "AQAB"}),
            with(ec(), "kid", json!("")),
            with(ec(), "kid", json!(7)),
            json!("x"),
            json!(null),
        ] {
            assert!(set(json!([bad])).is_empty(), "{bad}");
        }
    }

    #[test]
    fn two_keys_with_one_id_are_both_omitted() {
        assert!(set(json!([ec(), ec()])).is_empty());
        assert!(set(json!([ec(), {"kty": "oct", "kid": "e", "k": "AA"}])).is_empty());
    }

    #[test]
    fn a_document_that_is_not_a_key_set_is_refused_whole() {
        for bad in ["<html>", "{}", "{\"keys\":{}}", "[]", "{\"keys\":[],\"keys\":[]}", "null", ""] {
            assert!(KeySet::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(KeySet::parse(json!({"keys": vec![ec(); 65]}).to_string().as_bytes()).is_err());
        assert!(set(json!([])).is_empty());
    }

    #[test]
    fn truncated_and_mutated_sets_never_panic() {
        let text = json!({"keys": [ec(), rsa(2048, &[1, 0, 1])]}).to_string().into_bytes();
        for position in 0..text.len() {
            let _ = KeySet::parse(&text[..position]);
            for byte in [0, b'"', b'{', b']', b'1', 0xff] {
                let mut mutated = text.clone();
                mutated[position] = byte;
                let _ = KeySet::parse(&mutated);
            }
        }
    }
}
