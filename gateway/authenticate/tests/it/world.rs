//! The test world: a broker, a visa issuer, another issuer that is broker and visa issuer, and an attacker. The configuration trusts all issuers
//! except the attacker.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemj_access::Caller;
use gemj_authenticate::{AuthError, Authenticator, TrustedIssuers};
use gemj_model::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::issuer_server::IssuerServer;
use crate::signing::SigningKey;

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const AUDIENCE: &str = "https://gateway.example";
pub(crate) const DATASET: &str = "https://gemj.example/datasets/cancer/approval-1";
pub(crate) const DAC: &str = "https://dac.example";
pub(crate) const REGISTERED: &str = "https://doi.org/10.1038/s41431-018-0219-y";

/// A clock that shows the time that the test sets.
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) struct World {
    pub(crate) good: IssuerServer,
    pub(crate) evil: IssuerServer,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) broker_rs: SigningKey,
    pub(crate) broker_es: SigningKey,
    pub(crate) visa_rs: SigningKey,
    pub(crate) visa_es: SigningKey,
    pub(crate) other_es: SigningKey,
    pub(crate) evil_rs: SigningKey,
    pub(crate) evil_es: SigningKey,
}

impl World {
    pub(crate) async fn new() -> Self {
        let world = Self {
            good: IssuerServer::start().await,
            evil: IssuerServer::start().await,
            clock: Arc::new(TestClock(AtomicI64::new(NOW))),
            broker_rs: SigningKey::rs256("b-rs", 0),
            broker_es: SigningKey::es256("b-es"),
            visa_rs: SigningKey::rs256("v-rs", 1),
            visa_es: SigningKey::es256("v-es"),
            other_es: SigningKey::es256("o-es"),
            evil_rs: SigningKey::rs256("b-rs", 2),
            evil_es: SigningKey::es256("v-es"),
        };
        let broker = world.broker();
        world.good.set_json("/broker/.well-known/openid-configuration", &discovery(&broker));
        world.publish("/broker/jwks", &[&world.broker_rs, &world.broker_es]);
        world.publish("/visas/jwks", &[&world.visa_rs, &world.visa_es]);
        world.publish("/other/jwks", &[&world.other_es]);
        for path in ["/jwks", "/visas/jwks", "/broker/jwks"] {
            world
                .evil
                .set_json(path, &json!({"keys": [world.evil_rs.jwk(), world.evil_es.jwk()]}));
        }
        world
    }

    pub(crate) fn publish(&self, path: &str, keys: &[&SigningKey]) {
        self.good
            .set_json(path, &json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()}));
    }

    /// A new key of the attacker with the given key id.
    pub(crate) fn evil_es_as(&self, kid: &'static str) -> SigningKey {
        SigningKey::es256(kid)
    }

    pub(crate) fn broker(&self) -> String {
        self.good.url("/broker")
    }

    pub(crate) fn visas(&self) -> String {
        self.good.url("/visas")
    }

    pub(crate) fn other(&self) -> String {
        self.good.url("/other")
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn clock_at(&self, seconds: i64) {
        self.clock.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn config_text(&self) -> String {
        let (broker, visas, other) = (self.broker(), self.visas(), self.other());
        format!(
            r#"
[[issuer]]
issuer = "{broker}"
kinds = ["broker", "access-token"]
audience = "{AUDIENCE}"
bearer = ["passport", "access-token"]
max_lifetime_s = 3600

[[issuer]]
issuer = "{visas}"
kinds = ["visa-issuer"]
jku = ["{visas}/jwks"]
max_lifetime_s = 86400
visa = [
  {{ type = "ControlledAccessGrants", sources = ["{DAC}"], by = ["dac"], values = ["{DATASET}"] }},
  {{ type = "AffiliationAndRole", sources = ["https://univ.example"], by = ["so", "system"], organizations = ["univ.example"] }},
  {{ type = "AcceptedTermsAndPolicies", sources = ["https://univ.example"], by = ["self", "so"], values = ["{REGISTERED}"] }},
  {{ type = "ResearcherStatus", sources = ["https://univ.example"], by = ["so"], values = ["{REGISTERED}"] }},
  {{ type = "LinkedIdentities", sources = ["{visas}"], by = ["system"], link_issuers = ["{broker}", "{visas}", "{other}"] }},
]

[[issuer]]
issuer = "{other}"
kinds = ["broker", "visa-issuer"]
algorithms = ["ES256"]
jwks_url = "{other}/jwks"
jku = ["{other}/jwks"]
bearer = ["passport"]
visa = [
  {{ type = "ControlledAccessGrants", sources = ["https://other-dac.example"], by = ["dac"], values = ["https://other.example/d"] }},
  {{ type = "ResearcherStatus", sources = ["https://univ.example"], by = ["so"], values = ["{REGISTERED}"] }},
]

[[role]]
issuer = "{broker}"
subject = "steward-1"
role = "steward"
expires = "2030-01-01"

[[role]]
issuer = "{broker}"
client_id = "ehr-a"
role = "hospital-system"
scope = "hospital-a"
expires = "2030-01-01"

[[role]]
issuer = "{visas}"
affiliation = "faculty@univ.example"
role = "auditor"
expires = "2030-01-01"
"#
        )
    }

    pub(crate) fn config(&self) -> TrustedIssuers {
        toml::from_str(&self.config_text()).unwrap()
    }

    pub(crate) fn authenticator(&self) -> Authenticator {
        self.authenticator_with(&self.config())
    }

    pub(crate) fn authenticator_with(&self, config: &TrustedIssuers) -> Authenticator {
        Authenticator::new(config, Arc::<TestClock>::clone(&self.clock)).unwrap()
    }

    pub(crate) fn passport_header(&self, key: &SigningKey) -> Value {
        json!({"alg": key.alg(), "kid": key.kid, "typ": "vnd.ga4gh.passport+jwt"})
    }

    pub(crate) fn passport_claims(&self, visas: &[String]) -> Value {
        json!({"iss": self.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 600, "aud": AUDIENCE, "jti": "p-1", "ga4gh_passport_v1": visas})
    }

    pub(crate) fn passport(&self, visas: &[String]) -> String {
        self.broker_es
            .sign(&self.passport_header(&self.broker_es), &self.passport_claims(visas))
    }

    pub(crate) fn visa_header(&self, key: &SigningKey) -> Value {
        json!({"alg": key.alg(), "kid": key.kid, "typ": "vnd.ga4gh.visa+jwt", "jku": format!("{}/jwks", self.visas())})
    }

    pub(crate) fn grant_claims(&self) -> Value {
        json!({"iss": self.visas(), "sub": "alice-at-visas", "iat": NOW - 100, "exp": NOW + 500, "jti": "v-1",
            "ga4gh_visa_v1": {"type": "ControlledAccessGrants", "asserted": NOW - 1000, "value": DATASET, "source": DAC, "by": "dac"}})
    }

    pub(crate) fn grant(&self) -> String {
        self.visa_es.sign(&self.visa_header(&self.visa_es), &self.grant_claims())
    }

    /// A visa that the first visa issuer signed, with this object and subject, valid for `ttl_s` seconds.
    pub(crate) fn visa_of(&self, subject: &str, object: Value, ttl_s: i64) -> String {
        let mut object = object;
        object["asserted"] = json!(NOW - 1000);
        let claims = json!({"iss": self.visas(), "sub": subject, "iat": NOW - 100, "exp": NOW + ttl_s, "jti": format!("v-{subject}"), "ga4gh_visa_v1": object});
        self.visa_es.sign(&self.visa_header(&self.visa_es), &claims)
    }
}

/// The discovery document of an issuer.
pub(crate) fn discovery(issuer: &str) -> Value {
    json!({"issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"), "jwks_uri": format!("{issuer}/jwks"), "response_types_supported": ["code"],
        "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256", "ES256"]})
}

/// The caller of a request with this bearer token, or the error.
pub(crate) async fn bearer(authenticator: &Authenticator, token: &str) -> Result<Caller, AuthError> {
    authenticator.authenticate(Some(token), &[]).await
}

/// The codes of the verdicts on a caller's visas, in order.
pub(crate) fn codes(caller: &Caller) -> Vec<&'static str> {
    caller.visas.iter().map(|verdict| verdict.code).collect()
}
