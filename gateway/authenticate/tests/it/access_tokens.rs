//! Tests of access tokens as bearer tokens, with and without the passport scope.

use gemj_access::RoleKind;
use gemj_model::ErrorKind;
use serde_json::{Value, json};

use crate::issuer_server::Answer;
use crate::world::{AUDIENCE, NOW, World, bearer, codes};

fn claims(world: &World) -> Value {
    json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 600, "aud": AUDIENCE, "jti": "t-1", "scope": "openid ga4gh_passport_v1"})
}

fn token(world: &World, typ: &str, claims: &Value) -> String {
    world.broker_rs.sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": typ}), claims)
}

#[tokio::test]
async fn a_passport_scoped_token_has_the_visas_of_one_userinfo_request() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    for typ in ["JWT", "at+jwt", "application/at+JWT"] {
        let token = token(&world, typ, &claims(&world));
        world.good.set(
            "/broker/userinfo",
            Answer::ForToken(
                token.clone(),
                json!({"sub": "alice", "ga4gh_passport_v1": [world.grant()]}).to_string(),
            ),
        );
        let before = world.good.count("/broker/userinfo");
        for _ in 0..3 {
            assert_eq!(codes(&bearer(&authenticator, &token).await.unwrap()), ["used"]);
        }
        assert_eq!(world.good.count("/broker/userinfo"), before + 1);
        world.advance(60);
        assert_eq!(bearer(&authenticator, &token).await.unwrap().controlled.len(), 1);
        assert_eq!(world.good.count("/broker/userinfo"), before + 2);
        world.advance(-60);
    }
}

#[tokio::test]
async fn concurrent_requests_share_one_userinfo_request_and_a_failed_one_is_repeated_after_the_interval() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let token = token(&world, "at+jwt", &claims(&world));
    world.good.set("/broker/userinfo", Answer::Status(500));
    for answer in futures::future::join_all((0..20).map(|_| bearer(&authenticator, &token))).await {
        assert_eq!(answer.unwrap_err().code(), "userinfo-unavailable");
    }
    assert_eq!(world.good.count("/broker/userinfo"), 1);
    let body = json!({"sub": "alice", "ga4gh_passport_v1": [world.grant()]}).to_string();
    world.good.set("/broker/userinfo", Answer::ForToken(token.clone(), body));
    world.advance(10);
    for answer in futures::future::join_all((0..20).map(|_| bearer(&authenticator, &token))).await {
        assert_eq!(codes(&answer.unwrap()), ["used"]);
    }
    assert_eq!(world.good.count("/broker/userinfo"), 2);
}

#[tokio::test]
async fn a_failed_false_or_revoking_userinfo_answer_never_gives_an_anonymous_caller() {
    let world = World::new().await;
    let token = token(&world, "at+jwt", &claims(&world));
    for (answer, code, kind) in [
        (
            Answer::Body(json!({"sub": "bob", "ga4gh_passport_v1": []}).to_string()),
            "userinfo-subject-mismatch",
            ErrorKind::Unauthenticated,
        ),
        (
            Answer::Body(json!({"ga4gh_passport_v1": []}).to_string()),
            "userinfo-subject-mismatch",
            ErrorKind::Unauthenticated,
        ),
        (
            Answer::Body(json!({"sub": "alice", "iss": "https://evil.example"}).to_string()),
            "userinfo-subject-mismatch",
            ErrorKind::Unauthenticated,
        ),
        (
            Answer::Body(json!({"sub": "alice", "ga4gh_passport_v1": {}}).to_string()),
            "claim-malformed",
            ErrorKind::Unauthenticated,
        ),
        (
            Answer::Body(r#"{"sub":"bob","sub":"alice"}"#.to_owned()),
            "userinfo-unavailable",
            ErrorKind::Unavailable,
        ),
        (Answer::Body("<html>".to_owned()), "userinfo-unavailable", ErrorKind::Unavailable),
        (Answer::Endless, "userinfo-unavailable", ErrorKind::Unavailable),
        (Answer::HangUp, "userinfo-unavailable", ErrorKind::Unavailable),
        (Answer::Status(500), "userinfo-unavailable", ErrorKind::Unavailable),
        (
            Answer::Redirect(world.evil.url("/userinfo")),
            "userinfo-unavailable",
            ErrorKind::Unavailable,
        ),
        (Answer::Status(401), "token-revoked", ErrorKind::Unauthenticated),
    ] {
        world.good.set("/broker/userinfo", answer);
        let error = bearer(&world.authenticator(), &token).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), (code, kind));
    }
    assert_eq!(world.evil.total(), 0);
}

#[tokio::test]
async fn a_client_token_without_the_passport_scope_has_its_role_and_no_visas() {
    let world = World::new().await;
    let mut claims = claims(&world);
    claims["client_id"] = json!("ehr-a");
    claims["scope"] = json!("system/Patient.read");
    let caller = bearer(&world.authenticator(), &token(&world, "at+jwt", &claims)).await.unwrap();
    assert_eq!(
        (caller.roles[0].kind, caller.roles[0].scope.as_deref()),
        (RoleKind::HospitalSystem, Some("hospital-a"))
    );
    assert_eq!(world.good.count("/broker/userinfo"), 0);
    // A passport of the same issuer that contains the `client_id` does not get the client's role.
    let mut passport = world.passport_claims(&[]);
    passport["client_id"] = json!("ehr-a");
    let caller = bearer(
        &world.authenticator(),
        &world.broker_es.sign(&world.passport_header(&world.broker_es), &passport),
    )
    .await
    .unwrap();
    assert!(caller.roles.is_empty());
}

#[tokio::test]
async fn a_token_that_is_not_an_access_token_is_refused() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let with = |name: &str, value: Value| {
        let mut claims = claims(&world);
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = claims(&world);
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for (typ, claims, code) in [
        ("JWT", with("ga4gh_passport_v1", json!([])), "access-token-with-ga4gh-claims"),
        ("JWT", with("ga4gh_visa_v1", json!({})), "access-token-with-ga4gh-claims"),
        ("JWT", with("nonce", json!("n")), "id-token-not-accepted"),
        ("JWT", with("at_hash", json!("h")), "id-token-not-accepted"),
        ("JWT", without("scope"), "scope-missing"),
        ("JWT", with("scope", json!(["openid"])), "claim-malformed"),
        ("JWT", with("aud", json!("https://someone.example")), "audience-not-ours"),
        ("at+jwt", without("aud"), "audience-missing"),
        ("at+jwt", with("iss", json!(world.other())), "issuer-not-trusted-in-this-role"),
        ("at+jwt", with("iss", json!(world.visas())), "issuer-not-trusted-in-this-role"),
        ("at+jwt", with("iss", json!("https://evil.example")), "issuer-not-trusted"),
        ("at+jwt", with("exp", json!(NOW)), "token-expired"),
        ("id+jwt", claims(&world), "wrong-token-type"),
        ("vnd.ga4gh.visa+jwt", claims(&world), "wrong-token-type"),
        ("dpop+jwt", claims(&world), "wrong-token-type"),
    ] {
        assert_eq!(
            bearer(&authenticator, &token(&world, typ, &claims)).await.unwrap_err().code(),
            code,
            "{typ} {code}"
        );
    }
    let mut config = world.config();
    config.issuers[0].bearer.clear();
    let closed = world.authenticator_with(&config);
    assert_eq!(
        bearer(&closed, &token(&world, "at+jwt", &claims(&world))).await.unwrap_err().code(),
        "bearer-kind-not-accepted"
    );
    assert_eq!(
        bearer(&closed, &world.passport(&[])).await.unwrap_err().code(),
        "bearer-kind-not-accepted"
    );
    assert!(
        closed.authenticate(None, &[world.passport(&[])]).await.is_ok(),
        "in the body it is accepted"
    );
    // The passport was accepted in the body and is cached, but it is refused as a bearer token.
    assert_eq!(
        bearer(&closed, &world.passport(&[])).await.unwrap_err().code(),
        "bearer-kind-not-accepted"
    );
    let same = world.passport(&[]);
    assert!(closed.authenticate(None, std::slice::from_ref(&same)).await.is_ok());
    assert_eq!(bearer(&closed, &same).await.unwrap_err().code(), "bearer-kind-not-accepted");
    config.issuers[0].bearer = vec![gemj_authenticate::BearerKind::AccessToken];
    config.issuers[0].audience = None;
    let nameless = world.authenticator_with(&config);
    let mut plain = without("aud");
    plain["scope"] = json!("read");
    assert_eq!(
        bearer(&nameless, &token(&world, "at+jwt", &plain)).await.unwrap_err().code(),
        "audience-missing"
    );
    assert_eq!(
        bearer(&nameless, &token(&world, "at+jwt", &claims(&world)))
            .await
            .unwrap_err()
            .code(),
        "audience-not-ours"
    );
}
