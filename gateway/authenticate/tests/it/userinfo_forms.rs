//! UserInfo answers as signed JWTs, and UserInfo answers with a whole passport.

use gemj_authenticate::Authenticator;
use gemj_model::ErrorKind;
use serde_json::{Value, json};

use crate::issuer_server::Answer;
use crate::signing::SigningKey;
use crate::world::{AUDIENCE, NOW, World, bearer, codes};

const JWT: &str = "application/jwt";

fn token(world: &World) -> String {
    let claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 600, "aud": AUDIENCE, "scope": "openid ga4gh_passport_v1"});
    world
        .broker_rs
        .sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}), &claims)
}

/// The result of a request if UserInfo answers with this text: the codes of the visas, or the code of the error.
async fn answered(world: &World, authenticator: &Authenticator, answer: Answer) -> Result<Vec<&'static str>, &'static str> {
    world.good.set("/broker/userinfo", answer);
    let caller = bearer(authenticator, &token(world)).await;
    caller.map(|caller| codes(&caller)).map_err(|error| {
        let kind = error.kind();
        assert!([ErrorKind::Unauthenticated, ErrorKind::Unavailable].contains(&kind));
        error.code()
    })
}

#[tokio::test]
async fn a_signed_answer_counts_only_with_a_valid_signature_of_the_issuers_own_key() {
    let world = World::new().await;
    let good = json!({"sub": "alice", "iss": world.broker(), "aud": "portal", "exp": NOW + 60, "ga4gh_passport_v1": [world.grant()]});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let rs = json!({"alg": "RS256", "kid": "b-rs"});
    let signed = |key: &SigningKey, header: &Value, claims: &Value| Answer::Typed(JWT, key.sign(header, claims));
    let accepted = signed(&world.broker_rs, &rs, &good);
    assert_eq!(answered(&world, &world.authenticator(), accepted).await, Ok(vec!["used"]));
    let with_charset = Answer::Typed(
        "Application/JWT; charset=utf-8",
        world.broker_es.sign(&json!({"alg": "ES256", "kid": "b-es", "typ": "JWT"}), &good),
    );
    assert_eq!(answered(&world, &world.authenticator(), with_charset).await, Ok(vec!["used"]));
    let visa_header = json!({"alg": "ES256", "kid": "v-es"});
    let unsigned = format!(
        "{}.{}.",
        crate::signing::b64(br#"{"alg":"none"}"#),
        crate::signing::b64(good.to_string().as_bytes())
    );
    for (answer, code) in [
        (signed(&world.evil_rs, &rs, &good), "userinfo-signature-invalid"),
        (signed(&world.visa_es, &visa_header, &good), "userinfo-signature-invalid"),
        (
            signed(&world.broker_rs, &json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}), &good),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &json!({"alg": "ES256", "kid": "b-rs"}), &good),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &rs, &with("exp", json!(NOW))),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &rs, &with("nbf", json!(NOW + 31))),
            "userinfo-signature-invalid",
        ),
        // An ID token and a logout token of the same broker, and a JWT inside a JWT.
        (
            signed(&world.broker_rs, &rs, &with("nonce", json!("n"))),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &rs, &with("at_hash", json!("h"))),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &rs, &with("events", json!({}))),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &json!({"alg": "RS256", "kid": "b-rs", "cty": "JWT"}), &good),
            "userinfo-signature-invalid",
        ),
        (
            signed(&world.broker_rs, &rs, &with("sub", json!("bob"))),
            "userinfo-subject-mismatch",
        ),
        (
            signed(&world.broker_rs, &rs, &with("iss", json!("https://evil.example"))),
            "userinfo-subject-mismatch",
        ),
        (Answer::Typed(JWT, unsigned), "userinfo-signature-invalid"),
        (Answer::Typed(JWT, good.to_string()), "userinfo-signature-invalid"),
        (Answer::Typed(JWT, "a.b.c.d.e".to_owned()), "userinfo-encrypted"),
        // A JWT that is not declared as one is not JSON.
        (Answer::Body(world.broker_rs.sign(&rs, &good)), "userinfo-unavailable"),
    ] {
        assert_eq!(answered(&world, &world.authenticator(), answer).await, Err(code));
    }
}

#[tokio::test]
async fn a_passport_inside_userinfo_counts_only_where_configured_and_only_for_the_same_person() {
    let world = World::new().await;
    let plain = json!({"alg": "ES256", "kid": "b-es", "typ": "JWT"});
    let passport = |change: &dyn Fn(&mut Value)| {
        let mut claims = world.passport_claims(&[world.grant()]);
        claims["aud"] = json!("portal");
        change(&mut claims);
        world.broker_es.sign(&plain, &claims)
    };
    let inside = |passport: &str| Answer::Body(json!({"sub": "alice", "passport_jwt_v11": passport}).to_string());
    let mut config = world.config();
    config.issuers[0].userinfo_passport_claim = Some("passport_jwt_v11".to_owned());
    let authenticator = world.authenticator_with(&config);
    let good = passport(&|_| {});
    assert_eq!(answered(&world, &authenticator, inside(&good)).await, Ok(vec!["used"]));
    // The text of this passport is cached now. A caller who presents the same text is refused all the same.
    assert_ne!(bearer(&authenticator, &good).await.map_err(|error| error.code()).err(), None);
    let shown = authenticator.authenticate(None, std::slice::from_ref(&good)).await;
    assert_eq!(shown.unwrap_err().code(), "wrong-token-type");
    // No text around the passport reaches the cached passport either.
    for around in [
        format!("of UserInfo {good}"),
        format!(" {good}"),
        format!("{good} "),
        format!("{good}="),
    ] {
        let shown = authenticator.authenticate(None, std::slice::from_ref(&around)).await;
        let code = shown.map_err(|error| error.code()).err();
        assert!(matches!(code, Some("not-compact-jws" | "bad-base64url")), "{code:?}");
        assert_ne!(bearer(&authenticator, &around).await.map_err(|error| error.code()).err(), None);
    }
    assert_eq!(
        answered(&world, &world.authenticator(), inside(&good)).await,
        Ok(vec!["userinfo-without-passport-claim"]),
        "not configured"
    );
    let evil = SigningKey::es256("b-es");
    let visas_own = world
        .visa_es
        .sign(&json!({"alg": "ES256", "kid": "v-es", "typ": "JWT"}), &world.passport_claims(&[]));
    for (answer, expected) in [
        (
            inside(&passport(&|claims| claims["sub"] = json!("bob"))),
            Err("userinfo-subject-mismatch"),
        ),
        (inside(&passport(&|claims| claims["exp"] = json!(NOW))), Err("token-expired")),
        (
            inside(&passport(&|claims| claims["iss"] = json!("https://evil.example"))),
            Err("issuer-not-trusted"),
        ),
        (inside(&evil.sign(&plain, &world.passport_claims(&[]))), Err("signature-invalid")),
        (inside(&visas_own), Err("key-unknown")),
        (inside(&token(&world)), Err("wrong-token-type")),
        (inside("opaque"), Err("not-compact-jws")),
        (
            Answer::Body(json!({"sub": "alice", "passport_jwt_v11": [good]}).to_string()),
            Err("claim-malformed"),
        ),
        (
            Answer::Body(json!({"sub": "alice", "ga4gh_passport_v1": [world.grant()]}).to_string()),
            Ok(vec!["userinfo-without-passport-claim"]),
        ),
    ] {
        assert_eq!(answered(&world, &world.authenticator_with(&config), answer).await, expected);
    }
}
