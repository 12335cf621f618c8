//! Opaque access tokens: the issuer states the holder of the token by introspection (RFC 7662) or by UserInfo.
//!
//! An opaque token does not name its issuer, so it is sent only to the one issuer that is configured for opaque tokens. A token in the form of a
//! JWT is never sent there.

use std::sync::Arc;

use ga4gh_passport::{AccessToken, NumericDate, OpaqueContext, Reason};
use gemj_model::Timestamp;

use crate::binding::Confirmation;
use crate::client_authentication::ClientAuthentication;
use crate::config::{BearerKind, OpaqueBy, OpaqueTokens};
use crate::discovery::Discovery;
use crate::error::AuthError;
use crate::fetch::{FetchFault, FetchUrl};
use crate::token_answers::{Ages, Weighed};
use crate::token_cache::TokenHash;
use crate::trouble::{LastTrouble, Trouble};
use crate::trust::IssuerTrust;
use crate::user_info::{UserInfoVisas, read_visas};
use crate::verify::{Audience, VerifiedAccess, Verifier, check_meant_for_us};

/// The largest accepted answer of an introspection endpoint, in bytes.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// The settings for opaque tokens of one issuer.
pub(crate) struct Opaque {
    /// `iss` of the issuer.
    issuer: String,
    by: By,
    max_age_s: u32,
    /// The trouble at the last use of introspection.
    pub(crate) trouble: LastTrouble,
}

enum By {
    Introspection {
        /// The configured URL. Absent if the URL is in the issuer's discovery document.
        url: Option<FetchUrl>,
        discovery: Arc<Discovery>,
        client: ClientAuthentication,
    },
    UserInfo,
}

/// The statement of an issuer about one opaque token.
pub(crate) struct OpaqueAnswer {
    access: AccessToken,
    confirmation: Confirmation,
    /// The visas, if UserInfo made the statement.
    userinfo: Option<Arc<UserInfoVisas>>,
}

impl Opaque {
    /// Prepares the settings. Absent if the secret cannot be read, or if the gateway may not fetch the configured URL.
    pub(crate) fn new(config: &OpaqueTokens, issuer: &str, discovery: &Arc<Discovery>) -> Option<Self> {
        let by = match config.by {
            OpaqueBy::Userinfo => By::UserInfo,
            OpaqueBy::Introspection => By::Introspection {
                url: match &config.introspection_url {
                    Some(url) => Some(FetchUrl::parse(url)?),
                    None => None,
                },
                discovery: Arc::clone(discovery),
                client: ClientAuthentication::new(config.client(), issuer)?,
            },
        };
        Some(Self {
            issuer: issuer.to_owned(),
            by,
            max_age_s: config.max_age_s,
            trouble: LastTrouble::default(),
        })
    }
}

impl Verifier {
    /// The access token that an opaque token stands for, by the statement of its issuer. The issuer is asked at most once for each token within the
    /// configured time. Times, audience and deny list are checked at every request.
    pub(crate) async fn opaque_token(&self, issuer: &Arc<IssuerTrust>, token: &str, hash: TokenHash) -> Result<VerifiedAccess, AuthError> {
        let opaque = issuer.opaque.as_ref().ok_or(AuthError::Bearer(Reason::NotCompactJws))?;
        issuer.check_bearer(BearerKind::AccessToken).map_err(AuthError::Bearer)?;
        let ages = Ages {
            good_s: opaque.max_age_s,
            bad_s: self.trust.keys.min_refresh_interval_s,
        };
        let ask = async { self.ask_about(issuer, opaque, token).await.map_err(AuthError::Bearer) };
        let answer = self.opaques.get(&hash, ages, ask).await.0?;
        let checked = self
            .check_policy(&answer.access.claims, issuer, Audience::Shown)
            .and_then(|()| check_meant_for_us(&answer.access));
        checked.map_err(AuthError::Bearer)?;
        Ok(VerifiedAccess {
            access: answer.access.clone(),
            issuer: Arc::clone(issuer),
            confirmation: answer.confirmation.clone(),
            hash,
            userinfo: answer.userinfo.clone(),
        })
    }

    async fn ask_about(&self, issuer: &IssuerTrust, opaque: &Opaque, token: &str) -> Result<Weighed<OpaqueAnswer>, Reason> {
        let now = self.now();
        let context = OpaqueContext {
            issuer: &opaque.issuer,
            now: date(now)?,
            // Dates are whole seconds. The end is rounded up, so that the token never ends before the issuer is asked again.
            default_end: date(now.plus_seconds(i64::from(opaque.max_age_s) + 1))?,
        };
        match &opaque.by {
            By::UserInfo => {
                let answer = self.ask_userinfo(issuer, token).await?;
                let userinfo = read_visas(&answer.members, issuer)?;
                let has_visas = !matches!(userinfo, UserInfoVisas::Absent);
                let access = context.parse_userinfo(answer.members)?;
                Ok(Weighed {
                    value: OpaqueAnswer {
                        access: AccessToken {
                            passport_scoped: has_visas,
                            ..access
                        },
                        confirmation: Confirmation::default(),
                        userinfo: Some(Arc::new(userinfo)),
                    },
                    bytes: answer.bytes,
                })
            }
            By::Introspection { url, discovery, client } => {
                let asked = self.introspect(url.as_ref(), discovery, client, token).await;
                let body = asked.map_err(|trouble| {
                    if let Some(Trouble { fault, host }) = trouble {
                        tracing::warn!(%fault, host, "an introspection endpoint did not answer as expected");
                        opaque.trouble.failed(fault, host);
                    }
                    Reason::IntrospectionUnavailable
                })?;
                let access = context.parse_introspection(&body)?;
                // RFC 7662 and RFC 9449 § 6.2, RFC 8705 § 3.2: the answer states the binding of the token like the claims of a JWT.
                let confirmation = Confirmation::of_claims(&body).map_err(|_| Reason::IntrospectionUnavailable)?;
                Ok(Weighed {
                    bytes: body.len(),
                    value: OpaqueAnswer {
                        access,
                        confirmation,
                        userinfo: None,
                    },
                })
            }
        }
    }

    /// The answer of the introspection endpoint. The error is absent if the gateway's own secret is at fault.
    async fn introspect(
        &self,
        url: Option<&FetchUrl>,
        discovery: &Discovery,
        client: &ClientAuthentication,
        token: &str,
    ) -> Result<Vec<u8>, Option<Trouble>> {
        let url = match url {
            Some(url) => url.clone(),
            None => {
                let found = discovery.endpoints().await.map_err(|fault| Trouble {
                    fault,
                    host: discovery.host(),
                })?;
                found.introspection?
            }
        };
        let trouble = |fault: FetchFault| Trouble {
            fault,
            host: url.host().unwrap_or_default().to_owned(),
        };
        let authentication = client.prove(self.now()).await.ok_or_else(|| {
            tracing::error!("the secret or private key for introspection cannot be read");
            None
        })?;
        let mut form = vec![("token", token), ("token_type_hint", "access_token")];
        form.extend(authentication.form.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = self
            .fetcher
            .post_form(&url, &form, authentication.basic.as_deref(), ANSWER_MAX_BYTES)
            .await
            .map_err(trouble)?;
        if answer.status != 200 {
            tracing::error!(
                status = answer.status,
                host = url.host(),
                "an introspection endpoint refuses this gateway: check the registration of the gateway there"
            );
            return Err(Some(trouble(FetchFault::Status(answer.status))));
        }
        Ok(answer.body)
    }
}

fn date(at: Timestamp) -> Result<NumericDate, Reason> {
    NumericDate::from_seconds(at.seconds()).ok_or(Reason::IntrospectionUnavailable)
}
