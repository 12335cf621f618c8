//! Tests of tokens that are bound to a key that each request proves (RFC 9449).

use gemj_access::Caller;
use gemj_authenticate::{AuthError, Authenticator, Authorization, Binding, DpopProof, Presented, Scheme, TokenExchange};
use gemj_model::ErrorKind;
use serde_json::{Value, json};

use crate::proofs::{URL, claims, hash, header, public_jwk, thumbprint};
use crate::signing::{SigningKey, b64};
use crate::token_endpoint::TokenEndpoint;
use crate::world::{AUDIENCE, NOW, World};

/// An access token that the broker issued to one of its own clients, with this claim `cnf`.
fn token(world: &World, cnf: &Value) -> String {
    scoped(world, cnf, "system/Patient.read")
}

fn scoped(world: &World, cnf: &Value, scope: &str) -> String {
    let mut claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 900, "aud": AUDIENCE, "jti": "t-1",
        "client_id": "ehr-a", "scope": scope});
    if !cnf.is_null() {
        claims["cnf"] = cnf.clone();
    }
    world
        .broker_rs
        .sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}), &claims)
}

async fn show(authenticator: &Authenticator, scheme: Scheme, token: &str, proof: Option<&str>) -> Result<Caller, AuthError> {
    let proof = proof.map(|proof| DpopProof {
        proof,
        method: "GET",
        url: URL,
    });
    let presented = Presented {
        authorization: Some(Authorization { scheme, token }),
        proof,
        ..Presented::default()
    };
    authenticator.verify(&presented).await
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

fn without(mut object: Value, name: &str) -> Value {
    object.as_object_mut().unwrap().remove(name);
    object
}

#[tokio::test]
async fn a_bound_token_is_accepted_with_a_proof_of_its_key_and_each_proof_only_once() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    for key in [SigningKey::es256("ec"), SigningKey::rs256("rsa", 0)] {
        let token = token(&world, &json!({"jkt": thumbprint(&key)}));
        let first = key.sign(&header(&key), &claims(&token, "one", NOW));
        let caller = show(&authenticator, Scheme::Dpop, &token, Some(&first)).await.unwrap();
        assert_eq!(caller.roles.len(), 1);
        for later in [0, 59, 89] {
            world.clock_at(NOW + later);
            let again = show(&authenticator, Scheme::Dpop, &token, Some(&first)).await.unwrap_err();
            assert!(["dpop-proof-used", "dpop-proof-not-recent"].contains(&again.code()), "{later}");
        }
        world.clock_at(NOW);
        let second = key.sign(&header(&key), &claims(&token, "two", NOW));
        assert!(show(&authenticator, Scheme::Dpop, &token, Some(&second)).await.is_ok());
    }
}

#[tokio::test]
async fn a_bound_token_is_refused_as_bearer_with_or_without_a_proof() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let key = SigningKey::es256("ec");
    let token = token(&world, &json!({"jkt": thumbprint(&key)}));
    let proof = key.sign(&header(&key), &claims(&token, "one", NOW));
    for shown in [None, Some(&*proof)] {
        let error = show(&authenticator, Scheme::Bearer, &token, shown).await.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("dpop-token-as-bearer", ErrorKind::Unauthenticated));
        assert_eq!(error.challenge(), (Scheme::Dpop, "invalid_token"));
    }
    assert_eq!(
        authenticator.authenticate(Some(&token), &[]).await.unwrap_err().code(),
        "dpop-token-as-bearer"
    );
    // The refused requests did not use up the DPoP proof, so the proof is still accepted once.
    assert!(show(&authenticator, Scheme::Dpop, &token, Some(&proof)).await.is_ok());
    let missing = show(&authenticator, Scheme::Dpop, &token, None).await.unwrap_err();
    assert_eq!(missing.code(), "dpop-proof-missing");
    assert_eq!(missing.challenge(), (Scheme::Dpop, "invalid_dpop_proof"));
}

#[tokio::test]
async fn a_proof_with_any_single_fault_is_refused() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let (key, rsa, other) = (SigningKey::es256("ec"), SigningKey::rs256("rsa", 0), SigningKey::es256("other"));
    let token = token(&world, &json!({"jkt": thumbprint(&key)}));
    let (head, good) = (header(&key), claims(&token, "good", NOW));
    let sign = |head: &Value, claims: &Value| key.sign(head, claims);
    let proof = sign(&head, &good);
    let (input, _) = proof.rsplit_once('.').unwrap();
    let jwk = |name: &str, value: Value| with(head.clone(), "jwk", with(public_jwk(&key), name, value));
    let text = good.to_string();
    let twice = |member: &str| key.sign_text(&head.to_string(), &text.replacen('{', &format!("{{{member},"), 1));
    let malformed = "dpop-proof-malformed";
    let refused = [
        ("nothing", String::new(), malformed),
        ("a word", "proof".to_owned(), malformed),
        ("no signature", format!("{input}."), malformed),
        ("padding", format!("{proof}="), malformed),
        ("two proofs", format!("{proof},{proof}"), malformed),
        ("five parts", format!("{proof}.AA.AA"), malformed),
        ("too long", format!("{proof}{}", "A".repeat(10_000)), malformed),
        ("the token itself", token.clone(), malformed),
        ("typ JWT", sign(&with(head.clone(), "typ", json!("JWT")), &good), malformed),
        ("typ at+jwt", sign(&with(head.clone(), "typ", json!("at+jwt")), &good), malformed),
        ("no typ", sign(&without(head.clone(), "typ"), &good), malformed),
        ("alg none", sign(&with(head.clone(), "alg", json!("none")), &good), malformed),
        ("alg HS256", sign(&with(head.clone(), "alg", json!("HS256")), &good), malformed),
        ("alg ES384", sign(&with(head.clone(), "alg", json!("ES384")), &good), malformed),
        ("alg EdDSA", sign(&with(head.clone(), "alg", json!("EdDSA")), &good), malformed),
        ("alg PS256", rsa.sign(&with(header(&rsa), "alg", json!("PS256")), &good), malformed),
        (
            "alg of another kind",
            sign(&with(head.clone(), "alg", json!("RS256")), &good),
            malformed,
        ),
        ("no alg", sign(&without(head.clone(), "alg"), &good), malformed),
        ("crit", sign(&with(head.clone(), "crit", json!(["jwk"])), &good), malformed),
        ("b64", sign(&with(head.clone(), "b64", json!(false)), &good), malformed),
        ("no key", sign(&without(head.clone(), "jwk"), &good), malformed),
        (
            "a key id instead",
            sign(&with(without(head.clone(), "jwk"), "kid", json!("b-es")), &good),
            malformed,
        ),
        ("a private key", sign(&jwk("d", json!("AAAA")), &good), malformed),
        (
            "a symmetric key",
            sign(&with(head.clone(), "jwk", json!({"kty": "oct", "k": "AAAA"})), &good),
            malformed,
        ),
        ("another curve", sign(&jwk("crv", json!("P-384")), &good), malformed),
        ("no point of the curve", sign(&jwk("x", json!(b64(&[1; 32]))), &good), malformed),
        ("a key for encryption", sign(&jwk("use", json!("enc")), &good), malformed),
        (
            "a list of keys",
            sign(&with(head.clone(), "jwk", json!([public_jwk(&key)])), &good),
            malformed,
        ),
        ("no jti", sign(&head, &without(good.clone(), "jti")), malformed),
        ("empty jti", sign(&head, &with(good.clone(), "jti", json!(""))), malformed),
        (
            "long jti",
            sign(&head, &with(good.clone(), "jti", json!("j".repeat(300)))),
            malformed,
        ),
        ("jti number", sign(&head, &with(good.clone(), "jti", json!(7))), malformed),
        ("no htm", sign(&head, &without(good.clone(), "htm")), malformed),
        ("no htu", sign(&head, &without(good.clone(), "htu")), malformed),
        ("no iat", sign(&head, &without(good.clone(), "iat")), malformed),
        (
            "iat text",
            sign(&head, &with(good.clone(), "iat", json!(NOW.to_string()))),
            malformed,
        ),
        (
            "iat fraction",
            sign(&head, &with(good.clone(), "iat", json!(1.8e9 + 0.5))),
            malformed,
        ),
        ("iat negative", sign(&head, &with(good.clone(), "iat", json!(-1))), malformed),
        ("ath number", sign(&head, &with(good.clone(), "ath", json!(7))), malformed),
        ("jti twice", twice("\"jti\":\"other\""), malformed),
        ("iat twice, escaped", twice("\"\\u0069at\":1"), malformed),
        ("claims no object", key.sign_text(&head.to_string(), "[]"), malformed),
        ("signed by another", other.sign(&head, &good), "dpop-proof-signature-invalid"),
        (
            "claims exchanged",
            format!(
                "{}.{}.{}",
                input.split('.').next().unwrap(),
                b64(with(good.clone(), "jti", json!("x")).to_string().as_bytes()),
                proof.rsplit('.').next().unwrap()
            ),
            "dpop-proof-signature-invalid",
        ),
        (
            "POST",
            sign(&head, &with(good.clone(), "htm", json!("POST"))),
            "dpop-proof-other-request",
        ),
        (
            "get",
            sign(&head, &with(good.clone(), "htm", json!("get"))),
            "dpop-proof-other-request",
        ),
        (
            "another path",
            sign(
                &head,
                &with(good.clone(), "htu", json!("https://gateway.example/ga4gh/drs/v1/objects/y")),
            ),
            "dpop-proof-other-request",
        ),
        (
            "another host",
            sign(
                &head,
                &with(
                    good.clone(),
                    "htu",
                    json!("https://gateway.example.evil.example/ga4gh/drs/v1/objects/x"),
                ),
            ),
            "dpop-proof-other-request",
        ),
        (
            "another scheme",
            sign(
                &head,
                &with(good.clone(), "htu", json!("http://gateway.example/ga4gh/drs/v1/objects/x")),
            ),
            "dpop-proof-other-request",
        ),
        (
            "another port",
            sign(
                &head,
                &with(good.clone(), "htu", json!("https://gateway.example:8443/ga4gh/drs/v1/objects/x")),
            ),
            "dpop-proof-other-request",
        ),
        (
            "a path alone",
            sign(&head, &with(good.clone(), "htu", json!("/ga4gh/drs/v1/objects/x"))),
            "dpop-proof-other-request",
        ),
        (
            "60 s old",
            sign(&head, &with(good.clone(), "iat", json!(NOW - 60))),
            "dpop-proof-not-recent",
        ),
        (
            "31 s ahead",
            sign(&head, &with(good.clone(), "iat", json!(NOW + 31))),
            "dpop-proof-not-recent",
        ),
        (
            "milliseconds",
            sign(&head, &with(good.clone(), "iat", json!(NOW * 1000))),
            "dpop-proof-not-recent",
        ),
        (
            "huge",
            sign(&head, &with(good.clone(), "iat", json!(i64::MAX))),
            "dpop-proof-not-recent",
        ),
        ("no ath", sign(&head, &without(good.clone(), "ath")), "dpop-proof-other-token"),
        (
            "ath of another",
            sign(&head, &with(good.clone(), "ath", json!(hash("other")))),
            "dpop-proof-other-token",
        ),
        (
            "ath padded",
            sign(&head, &with(good.clone(), "ath", json!(format!("{}=", hash(&token))))),
            "dpop-proof-other-token",
        ),
        ("another's key", other.sign(&header(&other), &good), "dpop-proof-other-key"),
        (
            "the issuer's key",
            world.broker_rs.sign(&header(&world.broker_rs), &good),
            "dpop-proof-other-key",
        ),
    ];
    for (what, proof, code) in &refused {
        let error = show(&authenticator, Scheme::Dpop, &token, Some(proof)).await.unwrap_err();
        assert_eq!(error.code(), *code, "{what}");
        assert_eq!(error.challenge(), (Scheme::Dpop, "invalid_dpop_proof"), "{what}");
    }
    assert_eq!(world.evil.total(), 0);
    // The refused proofs have the same `jti` as the good proof, but they did not use up the good proof.
    assert!(show(&authenticator, Scheme::Dpop, &token, Some(&proof)).await.is_ok());
    for (iat, jti) in [(NOW - 59, "a"), (NOW + 30, "b")] {
        let proof = sign(&head, &claims(&token, jti, iat));
        assert!(show(&authenticator, Scheme::Dpop, &token, Some(&proof)).await.is_ok(), "{jti}");
    }
}

#[tokio::test]
async fn a_token_with_an_unknown_binding_is_refused_and_an_unbound_token_is_not_a_dpop_token() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let key = SigningKey::es256("ec");
    for cnf in [
        json!({}),
        json!({"jwk": public_jwk(&key)}),
        json!({"kid": "k"}),
        json!([]),
        json!("x"),
        json!({"jkt": 7}),
    ] {
        let token = token(&world, &cnf);
        for scheme in [Scheme::Bearer, Scheme::Dpop] {
            let error = show(&authenticator, scheme, &token, None).await.unwrap_err();
            assert_eq!(error.code(), "token-confirmation-not-supported", "{cnf}");
        }
    }
    let unbound = token(&world, &json!(null));
    let proof = key.sign(&header(&key), &claims(&unbound, "one", NOW));
    let error = show(&authenticator, Scheme::Dpop, &unbound, Some(&proof)).await.unwrap_err();
    assert_eq!(
        (error.code(), error.challenge()),
        ("token-not-dpop-bound", (Scheme::Dpop, "invalid_token"))
    );
    // A client that sends a DPoP proof with every request may send one together with an unbound bearer token too.
    assert!(show(&authenticator, Scheme::Bearer, &unbound, Some(&proof)).await.is_ok());
    assert!(show(&authenticator, Scheme::Bearer, &unbound, Some("rubbish")).await.is_ok());
}

#[tokio::test]
async fn an_unbound_token_is_refused_if_the_issuer_entry_requires_a_binding() {
    let world = World::new().await;
    let key = SigningKey::es256("ec");
    let (unbound, bound) = (token(&world, &json!(null)), token(&world, &json!({"jkt": thumbprint(&key)})));
    let passport = world.passport(&[world.grant()]);
    for (binding, unbound_code, bound_is_good) in [
        (Binding::None, None, true),
        (Binding::Dpop, Some("token-binding-required"), true),
        (Binding::Mtls, Some("token-binding-required"), false),
        (Binding::Any, Some("token-binding-required"), true),
    ] {
        let mut config = world.config();
        config.issuers[0].binding = binding;
        let authenticator = world.authenticator_with(&config);
        for token in [&unbound, &passport] {
            let shown = show(&authenticator, Scheme::Bearer, token, None).await;
            assert_eq!(shown.err().map(|e| e.code()), unbound_code, "{binding:?}");
        }
        let proof = key.sign(&header(&key), &claims(&bound, "one", NOW));
        let shown = show(&authenticator, Scheme::Dpop, &bound, Some(&proof)).await;
        assert_eq!(shown.is_ok(), bound_is_good, "{binding:?}");
        // A request body cannot prove the holder of a passport, so it does not bypass the requirement.
        let shown = authenticator.authenticate(None, std::slice::from_ref(&passport)).await;
        let code = shown.err().map(|e| e.code());
        assert_eq!(code, unbound_code.map(|_| "bound-passport-in-body"), "{binding:?}");
    }
}

#[tokio::test]
async fn a_bound_passport_needs_its_proof_even_if_cached_and_is_refused_in_a_body() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let key = SigningKey::es256("ec");
    let mut passport_claims = world.passport_claims(&[world.grant()]);
    passport_claims["cnf"] = json!({"jkt": thumbprint(&key)});
    let passport = world.broker_es.sign(&world.passport_header(&world.broker_es), &passport_claims);
    for jti in ["one", "two", "three"] {
        let proof = key.sign(&header(&key), &claims(&passport, jti, NOW));
        let caller = show(&authenticator, Scheme::Dpop, &passport, Some(&proof)).await.unwrap();
        assert_eq!(caller.controlled.len(), 1);
        let error = show(&authenticator, Scheme::Bearer, &passport, None).await.unwrap_err();
        assert_eq!(error.code(), "dpop-token-as-bearer");
        let error = authenticator.authenticate(None, std::slice::from_ref(&passport)).await.unwrap_err();
        assert_eq!(error.code(), "bound-passport-in-body");
    }
}

#[tokio::test]
async fn a_bound_passport_scoped_token_is_exchanged_only_for_its_holder_and_never_sent_to_userinfo() {
    let world = World::new().await;
    let key = SigningKey::es256("ec");
    let token = scoped(&world, &json!({"jkt": thumbprint(&key)}), "openid ga4gh_passport_v1");
    let proof = key.sign(&header(&key), &claims(&token, "one", NOW));
    let error = show(&world.authenticator(), Scheme::Dpop, &token, Some(&proof)).await.unwrap_err();
    assert_eq!(
        (error.code(), world.good.count("/broker/userinfo")),
        ("bound-token-needs-exchange", 0)
    );

    let endpoint = TokenEndpoint::start().await;
    let passport = world.passport(&[world.grant()]);
    let issued = "urn:ga4gh:params:oauth:token-type:passport";
    endpoint.answer(200, json!({"access_token": passport, "issued_token_type": issued}));
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s3cret").unwrap();
    let mut config = world.config();
    config.issuers[0].exchange = Some(TokenExchange {
        client_id: "gateway".into(),
        client_secret_file: Some(secret),
        private_key_file: None,
        private_key_id: None,
        token_url: Some(endpoint.url.clone()),
        resource: Vec::new(),
        audience: Vec::new(),
        scope: None,
        pairwise_subjects: false,
        passport_issuer: None,
        max_age_s: 120,
    });
    let authenticator = world.authenticator_with(&config);
    assert!(show(&authenticator, Scheme::Bearer, &token, None).await.is_err());
    assert!(show(&authenticator, Scheme::Dpop, &token, None).await.is_err());
    assert_eq!(endpoint.count(), 0, "a stolen token is not even exchanged");
    let caller = show(&authenticator, Scheme::Dpop, &token, Some(&proof)).await.unwrap();
    assert_eq!((caller.controlled.len(), endpoint.count()), (1, 1));
}
