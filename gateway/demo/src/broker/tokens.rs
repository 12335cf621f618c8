//! Mints the demo's passports, visas and access tokens.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_model::Timestamp;
use jsonwebtoken::{Header, encode};
use serde::Serialize;

use super::Broker;
use super::jwks::key_id;
use super::keys::SigningKey;
use crate::error::DemoError;
use crate::personas::{APPROVAL_SOURCE, Persona, controlled_grant};

/// The visa value that makes a researcher registered (Passport 1.2.1 § ResearcherStatus).
pub const REGISTERED_ACCESS: &str = "https://doi.org/10.1038/s41431-018-0219-y";

/// The `source` of the demo's AcceptedTermsAndPolicies and ResearcherStatus visas: the programme's office.
pub const REGISTRATION_SOURCE: &str = "https://gemj.example/registration";

/// The `source` of an affiliation visa: the URL of the organisation itself.
#[must_use]
pub fn affiliation_source(domain: &str) -> String {
    format!("https://{domain}")
}

/// The `asserted` time of the visas, in seconds since 1970. If a token is issued earlier, the time of issue is used instead.
const ASSERTED: i64 = 1_759_244_400; // 2025-10-01T00:00:00+09:00

/// The time since the end of the token of [`Persona::Expired`], in seconds.
const EXPIRED_AGO_S: i64 = 3600;

#[derive(Serialize)]
struct PassportClaims<'a> {
    iss: &'a str,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    iat: i64,
    exp: i64,
    jti: String,
    ga4gh_passport_v1: Vec<String>,
}

#[derive(Serialize)]
struct AccessTokenClaims<'a> {
    iss: &'a str,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    iat: i64,
    exp: i64,
    jti: String,
    client_id: &'static str,
    scope: &'static str,
}

#[derive(Serialize)]
struct VisaClaims {
    iss: String,
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
    scope: &'static str,
    ga4gh_visa_v1: VisaObject,
}

#[derive(Serialize)]
struct VisaObject {
    r#type: &'static str,
    asserted: i64,
    value: String,
    source: String,
    by: &'static str,
}

/// The validity of a token: `iat` and `exp`, in seconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Life {
    pub(super) issued: i64,
    pub(super) ends: i64,
}

impl Life {
    fn of(persona: Persona, now: Timestamp, ttl_s: u32) -> Self {
        let ttl = i64::from(ttl_s);
        match persona {
            Persona::Expired => Self {
                issued: now.seconds() - EXPIRED_AGO_S - ttl,
                ends: now.seconds() - EXPIRED_AGO_S,
            },
            _ => Self {
                issued: now.seconds(),
                ends: now.seconds() + ttl,
            },
        }
    }
}

impl Broker {
    /// Mints a passport (`Passport 1.2.1 § Passport Format`) that is valid for `ttl_s` seconds from `now`. The passport of
    /// [`Persona::Expired`] ended an hour before `now`.
    ///
    /// # Errors
    /// The token could not be signed.
    pub fn mint(&self, persona: Persona, now: Timestamp, ttl_s: u32) -> Result<String, DemoError> {
        let life = Life::of(persona, now, ttl_s);
        self.passport(persona, life, self.visas(persona, life)?)
    }

    /// Mints a passport with visas for these approvals in place of the persona's own approval visa. Each approval is named by its visa
    /// value.
    ///
    /// # Errors
    /// The token could not be signed.
    pub fn mint_for_approvals(&self, persona: Persona, visa_values: &[&str], now: Timestamp, ttl_s: u32) -> Result<String, DemoError> {
        let life = Life::of(persona, now, ttl_s);
        let grants = visa_values.iter().map(|value| (*value).to_owned());
        self.passport(persona, life, self.visas_with(persona, life, grants)?)
    }

    fn passport(&self, persona: Persona, life: Life, visas: Vec<String>) -> Result<String, DemoError> {
        let claims = PassportClaims {
            iss: &self.base_url,
            sub: persona.subject(),
            aud: self.audience.as_deref(),
            iat: life.issued,
            exp: life.ends,
            jti: random_id()?,
            ga4gh_passport_v1: visas,
        };
        sign(&self.passport_key, "vnd.ga4gh.passport+jwt", None, &claims)
    }

    /// Mints a passport-scoped access token (`AAI 1.2.1 § Passport-Scoped Access Token`). [`Broker::respond`] returns visas for the token
    /// at `/userinfo`. The validity is as for [`Broker::mint`].
    ///
    /// # Errors
    /// The token could not be signed.
    pub fn mint_access_token(&self, persona: Persona, now: Timestamp, ttl_s: u32) -> Result<String, DemoError> {
        let life = Life::of(persona, now, ttl_s);
        let claims = AccessTokenClaims {
            iss: &self.base_url,
            sub: persona.subject(),
            aud: self.audience.as_deref(),
            iat: life.issued,
            exp: life.ends,
            jti: random_id()?,
            client_id: "demo",
            scope: "openid ga4gh_passport_v1",
        };
        sign(&self.passport_key, "at+jwt", None, &claims)
    }

    /// The visas of a persona, newly signed.
    pub(super) fn visas(&self, persona: Persona, life: Life) -> Result<Vec<String>, DemoError> {
        self.visas_with(persona, life, controlled_grant(persona))
    }

    fn visas_with(&self, persona: Persona, life: Life, grants: impl IntoIterator<Item = String>) -> Result<Vec<String>, DemoError> {
        let asserted = ASSERTED.min(life.issued);
        let object = |kind, value: String, source: String, by| VisaObject {
            r#type: kind,
            asserted,
            value,
            source,
            by,
        };
        let mut objects = vec![object(
            "AffiliationAndRole",
            persona.affiliation(),
            affiliation_source(persona.organisation()),
            "so",
        )];
        if persona.is_registered() {
            objects.push(object(
                "AcceptedTermsAndPolicies",
                REGISTERED_ACCESS.to_owned(),
                REGISTRATION_SOURCE.to_owned(),
                "self",
            ));
            objects.push(object(
                "ResearcherStatus",
                REGISTERED_ACCESS.to_owned(),
                REGISTRATION_SOURCE.to_owned(),
                "so",
            ));
        }
        for value in grants {
            objects.push(object("ControlledAccessGrants", value, APPROVAL_SOURCE.to_owned(), "dac"));
        }
        objects.into_iter().map(|object| self.visa(persona, life, object)).collect()
    }

    fn visa(&self, persona: Persona, life: Life, object: VisaObject) -> Result<String, DemoError> {
        let claims = VisaClaims {
            iss: self.visa_issuer(),
            sub: persona.subject(),
            iat: life.issued,
            exp: life.ends,
            jti: random_id()?,
            // A visa document token has `jku` in its header, and its scope does not contain `openid` (AAI 1.2.1 § Visa Document Token
            // Format).
            scope: "ga4gh_visa_v1",
            ga4gh_visa_v1: object,
        };
        sign(&self.visa_key, "vnd.ga4gh.visa+jwt", Some(self.visa_jku()), &claims)
    }
}

fn sign(key: &SigningKey, typ: &str, jku: Option<String>, claims: &impl Serialize) -> Result<String, DemoError> {
    let mut header = Header::new(key.algorithm);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key_id(key)?);
    header.jku = jku;
    encode(&header, claims, &key.key).map_err(DemoError::Signing)
}

fn random_id() -> Result<String, DemoError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| DemoError::KeyGeneration)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
