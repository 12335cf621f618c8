//! A fresh key pair for a client of this gateway, for example a hospital's record system that has none of its own yet.

use std::collections::HashSet;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use thiserror::Error;

use crate::fetch::DOCUMENT_MAX_BYTES;
use crate::smart::client_keys::{MAX_KEYS, is_usable};

/// A private key (ES384) with its public key set.
pub struct ClientKeyPair {
    /// The private key: PKCS #8 in PEM. Only the client may keep it.
    pub private_pem: String,
    /// The public key as a JWK Set, for `jwks_file` of the client's entry.
    pub jwks: String,
}

/// Why a client's key cannot be made or used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ClientKeyFault {
    /// The system's source of random numbers failed.
    #[error("no key could be made: the system's random numbers cannot be read")]
    Generation,
    /// The file is not a JSON object with a list `keys`.
    #[error("is not a JWK Set: a JSON object with a list `keys` is expected")]
    NotAKeySet,
    /// The key set contains the private part of a key.
    #[error("contains a private key (`d`); ask the sender for the public keys only, and for a new key, because this one was disclosed")]
    Private,
    /// The id of a key has other than letters, digits and the characters `._~:+/=@-`, or more than 255 of them.
    #[error(
        "has a `kid` with other than letters, digits and ._~:+/=@-, or with more than 255 characters; ask the sender for another `kid`"
    )]
    KeyId,
    /// Two keys have the same id.
    #[error("has two keys with the same `kid`; the gateway uses neither")]
    SameId,
    /// The key set is larger than the gateway reads.
    #[error("has more than 64 keys or 256 KiB, which the gateway does not read")]
    TooLarge,
    /// The key set has no key that SMART Backend Services allows.
    #[error("has no key for ES384 or RS384 with a `kid`, as SMART Backend Services requires")]
    NoUsableKey,
}

/// A public key of a client: its `kid` and its algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKey {
    /// The key's id, which the client's assertions must name.
    pub kid: String,
    /// `ES384` or `RS384`.
    pub algorithm: &'static str,
}

impl ClientKeyPair {
    /// Makes a new pair for ES384 (P-384), which SMART App Launch 2.2.0 § Asymmetric Authentication requires servers to support.
    ///
    /// # Errors
    /// [`ClientKeyFault::Generation`].
    pub fn make(kid: &str) -> Result<Self, ClientKeyFault> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| ClientKeyFault::Generation)?;
        let der = pair.to_pkcs8v1().map_err(|_| ClientKeyFault::Generation)?;
        let point = pair.public_key().as_ref();
        let half = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default());
        let keys = json!({"keys": [{
            "kty": "EC", "crv": "P-384", "use": "sig", "alg": "ES384", "kid": kid, "x": half(1..49), "y": half(49..97),
        }]});
        Ok(Self {
            private_pem: pem(der.as_ref()),
            jwks: format!("{keys:#}\n"),
        })
    }
}

/// The keys of a key set that a client sent.
///
/// # Errors
/// A [`ClientKeyFault`].
pub fn client_keys(jwks: &[u8]) -> Result<Vec<ClientKey>, ClientKeyFault> {
    if jwks.len() > DOCUMENT_MAX_BYTES {
        return Err(ClientKeyFault::TooLarge);
    }
    let set: Value = serde_json::from_slice(jwks).map_err(|_| ClientKeyFault::NotAKeySet)?;
    let keys = set["keys"].as_array().ok_or(ClientKeyFault::NotAKeySet)?;
    if keys.len() > MAX_KEYS {
        return Err(ClientKeyFault::TooLarge);
    }
    if keys.iter().any(|key| key.get("d").is_some()) || set.get("d").is_some() {
        return Err(ClientKeyFault::Private);
    }
    // The ids are written into scripts and documents, and an operator compares them by eye.
    if !keys.iter().filter_map(|key| key["kid"].as_str()).all(is_plain_id) {
        return Err(ClientKeyFault::KeyId);
    }
    let usable: Vec<ClientKey> = keys.iter().filter_map(client_key).collect();
    let ids: HashSet<&str> = usable.iter().map(|key| key.kid.as_str()).collect();
    if ids.len() < usable.len() {
        return Err(ClientKeyFault::SameId);
    }
    if usable.is_empty() {
        Err(ClientKeyFault::NoUsableKey)
    } else {
        Ok(usable)
    }
}

/// Whether a key id has only characters that every script and document can show.
fn is_plain_id(kid: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~:+/=@-".contains(&byte);
    kid.len() <= 255 && kid.bytes().all(plain)
}

fn client_key(key: &Value) -> Option<ClientKey> {
    let kid = key["kid"].as_str().filter(|kid| !kid.is_empty())?.to_owned();
    let algorithm = match (key["kty"].as_str()?, key["crv"].as_str()) {
        ("EC", Some("P-384")) => "ES384",
        ("RSA", None) => "RS384",
        _ => return None,
    };
    let fits = key.get("alg").is_none_or(|alg| alg == algorithm) && key.get("use").is_none_or(|usage| usage == "sig");
    // The decoder of the token endpoint: a key that it refuses is not usable.
    (fits && is_usable(key.as_object()?, algorithm)).then_some(ClientKey { kid, algorithm })
}

/// A private key in the PEM format of RFC 7468 § 10.
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_new_pair_has_one_public_key_for_es384() {
        let pair = ClientKeyPair::make("ehr-1").unwrap();
        let expected = ClientKey {
            kid: "ehr-1".to_owned(),
            algorithm: "ES384",
        };
        assert_eq!(client_keys(pair.jwks.as_bytes()).unwrap(), [expected]);
        assert!(jsonwebtoken::EncodingKey::from_ec_pem(pair.private_pem.as_bytes()).is_ok());
        assert_ne!(ClientKeyPair::make("ehr-1").unwrap().jwks, pair.jwks);
    }

    #[test]
    fn a_private_or_unusable_key_set_is_refused() {
        for (set, fault) in [
            ("[]", ClientKeyFault::NotAKeySet),
            ("not JSON", ClientKeyFault::NotAKeySet),
            (r#"{"keys": []}"#, ClientKeyFault::NoUsableKey),
            // A modulus of 1024 bits, and a key without coordinates.
            (
                r#"{"keys": [{"kty": "RSA", "kid": "a", "e": "AQAB", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4"}]}"#,
                ClientKeyFault::NoUsableKey,
            ),
            (
                r#"{"keys": [{"kty": "EC", "crv": "P-384", "kid": "a"}]}"#,
                ClientKeyFault::NoUsableKey,
            ),
            (
                r#"{"keys": [{"kty": "EC", "crv": "P-256", "kid": "a"}]}"#,
                ClientKeyFault::NoUsableKey,
            ),
            (r#"{"keys": [{"kty": "EC", "crv": "P-384"}]}"#, ClientKeyFault::NoUsableKey),
            (
                r#"{"keys": [{"kty": "RSA", "kid": "a", "use": "enc"}]}"#,
                ClientKeyFault::NoUsableKey,
            ),
            (r#"{"keys": [{"kty": "RSA", "kid": "a", "d": "AQAB"}]}"#, ClientKeyFault::Private),
            (
                r#"{"keys": [{"kty": "EC", "crv": "P-384", "kid": "$(id)"}]}"#,
                ClientKeyFault::KeyId,
            ),
            (
                r#"{"keys": [{"kty": "EC", "crv": "P-384", "kid": "k1}; id; : ${x"}]}"#,
                ClientKeyFault::KeyId,
            ),
            (r#"{"keys": [{"kty": "EC", "crv": "P-384", "kid": "a\nb"}]}"#, ClientKeyFault::KeyId),
        ] {
            assert_eq!(client_keys(set.as_bytes()), Err(fault), "{set}");
        }
        let keys = |count: usize| json!({"keys": vec![json!({"kty": "EC"}); count]}).to_string();
        assert_eq!(client_keys(keys(MAX_KEYS).as_bytes()), Err(ClientKeyFault::NoUsableKey));
        assert_eq!(client_keys(keys(MAX_KEYS + 1).as_bytes()), Err(ClientKeyFault::TooLarge));
        let padded = format!("{}{}", keys(1), " ".repeat(DOCUMENT_MAX_BYTES));
        assert_eq!(client_keys(padded.as_bytes()), Err(ClientKeyFault::TooLarge));
    }
}
