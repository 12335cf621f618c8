//! Tokens that are bound to their holder. The binding is a key that each request proves (DPoP, RFC 9449) or a client certificate (RFC 8705 § 3).
//!
//! A binding that a token itself states (`cnf`) is always enforced. An issuer's entry in the configuration can also require a binding
//! ([`Binding`]); by default no binding is required.

mod dpop;
mod htu;
mod proof_memory;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_model::{Clock, ErrorKind};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use crate::config::{Binding, TrustedIssuers};
use crate::presented::{DpopProof, Presented, Scheme};
use dpop::Proof;
use proof_memory::ProofMemory;

/// The reason why a valid token is refused from this caller. The texts contain no part of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BindingFault {
    /// Tokens of this issuer or client must be bound, but this token is not bound.
    #[error("the token must be bound to a key or certificate")]
    Required,
    /// The token is bound in a way that the gateway does not support.
    #[error("the token is bound in a way that is not supported")]
    ConfirmationNotSupported,
    /// A token that is bound to a key was presented as `Authorization: Bearer` (RFC 9449 § 7.2).
    #[error("the token is bound to a key and must be presented with the scheme DPoP")]
    DpopAsBearer,
    /// A token that is not bound to a key was presented as `Authorization: DPoP`.
    #[error("the token is not bound to a key")]
    NotDpopBound,
    /// The request has no DPoP header.
    #[error("a DPoP proof is missing")]
    ProofMissing,
    /// The proof is not a signed JWT of type dpop+jwt with a suitable public key and the claims of RFC 9449 § 4.2.
    #[error("the DPoP proof is malformed")]
    ProofMalformed,
    /// The proof's signature does not verify with the key in it.
    #[error("the signature of the DPoP proof is not valid")]
    ProofSignature,
    /// The proof was made for another method or another URL.
    #[error("the DPoP proof is for another request")]
    ProofOtherRequest,
    /// The proof's `iat` is too far in the past or in the future.
    #[error("the DPoP proof is not recent")]
    ProofNotRecent,
    /// The proof names another token than the presented one, or no token.
    #[error("the DPoP proof is for another token")]
    ProofOtherToken,
    /// The proof was made with another key than the key to which the token is bound.
    #[error("the DPoP proof is of another key")]
    ProofOtherKey,
    /// The proof was already used in an earlier request.
    #[error("the DPoP proof was used before")]
    ProofUsed,
    /// The memory of used proofs is full, for this key or in total.
    #[error("too many DPoP proofs at the moment")]
    TooManyProofs,
    /// The token is bound to a certificate, but the client presented none.
    #[error("the token is bound to a client certificate, but the request has none")]
    CertificateMissing,
    /// The token is bound to another certificate than the client's certificate.
    #[error("the token is bound to another client certificate")]
    OtherCertificate,
    /// A passport in a request body is bound to a key or certificate, or its issuer's entry requires a binding. A body cannot prove the holder.
    #[error("a passport that is bound to a key or certificate is not accepted in a request body")]
    InBody,
    /// The visas of the bound token would have to be fetched from UserInfo, and only the token's holder can use the token
    /// there. Token exchange is not configured.
    #[error("the visas of a bound token require token exchange, which is not configured for its issuer")]
    NeedsExchange,
}

impl BindingFault {
    /// Every fault, in the order of declaration.
    pub const ALL: [Self; 17] = [
        Self::Required,
        Self::ConfirmationNotSupported,
        Self::DpopAsBearer,
        Self::NotDpopBound,
        Self::ProofMissing,
        Self::ProofMalformed,
        Self::ProofSignature,
        Self::ProofOtherRequest,
        Self::ProofNotRecent,
        Self::ProofOtherToken,
        Self::ProofOtherKey,
        Self::ProofUsed,
        Self::TooManyProofs,
        Self::CertificateMissing,
        Self::OtherCertificate,
        Self::InBody,
        Self::NeedsExchange,
    ];

    /// The stable kebab-case code of the fault.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Required => "token-binding-required",
            Self::ConfirmationNotSupported => "token-confirmation-not-supported",
            Self::DpopAsBearer => "dpop-token-as-bearer",
            Self::NotDpopBound => "token-not-dpop-bound",
            Self::ProofMissing => "dpop-proof-missing",
            Self::ProofMalformed => "dpop-proof-malformed",
            Self::ProofSignature => "dpop-proof-signature-invalid",
            Self::ProofOtherRequest => "dpop-proof-other-request",
            Self::ProofNotRecent => "dpop-proof-not-recent",
            Self::ProofOtherToken => "dpop-proof-other-token",
            Self::ProofOtherKey => "dpop-proof-other-key",
            Self::ProofUsed => "dpop-proof-used",
            Self::TooManyProofs => "dpop-too-many-proofs",
            Self::CertificateMissing => "client-certificate-missing",
            Self::OtherCertificate => "client-certificate-other",
            Self::InBody => "bound-passport-in-body",
            Self::NeedsExchange => "bound-token-needs-exchange",
        }
    }

    /// Whether the fault is in the DPoP proof and not in the token. The `error` of the challenge is then `invalid_dpop_proof`
    /// (RFC 9449 § 7.1), otherwise `invalid_token`.
    #[must_use]
    pub fn is_of_proof(self) -> bool {
        match self {
            Self::ProofMissing
            | Self::ProofMalformed
            | Self::ProofSignature
            | Self::ProofOtherRequest
            | Self::ProofNotRecent
            | Self::ProofOtherToken
            | Self::ProofOtherKey
            | Self::ProofUsed
            | Self::TooManyProofs => true,
            Self::Required
            | Self::ConfirmationNotSupported
            | Self::DpopAsBearer
            | Self::NotDpopBound
            | Self::CertificateMissing
            | Self::OtherCertificate
            | Self::InBody
            | Self::NeedsExchange => false,
        }
    }

    /// The `error` with which the token endpoint refuses a request (RFC 6749 § 5.2, RFC 9449 § 5), for a fault
    /// of [`crate::Authenticator::bind_client`].
    #[must_use]
    pub fn token_error(self) -> &'static str {
        match self {
            Self::TooManyProofs => "temporarily_unavailable",
            fault if fault.is_of_proof() => "invalid_dpop_proof",
            _ => "invalid_client",
        }
    }

    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::TooManyProofs => ErrorKind::Unavailable,
            _ => ErrorKind::Unauthenticated,
        }
    }
}

/// The binding that a token itself states (`cnf`, RFC 7800). [`Confirmation::default`] means that the token is not bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Confirmation {
    /// Thumbprint of the key to which the token is bound (`jkt`, RFC 9449 § 6.1); absent if the token is not bound to a key.
    pub(crate) key: Option<String>,
    /// Thumbprint of the certificate to which the token is bound (`x5t#S256`, RFC 8705 § 3.1); absent if the token is not bound to a certificate.
    pub(crate) certificate: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    /// The claim `cnf`. A null claim is `Some`, because a null claim is not an absent claim.
    #[serde(default, deserialize_with = "present")]
    cnf: Option<Value>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Confirmation {
    /// Reads the claim `cnf` from the JSON claims of a verified token. A confirmation of an unknown kind is a fault, because a token with an unknown
    /// binding must not be used as a bearer token.
    pub(crate) fn of_claims(payload: &[u8]) -> Result<Self, BindingFault> {
        let unknown = BindingFault::ConfirmationNotSupported;
        let claims: Claims = serde_json::from_slice(payload).map_err(|_| unknown)?;
        let Some(cnf) = claims.cnf else {
            return Ok(Self::default());
        };
        let members = cnf.as_object().ok_or(unknown)?;
        let text = |name: &str| match members.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(|text| Some(text.to_owned())).ok_or(unknown),
        };
        let read = Self {
            key: text("jkt")?,
            certificate: text("x5t#S256")?,
        };
        if read.is_bound() { Ok(read) } else { Err(unknown) }
    }

    pub(crate) fn is_bound(&self) -> bool {
        self.key.is_some() || self.certificate.is_some()
    }

    pub(crate) fn satisfies(&self, demanded: Binding) -> bool {
        match demanded {
            Binding::None => true,
            Binding::Dpop => self.key.is_some(),
            Binding::Mtls => self.certificate.is_some(),
            Binding::Any => self.is_bound(),
        }
    }
}

/// Checks that the caller who presents a token is the token's holder, and remembers the used DPoP proofs.
pub(crate) struct HolderCheck {
    clock: Arc<dyn Clock>,
    max_age_s: i64,
    leeway_s: i64,
    memory: ProofMemory,
}

impl HolderCheck {
    pub(crate) fn new(config: &TrustedIssuers, clock: Arc<dyn Clock>) -> Self {
        let (max_age_s, leeway_s) = (i64::from(config.dpop_max_age_s), i64::from(config.clock_leeway_s));
        Self {
            clock,
            max_age_s,
            leeway_s,
            // A proof is accepted from `leeway_s` before its `iat` until `max_age_s` after it. The period of the memory is as long as this time.
            memory: ProofMemory::new(max_age_s + leeway_s),
        }
    }

    /// Checks the token of the Authorization header against the binding proofs (DPoP proof, client certificate) of the request.
    pub(crate) fn check(&self, token: &Confirmation, demanded: Binding, presented: &Presented<'_>) -> Result<(), BindingFault> {
        let Some(authorization) = presented.authorization else {
            return Ok(());
        };
        if !token.satisfies(demanded) {
            return Err(BindingFault::Required);
        }
        if let Some(wanted) = &token.certificate {
            let shown = presented.client_certificate.ok_or(BindingFault::CertificateMissing)?;
            let same: bool = certificate_thumbprint(shown).as_bytes().ct_eq(wanted.as_bytes()).into();
            if !same {
                return Err(BindingFault::OtherCertificate);
            }
        }
        match (&token.key, authorization.scheme) {
            (None, Scheme::Bearer) => Ok(()),
            (None, Scheme::Dpop) => Err(BindingFault::NotDpopBound),
            (Some(_), Scheme::Bearer) => Err(BindingFault::DpopAsBearer),
            (Some(wanted), Scheme::Dpop) => {
                let shown = presented.proof.as_ref().ok_or(BindingFault::ProofMissing)?;
                let proof = self.proof(shown)?;
                if !proof.is_about(authorization.token) {
                    return Err(BindingFault::ProofOtherToken);
                }
                if proof.thumbprint != *wanted {
                    return Err(BindingFault::ProofOtherKey);
                }
                // A proof is remembered last, so that a proof that is refused for another reason takes no place in the memory.
                self.memory.remember(&proof, self.clock.now())
            }
        }
    }

    /// The thumbprint of the key that the DPoP proof of a token request proves. The new token is then bound to this key (RFC 9449 § 5).
    pub(crate) fn key_of_token_request(&self, shown: &DpopProof<'_>) -> Result<String, BindingFault> {
        let proof = self.proof(shown)?;
        self.memory.remember(&proof, self.clock.now())?;
        Ok(proof.thumbprint)
    }

    fn proof(&self, shown: &DpopProof<'_>) -> Result<Proof, BindingFault> {
        let proof = Proof::verify(shown.proof)?;
        if !proof.is_for(shown.method, shown.url) {
            return Err(BindingFault::ProofOtherRequest);
        }
        let now = self.clock.now().seconds();
        if proof.issued_at > now + self.leeway_s || proof.issued_at <= now - self.max_age_s {
            return Err(BindingFault::ProofNotRecent);
        }
        Ok(proof)
    }
}

/// The thumbprint `x5t#S256` of a certificate: SHA-256 of the certificate in DER, base64url (RFC 8705 § 3.1).
pub(crate) fn certificate_thumbprint(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, der))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_read_or_refused_and_never_ignored() {
        let read = |text: &str| Confirmation::of_claims(text.as_bytes());
        assert_eq!(read(r#"{"sub":"a"}"#), Ok(Confirmation::default()));
        let key = Ok(Confirmation {
            key: Some("k".to_owned()),
            certificate: None,
        });
        assert_eq!(read(r#"{"cnf":{"jkt":"k"}}"#), key);
        assert_eq!(read(r#"{"\u0063nf":{"jkt":"k","later":1}}"#), key);
        assert_eq!(read(r#"{"cnf":{"x5t#S256":"c"}}"#).map(|c| c.certificate), Ok(Some("c".to_owned())));
        for other in [
            r#"{"cnf":null}"#,
            r#"{"cnf":{}}"#,
            r#"{"cnf":{"kid":"k"}}"#,
            r#"{"cnf":{"jwk":{}}}"#,
            r#"{"cnf":{"jkt":7}}"#,
            r#"{"cnf":{"jkt":null}}"#,
            r#"{"cnf":"k"}"#,
            r#"{"cnf":[{"jkt":"k"}]}"#,
            "",
        ] {
            assert_eq!(read(other), Err(BindingFault::ConfirmationNotSupported), "{other}");
        }
    }
}
