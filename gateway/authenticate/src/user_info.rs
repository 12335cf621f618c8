//! Fetches the visas of a passport-scoped access token from the issuer's UserInfo endpoint (`AAI 1.2.1 § UserInfo`).

use std::sync::Arc;

use ga4gh_passport::limits::USERINFO_MAX_BYTES;
use ga4gh_passport::{
    AccessToken, NumericDate, PASSPORT_CLAIM, Reason, SignedUserInfo, UnverifiedToken, parse_json_object, parse_passport_claim,
};
use serde_json::{Map, Value};

use crate::error::AuthError;
use crate::fetch::{FetchFault, Fetched};
use crate::signature;
use crate::token_answers::{Ages, Weighed};
use crate::token_cache::{TokenHash, hash_for, token_hash};
use crate::trust::{IssuerTrust, UserInfoLocation};
use crate::verify::{Audience, Credential, Refused, Verifier};

/// The part of a UserInfo answer that contains visas.
pub(crate) enum UserInfoVisas {
    /// The answer has no passport claim: the person has no visas, or the issuer releases no visas to this gateway.
    Absent,
    /// The visas of the claim `ga4gh_passport_v1`.
    Visas(Vec<String>),
    /// A whole passport, in the member that `userinfo_passport_claim` names.
    Passport(String),
}

/// A UserInfo answer whose signature, if it has one, is valid.
pub(crate) struct UserInfoAnswer {
    pub(crate) members: Map<String, Value>,
    pub(crate) bytes: usize,
}

impl Verifier {
    /// The visas that UserInfo returns for an access token. UserInfo is requested at most once for each token within the configured time.
    pub(crate) async fn userinfo_visas(
        &self,
        issuer: &IssuerTrust,
        access: &AccessToken,
        token: &str,
        hash: &TokenHash,
    ) -> Result<Arc<UserInfoVisas>, AuthError> {
        let ages = Ages {
            good_s: self.trust.keys.userinfo_max_age_s,
            bad_s: self.trust.keys.min_refresh_interval_s,
        };
        let ask = async {
            let answer = self.ask_userinfo(issuer, token).await?;
            check_subject(&answer.members, access)?;
            Ok(Weighed {
                value: read_visas(&answer.members, issuer)?,
                bytes: answer.bytes,
            })
        };
        let ask = async { ask.await.map_err(AuthError::Bearer) };
        self.userinfo.get(&hash_for(hash, &access.claims.identity), ages, ask).await.0
    }

    /// Requests UserInfo with an access token. A signed answer (`application/jwt`) must have a valid signature of the issuer's own keys.
    pub(crate) async fn ask_userinfo(&self, issuer: &IssuerTrust, token: &str) -> Result<UserInfoAnswer, Reason> {
        let unavailable = Reason::UserInfoUnavailable;
        let failed = |fault: FetchFault, host: &str| {
            tracing::warn!(%fault, host, "UserInfo did not answer");
            issuer.userinfo_trouble.failed(fault, host);
        };
        let url = match issuer.userinfo.as_ref().ok_or(unavailable)? {
            UserInfoLocation::Url(url) => url.clone(),
            UserInfoLocation::Discovered(discovery) => {
                let stated = discovery
                    .endpoints()
                    .await
                    .and_then(|found| found.userinfo.ok_or(FetchFault::NotStated));
                stated.map_err(|fault| {
                    failed(fault, &discovery.host());
                    unavailable
                })?
            }
        };
        let host = url.host().unwrap_or_default();
        let fetched = self.fetcher.get_userinfo(&url, token, USERINFO_MAX_BYTES).await.map_err(|fault| {
            failed(fault, host);
            match fault {
                // RFC 6750 § 3.1: the issuer itself states that the token is expired, revoked or insufficient.
                FetchFault::Status(401 | 403) => Reason::TokenRevoked,
                FetchFault::Status(_)
                | FetchFault::Client
                | FetchFault::Transfer
                | FetchFault::TooLarge
                | FetchFault::Document
                | FetchFault::HostNotListed
                | FetchFault::UrlNotAllowed
                | FetchFault::NotStated => unavailable,
            }
        })?;
        let bytes = fetched.body.len();
        let members = if fetched.media_type == "application/jwt" {
            self.signed_userinfo(issuer, &fetched).await?
        } else {
            parse_json_object(&fetched.body).map_err(|_| {
                failed(FetchFault::Document, host);
                unavailable
            })?
        };
        Ok(UserInfoAnswer { members, bytes })
    }

    async fn signed_userinfo(&self, issuer: &IssuerTrust, fetched: &Fetched) -> Result<Map<String, Value>, Reason> {
        let fault = |reason: Reason| {
            tracing::warn!(%reason, "a signed UserInfo answer is not valid");
            match reason {
                Reason::UserInfoEncrypted | Reason::KeysUnavailable => reason,
                _ => Reason::UserInfoSignatureInvalid,
            }
        };
        let text = std::str::from_utf8(&fetched.body).map_err(|_| fault(Reason::NotCompactJws))?;
        let signed = SignedUserInfo::parse(text.trim_ascii()).map_err(fault)?;
        let header = signed.header();
        issuer.check_algorithm(header.algorithm).map_err(fault)?;
        let (key, _) = issuer.own_keys()?.key(&header.key_id).await.map_err(fault)?;
        if header.algorithm != key.algorithm {
            return Err(fault(Reason::KeyAlgorithmMismatch));
        }
        let now = NumericDate::from_seconds(self.now().seconds()).ok_or(Reason::UserInfoUnavailable)?;
        let check = |input: &ga4gh_passport::SignatureInput<'_>| signature::holds(input.signing_input, input.signature, &key);
        signed.verify(now, issuer.time_policy.leeway, check).map_err(fault)
    }

    /// Verifies a passport inside a UserInfo answer. It must have the issuer and subject of the access token.
    pub(crate) async fn passport_of_userinfo(
        &self,
        issuer: &IssuerTrust,
        access: &AccessToken,
        passport: &str,
    ) -> Result<Credential, AuthError> {
        // This passport may have the `typ` `JWT`. It is therefore cached in another cache than the passports that callers present: a caller who
        // presents the same text must still be refused.
        let hash = token_hash(passport);
        let credential = match self.cached_passport(&hash, Audience::OfUserInfo).await {
            Some(cached) => self.reuse(&cached, Audience::OfUserInfo).map_err(Refused::from),
            None => match UnverifiedToken::parse_passport_of_userinfo(passport) {
                Ok(token) => self.fresh_passport(token, passport, hash, Audience::OfUserInfo).await,
                Err(reason) => Err(reason.into()),
            },
        };
        let credential = credential.map_err(|refused| refused.at(AuthError::Bearer))?;
        if credential.claims.identity != access.claims.identity || !std::ptr::eq(&raw const *credential.issuer, issuer) {
            return Err(AuthError::Bearer(Reason::UserInfoSubjectMismatch));
        }
        Ok(credential)
    }
}

/// `OpenID Connect Core 1.0 § 5.3.2`: "The sub Claim in the UserInfo Response MUST be verified to exactly match the sub Claim" of the token. If the
/// claims differ, the answer is not used.
fn check_subject(answer: &Map<String, Value>, access: &AccessToken) -> Result<(), Reason> {
    let identity = &access.claims.identity;
    let other_issuer = answer
        .get("iss")
        .is_some_and(|issuer| issuer.as_str() != Some(identity.issuer.as_str()));
    if answer.get("sub").and_then(Value::as_str) != Some(identity.subject.as_str()) || other_issuer {
        return Err(Reason::UserInfoSubjectMismatch);
    }
    Ok(())
}

/// Reads the visas from a UserInfo answer.
pub(crate) fn read_visas(answer: &Map<String, Value>, issuer: &IssuerTrust) -> Result<UserInfoVisas, Reason> {
    // OpenID Connect Core 1.0 § 5.3.2: a claim without a value should be omitted, but some brokers send `null`.
    let member = |name: &str| answer.get(name).filter(|claim| !claim.is_null());
    if let Some(name) = &issuer.userinfo_passport_claim {
        let Some(claim) = member(name) else {
            return Ok(UserInfoVisas::Absent);
        };
        let passport = claim.as_str().ok_or(Reason::ClaimMalformed(ga4gh_passport::ClaimName::Passport))?;
        return Ok(UserInfoVisas::Passport(passport.to_owned()));
    }
    match member(PASSPORT_CLAIM) {
        Some(claim) => parse_passport_claim(claim).map(UserInfoVisas::Visas),
        None => Ok(UserInfoVisas::Absent),
    }
}
