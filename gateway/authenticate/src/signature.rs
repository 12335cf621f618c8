//! Signature checks: jsonwebtoken over aws-lc-rs, for the signature and nothing else.

use ga4gh_passport::{Algorithm, Reason, UnverifiedToken, VerifiedToken};

use crate::jwk::PublicKey;

/// Verifies a token with a key. The algorithm is the key's: a token that names another is refused before any computation, so no
/// token chooses how it is checked.
pub(crate) fn verify(token: UnverifiedToken<'_>, key: &PublicKey) -> Result<VerifiedToken, Reason> {
    if token.header().algorithm != key.algorithm {
        return Err(Reason::KeyAlgorithmMismatch);
    }
    let algorithm = match key.algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
    };
    token.verify(|input| jsonwebtoken::crypto::verify(input.signature_base64url, input.signing_input, &key.key, algorithm).unwrap_or(false))
}
