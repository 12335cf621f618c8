//! Tokens, persons and issuers on the deny list are refused at once, although their tokens are valid and may be cached.

use gemj_authenticate::{Authenticator, DeniedSubject, DeniedToken, DenyList};
use serde_json::json;

use crate::issuer_server::Answer;
use crate::world::{AUDIENCE, NOW, World, bearer, codes};

fn token(issuer: String, jti: &str) -> DenyList {
    DenyList {
        tokens: vec![DeniedToken { issuer, jti: jti.into() }],
        ..DenyList::default()
    }
}

fn subject(issuer: String, subject: &str) -> DenyList {
    DenyList {
        subjects: vec![DeniedSubject {
            issuer,
            subject: subject.into(),
        }],
        ..DenyList::default()
    }
}

fn issuer(issuer: String) -> DenyList {
    DenyList {
        issuers: vec![issuer],
        ..DenyList::default()
    }
}

async fn outcome(authenticator: &Authenticator, token: &str) -> Result<Vec<&'static str>, &'static str> {
    bearer(authenticator, token)
        .await
        .map(|caller| codes(&caller))
        .map_err(|error| error.code())
}

#[tokio::test]
async fn denied_passports_visas_and_access_tokens_are_refused_from_the_next_request_on() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    let claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 600, "aud": AUDIENCE, "jti": "t-1",
        "scope": "openid ga4gh_passport_v1"});
    let access = world
        .broker_rs
        .sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}), &claims);
    let answer = json!({"sub": "alice", "ga4gh_passport_v1": [world.grant()]});
    world
        .good
        .set("/broker/userinfo", Answer::ForToken(access.clone(), answer.to_string()));
    let (good, denied, denied_visa) = (Ok(vec!["used"]), Err("token-deny-listed"), Ok(vec!["token-deny-listed"]));
    let (broker, visas) = (world.broker(), world.visas());
    for (what, list, of_passport, of_access) in [
        ("the passport", token(broker.clone(), "p-1"), &denied, &good),
        ("the access token", token(broker.clone(), "t-1"), &good, &denied),
        ("the visa", token(visas.clone(), "v-1"), &denied_visa, &denied_visa),
        ("another's token of that id", token(visas.clone(), "p-1"), &good, &good),
        ("the person at the broker", subject(broker.clone(), "alice"), &denied, &denied),
        (
            "the person at the visa issuer",
            subject(visas.clone(), "alice-at-visas"),
            &denied_visa,
            &denied_visa,
        ),
        ("that name elsewhere", subject(visas.clone(), "alice"), &good, &good),
        ("the broker", issuer(broker.clone()), &denied, &denied),
        ("the visa issuer", issuer(visas.clone()), &denied_visa, &denied_visa),
        ("an issuer of a similar name", issuer(format!("{broker}/")), &good, &good),
    ] {
        assert_eq!(
            (&outcome(&authenticator, &passport).await, &outcome(&authenticator, &access).await),
            (&good, &good),
            "before"
        );
        authenticator.replace_deny_list(&list);
        assert_eq!(&outcome(&authenticator, &passport).await, of_passport, "{what}");
        assert_eq!(&outcome(&authenticator, &access).await, of_access, "{what}");
        let in_body = authenticator.authenticate(None, std::slice::from_ref(&passport)).await;
        assert_eq!(&in_body.map(|caller| codes(&caller)).map_err(|e| e.code()), of_passport, "{what}");
        // The passport has the same outcome if the deny list is part of the configuration from the start, before any token is cached.
        let mut config = world.config();
        config.deny = list;
        assert_eq!(&outcome(&world.authenticator_with(&config), &passport).await, of_passport, "{what}");
        authenticator.replace_deny_list(&DenyList::default());
    }
    assert_eq!(world.good.count("/broker/userinfo"), 1, "all answers came from the caches");
}
