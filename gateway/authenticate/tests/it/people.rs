//! Tests with several passports and several identities: the rights of different persons are never combined.

use serde_json::{Value, json};

use crate::signing::SigningKey;
use crate::world::{AUDIENCE, DAC, DATASET, NOW, REGISTERED, World, bearer, codes};

fn passport_of(world: &World, subject: &str, visas: &[String]) -> String {
    let claims =
        json!({"iss": world.broker(), "sub": subject, "iat": NOW - 10, "exp": NOW + 600, "aud": AUDIENCE, "ga4gh_passport_v1": visas});
    world.broker_es.sign(&world.passport_header(&world.broker_es), &claims)
}

fn other_passport(world: &World, subject: &str, visas: &[String]) -> String {
    let claims = json!({"iss": world.other(), "sub": subject, "iat": NOW - 10, "exp": NOW + 300, "ga4gh_passport_v1": visas});
    world.other_es.sign(&world.passport_header(&world.other_es), &claims)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn link(world: &World, subject: &str, others: &[(&str, &str)], change: impl FnOnce(&mut Value)) -> String {
    let value = others
        .iter()
        .map(|(sub, iss)| format!("{},{}", encoded(sub), encoded(iss)))
        .collect::<Vec<_>>()
        .join(";");
    let mut object = json!({"type": "LinkedIdentities", "value": value, "source": world.visas(), "by": "system"});
    change(&mut object);
    world.visa_of(subject, object, 200)
}

fn grant_of(world: &World, subject: &str) -> String {
    world.visa_of(
        subject,
        json!({"type": "ControlledAccessGrants", "value": DATASET, "source": DAC, "by": "dac"}),
        500,
    )
}

#[tokio::test]
async fn passports_of_two_persons_are_refused_in_every_order_and_place() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let alice = passport_of(&world, "alice", &[grant_of(&world, "alice")]);
    let bob = passport_of(&world, "bob", &[]);
    let same_name = other_passport(&world, "alice", &[]);
    for passports in [
        [alice.clone(), bob.clone()],
        [bob.clone(), alice.clone()],
        [alice.clone(), same_name.clone()],
    ] {
        assert_eq!(
            authenticator.authenticate(None, &passports).await.unwrap_err().code(),
            "credentials-of-different-people"
        );
    }
    assert_eq!(
        authenticator.authenticate(Some(&alice), &[bob]).await.unwrap_err().code(),
        "credentials-of-different-people"
    );
}

#[tokio::test]
async fn the_cache_never_gives_one_passport_the_rights_of_another() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let with_grant = passport_of(&world, "alice", &[grant_of(&world, "alice")]);
    let without = passport_of(&world, "alice", &[]);
    let bob = passport_of(&world, "bob", &[]);
    for _ in 0..2 {
        let both = authenticator
            .authenticate(None, &[with_grant.clone(), without.clone()])
            .await
            .unwrap();
        assert_eq!(both.controlled.len(), 1);
        assert!(authenticator.authenticate(None, &[with_grant.clone(), bob.clone()]).await.is_err());
        // Each of the three passports, presented alone, still has only its own rights.
        assert!(bearer(&authenticator, &without).await.unwrap().controlled.is_empty());
        let caller = bearer(&authenticator, &bob).await.unwrap();
        assert_eq!(caller.identity.unwrap().subject, "bob");
        assert!(caller.controlled.is_empty());
        assert_eq!(bearer(&authenticator, &with_grant).await.unwrap().controlled.len(), 1);
    }
}

#[tokio::test]
async fn one_bad_passport_among_good_ones_refuses_the_request() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let good = passport_of(&world, "alice", &[]);
    let forged = SigningKey::es256("b-es").sign(&world.passport_header(&world.broker_es), &world.passport_claims(&[]));
    let error = authenticator.authenticate(None, &[good.clone(), forged]).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("signature-invalid", "passport 2: the signature is not valid")
    );
    let too_many = vec![good.clone(); 9];
    assert_eq!(
        authenticator.authenticate(None, &too_many).await.unwrap_err().code(),
        "too-many-passports"
    );
    assert!(authenticator.authenticate(Some(&good), &vec![good.clone(); 8]).await.is_ok());
    assert!(
        authenticator.authenticate(Some(""), std::slice::from_ref(&good)).await.is_err(),
        "an empty bearer token is not an absent one"
    );
}

#[tokio::test]
async fn trusted_links_join_passports_and_limit_the_end_of_their_rights() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let (broker, other) = (world.broker(), world.other());
    let link = link(&world, "x", &[("alice", &broker), ("alice-2", &other)], |_| {});
    let first = passport_of(&world, "alice", &[link]);
    let second = other_passport(&world, "alice-2", &[]);
    let caller = authenticator.authenticate(None, &[first.clone(), second.clone()]).await.unwrap();
    assert_eq!(caller.identity.clone().unwrap().subject, "alice");
    assert_eq!(
        caller.not_after.unwrap().seconds(),
        NOW + 200,
        "the link ends before both passports"
    );
    assert!(authenticator.authenticate(None, &[second, first.clone()]).await.is_ok());
    let stranger = other_passport(&world, "mallory", &[]);
    assert_eq!(
        authenticator.authenticate(None, &[first, stranger]).await.unwrap_err().code(),
        "credentials-of-different-people"
    );
}

#[tokio::test]
async fn untrusted_links_join_no_identities() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let (broker, other) = (world.broker(), world.other());
    let pair: &[(&str, &str)] = &[("alice", &broker), ("alice-2", &other)];
    let injected = format!("alice%2C{broker};alice-2,{other}");
    let many = vec![format!("a,{broker}"); 300].join(";");
    let source: &dyn Fn(&mut Value) = &|object| object["source"] = json!("https://evil.example");
    let by: &dyn Fn(&mut Value) = &|object| object["by"] = json!("self");
    let conditional: &dyn Fn(&mut Value) = &|object| object["conditions"] = json!([[{"type": "ResearcherStatus", "value": "pattern:*"}]]);
    let injection: &dyn Fn(&mut Value) = &|object| object["value"] = json!(injected);
    let endless: &dyn Fn(&mut Value) = &|object| object["value"] = json!(many);
    let foreign: &dyn Fn(&mut Value) = &|object| object["value"] = json!(format!("alice-2,{}", encoded("https://evil.example")));
    for (change, code) in [
        (source, "visa-not-trusted"),
        (by, "visa-not-trusted"),
        (conditional, "visa-conditions-not-evaluated"),
        (injection, "visa-linked-identities-malformed"),
        (endless, "visa-linked-identities-malformed"),
        (foreign, "used"),
    ] {
        let link = link(&world, "x", pair, change);
        let alone = bearer(&authenticator, &passport_of(&world, "alice", std::slice::from_ref(&link)))
            .await
            .unwrap();
        assert_eq!(codes(&alone), [code]);
        let passports = [passport_of(&world, "alice", &[link]), other_passport(&world, "alice-2", &[])];
        assert_eq!(
            authenticator.authenticate(None, &passports).await.unwrap_err().code(),
            "credentials-of-different-people",
            "{code}"
        );
    }
}

#[tokio::test]
async fn terms_and_researcher_status_of_two_persons_count_together_only_if_linked() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let terms = world.visa_of(
        "alice",
        json!({"type": "AcceptedTermsAndPolicies", "value": REGISTERED, "source": "https://univ.example", "by": "self"}),
        400,
    );
    let claims = json!({"iss": world.other(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 300, "ga4gh_visa_v1":
        {"type": "ResearcherStatus", "asserted": NOW - 20, "value": REGISTERED, "source": "https://univ.example", "by": "so"}});
    let header = json!({"alg": "ES256", "kid": "o-es", "typ": "JWT", "jku": format!("{}/jwks", world.other())});
    let status = world.other_es.sign(&header, &claims);
    let caller = bearer(&authenticator, &world.passport(&[terms.clone(), status.clone()]))
        .await
        .unwrap();
    assert_eq!((codes(&caller), caller.registered_until), (vec!["used", "used"], None));
    let link = link(&world, "alice", &[("alice", &world.other())], |_| {});
    let caller = bearer(&authenticator, &world.passport(&[terms, status, link])).await.unwrap();
    assert_eq!(caller.registered_until.map(|until| until.seconds()), Some(NOW + 200));
}
