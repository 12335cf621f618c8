//! Type states of a token: unverified, then verified. An unverified token can only be used for a key look-up.

use std::fmt;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::compact_jws::CompactJws;
use crate::header::{Header, checked_text};
use crate::limits::STRING_MAX_SCALARS;
use crate::reason::{ClaimName, Reason};
use crate::registered_claims::RegisteredClaims;
use crate::strict_json::parse_json_object;
use crate::token_kind::{TokenKind, short_media_type};

/// A well-formed token whose signature has not been checked. Its claims are untrusted.
pub struct UnverifiedToken<'a> {
    kind: TokenKind,
    header: Header,
    claims: RegisteredClaims,
    payload: Map<String, Value>,
    signing_input: &'a str,
    signature: Vec<u8>,
    signature_base64url: &'a str,
}

/// The input of a signature check: the signed bytes, the signature and its algorithm.
pub struct SignatureInput<'a> {
    /// `alg` of the header. The key must be for this algorithm.
    pub algorithm: Algorithm,
    /// The bytes that were signed.
    pub signing_input: &'a [u8],
    /// The signature, decoded from base64url.
    pub signature: &'a [u8],
    /// The signature as strict unpadded base64url, for libraries that require this form.
    pub signature_base64url: &'a str,
}

/// The kind of a visa token (`AAI 1.2.1 § Visa`: exactly one of `jku` and the `openid` scope determines the kind).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisaKind<'a> {
    /// A document token. Its key is in the key set at this `jku`.
    Document {
        /// The `jku` as received. The caller must compare it with an allow-list before it fetches anything.
        jku: &'a str,
    },
    /// A visa access token. Its key is in the key set of its issuer's discovery document.
    AccessToken,
}

/// A token with a valid signature. The code that uses the token must still check times, audience and trust.
pub struct VerifiedToken {
    kind: TokenKind,
    header: Header,
    claims: RegisteredClaims,
    payload: Map<String, Value>,
}

impl<'a> UnverifiedToken<'a> {
    /// Parses a token of the expected kind. Checks the sizes, the three parts, the header, `typ` and the types of the claims.
    ///
    /// # Errors
    /// [`Reason`] states why the token is rejected.
    pub fn parse(token: &'a str, kind: TokenKind) -> Result<Self, Reason> {
        let jws = CompactJws::parse(token, kind.max_bytes())?;
        let header = Header::parse(&jws.header)?;
        if !kind.accepts_typ(header.typ.as_deref()) {
            return Err(Reason::WrongTokenType);
        }
        Self::from_parts(jws, header, kind)
    }

    /// Parses the token of an Authorization header. Its `typ` determines whether it is a passport or an access token.
    ///
    /// # Errors
    /// [`Reason::WrongTokenType`] if the token is of neither kind, or another [`Reason`] that states why the token is rejected.
    pub fn parse_bearer(token: &'a str) -> Result<Self, Reason> {
        let jws = CompactJws::parse(token, TokenKind::Passport.max_bytes())?;
        let header = Header::parse(&jws.header)?;
        let kind = TokenKind::of_bearer(header.typ.as_deref()).ok_or(Reason::WrongTokenType)?;
        if token.len() > kind.max_bytes() {
            return Err(Reason::TokenTooLarge);
        }
        Self::from_parts(jws, header, kind)
    }

    /// Parses a visa. A visa access token (without `jku`) may also have the `typ` `at+jwt` (`AAI 1.2.1 § Visa Access Token Format`).
    ///
    /// # Errors
    /// [`Reason`] states why the token is rejected.
    pub fn parse_visa(token: &'a str) -> Result<Self, Reason> {
        let jws = CompactJws::parse(token, TokenKind::Visa.max_bytes())?;
        let header = Header::parse(&jws.header)?;
        let typ = header.typ.as_deref();
        let of_access_token = header.jku.is_none() && TokenKind::AccessToken.accepts_typ(typ);
        if !TokenKind::Visa.accepts_typ(typ) && !of_access_token {
            return Err(Reason::WrongTokenType);
        }
        Self::from_parts(jws, header, TokenKind::Visa)
    }

    /// Parses a passport that the issuer's UserInfo endpoint returned inside its answer. Some issuers write the `typ` `JWT` there. A passport that a
    /// caller presents always needs its own `typ`.
    ///
    /// # Errors
    /// [`Reason`] states why the token is rejected.
    pub fn parse_passport_of_userinfo(token: &'a str) -> Result<Self, Reason> {
        let jws = CompactJws::parse(token, TokenKind::Passport.max_bytes())?;
        let header = Header::parse(&jws.header)?;
        let typ = header.typ.as_deref();
        let plain = typ.is_some_and(|typ| short_media_type(typ) == "jwt");
        if !TokenKind::Passport.accepts_typ(typ) && !plain {
            return Err(Reason::WrongTokenType);
        }
        Self::from_parts(jws, header, TokenKind::Passport)
    }

    /// Parses a token as [`Self::parse`] does, from bytes that may not be UTF-8, such as bytes from a network or a fuzzer.
    ///
    /// # Errors
    /// [`Reason`] states why the token is rejected.
    pub fn parse_bytes(token: &'a [u8], kind: TokenKind) -> Result<Self, Reason> {
        Self::parse(std::str::from_utf8(token).map_err(|_| Reason::NotCompactJws)?, kind)
    }

    fn from_parts(jws: CompactJws<'a>, header: Header, kind: TokenKind) -> Result<Self, Reason> {
        let payload = parse_json_object(&jws.payload)?;
        let claims = RegisteredClaims::parse(&payload)?;
        Ok(Self {
            kind,
            header,
            claims,
            payload,
            signing_input: jws.signing_input,
            signature: jws.signature,
            signature_base64url: jws.signature_base64url,
        })
    }

    /// The kind that was passed to, or determined by, the parser of this token.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The JOSE header, which is needed to find the key.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// `iss` as claimed, for the look-up of the key and of the configured trust. The claim is not verified.
    #[must_use]
    pub fn claimed_issuer(&self) -> &str {
        &self.claims.identity.issuer
    }

    /// The unverified claim `jti`, to name the token to the caller who presented it; `None` if absent.
    #[must_use]
    pub fn claimed_token_id(&self) -> Option<&str> {
        self.claims.token_id.as_deref()
    }

    /// The unverified `type` and `value` of the visa object, to name the visa to the caller who presented it. `None` if `type` or `value` is
    /// not a text of at most 255 characters without control characters.
    #[must_use]
    pub fn claimed_visa(&self) -> Option<(&str, &str)> {
        let object = self.payload.get(crate::visa::VISA_CLAIM)?.as_object()?;
        let text = |name: &str| {
            let text = object.get(name)?.as_str()?;
            (text.chars().count() <= crate::limits::STRING_MAX_SCALARS && !text.chars().any(char::is_control)).then_some(text)
        };
        Some((text("type")?, text("value")?))
    }

    /// The kind of a visa token.
    ///
    /// # Errors
    /// [`Reason::VisaKindAmbiguous`], [`Reason::VisaKindUndetermined`], or a malformed `scope`.
    pub fn visa_kind(&self) -> Result<VisaKind<'_>, Reason> {
        let openid = has_scope(&self.payload, "openid")?;
        match (self.header.jku.as_deref(), openid) {
            (Some(jku), false) => Ok(VisaKind::Document { jku }),
            (Some(_), true) => Err(Reason::VisaKindAmbiguous),
            (None, true) => Ok(VisaKind::AccessToken),
            (None, false) => Err(Reason::VisaKindUndetermined),
        }
    }

    /// Checks the signature with `check`, and returns the verified token only if the signature is valid.
    ///
    /// # Errors
    /// [`Reason::SignatureInvalid`] if `check` returns false.
    pub fn verify(self, check: impl FnOnce(&SignatureInput<'_>) -> bool) -> Result<VerifiedToken, Reason> {
        let input = SignatureInput {
            algorithm: self.header.algorithm,
            signing_input: self.signing_input.as_bytes(),
            signature: &self.signature,
            signature_base64url: self.signature_base64url,
        };
        if !check(&input) {
            return Err(Reason::SignatureInvalid);
        }
        Ok(VerifiedToken {
            kind: self.kind,
            header: self.header,
            claims: self.claims,
            payload: self.payload,
        })
    }
}

/// The claimed `iss` and `kid` of a token, to name the token to the caller who presented it. Nothing is verified. Each is absent if the token is not a
/// compact JWS, or if the member is not a text of at most 255 characters without control characters.
#[must_use]
pub fn claimed_names(token: &str) -> (Option<String>, Option<String>) {
    let Ok(jws) = CompactJws::parse(token, TokenKind::Passport.max_bytes()) else {
        return (None, None);
    };
    let text = |json: &[u8], name: &str, claim| {
        let members = parse_json_object(json).ok()?;
        let text = members.get(name)?.as_str()?;
        checked_text(text, STRING_MAX_SCALARS, claim).ok()?;
        Some(text.to_owned())
    };
    (
        text(&jws.payload, "iss", ClaimName::Issuer),
        text(&jws.header, "kid", ClaimName::KeyId),
    )
}

impl VerifiedToken {
    /// The kind that was passed to, or determined by, the parser of this token.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The JOSE header of the token.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The registered claims of the token (`iss`, `sub`, `exp` and others).
    #[must_use]
    pub fn claims(&self) -> &RegisteredClaims {
        &self.claims
    }

    /// All claims of the token, as JSON.
    pub(crate) fn payload(&self) -> &Map<String, Value> {
        &self.payload
    }
}

/// Whether the claim `scope`, a space-separated list (`RFC 8693 § 4.2`), contains `wanted`. An absent claim contains no scope.
pub(crate) fn has_scope(payload: &Map<String, Value>, wanted: &str) -> Result<bool, Reason> {
    let scope = crate::header::optional_string(payload, "scope", ClaimName::Scope)?;
    Ok(scope.is_some_and(|text| text.split(' ').any(|item| item == wanted)))
}

impl fmt::Debug for UnverifiedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedToken").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken").field("kind", &self.kind).finish_non_exhaustive()
    }
}
