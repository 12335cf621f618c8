//! Opaque access tokens: the issuer states the holder by introspection (RFC 7662) or by UserInfo.

use gemj_access::RoleKind;
use gemj_authenticate::{BearerKind, ConfigFault, OpaqueBy, OpaqueTokens, TokenExchange, TrustedIssuers};
use gemj_model::{ErrorKind, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::issuer_server::Answer;
use crate::token_endpoint::TokenEndpoint;
use crate::world::{AUDIENCE, NOW, World, bearer, codes};

const TOKEN: &str = "SrfK29Ipp-lcx3d1KfAuRC0rRlnksIKqjFcqYs18GJ1";

struct Opaque {
    world: World,
    endpoint: TokenEndpoint,
    folder: TempDir,
}

impl Opaque {
    async fn new() -> Self {
        let this = Self {
            world: World::new().await,
            endpoint: TokenEndpoint::start().await,
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(this.folder.path().join("secret"), "s3cret\n").unwrap();
        let body = json!({"sub": "alice", "ga4gh_passport_v1": [this.world.grant()]}).to_string();
        this.world.good.set("/broker/userinfo", Answer::ForToken(TOKEN.to_owned(), body));
        this.states(&this.active());
        this
    }

    fn states(&self, answer: &Value) {
        self.endpoint.answer(200, answer);
    }

    fn active(&self) -> Value {
        json!({"active": true, "token_type": "Bearer", "iss": self.world.broker(), "sub": "alice", "client_id": "portal", "aud": AUDIENCE,
            "scope": "openid ga4gh_passport_v1", "iat": NOW - 10, "exp": NOW + 600})
    }

    fn config(&self) -> TrustedIssuers {
        let mut config = self.world.config();
        config.issuers[0].opaque = Some(OpaqueTokens {
            by: OpaqueBy::Introspection,
            introspection_url: Some(self.endpoint.url.clone()),
            client_id: "gateway".to_owned(),
            client_secret_file: Some(self.folder.path().join("secret")),
            private_key_file: None,
            private_key_id: None,
            max_age_s: 120,
        });
        config
    }

    fn by_userinfo(&self) -> TrustedIssuers {
        let mut config = self.world.config();
        config.issuers[0].without_audience = true;
        config.issuers[0].opaque = Some(OpaqueTokens {
            by: OpaqueBy::Userinfo,
            introspection_url: None,
            client_id: String::new(),
            client_secret_file: None,
            private_key_file: None,
            private_key_id: None,
            max_age_s: 120,
        });
        config
    }
}

#[tokio::test]
async fn an_active_token_has_the_visas_of_userinfo_and_is_introspected_once_per_interval() {
    let opaque = Opaque::new().await;
    let authenticator = opaque.world.authenticator_with(&opaque.config());
    for answer in futures::future::join_all((0..20).map(|_| bearer(&authenticator, TOKEN))).await {
        let caller = answer.unwrap();
        assert_eq!((codes(&caller), caller.controlled.len()), (vec!["used"], 1));
        assert_eq!(
            caller.not_after,
            Some(Timestamp::from_seconds(NOW + 600)),
            "the end that the issuer states"
        );
        assert_eq!(caller.identity.unwrap().issuer, opaque.world.broker());
    }
    let asked = opaque.endpoint.asked();
    assert_eq!(asked.len(), 1);
    // The expected header was encoded by hand: base64 of `gateway:s3cret`.
    assert_eq!(asked[0].header("authorization"), "Basic Z2F0ZXdheTpzM2NyZXQ=");
    assert_eq!(
        (asked[0].parameter("token"), asked[0].parameter("token_type_hint")),
        (TOKEN.to_owned(), "access_token".to_owned())
    );
    opaque.world.advance(120);
    opaque.states(&json!({"active": false}));
    let error = bearer(&authenticator, TOKEN).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("token-inactive", ErrorKind::Unauthenticated));
    assert_eq!(opaque.endpoint.count(), 2);
}

#[tokio::test]
async fn if_introspection_states_another_subject_the_cached_userinfo_answer_of_the_first_subject_is_not_used() {
    let opaque = Opaque::new().await;
    let mut config = opaque.config();
    if let Some(by) = &mut config.issuers[0].opaque {
        by.max_age_s = 3;
    }
    let authenticator = opaque.world.authenticator_with(&config);
    assert_eq!(codes(&bearer(&authenticator, TOKEN).await.unwrap()), vec!["used"]);
    opaque.world.advance(4);
    let mut of_bob = opaque.active();
    of_bob["sub"] = json!("bob");
    opaque.states(&of_bob);
    // UserInfo still answers about alice.
    let error = bearer(&authenticator, TOKEN).await.unwrap_err();
    assert_eq!(error.code(), "userinfo-subject-mismatch");
}

#[tokio::test]
async fn if_introspection_states_another_subject_the_exchanged_passport_of_the_first_subject_is_not_used() {
    let opaque = Opaque::new().await;
    let exchange = TokenEndpoint::start().await;
    let mut claims = opaque.world.passport_claims(&[opaque.world.grant()]);
    // The passport has a pairwise subject, which does not show whose it is.
    claims["sub"] = json!("pw-77");
    let key = &opaque.world.broker_es;
    let passport = key.sign(&opaque.world.passport_header(key), &claims);
    exchange.answer(
        200,
        json!({"access_token": passport, "issued_token_type": "urn:ga4gh:params:oauth:token-type:passport", "token_type": "N_A"}),
    );
    let mut config = opaque.config();
    if let Some(by) = &mut config.issuers[0].opaque {
        by.max_age_s = 3;
    }
    config.issuers[0].exchange = Some(TokenExchange {
        client_id: "gateway".into(),
        client_secret_file: Some(opaque.folder.path().join("secret")),
        private_key_file: None,
        private_key_id: None,
        token_url: Some(exchange.url.clone()),
        resource: Vec::new(),
        audience: Vec::new(),
        scope: None,
        pairwise_subjects: true,
        passport_issuer: None,
        max_age_s: 120,
    });
    let authenticator = opaque.world.authenticator_with(&config);
    assert_eq!(codes(&bearer(&authenticator, TOKEN).await.unwrap()), vec!["used"]);
    opaque.world.advance(4);
    let mut of_bob = opaque.active();
    of_bob["sub"] = json!("bob");
    opaque.states(&of_bob);
    exchange.answer(400, json!({"error": "invalid_grant"}));
    assert_eq!(bearer(&authenticator, TOKEN).await.unwrap_err().code(), "token-exchange-refused");
}

#[tokio::test]
async fn an_opaque_token_is_refused_unless_an_issuer_is_configured_for_opaque_tokens() {
    let opaque = Opaque::new().await;
    let error = bearer(&opaque.world.authenticator(), TOKEN).await.unwrap_err();
    assert_eq!(
        (error.code(), opaque.endpoint.count(), opaque.world.good.total()),
        ("not-compact-jws", 0, 0)
    );
}

#[tokio::test]
async fn a_token_in_the_form_of_a_jwt_is_never_sent_to_the_introspection_endpoint() {
    let opaque = Opaque::new().await;
    let authenticator = opaque.world.authenticator_with(&opaque.config());
    let world = &opaque.world;
    let of_stranger = {
        let mut claims = world.passport_claims(&[]);
        claims["iss"] = json!("https://another.example");
        world.evil_es.sign(&world.passport_header(&world.evil_es), &claims)
    };
    let cut = of_stranger.rsplit_once('.').unwrap().0.to_owned();
    let head_only = of_stranger.split('.').next().unwrap().to_owned();
    for token in [
        of_stranger,
        cut,
        head_only,
        "a.b.c".to_owned(),
        "a.b.c.d.e".to_owned(),
        "x y".to_owned(),
        "a".repeat(5000),
    ] {
        assert!(bearer(&authenticator, &token).await.is_err());
        assert_eq!(opaque.endpoint.count(), 0, "{}", token.get(..40).unwrap_or(&token));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_state_a_valid_access_token_for_this_gateway_is_refused() {
    let opaque = Opaque::new().await;
    let with = |name: &str, value: Value| {
        let mut answer = opaque.active();
        answer[name] = value;
        answer
    };
    let without = |name: &str| {
        let mut answer = opaque.active();
        answer.as_object_mut().unwrap().remove(name);
        answer
    };
    for (answer, code) in [
        (json!({"active": false, "sub": "alice"}), "token-inactive"),
        (with("active", json!("true")), "introspection-unavailable"),
        (with("token_use", json!("refresh_token")), "introspection-not-an-access-token"),
        (without("token_type"), "introspection-not-an-access-token"),
        (with("iss", json!("https://evil.example")), "introspection-other-issuer"),
        (without("sub"), "claim-missing"),
        (with("sub", json!(["alice"])), "claim-malformed"),
        (with("exp", json!(NOW)), "token-expired"),
        (with("nbf", json!(NOW + 31)), "token-not-yet-valid"),
        (with("exp", json!(NOW + 100_000)), "token-lifetime-too-long"),
        (with("aud", json!("https://elsewhere.example")), "audience-not-ours"),
        (with("aud", json!([])), "audience-not-ours"),
        (without("aud"), "audience-missing"),
        (with("cnf", json!({"x": "y"})), "introspection-unavailable"),
        (with("cnf", json!({"jkt": "some-key"})), "bound-token-needs-exchange"),
    ] {
        opaque.states(&answer);
        let error = bearer(&opaque.world.authenticator_with(&opaque.config()), TOKEN).await.unwrap_err();
        assert_eq!(error.code(), code, "{answer}");
    }
    for status in [401, 403, 500, 302] {
        opaque.endpoint.answer(status, "");
        let error = bearer(&opaque.world.authenticator_with(&opaque.config()), TOKEN).await.unwrap_err();
        assert_eq!(
            (error.code(), error.kind()),
            ("introspection-unavailable", ErrorKind::Unavailable),
            "{status}"
        );
    }
    assert_eq!(opaque.world.evil.total(), 0);
}

#[tokio::test]
async fn the_deny_list_and_the_stated_end_apply_to_cached_answers() {
    let opaque = Opaque::new().await;
    opaque.states(&{
        let mut answer = opaque.active();
        answer["exp"] = json!(NOW + 60);
        answer["jti"] = json!("t-1");
        answer
    });
    let config = opaque.config();
    let authenticator = opaque.world.authenticator_with(&config);
    assert!(bearer(&authenticator, TOKEN).await.is_ok());
    let deny: gemj_authenticate::DenyList =
        toml::from_str(&format!("[[token]]\nissuer = \"{}\"\njti = \"t-1\"\n", opaque.world.broker())).unwrap();
    authenticator.replace_deny_list(&deny);
    assert_eq!(bearer(&authenticator, TOKEN).await.unwrap_err().code(), "token-deny-listed");
    authenticator.replace_deny_list(&gemj_authenticate::DenyList::default());
    opaque.world.advance(60);
    assert_eq!(bearer(&authenticator, TOKEN).await.unwrap_err().code(), "token-expired");
    assert_eq!(opaque.endpoint.count(), 1);
}

#[tokio::test]
async fn a_system_without_the_passport_scope_has_its_role_only_if_the_answer_names_this_gateway() {
    let opaque = Opaque::new().await;
    let mut answer = opaque.active();
    answer["scope"] = json!("system/Patient.read");
    answer["client_id"] = json!("ehr-a");
    opaque.states(&answer);
    let caller = bearer(&opaque.world.authenticator_with(&opaque.config()), TOKEN).await.unwrap();
    assert_eq!(caller.roles[0].kind, RoleKind::HospitalSystem);
    assert_eq!(opaque.world.good.count("/broker/userinfo"), 0);
    answer.as_object_mut().unwrap().remove("aud");
    opaque.states(&answer);
    let mut config = opaque.config();
    config.issuers[0].without_audience = true;
    let error = bearer(&opaque.world.authenticator_with(&config), TOKEN).await.unwrap_err();
    assert_eq!(error.code(), "audience-missing");
}

#[tokio::test]
async fn userinfo_states_the_person_for_a_limited_time_and_only_with_visas_or_our_audience() {
    let opaque = Opaque::new().await;
    let authenticator = opaque.world.authenticator_with(&opaque.by_userinfo());
    for _ in 0..3 {
        let caller = bearer(&authenticator, TOKEN).await.unwrap();
        assert_eq!(
            (codes(&caller), caller.not_after),
            (vec!["used"], Some(Timestamp::from_seconds(NOW + 121)))
        );
    }
    assert_eq!(opaque.world.good.count("/broker/userinfo"), 1);
    assert_eq!(bearer(&authenticator, "another-token").await.unwrap_err().code(), "token-revoked");
    let answered = async |answer: Value, config: &TrustedIssuers| {
        opaque.world.good.set("/broker/userinfo", Answer::Body(answer.to_string()));
        let answer = bearer(&opaque.world.authenticator_with(config), TOKEN).await;
        answer.map(|caller| caller.controlled.len()).map_err(|error| error.code())
    };
    let (open, mut named) = (opaque.by_userinfo(), opaque.by_userinfo());
    named.issuers[0].without_audience = false;
    let visas = json!([opaque.world.grant()]);
    // Without visas, only `aud` shows that the token is meant for the gateway.
    assert_eq!(answered(json!({"sub": "alice"}), &open).await, Err("audience-missing"));
    assert_eq!(answered(json!({"sub": "alice", "aud": AUDIENCE}), &open).await, Ok(0));
    assert_eq!(
        answered(json!({"sub": "alice", "aud": "other", "ga4gh_passport_v1": visas}), &open).await,
        Err("audience-not-ours")
    );
    assert_eq!(
        answered(json!({"sub": "alice", "ga4gh_passport_v1": visas}), &named).await,
        Err("audience-missing")
    );
    assert_eq!(
        answered(json!({"sub": "alice", "aud": AUDIENCE, "ga4gh_passport_v1": visas}), &named).await,
        Ok(1)
    );
    assert_eq!(
        answered(json!({"iss": "https://evil.example", "sub": "alice"}), &open).await,
        Err("userinfo-subject-mismatch")
    );
    assert_eq!(answered(json!({"ga4gh_passport_v1": visas}), &open).await, Err("claim-missing"));
}

#[tokio::test]
async fn an_incomplete_configuration_or_a_second_issuer_for_opaque_tokens_is_refused() {
    let opaque = Opaque::new().await;
    let check = |change: &dyn Fn(&mut TrustedIssuers)| {
        let mut config = opaque.config();
        change(&mut config);
        gemj_authenticate::Authenticator::new(&config, opaque.world.clock.clone()).err()
    };
    fn of(config: &mut TrustedIssuers) -> &mut OpaqueTokens {
        config.issuers[0].opaque.as_mut().unwrap()
    }
    assert_eq!(check(&|_| {}), None);
    let fault = Some(ConfigFault::Opaque { issuer: 1 });
    for change in [
        &(|config: &mut TrustedIssuers| of(config).client_id.clear()) as &dyn Fn(&mut TrustedIssuers),
        &|config| of(config).client_secret_file = None,
        &|config| of(config).private_key_file = Some("key.pem".into()),
        &|config| of(config).max_age_s = 0,
        &|config| of(config).by = OpaqueBy::Userinfo,
        &|config| config.issuers[0].bearer = vec![BearerKind::Passport],
    ] {
        assert_eq!(check(change), fault);
    }
    let second = check(&|config| {
        config.issuers[2].kinds.push(gemj_authenticate::IssuerKind::AccessToken);
        config.issuers[2].bearer.push(BearerKind::AccessToken);
        config.issuers[2].opaque = config.issuers[0].opaque.clone();
    });
    assert_eq!(second, Some(ConfigFault::Opaque { issuer: 3 }));
    let url = check(&|config| of(config).introspection_url = Some("http://broker.example/introspect".to_owned()));
    assert_eq!(
        url,
        Some(ConfigFault::Url {
            issuer: 1,
            key: "opaque.introspection_url"
        })
    );
    let secret = check(&|config| of(config).client_secret_file = Some("/nowhere/secret".into()));
    assert_eq!(secret, Some(ConfigFault::OpaqueSecret { issuer: 1 }));
    assert!(!format!("{:?}", opaque.config()).contains("secret"), "the client is not shown");
}
