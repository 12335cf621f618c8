//! Reads and checks one DPoP proof (RFC 9449 § 4).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ga4gh_passport::{Algorithm, CompactJws, parse_json_object};
use serde_json::{Map, Value};

use super::BindingFault;
use super::htu::normalised;
use crate::jwk::PublicKey;
use crate::signature;

/// The longest proof that is read, in bytes. A proof with an RSA key of 8192 bits and its signature fits.
const MAX_BYTES: usize = 8 * 1024;
/// The longest `jti` of a proof that is accepted, in bytes.
const TOKEN_ID_MAX_BYTES: usize = 255;

/// A proof whose signature verifies with the key that the proof contains. The proof's request, time, token and key are compared later.
pub(super) struct Proof {
    /// Thumbprint of the key in the proof (RFC 7638, SHA-256).
    pub(super) thumbprint: String,
    /// The proof's `jti`.
    pub(super) token_id: String,
    /// The proof's `iat`, in seconds since 1970.
    pub(super) issued_at: i64,
    method: String,
    url: String,
    token_digest: Option<String>,
}

impl Proof {
    /// Reads a proof and makes the checks 2, 3, 4, 5, 6 and 7 of RFC 9449 § 4.3.
    pub(super) fn verify(text: &str) -> Result<Self, BindingFault> {
        let malformed = BindingFault::ProofMalformed;
        let jws = CompactJws::parse(text, MAX_BYTES).map_err(|_| malformed)?;
        let header = parse_json_object(&jws.header).map_err(|_| malformed)?;
        let claims = parse_json_object(&jws.payload).map_err(|_| malformed)?;
        if header.get("typ").and_then(Value::as_str) != Some("dpop+jwt") {
            return Err(malformed);
        }
        if ["crit", "b64", "zip"].iter().any(|name| header.contains_key(*name)) {
            return Err(malformed);
        }
        let algorithm = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::parse)
            .ok_or(malformed)?;
        let key = header.get("jwk").and_then(|jwk| PublicKey::parse(jwk).ok()).ok_or(malformed)?;
        if key.algorithm != algorithm {
            return Err(malformed);
        }
        let proof = Self {
            thumbprint: key.thumbprint(),
            token_id: text_of(&claims, "jti")?,
            issued_at: claims.get("iat").and_then(Value::as_i64).filter(|at| *at > 0).ok_or(malformed)?,
            method: text_of(&claims, "htm")?,
            url: text_of(&claims, "htu")?,
            token_digest: match claims.get("ath") {
                None => None,
                Some(Value::String(text)) => Some(text.clone()),
                Some(_) => return Err(malformed),
            },
        };
        if proof.token_id.len() > TOKEN_ID_MAX_BYTES {
            return Err(malformed);
        }
        if signature::holds(jws.signing_input.as_bytes(), &jws.signature, &key) {
            Ok(proof)
        } else {
            Err(BindingFault::ProofSignature)
        }
    }

    /// Checks 8 and 9 of RFC 9449 § 4.3: whether the proof is for this method and URL. The comparison of methods is case-sensitive.
    /// URLs are compared without query and fragment.
    pub(super) fn is_for(&self, method: &str, url: &str) -> bool {
        self.method == method && normalised(&self.url).is_some_and(|named| normalised(url) == Some(named))
    }

    /// A proof with only the parts that the memory of used proofs reads.
    #[cfg(test)]
    pub(super) fn for_memory(thumbprint: &str, token_id: &str) -> Self {
        Self {
            thumbprint: thumbprint.to_owned(),
            token_id: token_id.to_owned(),
            issued_at: 0,
            method: String::new(),
            url: String::new(),
            token_digest: None,
        }
    }

    /// Check 12 of RFC 9449 § 4.3, first half: whether the proof names the presented token (`ath`, base64url of the token's SHA-256).
    pub(super) fn is_about(&self, token: &str) -> bool {
        self.token_digest.as_deref() == Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes())).as_str())
    }
}

fn text_of(claims: &Map<String, Value>, name: &str) -> Result<String, BindingFault> {
    let text = claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or(BindingFault::ProofMalformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example proof in RFC 9449 § 7.1, which the authors of the RFC made.
    const OF_THE_RFC: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    const TOKEN_OF_THE_RFC: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

    #[test]
    fn the_proof_of_the_rfc_is_valid_for_its_request_token_and_key() {
        let proof = Proof::verify(OF_THE_RFC).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(proof.thumbprint, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!(proof.issued_at, 1_562_262_618);
        assert!(proof.is_about(TOKEN_OF_THE_RFC) && !proof.is_about("another"));
        assert!(proof.is_for("GET", "https://resource.example.org/protectedresource?page=2"));
        assert!(!proof.is_for("get", "https://resource.example.org/protectedresource"));
        assert!(!proof.is_for("POST", "https://resource.example.org/protectedresource"));
        assert!(!proof.is_for("GET", "https://resource.example.org/protectedresource/"));
        assert!(!proof.is_for("GET", "http://resource.example.org/protectedresource"));
    }

    #[test]
    fn an_altered_proof_is_refused_without_a_panic() {
        for position in 0..OF_THE_RFC.len() {
            assert!(Proof::verify(OF_THE_RFC.get(..position).unwrap_or("")).is_err());
            for byte in [b'A', b'.', b'"', b'~', 0] {
                let mut bytes = OF_THE_RFC.as_bytes().to_vec();
                if bytes[position] != byte {
                    bytes[position] = byte;
                    let text = String::from_utf8(bytes).unwrap_or_default();
                    assert!(Proof::verify(&text).is_err(), "byte {position}");
                }
            }
        }
    }
}
