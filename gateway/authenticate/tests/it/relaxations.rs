//! Relaxations that one issuer's entry switches on: `nonce` in access tokens, visa access tokens, pairwise subjects. Each is off by default, and none
//! accepts a hostile token.

use std::path::PathBuf;

use gemj_authenticate::{ConfigFault, TokenExchange, TrustedIssuers};
use gemj_model::Timestamp;
use serde_json::{Value, json};

use crate::issuer_server::Answer;
use crate::token_endpoint::TokenEndpoint;
use crate::world::{AUDIENCE, DATASET, NOW, World, bearer, codes};

fn access_claims(world: &World) -> Value {
    json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 600, "aud": ["account", AUDIENCE], "jti": "t-1",
        "scope": "openid ga4gh_passport_v1", "azp": "portal"})
}

#[tokio::test]
async fn nonce_is_accepted_only_where_configured_and_only_in_a_token_that_is_marked_as_an_access_token() {
    let world = World::new().await;
    world
        .good
        .set_json("/broker/userinfo", &json!({"sub": "alice", "ga4gh_passport_v1": [world.grant()]}));
    let mut config = world.config();
    config.issuers[0].accept_nonce = true;
    let (strict, relaxed) = (world.authenticator(), world.authenticator_with(&config));
    let token = |typ: &str, change: &[(&str, Value)]| {
        let mut claims = access_claims(&world);
        claims["nonce"] = json!("n-1");
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        world.broker_rs.sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": typ}), &claims)
    };
    for accepted in [token("JWT", &[("typ", json!("Bearer"))]), token("at+jwt", &[])] {
        assert_eq!(bearer(&strict, &accepted).await.unwrap_err().code(), "id-token-not-accepted");
        assert_eq!(codes(&bearer(&relaxed, &accepted).await.unwrap()), ["used"]);
    }
    for id_token in [
        token("JWT", &[("typ", json!("ID"))]),
        token("JWT", &[]),
        token("JWT", &[("typ", json!(["Bearer"]))]),
        token("JWT", &[("typ", json!("bearer"))]),
        token("JWT", &[("typ", json!("Bearer")), ("at_hash", json!("h"))]),
        token("JWT", &[("typ", json!("Bearer")), ("c_hash", json!("h"))]),
    ] {
        assert_eq!(bearer(&relaxed, &id_token).await.unwrap_err().code(), "id-token-not-accepted");
    }
}

#[tokio::test]
async fn a_visa_access_token_counts_for_one_hour_where_configured_and_only_with_its_issuers_own_key() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[1].visa_access_tokens = true;
    config.issuers[1].jwks_url = Some(world.good.url("/visas/own-keys"));
    world.publish("/visas/own-keys", &[&world.visa_rs]);
    let (strict, relaxed) = (world.authenticator(), world.authenticator_with(&config));
    let visa = |typ: &str, change: &[(&str, Value)]| {
        let mut claims = world.grant_claims();
        claims["scope"] = json!("openid other");
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        world.visa_rs.sign(&json!({"alg": "RS256", "kid": "v-rs", "typ": typ}), &claims)
    };
    for typ in ["JWT", "at+jwt"] {
        let passport = world.passport(&[visa(typ, &[])]);
        assert_eq!(
            codes(&bearer(&strict, &passport).await.unwrap()),
            ["visa-access-token-not-supported"],
            "{typ}"
        );
        let caller = bearer(&relaxed, &passport).await.unwrap();
        assert_eq!((codes(&caller), caller.controlled.len()), (vec!["used"], 1), "{typ}");
    }
    // One hour counts from `iat`, whatever `exp` states.
    let issued = |iat: i64| {
        visa(
            "JWT",
            &[("iat", json!(iat)), ("exp", json!(NOW + 500)), ("ga4gh_visa_v1", object(iat))],
        )
    };
    let caller = bearer(&relaxed, &world.passport(&[issued(NOW - 3500)])).await.unwrap();
    assert_eq!(caller.controlled[0].not_after, Timestamp::from_seconds(NOW + 100));
    let caller = bearer(&relaxed, &world.passport(&[issued(NOW - 3600)])).await.unwrap();
    assert_eq!((codes(&caller), caller.controlled.len()), (vec!["visa-access-token-too-old"], 0));
    // The key of the visa's key set (`jku`) is not among the issuer's own keys, and the attacker's key has the right id.
    let by_jku_key = world.visa_es.sign(&json!({"alg": "ES256", "kid": "v-es", "typ": "JWT"}), &{
        let mut claims = world.grant_claims();
        claims["scope"] = json!("openid");
        claims
    });
    let forged = world.evil_rs.sign(&json!({"alg": "RS256", "kid": "v-rs", "typ": "JWT"}), &{
        let mut claims = world.grant_claims();
        claims["scope"] = json!("openid");
        claims
    });
    let both = world.visa_rs.sign(
        &json!({"alg": "RS256", "kid": "v-rs", "typ": "JWT", "jku": format!("{}/jwks", world.visas())}),
        &{
            let mut claims = world.grant_claims();
            claims["scope"] = json!("openid");
            claims
        },
    );
    let typed_with_jku = world.visa_rs.sign(
        &json!({"alg": "RS256", "kid": "v-rs", "typ": "at+jwt", "jku": format!("{}/jwks", world.visas())}),
        &world.grant_claims(),
    );
    for (token, code) in [
        (by_jku_key, "key-unknown"),
        (forged, "signature-invalid"),
        (both, "visa-kind-ambiguous"),
        (typed_with_jku, "wrong-token-type"),
        (visa("JWT", &[("scope", json!("profile"))]), "visa-kind-undetermined"),
        (visa("JWT", &[("aud", json!(AUDIENCE))]), "visa-with-audience"),
        (visa("JWT", &[("exp", json!(NOW))]), "token-expired"),
    ] {
        let caller = bearer(&relaxed, &world.passport(&[token])).await.unwrap();
        assert_eq!((codes(&caller), caller.controlled.len()), (vec![code], 0));
    }
    // A visa access token is not an access token of the broker.
    assert!(bearer(&relaxed, &visa("at+jwt", &[])).await.is_err());
}

fn object(asserted: i64) -> Value {
    json!({"type": "ControlledAccessGrants", "asserted": asserted, "value": DATASET, "source": crate::world::DAC, "by": "dac"})
}

struct Pairwise {
    world: World,
    endpoint: TokenEndpoint,
    folder: tempfile::TempDir,
}

impl Pairwise {
    async fn new() -> Self {
        let this = Self {
            world: World::new().await,
            endpoint: TokenEndpoint::start().await,
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(this.secret(), "s3cret").unwrap();
        this
    }

    fn secret(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    fn config(&self, change: impl FnOnce(&mut TokenExchange)) -> TrustedIssuers {
        let mut config = self.world.config();
        let mut exchange = TokenExchange {
            client_id: "gateway".into(),
            client_secret_file: Some(self.secret()),
            private_key_file: None,
            private_key_id: None,
            token_url: Some(self.endpoint.url.clone()),
            resource: Vec::new(),
            audience: Vec::new(),
            scope: None,
            pairwise_subjects: true,
            passport_issuer: None,
            max_age_s: 120,
        };
        change(&mut exchange);
        config.issuers[0].exchange = Some(exchange);
        config
    }

    fn gives(&self, passport: &str) {
        self.endpoint.answer(
            200,
            json!({"access_token": passport, "issued_token_type": "urn:ga4gh:params:oauth:token-type:passport", "token_type": "N_A"}),
        );
    }

    fn token(&self) -> String {
        self.world.broker_rs.sign(
            &json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}),
            &access_claims(&self.world),
        )
    }

    fn passport_of(&self, subject: &str) -> String {
        let mut claims = self.world.passport_claims(&[self.world.grant()]);
        claims["sub"] = json!(subject);
        let key = &self.world.broker_es;
        key.sign(&self.world.passport_header(key), &claims)
    }
}

#[tokio::test]
async fn a_passport_under_a_pairwise_subject_is_joined_only_where_configured_and_only_from_the_exchange() {
    let pairwise = Pairwise::new().await;
    pairwise.gives(&pairwise.passport_of("pw-77"));
    let strict = pairwise
        .world
        .authenticator_with(&pairwise.config(|exchange| exchange.pairwise_subjects = false));
    assert_eq!(
        bearer(&strict, &pairwise.token()).await.unwrap_err().code(),
        "token-exchange-other-person"
    );
    let relaxed = pairwise.world.authenticator_with(&pairwise.config(|_| {}));
    let caller = bearer(&relaxed, &pairwise.token()).await.unwrap();
    assert_eq!(
        (codes(&caller), caller.controlled.len(), caller.known_as.len()),
        (vec!["used"], 1, 2)
    );
    assert_eq!(
        caller.identity.unwrap().subject,
        "alice",
        "the caller is the person of the access token"
    );
    // The join belongs to the exchange. A caller who presents both tokens is not joined.
    let someone_else = relaxed
        .authenticate(Some(&pairwise.passport_of("bob")), &[pairwise.passport_of("pw-77")])
        .await;
    assert_eq!(someone_else.unwrap_err().code(), "credentials-of-different-people");
    // A ban of either subject ends the access.
    for subject in ["alice", "pw-77"] {
        let text = format!("[[subject]]\nissuer = \"{}\"\nsubject = \"{subject}\"\n", pairwise.world.broker());
        relaxed.replace_deny_list(&toml::from_str(&text).unwrap());
        assert_eq!(
            bearer(&relaxed, &pairwise.token()).await.unwrap_err().code(),
            "token-deny-listed",
            "{subject}"
        );
    }
}

#[tokio::test]
async fn the_passport_of_an_exchange_may_be_of_one_other_configured_broker_only() {
    let pairwise = Pairwise::new().await;
    let world = &pairwise.world;
    let of_other = |issuer: String| {
        let claims = json!({"iss": issuer, "sub": "pw-77", "iat": NOW - 10, "exp": NOW + 300, "ga4gh_passport_v1": [world.grant()]});
        world.other_es.sign(&world.passport_header(&world.other_es), &claims)
    };
    let relaxed = world.authenticator_with(&pairwise.config(|exchange| exchange.passport_issuer = Some(world.other())));
    pairwise.gives(&of_other(world.other()));
    assert_eq!(codes(&bearer(&relaxed, &pairwise.token()).await.unwrap()), ["used"]);
    let same_issuer = world.authenticator_with(&pairwise.config(|_| {}));
    assert_eq!(
        bearer(&same_issuer, &pairwise.token()).await.unwrap_err().code(),
        "token-exchange-other-person"
    );
    // A passport of the token's own issuer under another subject is not of the configured pair.
    pairwise.gives(&pairwise.passport_of("pw-77"));
    let relaxed = world.authenticator_with(&pairwise.config(|exchange| exchange.passport_issuer = Some(world.other())));
    assert_eq!(
        bearer(&relaxed, &pairwise.token()).await.unwrap_err().code(),
        "token-exchange-other-person"
    );
    let check =
        |change: &dyn Fn(&mut TokenExchange)| gemj_authenticate::Authenticator::new(&pairwise.config(change), world.clock.clone()).err();
    let unknown = check(&|exchange| exchange.passport_issuer = Some("https://unknown.example".to_owned()));
    assert_eq!(unknown, Some(ConfigFault::PassportIssuer { issuer: 1 }));
    let not_a_broker = check(&|exchange| exchange.passport_issuer = Some(world.visas()));
    assert_eq!(not_a_broker, Some(ConfigFault::PassportIssuer { issuer: 1 }));
    let not_pairwise = check(&|exchange| {
        exchange.passport_issuer = Some(world.other());
        exchange.pairwise_subjects = false;
    });
    assert_eq!(not_pairwise, Some(ConfigFault::Exchange { issuer: 1 }));
}

#[tokio::test]
async fn an_exchange_sends_the_configured_resource_audience_and_scope() {
    let pairwise = Pairwise::new().await;
    pairwise.gives(&pairwise.passport_of("alice"));
    let config = pairwise.config(|exchange| {
        exchange.resource = vec!["https://a.example".to_owned(), "https://b.example/x?y".to_owned()];
        exchange.audience = vec!["gateway".to_owned()];
        exchange.scope = Some("openid ga4gh_passport_v1".to_owned());
    });
    assert!(bearer(&pairwise.world.authenticator_with(&config), &pairwise.token()).await.is_ok());
    let asked = pairwise.endpoint.asked().pop().unwrap();
    let resources: Vec<&str> = asked
        .form
        .iter()
        .filter(|(name, _)| name == "resource")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(resources, ["https://a.example", "https://b.example/x?y"]);
    assert_eq!(
        (asked.parameter("audience").as_str(), asked.parameter("scope").as_str()),
        ("gateway", "openid ga4gh_passport_v1")
    );
    let empty = pairwise.config(|exchange| exchange.scope = Some(String::new()));
    assert!(gemj_authenticate::Authenticator::new(&empty, pairwise.world.clock.clone()).is_err());
}

#[tokio::test]
async fn an_error_about_keys_names_the_issuer_the_key_the_host_and_endpoint_hosts() {
    use gemj_authenticate::Presented;
    let world = World::new().await;
    let mut document = crate::world::discovery(&world.broker());
    document["jwks_uri"] = json!("https://keys.example/jwks");
    world.good.set_json("/broker/.well-known/openid-configuration", &document);
    let authenticator = world.authenticator();
    let token = world.passport(&[]);
    let presented = Presented::bearer(Some(&token), &[]);
    let error = authenticator.verify(&presented).await.unwrap_err();
    assert_eq!(error.code(), "keys-unavailable");
    let names = authenticator.names(&presented, &error);
    assert_eq!((names.issuer, names.key_id.as_deref()), (Some(world.broker()), Some("b-es")));
    let trouble = names.trouble.unwrap();
    assert!(
        trouble.contains("`keys.example`") && trouble.contains("`endpoint_hosts`"),
        "{trouble}"
    );
    assert!(names.rule.unwrap().contains("endpoint_hosts"));
    // A host that is listed and does not answer is named too.
    world.good.set("/broker/.well-known/openid-configuration", Answer::Status(500));
    let authenticator = world.authenticator();
    let error = authenticator.verify(&presented).await.unwrap_err();
    let trouble = authenticator.names(&presented, &error).trouble.unwrap();
    assert!(trouble.contains("`127.0.0.1`") && trouble.contains("500"), "{trouble}");
    // Names of other errors: the claimed issuer and key, and no host.
    let stranger = world
        .evil_es
        .sign(&json!({"alg": "ES256", "kid": "k-9", "typ": "vnd.ga4gh.passport+jwt"}), &{
            let mut claims = world.passport_claims(&[]);
            claims["iss"] = json!("https://evil.example");
            claims
        });
    let presented = Presented::bearer(Some(&stranger), &[]);
    let error = authenticator.verify(&presented).await.unwrap_err();
    let names = authenticator.names(&presented, &error);
    assert_eq!(
        (names.issuer.as_deref(), names.key_id.as_deref(), names.trouble),
        (Some("https://evil.example"), Some("k-9"), None)
    );
    assert!(names.rule.unwrap().contains("byte for byte"));
}

#[tokio::test]
async fn a_visa_access_token_without_typ_counts_only_where_configured() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[1].visa_access_tokens = true;
    config.issuers[1].jwks_url = Some(world.good.url("/visas/own-keys"));
    world.publish("/visas/own-keys", &[&world.visa_rs]);
    let strict = world.authenticator_with(&config);
    config.issuers[1].visa_access_tokens_without_typ = true;
    let relaxed = world.authenticator_with(&config);
    let mut claims = world.grant_claims();
    claims["scope"] = json!("openid");
    let passport = world.passport(&[world.visa_rs.sign(&json!({"alg": "RS256", "kid": "v-rs"}), &claims)]);
    let refused = bearer(&strict, &passport).await.unwrap();
    assert_eq!((codes(&refused), refused.controlled.len()), (vec!["wrong-token-type"], 0));
    let caller = bearer(&relaxed, &passport).await.unwrap();
    assert_eq!((codes(&caller), caller.controlled.len()), (vec!["used"], 1));
    // `AAI 1.2.1 § Visa Document Token Format` only recommends `typ`, so a document token may lack it with every issuer.
    let document = world.visa_rs.sign(
        &json!({"alg": "RS256", "kid": "v-rs", "jku": format!("{}/jwks", world.visas())}),
        &world.grant_claims(),
    );
    assert_eq!(codes(&bearer(&strict, &world.passport(&[document])).await.unwrap()), ["used"]);
}

#[tokio::test]
async fn a_relaxation_for_another_kind_of_issuer_is_a_fault_of_the_configuration() {
    let world = World::new().await;
    let check = |change: &dyn Fn(&mut TrustedIssuers)| {
        let mut config = world.config();
        change(&mut config);
        gemj_authenticate::Authenticator::new(&config, world.clock.clone()).err()
    };
    assert_eq!(check(&|config| config.issuers[0].accept_nonce = true), None);
    assert_eq!(
        check(&|config| config.issuers[1].accept_nonce = true),
        Some(ConfigFault::AccessTokenSetting { issuer: 2 })
    );
    assert_eq!(
        check(&|config| config.issuers[0].userinfo_passport_claim = Some(String::new())),
        Some(ConfigFault::AccessTokenSetting { issuer: 1 })
    );
    assert_eq!(
        check(&|config| config.issuers[0].visa_access_tokens = true),
        Some(ConfigFault::NotAVisaIssuer { issuer: 1 })
    );
    assert_eq!(
        check(&|config| config.issuers[1].visa_access_tokens_without_typ = true),
        Some(ConfigFault::VisaWithoutTyp { issuer: 2 })
    );
    assert_eq!(
        check(&|config| {
            config.issuers[1].jku.clear();
            config.issuers[1].visa_access_tokens = true;
        }),
        None,
        "the issuer's own keys are enough"
    );
}
