//! Passports that must be refused, each with its code, and without one request to the attacker's server.

use aws_lc_rs::hmac;
use serde_json::{Value, json};

use crate::signing::{SigningKey, b64};
use crate::world::{NOW, World, bearer};

/// HS256 with a public key as the secret.
fn hs256(secret: &[u8], header: &Value, claims: &Value) -> String {
    let input = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    format!("{input}.{}", b64(tag.as_ref()))
}

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

fn vectors(world: &World) -> Vec<(&'static str, String, &'static str)> {
    let (rs, es) = (&world.broker_rs, &world.broker_es);
    let (rs_header, es_header) = (world.passport_header(rs), world.passport_header(es));
    let claims = || world.passport_claims(&[]);
    let header = |name: &str, value: Value| es.sign(&with(es_header.clone(), name, value), &claims());
    let claim = |name: &str, value: Value| es.sign(&es_header, &with(claims(), name, value));
    let good = es.sign(&es_header, &claims());
    let (input, signature) = good.rsplit_once('.').unwrap();
    let raw = es.sign_bytes(input.as_bytes());
    let text_claims = claims().to_string();
    let open = text_claims.strip_suffix('}').unwrap();
    let duplicate = |member: &str| es.sign_text(&es_header.to_string(), &format!("{open},{member}}}"));
    let alg = |name: &str| with(rs_header.clone(), "alg", json!(name));
    let broker = world.broker();
    let mut altered = signature.to_owned();
    let last = altered.pop().unwrap();
    altered.push(if last == 'A' { 'B' } else { 'A' });
    let der = [&[0x30, 0x44, 0x02, 0x20][..], &raw[..32], &[0x02, 0x20], &raw[32..]].concat();
    let evil = SigningKey::es256("b-es");

    vec![
        // shape
        ("empty", String::new(), "not-compact-jws"),
        ("a word", "alice".to_owned(), "not-compact-jws"),
        ("bearer twice", format!("Bearer {good}"), "bad-base64url"),
        ("two parts", input.to_owned(), "not-compact-jws"),
        ("empty signature", format!("{input}."), "not-compact-jws"),
        ("five parts (JWE)", format!("{good}.AA.AA"), "not-compact-jws"),
        (
            "detached payload",
            format!("{}..{signature}", input.split_once('.').unwrap().0),
            "not-compact-jws",
        ),
        ("padding", format!("{good}=="), "bad-base64url"),
        ("line end", format!("{good}\n"), "bad-base64url"),
        ("leading space", format!(" {good}"), "bad-base64url"),
        ("standard base64", format!("{input}.+{}", &signature[1..]), "bad-base64url"),
        (
            "JSON serialization",
            json!({"payload": "e30", "signatures": []}).to_string(),
            "not-compact-jws",
        ),
        ("too large", format!("{good}{}", "A".repeat(1024 * 1024)), "token-too-large"),
        // algorithm
        (
            "alg none",
            format!("{}.", b64(alg("none").to_string().as_bytes()) + "." + &b64(text_claims.as_bytes())),
            "not-compact-jws",
        ),
        (
            "alg none with a signature",
            rs.sign(&alg("none"), &claims()),
            "algorithm-not-allowed",
        ),
        ("alg NonE", rs.sign(&alg("NonE"), &claims()), "algorithm-not-allowed"),
        ("alg empty", rs.sign(&alg(""), &claims()), "algorithm-not-allowed"),
        (
            "alg missing",
            rs.sign(&without(rs_header.clone(), "alg"), &claims()),
            "claim-missing",
        ),
        (
            "HS256 with the public key",
            hs256(&rs.public_bytes(), &alg("HS256"), &claims()),
            "algorithm-not-allowed",
        ),
        (
            "HS256 with the JWK",
            hs256(rs.jwk().to_string().as_bytes(), &alg("HS256"), &claims()),
            "algorithm-not-allowed",
        ),
        ("PS256", rs.sign(&alg("PS256"), &claims()), "algorithm-not-allowed"),
        ("ES384", rs.sign(&alg("ES384"), &claims()), "algorithm-not-allowed"),
        ("EdDSA", rs.sign(&alg("EdDSA"), &claims()), "algorithm-not-allowed"),
        (
            "RS256 with the id of an EC key",
            rs.sign(&with(rs_header.clone(), "kid", json!("b-es")), &claims()),
            "key-algorithm-mismatch",
        ),
        (
            "ES256 with the id of an RSA key",
            header("kid", json!("b-rs")),
            "key-algorithm-mismatch",
        ),
        (
            "HMAC in an RS256 token",
            hs256(&rs.public_bytes(), &rs_header, &claims()),
            "signature-invalid",
        ),
        // signature
        ("DER signature", format!("{input}.{}", b64(&der)), "signature-invalid"),
        ("zero signature", format!("{input}.{}", b64(&[0; 64])), "signature-invalid"),
        ("truncated signature", format!("{input}.{}", b64(&raw[..63])), "signature-invalid"),
        (
            "signature too long",
            format!("{input}.{}", b64(&[&raw[..], &[0]].concat())),
            "signature-invalid",
        ),
        (
            "last character altered",
            format!("{input}.{altered}"),
            "bad-base64url or signature-invalid",
        ),
        (
            "another payload",
            format!(
                "{}.{}.{signature}",
                input.split_once('.').unwrap().0,
                b64(with(claims(), "sub", json!("bob")).to_string().as_bytes())
            ),
            "signature-invalid",
        ),
        (
            "attacker's key under a good id",
            evil.sign(&es_header, &claims()),
            "signature-invalid",
        ),
        (
            "attacker's RSA key under a good id",
            world.evil_rs.sign(&rs_header, &claims()),
            "signature-invalid",
        ),
        (
            "embedded jwk",
            evil.sign(&with(es_header.clone(), "jwk", evil.jwk()), &claims()),
            "signature-invalid",
        ),
        (
            "x5u",
            evil.sign(&with(es_header.clone(), "x5u", json!(world.evil.url("/jwks"))), &claims()),
            "signature-invalid",
        ),
        (
            "x5c",
            evil.sign(&with(es_header.clone(), "x5c", json!(["AAAA"])), &claims()),
            "signature-invalid",
        ),
        (
            "jku of the attacker",
            evil.sign(&with(es_header.clone(), "jku", json!(world.evil.url("/jwks"))), &claims()),
            "signature-invalid",
        ),
        (
            "signed by a visa issuer",
            world.visa_es.sign(&world.passport_header(&world.visa_es), &claims()),
            "key-unknown",
        ),
        // header
        ("crit", header("crit", json!(["exp"])), "critical-header"),
        (
            "crit b64",
            es.sign(
                &with(with(es_header.clone(), "crit", json!(["b64"])), "b64", json!(false)),
                &claims(),
            ),
            "critical-header",
        ),
        ("b64 false", header("b64", json!(false)), "unsupported-header"),
        ("zip", header("zip", json!("DEF")), "unsupported-header"),
        (
            "kid missing",
            es.sign(&without(es_header.clone(), "kid"), &claims()),
            "claim-missing",
        ),
        ("kid a path", header("kid", json!("../../etc/passwd")), "key-unknown"),
        ("kid SQL", header("kid", json!("b-es' OR '1'='1")), "key-unknown"),
        ("kid NUL", header("kid", json!("b-es\u{0}")), "claim-malformed"),
        ("kid a URL", header("kid", json!(world.evil.url("/jwks"))), "key-unknown"),
        ("kid array", header("kid", json!(["b-es"])), "claim-malformed"),
        (
            "duplicate alg",
            es.sign_text(&format!(r#"{{"alg":"none",{}"#, &es_header.to_string()[1..]), &text_claims),
            "duplicate-member",
        ),
        // kind
        (
            "typ missing",
            es.sign(&without(es_header.clone(), "typ"), &claims()),
            "wrong-token-type",
        ),
        ("typ JWT", header("typ", json!("JWT")), "access-token-with-ga4gh-claims"),
        ("typ visa", header("typ", json!("vnd.ga4gh.visa+jwt")), "wrong-token-type"),
        ("a visa as passport", world.grant(), "wrong-token-type"),
        ("passport claim an object", claim("ga4gh_passport_v1", json!({})), "claim-malformed"),
        ("passport claim null", claim("ga4gh_passport_v1", json!(null)), "claim-malformed"),
        (
            "passport claim nested",
            claim("ga4gh_passport_v1", json!([["a"]])),
            "claim-malformed",
        ),
        (
            "passport claim missing",
            es.sign(&es_header, &without(claims(), "ga4gh_passport_v1")),
            "claim-missing",
        ),
        (
            "too many visas",
            claim("ga4gh_passport_v1", json!(vec!["a"; 257])),
            "too-many-visas",
        ),
        // issuer
        ("unknown issuer", claim("iss", json!("https://evil.example")), "issuer-not-trusted"),
        (
            "attacker's issuer",
            evil.sign(&es_header, &with(claims(), "iss", json!(world.evil.base))),
            "issuer-not-trusted",
        ),
        (
            "issuer with a slash",
            claim("iss", json!(format!("{broker}/"))),
            "issuer-not-trusted",
        ),
        (
            "issuer in capitals",
            claim("iss", json!(broker.to_uppercase())),
            "issuer-not-trusted",
        ),
        (
            "issuer with a suffix",
            claim("iss", json!(format!("{broker}.evil.example"))),
            "issuer-not-trusted",
        ),
        (
            "issuer array",
            claim("iss", json!([broker, "https://evil.example"])),
            "claim-malformed",
        ),
        ("issuer missing", es.sign(&es_header, &without(claims(), "iss")), "claim-missing"),
        (
            "a visa issuer as broker",
            world
                .visa_es
                .sign(&world.passport_header(&world.visa_es), &with(claims(), "iss", json!(world.visas()))),
            "issuer-not-trusted-in-this-role",
        ),
        (
            "an issuer's forbidden algorithm",
            rs.sign(&rs_header, &with(claims(), "iss", json!(world.other()))),
            "algorithm-not-allowed",
        ),
        // claims
        ("subject empty", claim("sub", json!("")), "claim-malformed"),
        ("subject NUL", claim("sub", json!("ali\u{0}ce")), "claim-malformed"),
        ("subject 10 kB", claim("sub", json!("a".repeat(10_000))), "claim-malformed"),
        ("subject missing", es.sign(&es_header, &without(claims(), "sub")), "claim-missing"),
        ("duplicate iss", duplicate(r#""iss":"https://evil.example""#), "duplicate-member"),
        (
            "duplicate iss behind escapes",
            duplicate(r#""\u0069ss":"https://evil.example""#),
            "duplicate-member",
        ),
        ("duplicate exp", duplicate(r#""exp":4000000000"#), "duplicate-member"),
        (
            "duplicate passport claim",
            duplicate(r#""ga4gh_passport_v1":[]"#),
            "duplicate-member",
        ),
        (
            "deep JSON",
            duplicate(&format!(r#""x":{}{}"#, "[".repeat(5000), "]".repeat(5000))),
            "json-too-deep",
        ),
        ("number beyond f64", duplicate(r#""x":1e400"#), "not-json-object"),
        ("payload an array", es.sign_text(&es_header.to_string(), "[]"), "not-json-object"),
        (
            "payload twice",
            es.sign_text(&es_header.to_string(), &format!("{text_claims}{text_claims}")),
            "not-json-object",
        ),
        // time
        ("expired", claim("exp", json!(NOW)), "token-expired"),
        ("exp text", claim("exp", json!((NOW + 60).to_string())), "claim-malformed"),
        ("exp float", claim("exp", json!(1_800_000_060.5)), "claim-malformed"),
        ("exp negative", claim("exp", json!(-1)), "claim-malformed"),
        ("exp milliseconds", claim("exp", json!((NOW + 60) * 1000)), "claim-malformed"),
        ("exp missing", es.sign(&es_header, &without(claims(), "exp")), "claim-missing"),
        ("iat missing", es.sign(&es_header, &without(claims(), "iat")), "claim-missing"),
        ("iat in the future", claim("iat", json!(NOW + 31)), "token-issued-in-future"),
        ("nbf in the future", claim("nbf", json!(NOW + 1)), "token-not-yet-valid"),
        ("nbf text", claim("nbf", json!("0")), "claim-malformed"),
        ("a year long", claim("exp", json!(NOW + 31_536_000)), "token-lifetime-too-long"),
        // audience
        (
            "another audience",
            claim("aud", json!("https://someone.example")),
            "audience-not-ours",
        ),
        (
            "audience prefix",
            claim("aud", json!("https://gateway.example.evil.example")),
            "audience-not-ours",
        ),
        ("no audience", es.sign(&es_header, &without(claims(), "aud")), "audience-missing"),
        ("empty audience", claim("aud", json!([])), "audience-not-ours"),
        ("audience object", claim("aud", json!({})), "claim-malformed"),
    ]
}

#[tokio::test]
async fn every_hostile_passport_is_refused_with_its_code_and_nothing_is_fetched_from_the_attacker() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let vectors = vectors(&world);
    assert!(vectors.len() >= 60, "{}", vectors.len());
    for (name, token, code) in vectors {
        let error = bearer(&authenticator, &token).await.expect_err(name);
        assert!(
            code.split(" or ").any(|code| code == error.code()),
            "{name}: {} instead of {code}",
            error.code()
        );
        // In the body as well; there a token typed as something else is simply of the wrong type.
        let in_body = authenticator.authenticate(None, &[token]).await.expect_err(name);
        let same = in_body.code() == error.code() || in_body.code() == "wrong-token-type";
        assert!(same, "{name}: {} in the body", in_body.code());
        let text = format!("{error} {error:?}");
        assert!(!text.contains("alice") && !text.contains("evil"), "{name}: {text}");
    }
    assert_eq!(world.evil.total(), 0);
    assert!(
        bearer(&authenticator, &world.passport(&[])).await.is_ok(),
        "and the good one still works"
    );
}

#[tokio::test]
async fn denied_tokens_and_people_are_refused() {
    let world = World::new().await;
    let mut config = world.config();
    config.deny.tokens.push(gemj_authenticate::DeniedToken {
        issuer: world.broker(),
        jti: "p-1".to_owned(),
    });
    assert_eq!(
        bearer(&world.authenticator_with(&config), &world.passport(&[]))
            .await
            .unwrap_err()
            .code(),
        "token-deny-listed"
    );
    let mut config = world.config();
    config.deny.subjects.push(gemj_authenticate::DeniedSubject {
        issuer: world.broker(),
        subject: "alice".to_owned(),
    });
    assert_eq!(
        bearer(&world.authenticator_with(&config), &world.passport(&[]))
            .await
            .unwrap_err()
            .code(),
        "token-deny-listed"
    );
    // the same names of another issuer are others
    let mut config = world.config();
    config.deny.subjects.push(gemj_authenticate::DeniedSubject {
        issuer: world.other(),
        subject: "alice".to_owned(),
    });
    assert!(bearer(&world.authenticator_with(&config), &world.passport(&[])).await.is_ok());
}

#[tokio::test]
async fn a_token_that_expires_while_cached_is_refused_to_the_second() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let passport = world.passport(&[world.grant()]);
    assert_eq!(bearer(&authenticator, &passport).await.unwrap().controlled.len(), 1);
    world.advance(499);
    assert_eq!(bearer(&authenticator, &passport).await.unwrap().controlled.len(), 1);
    world.advance(1);
    let caller = bearer(&authenticator, &passport).await.unwrap();
    assert_eq!(caller.visas[0].code, "token-expired");
    assert!(caller.controlled.is_empty());
    world.advance(99);
    assert!(bearer(&authenticator, &passport).await.is_ok());
    world.advance(1);
    assert_eq!(bearer(&authenticator, &passport).await.unwrap_err().code(), "token-expired");
}
