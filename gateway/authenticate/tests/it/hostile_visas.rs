//! Visas that must be ignored, each with its code, inside a good passport; the passport itself stays good.

use serde_json::{Value, json};

use crate::signing::SigningKey;
use crate::world::{DAC, DATASET, NOW, World, bearer, codes};

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

fn vectors(world: &World) -> Vec<(String, String, &'static str)> {
    let key = &world.visa_es;
    let header = || world.visa_header(key);
    let claims = || world.grant_claims();
    let jku = |url: &str| key.sign(&with(header(), "jku", json!(url)), &claims());
    let evil_jku = |url: String| world.evil_es.sign(&with(header(), "jku", json!(url)), &claims());
    let claim = |name: &str, value: Value| key.sign(&header(), &with(claims(), name, value));
    let object = |name: &str, value: Value| {
        let mut claims = claims();
        claims["ga4gh_visa_v1"][name] = value;
        key.sign(&header(), &claims)
    };
    let good = format!("{}/jwks", world.visas());
    let (host, evil) = (
        world.good.base.strip_prefix("http://").unwrap(),
        world.evil.base.strip_prefix("http://").unwrap(),
    );
    let mut all: Vec<(String, String, &'static str)> = Vec::new();
    let mut add = |name: &str, token: String, code: &'static str| all.push((name.to_owned(), token, code));

    // where the key is
    for url in [
        world.evil.url("/jwks"),
        world.evil.url("/visas/jwks"),
        format!("http://{host}@{evil}/visas/jwks"),
        format!("http://{evil}/{good}"),
        format!("{good}.evil.example"),
        format!("{good}/"),
        format!("{good}#"),
        format!("{good}#x"),
        format!("{good}?x"),
        format!(" {good}"),
        good.replace("http://", "https://"),
        good.replace("http://", "HTTP://"),
        good.replace("127.0.0.1", "localhost"),
        good.replace("127.0.0.1", "127.1"),
        good.replace("/visas/", "/visas/../visas/"),
        good.replace("/visas/", "//visas/"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("{}/jwks", world.other()),
        format!("{}/jwks", world.broker()),
    ] {
        add(&format!("jku {url}"), evil_jku(url.clone()), "visa-jku-not-allowed");
    }
    add("jku empty", jku(""), "claim-malformed");
    add(
        "jku array",
        key.sign(&with(header(), "jku", json!([good])), &claims()),
        "claim-malformed",
    );
    add(
        "good jku, untrusted issuer",
        claim("iss", json!("https://evil.example")),
        "issuer-not-trusted",
    );
    add(
        "good jku, other issuer",
        world.visa_es.sign(&header(), &with(claims(), "iss", json!(world.other()))),
        "visa-jku-not-allowed",
    );
    add(
        "a pure broker as visa issuer",
        world
            .broker_es
            .sign(&world.visa_header(&world.broker_es), &with(claims(), "iss", json!(world.broker()))),
        "issuer-not-trusted-in-this-role",
    );
    add(
        "broker signs in the visa issuer's name",
        world.broker_es.sign(&world.visa_header(&world.broker_es), &claims()),
        "key-unknown",
    );
    add(
        "attacker's key under a good id",
        world.evil_es.sign(&header(), &claims()),
        "signature-invalid",
    );
    add(
        "embedded jwk",
        world.evil_es.sign(&with(header(), "jwk", world.evil_es.jwk()), &claims()),
        "signature-invalid",
    );
    add(
        "unknown kid",
        key.sign(&with(header(), "kid", json!("other")), &claims()),
        "key-unknown",
    );
    add(
        "kid of another issuer",
        world.other_es.sign(&with(header(), "kid", json!("o-es")), &claims()),
        "key-unknown",
    );
    // kind
    add(
        "no jku, no scope",
        key.sign(&without(header(), "jku"), &claims()),
        "visa-kind-undetermined",
    );
    add(
        "access token visa",
        key.sign(&without(header(), "jku"), &with(claims(), "scope", json!("openid"))),
        "visa-access-token-not-supported",
    );
    add("both kinds", claim("scope", json!("profile openid")), "visa-kind-ambiguous");
    add("scope array", claim("scope", json!(["openid"])), "claim-malformed");
    add("passport in a passport", world.passport(&[world.grant()]), "wrong-token-type");
    add(
        "access token in a passport",
        key.sign(&with(header(), "typ", json!("at+jwt")), &claims()),
        "wrong-token-type",
    );
    add("not a token", "alice".to_owned(), "not-compact-jws");
    add("unsigned object", claims().to_string(), "not-compact-jws");
    add("17 kB", claim("pad", json!("x".repeat(12_000))), "token-too-large");
    add("audience", claim("aud", json!("https://gateway.example")), "visa-with-audience");
    add(
        "no visa object",
        key.sign(&header(), &without(claims(), "ga4gh_visa_v1")),
        "claim-missing",
    );
    add("visa object a text", claim("ga4gh_visa_v1", json!("{}")), "claim-malformed");
    let text = claims().to_string();
    add(
        "duplicate visa object",
        key.sign_text(
            &header().to_string(),
            &format!(r#"{},"ga4gh_visa_v1":{{}}}}"#, text.strip_suffix('}').unwrap()),
        ),
        "duplicate-member",
    );
    // time
    add("expired", claim("exp", json!(NOW)), "token-expired");
    add("future", claim("iat", json!(NOW + 60)), "token-issued-in-future");
    add("too long", claim("exp", json!(NOW + 90_000)), "token-lifetime-too-long");
    add(
        "asserted after iat",
        object("asserted", json!(NOW - 99)),
        "visa-asserted-after-issued",
    );
    add("asserted milliseconds", object("asserted", json!(NOW * 1000)), "claim-malformed");
    // authority
    add(
        "another dataset",
        object("value", json!("https://other.example/d")),
        "visa-not-trusted",
    );
    add(
        "value prefix",
        object("value", json!(&DATASET[..DATASET.len() - 1])),
        "visa-not-trusted",
    );
    add("value suffix", object("value", json!(format!("{DATASET}0"))), "visa-not-trusted");
    add("value slash", object("value", json!(format!("{DATASET}/"))), "visa-not-trusted");
    add("value case", object("value", json!(DATASET.to_uppercase())), "visa-not-trusted");
    add("value star", object("value", json!("*")), "visa-not-trusted");
    add("value array", object("value", json!([DATASET])), "claim-malformed");
    add("value too long", object("value", json!("x".repeat(256))), "claim-malformed");
    add(
        "wrong source",
        object("source", json!("https://other-dac.example")),
        "visa-not-trusted",
    );
    add("source slash", object("source", json!(format!("{DAC}/"))), "visa-not-trusted");
    add("by self", object("by", json!("self")), "visa-not-trusted");
    add("by DAC", object("by", json!("DAC")), "claim-malformed");
    let mut no_by = claims();
    no_by["ga4gh_visa_v1"].as_object_mut().unwrap().remove("by");
    add("no by", key.sign(&header(), &no_by), "visa-by-missing");
    add(
        "custom type",
        object("type", json!("https://ras.nih.gov/visas/v1.1")),
        "visa-type-not-supported",
    );
    add(
        "type case",
        object("type", json!("controlledaccessgrants")),
        "visa-type-not-supported",
    );
    // conditions
    add("[[]]", object("conditions", json!([[]])), "visa-conditions-malformed");
    add("conditions an object", object("conditions", json!({})), "visa-conditions-malformed");
    add(
        "clause with type only",
        object("conditions", json!([[{"type": "AffiliationAndRole"}]])),
        "visa-conditions-malformed",
    );
    add(
        "CONST:",
        object("conditions", json!([[{"type": "ControlledAccessGrants", "by": "CONST:dac"}]])),
        "visa-conditions-not-met",
    );
    add(
        "met only by itself",
        object("conditions", json!([[{"type": "ControlledAccessGrants", "by": "const:dac"}]])),
        "visa-conditions-not-met",
    );
    all
}

#[tokio::test]
async fn every_hostile_visa_is_ignored_with_its_code_and_nothing_is_fetched_from_the_attacker() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let vectors = vectors(&world);
    assert!(vectors.len() >= 60, "{}", vectors.len());
    for (name, visa, code) in &vectors {
        let caller = bearer(&authenticator, &world.passport(std::slice::from_ref(visa)))
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(codes(&caller), [*code], "{name}");
        assert!(
            caller.controlled.is_empty() && caller.registered_until.is_none() && caller.affiliations.is_empty(),
            "{name}"
        );
    }
    // All together, with one good visa at the end: it alone counts. (The grant whose condition only another grant could meet is left
    // out: beside the good one its condition is met.)
    let fits = |(name, visa, _): &&(String, String, &str)| visa.len() < 16_000 && name != "met only by itself";
    let mut together: Vec<String> = vectors.iter().filter(fits).map(|(_, visa, _)| visa.clone()).collect();
    together.push(world.grant());
    let caller = bearer(&authenticator, &world.passport(&together)).await.unwrap();
    assert_eq!(codes(&caller).iter().filter(|code| **code == "used").count(), 1);
    assert_eq!(caller.controlled.len(), 1);
    assert_eq!(world.evil.total(), 0);
}

#[tokio::test]
async fn denied_visas_are_ignored() {
    let world = World::new().await;
    let mut config = world.config();
    config.deny.tokens.push(gemj_authenticate::DeniedToken {
        issuer: world.visas(),
        jti: "v-1".to_owned(),
    });
    let caller = bearer(&world.authenticator_with(&config), &world.passport(&[world.grant()]))
        .await
        .unwrap();
    assert_eq!(codes(&caller), ["token-deny-listed"]);
    assert_eq!(caller.visas[0].jti.as_deref(), Some("v-1"));
}

#[tokio::test]
async fn a_condition_is_not_met_by_an_untrusted_a_conditional_or_an_expired_visa() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let condition = json!([[{"type": "AffiliationAndRole", "value": "pattern:*"}]]);
    let grant = world.visa_of(
        "a",
        json!({"type": "ControlledAccessGrants", "value": DATASET, "source": DAC, "by": "dac", "conditions": condition}),
        500,
    );
    let affiliation = |more: Value, ttl| {
        let mut object =
            json!({"type": "AffiliationAndRole", "value": "faculty@univ.example", "source": "https://univ.example", "by": "so"});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.visa_of("a", object, ttl)
    };
    for bad in [
        affiliation(json!({"source": "https://evil.example"}), 100),
        affiliation(json!({"value": "faculty@evil.example"}), 100),
        affiliation(json!({"value": "faculty"}), 100),
        affiliation(json!({"by": "peer"}), 100),
        affiliation(
            json!({"conditions": [[{"type": "ControlledAccessGrants", "value": "pattern:*"}]]}),
            100,
        ),
        affiliation(json!({}), 0),
        SigningKey::es256("v-es").sign(&world.visa_header(&world.visa_es), &world.grant_claims()),
    ] {
        let caller = bearer(&authenticator, &world.passport(&[grant.clone(), bad])).await.unwrap();
        assert_eq!(codes(&caller)[0], "visa-conditions-not-met");
        assert!(caller.controlled.is_empty());
    }
}
