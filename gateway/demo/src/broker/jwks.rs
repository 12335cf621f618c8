//! Writes public keys as JWK Sets (RFC 7517).

use std::fs;
use std::path::Path;

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};

use super::keys::SigningKey;
use crate::error::DemoError;

/// The public half of a signing key as a JWK. Its key id is its thumbprint (RFC 7638).
pub(super) fn public_jwk(key: &SigningKey) -> Result<Jwk, DemoError> {
    let mut jwk = Jwk::from_encoding_key(&key.key, key.algorithm).map_err(DemoError::Signing)?;
    jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).map_err(DemoError::Signing)?);
    jwk.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(jwk)
}

/// The key id of a signing key: the thumbprint of its public half.
pub(super) fn key_id(key: &SigningKey) -> Result<String, DemoError> {
    Ok(public_jwk(key)?.common.key_id.unwrap_or_default())
}

/// Writes a JWK Set with this one key to a file, so that the key can be configured without a network request. Returns the written text.
pub(super) fn write_key_set(path: &Path, jwk: &Jwk) -> Result<String, DemoError> {
    let text = serde_json::to_string_pretty(&JwkSet { keys: vec![jwk.clone()] })?;
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(text);
    }
    let beside = path.with_extension("new");
    fs::write(&beside, &text).map_err(DemoError::file(&beside))?;
    fs::rename(&beside, path).map_err(DemoError::file(path))?;
    Ok(text)
}
