//! Tokens in the forms that real brokers issue: several audiences, clocks that differ, UserInfo without visas. These tests also check the
//! information that a caller gets about each visa.

use serde_json::{Value, json};

use crate::issuer_server::Answer;
use crate::world::{AUDIENCE, DATASET, NOW, World, bearer, codes};

fn passport_with(world: &World, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = world.passport_claims(&[world.grant()]);
    change(&mut claims);
    world.broker_es.sign(&world.passport_header(&world.broker_es), &claims)
}

#[tokio::test]
async fn a_token_must_name_one_of_several_audiences_or_none_if_allowed() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[0].audiences = vec!["portal".to_owned(), "account".to_owned()];
    for without_audience in [false, true] {
        config.issuers[0].without_audience = without_audience;
        let authenticator = world.authenticator_with(&config);
        for aud in [json!("portal"), json!(["other", "account"]), json!(AUDIENCE)] {
            let token = passport_with(&world, |claims| claims["aud"] = aud.clone());
            assert_eq!(bearer(&authenticator, &token).await.unwrap().controlled.len(), 1, "{aud}");
        }
        for aud in [json!("other"), json!([]), json!("Portal"), json!("portal,account")] {
            let token = passport_with(&world, |claims| claims["aud"] = aud.clone());
            let error = bearer(&authenticator, &token).await.unwrap_err();
            assert_eq!((error.code(), error.claim()), ("audience-not-ours", Some("aud")), "{aud}");
        }
        let none = passport_with(&world, |claims| drop(claims.as_object_mut().unwrap().remove("aud")));
        let answer = bearer(&authenticator, &none).await;
        assert_eq!(
            answer.map_err(|error| error.code()).err(),
            (!without_audience).then_some("audience-missing")
        );
    }
    config.issuers[0].audience = None;
    config.issuers[0].audiences = Vec::new();
    assert!(
        gemj_authenticate::Authenticator::new(&config, world.clock.clone()).is_err(),
        "without_audience alone is refused"
    );
}

#[tokio::test]
async fn a_token_without_audience_and_without_the_passport_scope_is_refused() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[0].without_audience = true;
    let claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 300, "scope": "openid"});
    let header = json!({"alg": "ES256", "kid": world.broker_es.kid, "typ": "at+jwt"});
    let token = world.broker_es.sign(&header, &claims);
    assert_eq!(
        bearer(&world.authenticator_with(&config), &token).await.unwrap_err().code(),
        "audience-missing"
    );
}

#[tokio::test]
async fn the_leeway_applies_to_beginnings_and_never_to_ends() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let visa = |change: &dyn Fn(&mut Value)| {
        let mut claims = world.grant_claims();
        change(&mut claims);
        world.passport(&[world.visa_es.sign(&world.visa_header(&world.visa_es), &claims)])
    };
    for (seconds, counts) in [(1, true), (30, true), (31, false)] {
        let ahead = bearer(
            &authenticator,
            &passport_with(&world, |claims| claims["nbf"] = json!(NOW + seconds)),
        )
        .await;
        assert_eq!(ahead.is_ok(), counts, "nbf {seconds}");
        let caller = bearer(&authenticator, &visa(&|claims| claims["nbf"] = json!(NOW + seconds)))
            .await
            .unwrap();
        assert_eq!(caller.controlled.len() == 1, counts, "nbf of a visa {seconds}");
        let late = visa(&|claims| claims["ga4gh_visa_v1"]["asserted"] = json!(NOW - 100 + seconds));
        let caller = bearer(&authenticator, &late).await.unwrap();
        assert_eq!(caller.controlled.len() == 1, counts, "asserted {seconds}: {:?}", codes(&caller));
        let ended = bearer(&authenticator, &passport_with(&world, |claims| claims["exp"] = json!(NOW))).await;
        assert_eq!(ended.unwrap_err().code(), "token-expired");
    }
    // `max_authorization_s` counts from the visa's `asserted`, or from its `iat` if `iat` is earlier.
    let mut config = world.config();
    config.issuers[1].visas[0].max_authorization_s = Some(150);
    let ahead = visa(&|claims| claims["ga4gh_visa_v1"]["asserted"] = json!(NOW - 100 + 20));
    let caller = bearer(&world.authenticator_with(&config), &ahead).await.unwrap();
    assert_eq!(caller.controlled[0].not_after.seconds(), NOW - 100 + 150);
}

#[tokio::test]
async fn userinfo_without_the_passport_claim_is_reported_and_an_empty_claim_is_not() {
    let world = World::new().await;
    let claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 300, "aud": AUDIENCE, "scope": "openid ga4gh_passport_v1"});
    let header = json!({"alg": "ES256", "kid": world.broker_es.kid, "typ": "at+jwt"});
    let token = world.broker_es.sign(&header, &claims);
    for (answer, expected) in [
        (json!({"sub": "alice"}), vec!["userinfo-without-passport-claim"]),
        (
            json!({"sub": "alice", "ga4gh_passport_v1": null}),
            vec!["userinfo-without-passport-claim"],
        ),
        (json!({"sub": "alice", "ga4gh_passport_v1": []}), vec![]),
    ] {
        world.good.set("/broker/userinfo", Answer::Body(answer.to_string()));
        let authenticator = world.authenticator();
        for _ in 0..2 {
            let caller = bearer(&authenticator, &token).await.unwrap();
            assert_eq!(codes(&caller), expected, "{answer}");
            assert!(caller.controlled.is_empty());
        }
    }
}

#[tokio::test]
async fn each_verdict_names_the_visa_its_place_and_the_members_that_were_not_accepted() {
    let world = World::new().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = world.grant_claims();
        claims.as_object_mut().unwrap().remove("jti");
        change(&mut claims["ga4gh_visa_v1"]);
        world.visa_es.sign(&world.visa_header(&world.visa_es), &claims)
    };
    let forged = world.evil_es.sign(&world.visa_header(&world.visa_es), &world.grant_claims());
    let visas = [
        with(&|_| {}),
        with(&|object| object["source"] = json!("https://another.example")),
        with(&|object| object["by"] = json!("so")),
        with(&|object| object["value"] = json!("https://another.example")),
        forged,
    ];
    let caller = bearer(&world.authenticator(), &world.passport(&visas)).await.unwrap();
    let failed: Vec<&[&str]> = caller.visas.iter().map(|verdict| verdict.failed.as_slice()).collect();
    assert_eq!(failed, [&[][..], &["source"], &["by"], &["value"], &["key"]]);
    for (index, verdict) in caller.visas.iter().enumerate() {
        let place = verdict.place.unwrap();
        assert_eq!((place.credential, place.position), (1, index + 1));
        let says = verdict.says.as_ref().unwrap();
        assert_eq!(
            (&says.issuer, says.visa_type.as_deref()),
            (&world.visas(), Some("ControlledAccessGrants"))
        );
        let value = if index == 3 { "https://another.example" } else { DATASET };
        assert_eq!(says.value.as_deref(), Some(value));
    }
    assert_eq!(caller.controlled[0].subject.place, caller.visas[0].place);
}

#[tokio::test]
async fn roles_clients_and_trust_are_replaced_at_run_time_and_a_bad_configuration_replaces_nothing() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let steward = passport_with(&world, |claims| claims["sub"] = json!("steward-1"));
    assert_eq!(bearer(&authenticator, &steward).await.unwrap().roles.len(), 1);
    let mut config = world.config();
    config.roles.clear();
    assert_eq!(authenticator.replace(&config), Ok(true));
    assert_eq!(bearer(&authenticator, &steward).await.unwrap().roles.len(), 0);
    assert_eq!(authenticator.replace(&config), Ok(false), "nothing but the deny list differs");
    let mut broken = world.config();
    broken.issuers[0].kinds.clear();
    assert!(authenticator.replace(&broken).is_err());
    assert_eq!(bearer(&authenticator, &steward).await.unwrap().roles.len(), 0);
    config.issuers.remove(1);
    config.roles.clear();
    assert_eq!(authenticator.replace(&config), Ok(true));
    let caller = bearer(&authenticator, &steward).await.unwrap();
    assert_eq!(
        (codes(&caller), caller.controlled.len()),
        (vec!["issuer-not-trusted"], 0),
        "also for a cached passport"
    );
    config.issuers.remove(0);
    assert_eq!(authenticator.replace(&config), Ok(true));
    assert_eq!(bearer(&authenticator, &steward).await.unwrap_err().code(), "issuer-not-trusted");
}
