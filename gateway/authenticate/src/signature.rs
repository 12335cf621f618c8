//! Signature checks, by aws-lc-rs with keys that were parsed when they were loaded. No JWT library has a say in what a token claims.

use ga4gh_passport::{Reason, UnverifiedToken, VerifiedToken};

use crate::jwk::PublicKey;

/// Verifies a token with a key. The algorithm is the key's: a token that names another is refused before any computation, so no
/// token chooses how it is checked.
pub(crate) fn verify(token: UnverifiedToken<'_>, key: &PublicKey) -> Result<VerifiedToken, Reason> {
    if token.header().algorithm != key.algorithm {
        return Err(Reason::KeyAlgorithmMismatch);
    }
    token.verify(|input| holds(input.signing_input, input.signature, key))
}

/// Whether a signature over some bytes is the key's. ES256 signatures are `r || s`; the key knows its algorithm.
pub(crate) fn holds(signing_input: &[u8], signature: &[u8], key: &PublicKey) -> bool {
    key.key.verify_sig(signing_input, signature).is_ok()
}
