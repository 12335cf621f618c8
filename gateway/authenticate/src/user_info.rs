//! Fetches the visas of a passport-scoped access token from the issuer's UserInfo endpoint (`AAI 1.2.1 § UserInfo`).

use std::sync::Arc;

use ga4gh_passport::{AccessToken, PASSPORT_CLAIM, Reason, parse_json_object, parse_passport_claim};
use serde_json::{Map, Value};

use crate::error::AuthError;
use crate::fetch::{FetchFault, USERINFO_MAX_BYTES};
use crate::token_answers::{Ages, Weighed};
use crate::token_cache::TokenHash;
use crate::trust::{IssuerTrust, UserInfoLocation};
use crate::verify::Verifier;

impl Verifier {
    /// The visas that UserInfo returns for an access token; absent if the answer has no passport claim. UserInfo is requested at most once
    /// for each token within the configured time.
    pub(crate) async fn userinfo_visas(
        &self,
        issuer: &IssuerTrust,
        access: &AccessToken,
        token: &str,
        hash: &TokenHash,
    ) -> Result<Arc<Option<Vec<String>>>, AuthError> {
        let ages = Ages {
            good_s: self.trust.keys.userinfo_max_age_s,
            bad_s: self.trust.keys.min_refresh_interval_s,
        };
        let ask = async { self.ask_userinfo(issuer, access, token).await.map_err(AuthError::Bearer) };
        self.userinfo.get(hash, ages, ask).await.0
    }

    async fn ask_userinfo(&self, issuer: &IssuerTrust, access: &AccessToken, token: &str) -> Result<Weighed<Option<Vec<String>>>, Reason> {
        let unavailable = Reason::UserInfoUnavailable;
        let url = match issuer.userinfo.as_ref().ok_or(unavailable)? {
            UserInfoLocation::Url(url) => url.clone(),
            UserInfoLocation::Discovered(discovery) => discovery.endpoints().await.map_err(|_| unavailable)?.userinfo.ok_or(unavailable)?,
        };
        let body = self.fetcher.get(&url, Some(token), USERINFO_MAX_BYTES).await.map_err(|fault| {
            tracing::warn!(%fault, "UserInfo did not answer");
            match fault {
                // RFC 6750 § 3.1: the issuer itself states that the token is expired, revoked or insufficient.
                FetchFault::Status(401 | 403) => Reason::TokenRevoked,
                FetchFault::Status(_) | FetchFault::Client | FetchFault::Transfer | FetchFault::TooLarge | FetchFault::Document => {
                    unavailable
                }
            }
        })?;
        Ok(Weighed {
            value: read_userinfo(&parse_json_object(&body).map_err(|_| unavailable)?, access)?,
            bytes: body.len(),
        })
    }
}

/// Reads the visas from a UserInfo answer. `OpenID Connect Core 1.0 § 5.3.2`: "The sub Claim in the UserInfo Response MUST be verified to exactly
/// match the sub Claim" of the token. If the claims differ, the answer is not used. If the passport claim is absent, the person has no visas, or the
/// issuer releases no visas to this gateway; the result is then `None`.
fn read_userinfo(answer: &Map<String, Value>, access: &AccessToken) -> Result<Option<Vec<String>>, Reason> {
    let identity = &access.claims.identity;
    let other_issuer = answer
        .get("iss")
        .is_some_and(|issuer| issuer.as_str() != Some(identity.issuer.as_str()));
    if answer.get("sub").and_then(Value::as_str) != Some(identity.subject.as_str()) || other_issuer {
        return Err(Reason::UserInfoSubjectMismatch);
    }
    // OpenID Connect Core 1.0 § 5.3.2: a claim without a value should be omitted, but some brokers send `null`.
    let claim = answer.get(PASSPORT_CLAIM).filter(|claim| !claim.is_null());
    claim.map(parse_passport_claim).transpose()
}
