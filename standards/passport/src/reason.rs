//! Why a token was rejected or a visa ignored: one closed set of codes.

use thiserror::Error;

/// A claim or header member in a [`Reason`]. The set is closed, so that no text of a token can reach an error message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClaimName {
    /// The claim `iss`.
    Issuer,
    /// The claim `sub`.
    Subject,
    /// The claim `exp`.
    ExpiresAt,
    /// The claim `iat`.
    IssuedAt,
    /// The claim `nbf`.
    NotBefore,
    /// The claim `aud`.
    Audience,
    /// The claim `jti`.
    TokenId,
    /// The claim `scope`.
    Scope,
    /// The claim `client_id`, or `azp` in its place.
    ClientId,
    /// The claim `ga4gh_passport_v1`.
    Passport,
    /// The claim `ga4gh_visa_v1`.
    Visa,
    /// The member `type` of the visa object.
    VisaType,
    /// The member `asserted` of the visa object.
    VisaAsserted,
    /// The member `value` of the visa object.
    VisaValue,
    /// The member `source` of the visa object.
    VisaSource,
    /// The member `by` of the visa object.
    VisaBy,
    /// The header member `alg`.
    Algorithm,
    /// The header member `kid`.
    KeyId,
    /// The header member `typ`.
    Type,
    /// The header member `jku`.
    KeySetUrl,
}

impl ClaimName {
    /// The name of this claim or header member in the JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issuer => "iss",
            Self::Subject => "sub",
            Self::ExpiresAt => "exp",
            Self::IssuedAt => "iat",
            Self::NotBefore => "nbf",
            Self::Audience => "aud",
            Self::TokenId => "jti",
            Self::Scope => "scope",
            Self::ClientId => "client_id",
            Self::Passport => "ga4gh_passport_v1",
            Self::Visa => "ga4gh_visa_v1",
            Self::VisaType => "type",
            Self::VisaAsserted => "asserted",
            Self::VisaValue => "value",
            Self::VisaSource => "source",
            Self::VisaBy => "by",
            Self::Algorithm => "alg",
            Self::KeyId => "kid",
            Self::Type => "typ",
            Self::KeySetUrl => "jku",
        }
    }
}

macro_rules! reasons {
    ($( $(#[$doc:meta])* $name:ident => $code:literal, $text:literal; )*) => {
        /// Why a token was rejected, or why a visa in it was ignored. `Display` is the public text. It contains no part of the token.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Error)]
        pub enum Reason {
            /// A required claim or header member is missing.
            #[error("the member `{}` is missing", .0.as_str())]
            ClaimMissing(ClaimName),
            /// A claim or header member has the wrong type, is out of range, is too long, is empty, or contains control characters.
            #[error("the member `{}` is malformed", .0.as_str())]
            ClaimMalformed(ClaimName),
            $( $(#[$doc])* #[error($text)] $name, )*
        }

        impl Reason {
            /// The stable kebab-case code of this reason.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    Self::ClaimMissing(_) => "claim-missing",
                    Self::ClaimMalformed(_) => "claim-malformed",
                    $( Self::$name => $code, )*
                }
            }

            /// All reasons except `ClaimMissing` and `ClaimMalformed`, in the order of declaration (for documentation and tests).
            pub const WITHOUT_CLAIM: &'static [Self] = &[ $( Self::$name, )* ];
        }
    };
}

reasons! {
    /// The token, its header or its list of visas is larger than the limit.
    TokenTooLarge => "token-too-large", "the token is too large";
    /// The token does not consist of three non-empty parts joined by dots.
    NotCompactJws => "not-compact-jws", "the token is not a compact JWS of three parts";
    /// A part of the token is not canonical base64url without padding.
    BadBase64url => "bad-base64url", "a part of the token is not unpadded base64url";
    /// Header or payload is not a JSON object.
    NotJsonObject => "not-json-object", "the header or the claims are not a JSON object";
    /// A member name occurs twice in one object.
    DuplicateMember => "duplicate-member", "a member name occurs twice in a JSON object of the token";
    /// Arrays and objects in the JSON of the token are nested deeper than the limit.
    JsonTooDeep => "json-too-deep", "the JSON of the token is nested too deeply";
    /// `alg` is not RS256 or ES256, or is not allowed for this issuer.
    AlgorithmNotAllowed => "algorithm-not-allowed", "the signature algorithm is not allowed";
    /// The header contains `crit` (critical extensions).
    CriticalHeader => "critical-header", "critical header extensions are not supported";
    /// A `b64` or `zip` header is present.
    UnsupportedHeader => "unsupported-header", "the header requires an unsupported encoding";
    /// `typ` is not the type of the expected kind of token.
    WrongTokenType => "wrong-token-type", "the token type (typ) is not the one expected here";
    /// The issuer of the token is not configured.
    IssuerNotTrusted => "issuer-not-trusted", "the issuer is not trusted";
    /// The issuer is configured, but not for this kind of token.
    IssuerNotTrustedAs => "issuer-not-trusted-in-this-role", "the issuer is not trusted to issue this kind of token";
    /// The operator does not accept this kind of token from this issuer in the Authorization header.
    BearerKindNotAccepted => "bearer-kind-not-accepted", "this kind of token is not accepted as a bearer token from its issuer";
    /// The request presents no credential that can be evaluated.
    CredentialsMalformed => "credentials-malformed", "the credentials are malformed";
    /// The issuer has no key with this `kid`.
    KeyUnknown => "key-unknown", "the issuer has no usable key with this key id";
    /// The key exists, but it is for another algorithm.
    KeyAlgorithmMismatch => "key-algorithm-mismatch", "the key is not for the algorithm of the token";
    /// The keys could not be fetched, and no cached keys are fresh enough.
    KeysUnavailable => "keys-unavailable", "the keys of the issuer are not available at the moment";
    /// The signature of the token is not valid for the issuer's key.
    SignatureInvalid => "signature-invalid", "the signature is not valid";
    /// The token has expired: the time `exp` has passed.
    Expired => "token-expired", "the token has expired";
    /// The token is not valid yet: the time `nbf` is in the future by more than the leeway.
    NotYetValid => "token-not-yet-valid", "the token is not valid yet";
    /// The token's time of issue `iat` is in the future by more than the leeway.
    IssuedInFuture => "token-issued-in-future", "the token was issued in the future";
    /// `exp - iat` is negative or longer than policy allows.
    LifetimeTooLong => "token-lifetime-too-long", "the lifetime of the token is longer than allowed";
    /// The visa's time of assertion `asserted` is after its time of issue `iat` by more than the leeway.
    AssertedAfterIssued => "visa-asserted-after-issued", "the visa was asserted after it was issued";
    /// `aud` is present and does not contain a name of this gateway.
    AudienceNotOurs => "audience-not-ours", "the token is for another audience";
    /// The token has no `aud`, but `aud` is required.
    AudienceMissing => "audience-missing", "the token must name its audience";
    /// The token, its subject or its issuer is on the deny list.
    DenyListed => "token-deny-listed", "the token or its subject has been revoked here";
    /// An ID token is used as an access token.
    IdTokenNotAccepted => "id-token-not-accepted", "an ID token is not an access token";
    /// An access token contains GA4GH claims. The profile forbids GA4GH claims in access tokens.
    AccessTokenWithGa4ghClaims => "access-token-with-ga4gh-claims", "an access token must not contain GA4GH claims";
    /// The type of an access token is only `JWT`, and the token has no `scope`.
    ScopeMissing => "scope-missing", "the access token lacks a required scope";
    /// A request contains more passports than allowed.
    TooManyPassports => "too-many-passports", "too many passports in one request";
    /// A passport contains more visas than allowed.
    TooManyVisas => "too-many-visas", "too many visas in one passport";
    /// The credentials of one request belong to different people.
    DifferentPeople => "credentials-of-different-people", "the credentials of one request belong to different people";
    /// UserInfo did not answer, or its answer could not be read.
    UserInfoUnavailable => "userinfo-unavailable", "the UserInfo endpoint of the issuer did not answer as expected";
    /// The answer of UserInfo is about another subject.
    UserInfoSubjectMismatch => "userinfo-subject-mismatch", "UserInfo answered for another subject";
    /// The issuer itself rejected the token at its UserInfo endpoint.
    TokenRevoked => "token-revoked", "the issuer no longer accepts the token";
    /// The UserInfo answer is a signed JWT, and its signature, key or form is not valid.
    UserInfoSignatureInvalid => "userinfo-signature-invalid", "the signature of the UserInfo answer is not valid";
    /// The UserInfo answer is encrypted (JWE), and the gateway has no key for it.
    UserInfoEncrypted => "userinfo-encrypted", "the UserInfo answer is encrypted; the gateway reads JSON and signed answers";
    /// The introspection endpoint did not answer, or its answer could not be read.
    IntrospectionUnavailable => "introspection-unavailable", "the introspection endpoint of the issuer did not answer as expected";
    /// The issuer states that the opaque token is not active: it is unknown, expired, revoked, or not for this gateway.
    TokenInactive => "token-inactive", "the issuer states that the token is not active";
    /// The issuer states that the opaque token is not an access token, or does not state its type.
    IntrospectionNotAnAccessToken => "introspection-not-an-access-token", "the issuer does not state that the token is an access token";
    /// The answer of the introspection endpoint names another issuer.
    IntrospectionOtherIssuer => "introspection-other-issuer", "the introspection endpoint answered for another issuer";
    /// The visa has both `jku` and the `openid` scope.
    VisaKindAmbiguous => "visa-kind-ambiguous", "the visa has both a jku and the openid scope";
    /// The visa has neither `jku` nor the `openid` scope.
    VisaKindUndetermined => "visa-kind-undetermined", "the visa has neither a jku nor the openid scope";
    /// The token is a visa access token, which the profile deprecates, and the operator does not accept visa access tokens of this issuer.
    VisaAccessTokenNotSupported => "visa-access-token-not-supported", "visa access tokens are not accepted from this issuer";
    /// The visa access token was issued more than one hour ago. Its issuer would have to be polled, and the gateway does not poll.
    VisaAccessTokenTooOld => "visa-access-token-too-old", "the visa access token was issued more than one hour ago";
    /// `jku` is not on the allow-list of this issuer.
    JkuNotAllowed => "visa-jku-not-allowed", "the key set URL of the visa is not on the allow-list of its issuer";
    /// The visa has the claim `aud`.
    VisaWithAudience => "visa-with-audience", "a visa must not have an audience";
    /// No trust tuple of the visa's issuer is for this visa type.
    VisaTypeNotSupported => "visa-type-not-supported", "the visa type is not supported";
    /// The issuer has trust tuples for this visa type, but none of them accepts the visa's source, by and value.
    VisaNotTrusted => "visa-not-trusted", "the issuer is not trusted to assert this visa";
    /// The visa has no `by`, but its visa type requires `by`.
    VisaByMissing => "visa-by-missing", "the visa must contain the member by";
    /// The visa was asserted longer ago than the operator's policy for these visas allows.
    AssertedTooLongAgo => "visa-asserted-too-long-ago", "the visa was asserted longer ago than is accepted here";
    /// `conditions` does not have the form that the specification defines.
    ConditionsMalformed => "visa-conditions-malformed", "the conditions of the visa are malformed";
    /// No alternative of `conditions` is met.
    ConditionsNotMet => "visa-conditions-not-met", "the conditions of the visa are not met";
    /// The conditions of the visa were not evaluated, so the visa must not be used.
    ConditionsNotEvaluated => "visa-conditions-not-evaluated", "the conditions of the visa were not evaluated";
    /// The operator accepts only visas of the presenting person, and no link joins the visa's identity to that person.
    VisaOfAnotherIdentity => "visa-of-another-identity", "the visa is about an identity that no link joins to the one presented";
    /// UserInfo answered without the passport claim: the issuer releases no visas to this gateway, or the person has no visas.
    UserInfoWithoutPassport => "userinfo-without-passport-claim", "UserInfo answered without the claim ga4gh_passport_v1";
    /// The value of a LinkedIdentities visa is malformed.
    LinkedIdentitiesMalformed => "visa-linked-identities-malformed", "the linked identities of the visa are malformed";
}

impl Reason {
    /// Whether the reason is only that the issuer does not answer at the moment. The token may be valid, and a later request may succeed.
    #[must_use]
    pub fn is_issuer_unavailable(self) -> bool {
        matches!(
            self,
            Self::KeysUnavailable
                | Self::UserInfoUnavailable
                | Self::UserInfoSignatureInvalid
                | Self::UserInfoEncrypted
                | Self::IntrospectionUnavailable
        )
    }

    /// The JSON name of the claim or header member with the fault; `None` if the fault does not concern a single member.
    #[must_use]
    pub fn claim(self) -> Option<&'static str> {
        let name = match self {
            Self::ClaimMissing(name) | Self::ClaimMalformed(name) => name,
            Self::AlgorithmNotAllowed | Self::KeyAlgorithmMismatch => ClaimName::Algorithm,
            Self::WrongTokenType => ClaimName::Type,
            Self::IssuerNotTrusted | Self::IssuerNotTrustedAs | Self::IntrospectionOtherIssuer => ClaimName::Issuer,
            Self::KeyUnknown => ClaimName::KeyId,
            Self::Expired | Self::LifetimeTooLong => ClaimName::ExpiresAt,
            Self::NotYetValid => ClaimName::NotBefore,
            Self::IssuedInFuture | Self::VisaAccessTokenTooOld => ClaimName::IssuedAt,
            Self::AudienceNotOurs | Self::AudienceMissing | Self::VisaWithAudience => ClaimName::Audience,
            Self::ScopeMissing => ClaimName::Scope,
            Self::JkuNotAllowed | Self::VisaKindAmbiguous | Self::VisaKindUndetermined => ClaimName::KeySetUrl,
            Self::TooManyVisas | Self::UserInfoWithoutPassport => ClaimName::Passport,
            Self::UserInfoSubjectMismatch | Self::VisaOfAnotherIdentity => ClaimName::Subject,
            Self::VisaTypeNotSupported => ClaimName::VisaType,
            Self::VisaByMissing => ClaimName::VisaBy,
            Self::AssertedAfterIssued | Self::AssertedTooLongAgo => ClaimName::VisaAsserted,
            Self::LinkedIdentitiesMalformed => ClaimName::VisaValue,
            Self::AccessTokenWithGa4ghClaims => ClaimName::Passport,
            Self::CriticalHeader => return Some("crit"),
            Self::ConditionsMalformed | Self::ConditionsNotMet | Self::ConditionsNotEvaluated => return Some("conditions"),
            Self::TokenTooLarge
            | Self::NotCompactJws
            | Self::BadBase64url
            | Self::NotJsonObject
            | Self::DuplicateMember
            | Self::JsonTooDeep
            | Self::UnsupportedHeader
            | Self::BearerKindNotAccepted
            | Self::CredentialsMalformed
            | Self::KeysUnavailable
            | Self::SignatureInvalid
            | Self::DenyListed
            | Self::IdTokenNotAccepted
            | Self::TooManyPassports
            | Self::DifferentPeople
            | Self::UserInfoUnavailable
            | Self::UserInfoSignatureInvalid
            | Self::UserInfoEncrypted
            | Self::IntrospectionUnavailable
            | Self::TokenInactive
            | Self::IntrospectionNotAnAccessToken
            | Self::TokenRevoked
            | Self::VisaAccessTokenNotSupported
            | Self::VisaNotTrusted => return None,
        };
        Some(name.as_str())
    }

    /// Whether the fault concerns the signature, the issuer's keys, or the location of the keys that the token states.
    #[must_use]
    pub fn is_of_key(self) -> bool {
        matches!(
            self,
            Self::KeyUnknown | Self::KeyAlgorithmMismatch | Self::KeysUnavailable | Self::SignatureInvalid | Self::JkuNotAllowed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let mut codes: Vec<_> = Reason::WITHOUT_CLAIM.iter().map(|r| r.code()).collect();
        codes.push(Reason::ClaimMissing(ClaimName::Issuer).code());
        codes.push(Reason::ClaimMalformed(ClaimName::Issuer).code());
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        assert!(
            codes
                .iter()
                .all(|c| c.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
    }
}
