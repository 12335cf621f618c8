//! The rule that a refused token breaks, as a text for the caller. Each text names the setting of the issuer's entry in the configuration, where a
//! setting decides.

use ga4gh_passport::{ClaimName, Reason};

/// The rule behind a reason; absent if the text of the reason already is the whole rule.
pub(super) fn of(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::ClaimMissing(ClaimName::KeyId) => "the header has `kid`; a token without `kid` is refused",
        Reason::ClaimMissing(_) | Reason::ClaimMalformed(_) => {
            "AAI 1.2.1: `iss`, `sub`, `exp` and `iat` are present, and each claim has its type"
        }
        Reason::TokenTooLarge => "a passport has at most 1 MiB; an access token or visa has at most 16 KiB",
        Reason::TooManyVisas => "a passport has at most 256 visas",
        Reason::TooManyPassports => "a request has at most 8 passports",
        Reason::NotCompactJws | Reason::BadBase64url => {
            "the token is a signed JWT in compact form; an opaque token is accepted only if `opaque` of an issuer is configured"
        }
        Reason::AlgorithmNotAllowed => "AAI 1.2.1: `alg` is RS256 or ES256, and `algorithms` of the issuer lists it",
        Reason::WrongTokenType => {
            "AAI 1.2.1: `typ` is `vnd.ga4gh.passport+jwt` for a passport, and `JWT` or `at+jwt` for an access token; it is never absent"
        }
        Reason::IssuerNotTrusted => "an entry `issuer` of the configuration equals `iss`, byte for byte, including the last slash",
        Reason::IssuerNotTrustedAs => "`kinds` of the issuer lists this kind of token",
        Reason::BearerKindNotAccepted => "`bearer` of the issuer lists this kind of token",
        Reason::KeyUnknown => {
            "the key set of the issuer has a usable key with this `kid`: RSA of 2048 to 8192 bits, or P-256; keys of other sizes are not used"
        }
        Reason::KeyAlgorithmMismatch => "the key is for the algorithm that the token names",
        Reason::KeysUnavailable => {
            "the keys are fetched from the issuer's own host, or from a host that `endpoint_hosts` of the issuer lists"
        }
        Reason::SignatureInvalid => "the key with this `kid` verifies the signature",
        Reason::Expired => "`exp` is in the future; it has no leeway",
        Reason::NotYetValid | Reason::IssuedInFuture => "`nbf` and `iat` are at most `clock_leeway_s` in the future (30 s at most)",
        Reason::LifetimeTooLong => "`exp` is at most `max_lifetime_s` of the issuer after `iat`",
        Reason::AudienceNotOurs | Reason::AudienceMissing => {
            "`aud` contains a name in `audience` or `audiences` of the issuer; `without_audience` also accepts tokens without `aud`"
        }
        Reason::DenyListed => "neither token, subject nor issuer is listed in `deny`",
        Reason::IdTokenNotAccepted => {
            "an access token has no claims of an ID token; `accept_nonce` of the issuer accepts `nonce` in a token that is marked as an access token"
        }
        Reason::AccessTokenWithGa4ghClaims => "AAI 1.2.1: an access token contains no visas",
        Reason::ScopeMissing => "an access token with `typ` `JWT` has the claim `scope`",
        Reason::DifferentPeople => "all credentials of a request are of one person, by the same identity or by a LinkedIdentities visa",
        Reason::UserInfoUnavailable | Reason::IntrospectionUnavailable => {
            "the endpoint is on the issuer's own host, or on a host that `endpoint_hosts` of the issuer lists, and answers in time"
        }
        Reason::UserInfoSubjectMismatch => "`sub` of the UserInfo answer equals `sub` of the token",
        Reason::UserInfoSignatureInvalid => {
            "a signed UserInfo answer is signed with a key of the issuer's key set, is valid now, and is no other kind of token"
        }
        Reason::UserInfoEncrypted => "UserInfo is JSON or a signed JWT; the issuer does not encrypt it for the client",
        Reason::TokenInactive | Reason::TokenRevoked => "the issuer still accepts the token",
        Reason::IntrospectionNotAnAccessToken => {
            "the introspection answer has `token_type` `Bearer` or `DPoP`, and no other `token_use` than `access_token`"
        }
        Reason::IntrospectionOtherIssuer => "`iss` of the introspection answer, if present, is the configured issuer",
        Reason::NotJsonObject
        | Reason::DuplicateMember
        | Reason::JsonTooDeep
        | Reason::CriticalHeader
        | Reason::UnsupportedHeader
        | Reason::CredentialsMalformed
        | Reason::VisaKindAmbiguous
        | Reason::VisaKindUndetermined
        | Reason::VisaAccessTokenNotSupported
        | Reason::VisaAccessTokenTooOld
        | Reason::JkuNotAllowed
        | Reason::VisaWithAudience
        | Reason::VisaTypeNotSupported
        | Reason::VisaNotTrusted
        | Reason::VisaByMissing
        | Reason::AssertedAfterIssued
        | Reason::AssertedTooLongAgo
        | Reason::ConditionsMalformed
        | Reason::ConditionsNotMet
        | Reason::ConditionsNotEvaluated
        | Reason::VisaOfAnotherIdentity
        | Reason::UserInfoWithoutPassport
        | Reason::LinkedIdentitiesMalformed => return None,
    })
}
