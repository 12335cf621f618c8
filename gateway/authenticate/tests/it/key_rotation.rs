//! Tests of keys that are added, removed or replaced, of issuers that fail, and of floods of unknown key ids.

use gemj_model::ErrorKind;
use serde_json::json;

use crate::issuer_server::Answer;
use crate::signing::SigningKey;
use crate::world::{World, bearer, codes, discovery};

#[tokio::test]
async fn a_new_key_is_accepted_after_one_refresh_and_a_removed_key_is_refused_even_if_cached() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    for _ in 0..3 {
        assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["used"]);
    }
    let new = SigningKey::es256("v-new");
    world.publish("/visas/jwks", &[&new]);
    world.advance(11);
    let visa = new.sign(&world.visa_header(&new), &world.grant_claims());
    assert_eq!(codes(&bearer(&authenticator, &world.passport(&[visa])).await.unwrap()), ["used"]);
    assert_eq!(world.good.count("/visas/jwks"), 2);
    // The refresh showed that the old key was removed, so every token of that key is refused at once, even if it is cached.
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["key-unknown"]);
}

#[tokio::test]
async fn a_removed_key_is_refused_at_the_age_limit_without_a_new_token() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["used"]);
    world.publish("/visas/jwks", &[]);
    world.advance(299);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["used"]);
    world.advance(1);
    assert_eq!(
        codes(&bearer(&authenticator, &passport).await.unwrap()),
        ["key-unknown"],
        "an emptied key set revokes"
    );
    world.publish("/broker/jwks", &[&world.broker_rs]);
    world.advance(10);
    assert!(
        bearer(&authenticator, &passport).await.is_ok(),
        "the broker's keys were fetched 10 s ago"
    );
    world.advance(290);
    assert_eq!(bearer(&authenticator, &passport).await.unwrap_err().code(), "key-unknown");
}

#[tokio::test]
async fn no_concurrent_request_is_answered_with_a_removed_key() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["used"]);
    world.publish("/visas/jwks", &[&SigningKey::es256("v-new")]);
    world.advance(300);
    for answer in futures::future::join_all((0..50).map(|_| bearer(&authenticator, &passport))).await {
        assert_eq!(codes(&answer.unwrap()), ["key-unknown"]);
    }
    assert_eq!(world.good.count("/visas/jwks"), 2, "and one fetch served them all");
}

#[tokio::test]
async fn a_removed_broker_key_refuses_a_cached_passport() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    assert!(bearer(&authenticator, &passport).await.is_ok());
    world.publish("/broker/jwks", &[&world.broker_rs]);
    world.advance(300);
    assert_eq!(bearer(&authenticator, &passport).await.unwrap_err().code(), "key-unknown");
}

#[tokio::test]
async fn a_token_of_a_key_that_was_replaced_under_the_same_id_is_refused() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["used"]);
    world.publish("/visas/jwks", &[&SigningKey::es256("v-es")]);
    world.advance(300);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["signature-invalid"]);
}

#[tokio::test]
async fn a_flood_of_unknown_key_ids_fetches_once_per_interval() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let flood = |round: usize| {
        let mut tokens = Vec::new();
        for n in 0..50 {
            let mut header = world.passport_header(&world.broker_es);
            header["kid"] = json!(format!("k-{round}-{n}"));
            tokens.push(world.broker_es.sign(&header, &world.passport_claims(&[])));
        }
        tokens
    };
    for round in 1..=3 {
        let tokens = flood(round);
        for answer in futures::future::join_all(tokens.iter().map(|token| bearer(&authenticator, token))).await {
            assert_eq!(answer.unwrap_err().code(), "key-unknown");
        }
        assert_eq!(world.good.count("/broker/jwks"), round);
        world.advance(10);
    }
}

#[tokio::test]
async fn concurrent_first_requests_share_one_fetch() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passports: Vec<_> = (0..50).map(|_| world.passport(&[world.grant()])).collect();
    for answer in futures::future::join_all(passports.iter().map(|token| bearer(&authenticator, token))).await {
        assert_eq!(codes(&answer.unwrap()), ["used"]);
    }
    assert_eq!((world.good.count("/broker/jwks"), world.good.count("/visas/jwks")), (1, 1));
    assert_eq!(world.good.count("/broker/.well-known/openid-configuration"), 1);
}

#[tokio::test]
async fn an_issuer_that_is_down_is_served_from_old_keys_and_then_refused_as_unavailable() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[0].max_lifetime_s = 100_000;
    let authenticator = world.authenticator_with(&config);
    let mut claims = world.passport_claims(&[]);
    claims["exp"] = json!(crate::world::NOW + 90_000);
    let passport = world.broker_es.sign(&world.passport_header(&world.broker_es), &claims);
    assert!(bearer(&authenticator, &passport).await.is_ok());
    for bad in [
        Answer::HangUp,
        Answer::Status(500),
        Answer::Status(404),
        Answer::Body("<html>".to_owned()),
        Answer::Endless,
        Answer::Redirect(world.evil.url("/jwks")),
    ] {
        world.good.set("/broker/jwks", bad.clone());
        world.good.set(
            "/broker/.well-known/openid-configuration",
            Answer::Body(discovery(&world.broker()).to_string()),
        );
        world.advance(301);
        assert!(bearer(&authenticator, &passport).await.is_ok(), "old keys bridge");
    }
    world.advance(3600);
    let error = bearer(&authenticator, &passport).await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("keys-unavailable", ErrorKind::Unavailable));
    world.publish("/broker/jwks", &[&world.broker_es]);
    assert!(bearer(&authenticator, &passport).await.is_err(), "not before the interval is over");
    world.advance(10);
    assert!(bearer(&authenticator, &passport).await.is_ok(), "and it recovers");
    assert_eq!(world.evil.total(), 0, "no redirect was followed");
}

#[tokio::test]
async fn a_key_set_with_unfit_keys_verifies_no_token() {
    for change in [
        |world: &World| json!({"keys": [world.broker_es.jwk(), world.broker_es.jwk()]}),
        |world: &World| json!({"keys": [world.broker_es.jwk(), world.evil_es_as("b-es").jwk()]}),
        |_: &World| json!({"keys": [{"kty": "oct", "kid": "b-es", "k": "AAAA"}]}),
        |world: &World| {
            let mut jwk = world.broker_es.jwk();
            jwk["d"] = json!("AAAA");
            json!({"keys": [jwk]})
        },
        |world: &World| {
            let mut jwk = world.broker_es.jwk();
            jwk["use"] = json!("enc");
            json!({"keys": [jwk]})
        },
        |world: &World| {
            let mut jwk = world.broker_es.jwk();
            jwk["alg"] = json!("ES384");
            json!({"keys": [jwk]})
        },
        |_: &World| json!({"keys": []}),
    ] {
        let world = World::new().await;
        world.good.set_json("/broker/jwks", &change(&world));
        assert_eq!(
            bearer(&world.authenticator(), &world.passport(&[])).await.unwrap_err().code(),
            "key-unknown"
        );
    }
}

#[tokio::test]
async fn a_discovery_document_that_names_another_issuer_or_host_is_not_followed() {
    let with = |world: &World, name: &str, value: String| {
        let mut document = discovery(&world.broker());
        document[name] = json!(value);
        document
    };
    for (name, value) in [
        ("issuer", |world: &World| world.evil.base.clone()),
        ("issuer", |world: &World| format!("{}/", world.broker())),
        ("jwks_uri", |world: &World| world.evil.url("/jwks")),
        ("jwks_uri", |_: &World| "http://169.254.169.254/".to_owned()),
        ("jwks_uri", |_: &World| "file:///etc/passwd".to_owned()),
        ("userinfo_endpoint", |world: &World| world.evil.url("/userinfo")),
    ] as [(&str, fn(&World) -> String); 6]
    {
        let world = World::new().await;
        world
            .good
            .set_json("/broker/.well-known/openid-configuration", &with(&world, name, value(&world)));
        let error = bearer(&world.authenticator(), &world.passport(&[])).await.unwrap_err();
        assert_eq!(error.code(), "keys-unavailable", "{name}");
        assert_eq!(world.evil.total(), 0);
    }
}

#[tokio::test]
async fn keys_from_a_file_are_used_without_a_fetch() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, json!({"keys": [world.visa_es.jwk()]}).to_string()).unwrap();
    let mut config = world.config();
    config.issuers[1].jwks_file = Some(path.clone());
    let authenticator = world.authenticator_with(&config);
    let passport = world.passport(&[world.grant()]);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["used"]);
    assert_eq!(world.good.count("/visas/jwks"), 0);
    std::fs::write(&path, json!({"keys": [SigningKey::es256("new").jwk()]}).to_string()).unwrap();
    world.advance(300);
    assert_eq!(codes(&bearer(&authenticator, &passport).await.unwrap()), ["key-unknown"]);
}
