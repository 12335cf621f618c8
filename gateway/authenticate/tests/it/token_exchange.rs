//! Tests of passports that are obtained by RFC 8693 token exchange.

use std::path::PathBuf;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use gemj_authenticate::{ConfigFault, TokenExchange, TrustedIssuers};
use gemj_model::{ErrorKind, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::signing::SigningKey;
use crate::token_endpoint::TokenEndpoint;
use crate::world::{AUDIENCE, NOW, World, bearer, codes, discovery};

const PASSPORT_TYPE: &str = "urn:ga4gh:params:oauth:token-type:passport";

struct Exchange {
    world: World,
    endpoint: TokenEndpoint,
    folder: TempDir,
}

impl Exchange {
    async fn new() -> Self {
        let this = Self {
            world: World::new().await,
            endpoint: TokenEndpoint::start().await,
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::write(this.secret_file(), "s3cret\n").unwrap();
        this.gives(&this.world.passport(&[this.world.grant()]));
        this
    }

    fn secret_file(&self) -> PathBuf {
        self.folder.path().join("secret")
    }

    fn config(&self) -> TrustedIssuers {
        let mut config = self.world.config();
        config.issuers[0].exchange = Some(TokenExchange {
            client_id: "gateway".into(),
            client_secret_file: Some(self.secret_file()),
            private_key_file: None,
            private_key_id: None,
            token_url: Some(self.endpoint.url.clone()),
            resource: Vec::new(),
            audience: Vec::new(),
            scope: None,
            pairwise_subjects: false,
            passport_issuer: None,
            max_age_s: 120,
        });
        config
    }

    fn gives(&self, passport: &str) {
        self.endpoint.answer(
            200,
            json!({"access_token": passport, "issued_token_type": PASSPORT_TYPE, "token_type": "Bearer", "expires_in": 600}),
        );
    }

    fn token(&self) -> String {
        let claims = json!({"iss": self.world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 900, "aud": AUDIENCE, "jti": "t-1",
            "client_id": "ehr-a", "scope": "openid ga4gh_passport_v1"});
        self.world
            .broker_rs
            .sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}), &claims)
    }

    fn passport_with(&self, name: &str, value: Value) -> String {
        let mut claims = self.world.passport_claims(&[self.world.grant()]);
        claims[name] = value;
        let key = &self.world.broker_es;
        key.sign(&self.world.passport_header(key), &claims)
    }
}

#[tokio::test]
async fn concurrent_requests_share_one_exchange_and_get_the_visas_of_its_passport() {
    let exchange = Exchange::new().await;
    let authenticator = exchange.world.authenticator_with(&exchange.config());
    let token = exchange.token();
    for answer in futures::future::join_all((0..50).map(|_| bearer(&authenticator, &token))).await {
        let caller = answer.unwrap();
        assert_eq!((codes(&caller), caller.controlled.len()), (vec!["used"], 1));
        assert_eq!(
            caller.not_after,
            Some(Timestamp::from_seconds(NOW + 600)),
            "the passport ends before the token"
        );
        assert_eq!(caller.roles.len(), 1, "the client's role comes from the access token");
    }
    let asked = exchange.endpoint.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].head.starts_with("POST /token HTTP/1.1\r\n"));
    // The expected header was encoded by hand: base64 of `gateway:s3cret`.
    assert_eq!(asked[0].header("authorization"), "Basic Z2F0ZXdheTpzM2NyZXQ=");
    assert_eq!(asked[0].header("content-type"), "application/x-www-form-urlencoded");
    for (name, value) in [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("requested_token_type", PASSPORT_TYPE),
        ("subject_token", &*token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("client_id", ""),
        ("client_secret", ""),
    ] {
        assert_eq!(asked[0].parameter(name), value, "{name}");
    }
    assert_eq!(exchange.world.good.count("/broker/userinfo"), 0);
}

#[tokio::test]
async fn the_passport_is_requested_again_after_its_age_and_after_its_own_end() {
    let exchange = Exchange::new().await;
    let authenticator = exchange.world.authenticator_with(&exchange.config());
    let token = exchange.token();
    exchange.gives(&exchange.passport_with("exp", json!(NOW + 200)));
    for (at, count) in [(0, 1), (119, 1), (120, 2), (199, 2)] {
        exchange.world.clock_at(NOW + at);
        assert!(bearer(&authenticator, &token).await.is_ok(), "{at}");
        assert_eq!(exchange.endpoint.count(), count, "{at}");
    }
    exchange.gives(&exchange.passport_with("exp", json!(NOW + 500)));
    exchange.world.clock_at(NOW + 200);
    assert!(
        bearer(&authenticator, &token).await.is_ok(),
        "the old one has ended; a new one is requested"
    );
    assert_eq!(exchange.endpoint.count(), 3);
    // When a new passport is due, the gateway requests it with the access token. If the issuer now refuses the
    // access token, the gateway refuses it too.
    exchange.endpoint.answer(400, json!({"error": "invalid_grant"}));
    exchange.world.clock_at(NOW + 319);
    assert!(bearer(&authenticator, &token).await.is_ok());
    exchange.world.clock_at(NOW + 320);
    assert_eq!(bearer(&authenticator, &token).await.unwrap_err().code(), "token-exchange-refused");
}

#[tokio::test]
async fn a_cached_passport_of_a_removed_key_is_refused_and_a_new_one_is_requested() {
    let exchange = Exchange::new().await;
    let mut config = exchange.config();
    config.issuers[0].exchange.as_mut().unwrap().max_age_s = 100_000;
    let authenticator = exchange.world.authenticator_with(&config);
    let token = exchange.token();
    assert!(bearer(&authenticator, &token).await.is_ok());
    // The broker removes the key of its passports. The key of its access tokens stays.
    exchange.world.publish("/broker/jwks", &[&exchange.world.broker_rs]);
    exchange.world.advance(299);
    assert!(bearer(&authenticator, &token).await.is_ok(), "within the age of the keys");
    exchange.world.advance(1);
    assert_eq!(bearer(&authenticator, &token).await.unwrap_err().code(), "key-unknown");
    assert_eq!(exchange.endpoint.count(), 2, "it was requested again, and had the same key");
    let world = &exchange.world;
    let header = world.passport_header(&world.broker_rs);
    exchange.gives(&world.broker_rs.sign(&header, &world.passport_claims(&[world.grant()])));
    assert_eq!(
        bearer(&authenticator, &token).await.unwrap_err().code(),
        "key-unknown",
        "not before the interval is over"
    );
    world.advance(10);
    assert!(bearer(&authenticator, &token).await.is_ok());
    assert_eq!(exchange.endpoint.count(), 3);
}

#[tokio::test]
async fn an_answer_without_a_passport_of_this_person_and_issuer_is_refused_and_requested_once_per_interval() {
    let exchange = Exchange::new().await;
    let world = &exchange.world;
    let answer = |token: Value, kind: &str| (200, json!({"access_token": token, "issued_token_type": kind}).to_string());
    let passport = |passport: String| answer(json!(passport), PASSPORT_TYPE);
    let mut of_other = world.passport_claims(&[]);
    of_other["iss"] = json!(world.other());
    let other = world
        .other_es
        .sign(&world.passport_header(&world.other_es), &without(of_other, "aud"));
    let evil = SigningKey::es256("b-es");
    let token = exchange.token();
    for ((status, body), code, kind) in [
        (
            answer(json!(world.passport(&[])), "urn:ietf:params:oauth:token-type:access_token"),
            "token-exchange-no-passport",
            ErrorKind::Unauthenticated,
        ),
        (
            answer(json!(null), PASSPORT_TYPE),
            "token-exchange-no-passport",
            ErrorKind::Unauthenticated,
        ),
        (
            passport(exchange.passport_with("sub", json!("bob"))),
            "token-exchange-other-person",
            ErrorKind::Unauthenticated,
        ),
        (passport(other), "token-exchange-other-person", ErrorKind::Unauthenticated),
        (
            passport(exchange.passport_with("aud", json!("https://elsewhere.example"))),
            "audience-not-ours",
            ErrorKind::Unauthenticated,
        ),
        (
            passport(exchange.passport_with("exp", json!(NOW))),
            "token-expired",
            ErrorKind::Unauthenticated,
        ),
        (
            passport(evil.sign(&world.passport_header(&evil), &world.passport_claims(&[]))),
            "signature-invalid",
            ErrorKind::Unauthenticated,
        ),
        (passport(token.clone()), "wrong-token-type", ErrorKind::Unauthenticated),
        (passport(world.grant()), "wrong-token-type", ErrorKind::Unauthenticated),
        (passport("opaque".to_owned()), "not-compact-jws", ErrorKind::Unauthenticated),
        (
            (400, json!({"error": "invalid_request"}).to_string()),
            "token-exchange-refused",
            ErrorKind::Unauthenticated,
        ),
        (
            (401, json!({"error": "invalid_client"}).to_string()),
            "token-exchange-unavailable",
            ErrorKind::Unavailable,
        ),
        ((200, "<html>".to_owned()), "token-exchange-unavailable", ErrorKind::Unavailable),
        ((503, String::new()), "token-exchange-unavailable", ErrorKind::Unavailable),
        ((200, " ".repeat(2 << 20)), "token-exchange-unavailable", ErrorKind::Unavailable),
    ] {
        let authenticator = world.authenticator_with(&exchange.config());
        exchange.endpoint.answer(status, &body);
        let before = exchange.endpoint.count();
        for answer in futures::future::join_all((0..5).map(|_| bearer(&authenticator, &token))).await {
            let error = answer.unwrap_err();
            assert_eq!((error.code(), error.kind()), (code, kind), "{}", body.get(..100).unwrap_or(&body));
        }
        assert_eq!(exchange.endpoint.count(), before + 1, "{code}");
        world.advance(10);
        assert!(bearer(&authenticator, &token).await.is_err());
        assert_eq!(exchange.endpoint.count(), before + 2, "{code}: and again after the interval");
        world.advance(-10);
    }
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test]
async fn a_redirect_of_a_token_endpoint_is_not_followed() {
    let exchange = Exchange::new().await;
    // The relative location leads back to the same token endpoint.
    exchange.endpoint.answer_with(307, "location: /token?again\r\n", "");
    let error = bearer(&exchange.world.authenticator_with(&exchange.config()), &exchange.token())
        .await
        .unwrap_err();
    assert_eq!((error.code(), exchange.endpoint.count()), ("token-exchange-unavailable", 1));
}

#[tokio::test]
async fn an_invalid_token_is_never_sent_to_the_token_endpoint() {
    let exchange = Exchange::new().await;
    let authenticator = exchange.world.authenticator_with(&exchange.config());
    let token = exchange.token();
    let (input, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{input}.{}", URL_SAFE_NO_PAD.encode([7; 256]));
    assert_eq!(bearer(&authenticator, &forged).await.unwrap_err().code(), "signature-invalid");
    exchange.world.clock_at(NOW + 900);
    assert_eq!(bearer(&authenticator, &token).await.unwrap_err().code(), "token-expired");
    assert_eq!(exchange.endpoint.count(), 0);
}

#[tokio::test]
async fn a_passport_for_our_client_id_is_accepted_from_its_issuer_and_never_from_a_caller() {
    let exchange = Exchange::new().await;
    for audience in [json!("gateway"), json!([AUDIENCE, "x"]), json!(["x", "gateway"])] {
        exchange.gives(&exchange.passport_with("aud", audience));
        let authenticator = exchange.world.authenticator_with(&exchange.config());
        assert_eq!(codes(&bearer(&authenticator, &exchange.token()).await.unwrap()), ["used"]);
    }
    let passport = exchange.passport_with("aud", json!("gateway"));
    exchange.gives(&passport);
    let authenticator = exchange.world.authenticator_with(&exchange.config());
    assert!(bearer(&authenticator, &exchange.token()).await.is_ok());
    // The passport is now in the cache of passports, but it is still refused as a bearer token.
    assert_eq!(bearer(&authenticator, &passport).await.unwrap_err().code(), "audience-not-ours");
    let shown = authenticator.authenticate(None, &[passport]).await;
    assert_eq!(shown.unwrap_err().code(), "audience-not-ours");
    let nobodys = {
        let world = &exchange.world;
        let claims = without(world.passport_claims(&[world.grant()]), "aud");
        world.broker_es.sign(&world.passport_header(&world.broker_es), &claims)
    };
    exchange.gives(&nobodys);
    let authenticator = exchange.world.authenticator_with(&exchange.config());
    assert!(bearer(&authenticator, &exchange.token()).await.is_ok());
    assert_eq!(bearer(&authenticator, &nobodys).await.unwrap_err().code(), "audience-missing");
}

#[tokio::test]
async fn the_token_endpoint_is_found_by_discovery_only_on_allowed_hosts() {
    let exchange = Exchange::new().await;
    let broker = exchange.world.broker();
    let mut document = discovery(&broker);
    document["token_endpoint"] = json!(exchange.endpoint.url);
    exchange.world.good.set_json("/broker/.well-known/openid-configuration", &document);
    let mut config = exchange.config();
    config.issuers[0].exchange.as_mut().unwrap().token_url = None;
    let error = bearer(&exchange.world.authenticator_with(&config), &exchange.token())
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), exchange.endpoint.count()),
        ("token-exchange-unavailable", 0),
        "another origin"
    );
    config.issuers[0].endpoint_hosts = vec!["127.0.0.1".into()];
    assert!(bearer(&exchange.world.authenticator_with(&config), &exchange.token()).await.is_ok());
    assert_eq!(exchange.endpoint.count(), 1);
}

#[tokio::test]
async fn a_replaced_secret_is_used_without_a_restart() {
    let exchange = Exchange::new().await;
    let authenticator = exchange.world.authenticator_with(&exchange.config());
    assert!(bearer(&authenticator, &exchange.token()).await.is_ok());
    std::fs::write(exchange.secret_file(), "a new:one").unwrap();
    exchange.world.advance(120);
    assert!(bearer(&authenticator, &exchange.token()).await.is_ok());
    let last = exchange.endpoint.asked().pop().unwrap().header("authorization");
    // The expected secret was form-encoded by hand (RFC 6749 § 2.3.1 and appendix B).
    assert_eq!(last, format!("Basic {}", STANDARD.encode("gateway:a+new%3Aone")));
}

#[tokio::test]
async fn with_a_private_key_the_gateway_authenticates_with_a_signed_assertion() {
    let exchange = Exchange::new().await;
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let file = exchange.folder.path().join("key.pem");
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(document.as_ref())
    );
    std::fs::write(&file, pem).unwrap();
    let mut config = exchange.config();
    let settings = config.issuers[0].exchange.as_mut().unwrap();
    settings.client_secret_file = None;
    settings.private_key_file = Some(file);
    settings.private_key_id = Some("our-key".into());
    assert!(bearer(&exchange.world.authenticator_with(&config), &exchange.token()).await.is_ok());
    let asked = exchange.endpoint.asked().pop().unwrap();
    assert_eq!(asked.header("authorization"), "");
    assert_eq!(asked.parameter("client_id"), "gateway");
    assert_eq!(
        asked.parameter("client_assertion_type"),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );
    let assertion = asked.parameter("client_assertion");
    let (input, signature) = assertion.rsplit_once('.').unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key())
        .verify(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(
        (read(header)["alg"].clone(), read(header)["kid"].clone()),
        (json!("ES256"), json!("our-key"))
    );
    let claims = read(claims);
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("gateway"), &json!("gateway")));
    assert_eq!(claims["aud"], json!(exchange.world.broker()));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
    assert!(claims["jti"].as_str().unwrap().len() >= 20);
}

#[tokio::test]
async fn an_unusable_exchange_configuration_is_refused() {
    let exchange = Exchange::new().await;
    let check = |change: &dyn Fn(&mut TrustedIssuers)| {
        let mut config = exchange.config();
        change(&mut config);
        gemj_authenticate::Authenticator::new(&config, std::sync::Arc::new(gemj_model::SystemClock::default())).err()
    };
    assert_eq!(check(&|_| {}), None);
    let fault = Some(ConfigFault::Exchange { issuer: 1 });
    let exchange_of = |config: &mut TrustedIssuers| config.issuers[0].exchange.clone().unwrap();
    for change in [
        &(|e: &mut TokenExchange| e.client_id.clear()) as &dyn Fn(&mut TokenExchange),
        &|e| e.client_secret_file = None,
        &|e| e.private_key_file = Some("key.pem".into()),
        &|e| e.private_key_id = Some("k".into()),
        &|e| e.max_age_s = 0,
    ] {
        let changed = check(&|config| {
            let mut settings = exchange_of(config);
            change(&mut settings);
            config.issuers[0].exchange = Some(settings);
        });
        assert_eq!(changed, fault);
    }
    assert_eq!(
        check(&|c| c.issuers[2].exchange = Some(exchange_of(c))),
        Some(ConfigFault::Exchange { issuer: 3 })
    );
    let url = check(&|c| c.issuers[0].exchange.as_mut().unwrap().token_url = Some("http://broker.example/token".into()));
    assert_eq!(
        url,
        Some(ConfigFault::Url {
            issuer: 1,
            key: "exchange.token_url"
        })
    );
    for bad in [Some("/nowhere/secret".into()), Some(exchange.folder.path().to_owned())] {
        let found = check(&|c| c.issuers[0].exchange.as_mut().unwrap().client_secret_file.clone_from(&bad));
        assert_eq!(found, Some(ConfigFault::ExchangeSecret { issuer: 1 }));
    }
    std::fs::write(exchange.secret_file(), " \n").unwrap();
    assert_eq!(check(&|_| {}), Some(ConfigFault::ExchangeSecret { issuer: 1 }), "an empty secret");
    assert!(!format!("{:?}", exchange.config()).contains("gateway\""), "the client is not shown");
}
