//! Checks signatures with aws-lc-rs and keys that were parsed when they were loaded. No JWT library interprets the claims of a token.

use ga4gh_passport::{Reason, UnverifiedToken, VerifiedToken};

use crate::jwk::PublicKey;

/// Verifies the signature of a token with a key. The key determines the algorithm: a token that names another algorithm is refused before any
/// computation. A token therefore cannot choose the algorithm.
pub(crate) fn verify(token: UnverifiedToken<'_>, key: &PublicKey) -> Result<VerifiedToken, Reason> {
    if token.header().algorithm != key.algorithm {
        return Err(Reason::KeyAlgorithmMismatch);
    }
    token.verify(|input| holds(input.signing_input, input.signature, key))
}

/// Whether a signature over these bytes was made with the key, by the key's algorithm. ES256 signatures have the form `r || s`.
pub(crate) fn holds(signing_input: &[u8], signature: &[u8], key: &PublicKey) -> bool {
    key.key.verify_sig(signing_input, signature).is_ok()
}
