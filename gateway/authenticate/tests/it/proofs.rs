//! Makes DPoP proofs as RFC 9449 § 4.2 and RFC 7638 describe, without the code under test.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::signing::{SigningKey, b64};

pub(crate) const URL: &str = "https://gateway.example/ga4gh/drs/v1/objects/x";

/// The thumbprint of a key, which a bound token contains as `jkt`.
pub(crate) fn thumbprint(key: &SigningKey) -> String {
    let jwk = key.jwk();
    let member = |name: &str| jwk[name].as_str().unwrap();
    // RFC 7638 § 3.2: the required members in lexicographic order, without white space.
    let text = match member("kty") {
        "EC" => format!(
            r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
            member("crv"),
            member("x"),
            member("y")
        ),
        _ => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member("e"), member("n")),
    };
    hash(&text)
}

/// SHA-256 of a text, as base64url.
pub(crate) fn hash(text: &str) -> String {
    b64(digest(&SHA256, text.as_bytes()).as_ref())
}

/// The public members of a key as a JWK.
pub(crate) fn public_jwk(key: &SigningKey) -> Value {
    let mut jwk = key.jwk();
    for name in ["use", "alg", "kid"] {
        jwk.as_object_mut().unwrap().remove(name);
    }
    jwk
}

pub(crate) fn header(key: &SigningKey) -> Value {
    json!({"typ": "dpop+jwt", "alg": key.alg(), "jwk": public_jwk(key)})
}

/// The claims of a proof for a GET of [`URL`] with a token.
pub(crate) fn claims(token: &str, jti: &str, now: i64) -> Value {
    json!({"jti": jti, "htm": "GET", "htu": URL, "iat": now, "ath": hash(token)})
}
