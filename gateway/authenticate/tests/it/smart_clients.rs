//! Tests of SMART Backend Services: token requests that are accepted, and hostile requests that are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA384, RsaKeyPair, RsaPublicKeyComponents,
};
use gemj_access::{CapabilityKey, RoleKind};
use gemj_authenticate::{
    ASSERTION_TYPE, Authenticator, Authorization, Binding, BindingFault, ConfigFault, DpopProof, Presented, Scheme, SmartClient,
    SmartFault, TokenRequest, TrustedIssuers,
};
use gemj_model::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::issuer_server::{Answer, IssuerServer};
use crate::proofs;
use crate::signing::{SigningKey, b64};

const ENDPOINT: &str = "https://gateway.example/auth/token";
const NOW: i64 = 1_790_000_000;

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
    }
}

struct Hospital {
    ec: EcdsaKeyPair,
    rsa: RsaKeyPair,
    clock: Arc<TestClock>,
    _folder: tempfile::TempDir,
    authenticator: Authenticator,
}

impl Hospital {
    fn new() -> Self {
        Self::with_binding(Binding::None)
    }

    fn with_binding(binding: Binding) -> Self {
        let ec = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let point = ec.public_key().as_ref();
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(rsa.public_key());
        let keys = json!({"keys": [
            {"kty": "EC", "crv": "P-384", "kid": "ec", "x": b64(&point[1..49]), "y": b64(&point[49..97])},
            {"kty": "RSA", "kid": "rsa", "alg": "RS384", "n": b64(&public.n), "e": b64(&public.e)},
            {"kty": "RSA", "kid": "twice", "n": b64(&public.n), "e": b64(&public.e)},
            {"kty": "RSA", "kid": "twice", "n": b64(&public.n), "e": b64(&public.e)},
            {"kty": "RSA", "kid": "encryption", "use": "enc", "n": b64(&public.n), "e": b64(&public.e)},
        ]});
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jwks.json");
        std::fs::write(&file, keys.to_string()).unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(NOW)));
        let config = TrustedIssuers {
            clients: vec![SmartClient {
                client_id: "ehr-hospital-a".into(),
                jwks_file: Some(file),
                jwks_url: None,
                role: RoleKind::HospitalSystem,
                scope: Some("hospital-a".into()),
                scopes: vec!["system/Patient.rs".into(), "system/Consent.cruds".into()],
                binding,
                expires: "2030-01-01".into(),
            }],
            ..TrustedIssuers::default()
        };
        let authenticator = Authenticator::new(&config, Arc::<TestClock>::clone(&clock)).unwrap();
        Self {
            authenticator: authenticator.with_token_endpoint(CapabilityKey::new([7; 32]), ENDPOINT.to_owned()),
            ec,
            rsa,
            clock,
            _folder: folder,
        }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", b64(header.to_string().as_bytes()), b64(claims.to_string().as_bytes()));
        let random = SystemRandom::new();
        let signature = if header["kid"] == "ec" {
            self.ec.sign(&random, input.as_bytes()).unwrap().as_ref().to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA384, &random, input.as_bytes(), &mut signature).unwrap();
            signature
        };
        format!("{input}.{}", b64(&signature))
    }

    async fn ask(&self, assertion: String, scope: Option<&str>) -> Result<String, SmartFault> {
        let request = TokenRequest {
            grant_type: Some("client_credentials".into()),
            scope: scope.map(str::to_owned),
            client_assertion_type: Some(ASSERTION_TYPE.into()),
            client_assertion: Some(assertion),
        };
        let client = self.authenticator.verify_client(&request).await?;
        assert_eq!(client.assertion_digest().len(), 64);
        Ok(self.authenticator.issue_token(&client)?.access_token)
    }
}

fn header(kid: &str) -> Value {
    json!({"alg": if kid == "ec" { "ES384" } else { "RS384" }, "kid": kid, "typ": "JWT"})
}

fn claims() -> Value {
    json!({"iss": "ehr-hospital-a", "sub": "ehr-hospital-a", "aud": ENDPOINT, "exp": NOW + 240, "jti": "one"})
}

fn changed(mut object: Value, name: &str, value: Value) -> Value {
    if value.is_null() {
        object.as_object_mut().unwrap().remove(name);
    } else {
        object[name] = value;
    }
    object
}

#[tokio::test]
async fn a_signed_assertion_gives_a_token_with_the_role_and_the_requested_scopes() {
    let hospital = Hospital::new();
    for kid in ["ec", "rsa"] {
        let token = hospital
            .ask(hospital.sign(&header(kid), &claims()), Some("system/Patient.rs"))
            .await
            .unwrap();
        let caller = hospital.authenticator.authenticate(Some(&token), &[]).await.unwrap();
        assert_eq!(caller.role_scopes(&[RoleKind::HospitalSystem]), ["hospital-a"]);
        assert_eq!(caller.scopes.as_deref(), Some(&["system/Patient.rs".to_owned()][..]));
        assert_eq!(caller.not_after, Some(Timestamp::from_seconds(NOW + 300)));
        assert!(caller.controlled.is_empty() && caller.registered_until.is_none());
    }
    let all = hospital.ask(hospital.sign(&header("ec"), &claims()), None).await.unwrap();
    let caller = hospital.authenticator.authenticate(Some(&all), &[]).await.unwrap();
    assert_eq!(caller.scopes.map(|s| s.len()), Some(2));
}

#[tokio::test]
async fn a_token_ends_after_five_minutes_and_an_altered_token_is_refused() {
    let hospital = Hospital::new();
    let token = hospital.ask(hospital.sign(&header("ec"), &claims()), None).await.unwrap();
    for at in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(bytes).unwrap();
        assert!(hospital.authenticator.authenticate(Some(&altered), &[]).await.is_err(), "at {at}");
    }
    hospital.clock.0.store(NOW + 300, Ordering::SeqCst);
    assert!(hospital.authenticator.authenticate(Some(&token), &[]).await.is_err());
}

#[tokio::test]
async fn every_hostile_assertion_gets_the_same_refusal() {
    let hospital = Hospital::new();
    let good = claims();
    let other_claims = [
        ("iss", json!("ehr-hospital-b")),
        ("sub", json!("ehr-hospital-b")),
        ("iss", Value::Null),
        ("aud", json!("https://gateway.example/auth/token/")),
        ("aud", json!(["https://elsewhere.example"])),
        ("aud", Value::Null),
        ("exp", json!(NOW)),
        ("exp", json!(NOW + 3600)),
        ("exp", json!("soon")),
        ("exp", Value::Null),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("iat", json!(NOW + 600)),
        ("nbf", json!(NOW + 600)),
    ];
    for (name, value) in other_claims {
        let assertion = hospital.sign(&header("ec"), &changed(good.clone(), name, value.clone()));
        assert_eq!(
            hospital.ask(assertion, None).await.unwrap_err(),
            SmartFault::Client,
            "{name}: {value}"
        );
    }
    let other_headers = [
        json!({"alg": "none", "kid": "ec"}),
        json!({"alg": "HS384", "kid": "ec"}),
        json!({"alg": "RS384", "kid": "ec"}),
        json!({"alg": "ES384", "kid": "rsa"}),
        json!({"alg": "RS256", "kid": "rsa"}),
        json!({"alg": "ES384"}),
        json!({"alg": "ES384", "kid": "unknown"}),
        json!({"alg": "RS384", "kid": "twice"}),
        json!({"alg": "RS384", "kid": "encryption"}),
        json!({"alg": "ES384", "kid": "ec", "crit": ["b64"]}),
        json!({"alg": "ES384", "kid": "ec", "typ": "at+jwt"}),
    ];
    for other in other_headers {
        let assertion = hospital.sign(&other, &good);
        assert_eq!(hospital.ask(assertion, None).await.unwrap_err(), SmartFault::Client, "{other}");
    }
    let stranger = Hospital::new();
    let foreign = stranger.sign(&header("ec"), &good);
    assert_eq!(hospital.ask(foreign, None).await.unwrap_err(), SmartFault::Client);
    for text in ["", "a.b", "a.b.c", "e30.e30.AAAA"] {
        assert_eq!(hospital.ask(text.into(), None).await.unwrap_err(), SmartFault::Client, "{text}");
    }
}

#[tokio::test]
async fn a_granted_scope_that_is_narrower_than_the_configured_scope_stays_in_the_token() {
    let hospital = Hospital::new();
    for narrower in ["system/Patient.r", "system/Patient.read", "system/Consent.cr"] {
        let token = hospital.ask(hospital.sign(&header("ec"), &claims()), Some(narrower)).await.unwrap();
        let caller = hospital.authenticator.authenticate(Some(&token), &[]).await.unwrap();
        assert_eq!(caller.scopes, Some(vec![narrower.to_owned()]), "{narrower}");
    }
}

#[tokio::test]
async fn a_client_gets_no_scope_that_its_configuration_does_not_allow() {
    let hospital = Hospital::new();
    for scope in [
        "system/Observation.rs",
        "system/*.read",
        "system/Patient.rs system/Task.rs",
        "openid",
    ] {
        let assertion = hospital.sign(&header("ec"), &claims());
        assert_eq!(
            hospital.ask(assertion, Some(scope)).await.unwrap_err(),
            SmartFault::Scope,
            "{scope}"
        );
    }
}

#[tokio::test]
async fn a_client_token_is_refused_with_passports_and_at_another_installation() {
    let hospital = Hospital::new();
    let token = hospital.ask(hospital.sign(&header("ec"), &claims()), None).await.unwrap();
    assert!(hospital.authenticator.authenticate(Some(&token), &["x".to_owned()]).await.is_err());
    let other = Hospital::new();
    let moved = other
        .authenticator
        .with_token_endpoint(CapabilityKey::new([8; 32]), ENDPOINT.to_owned());
    assert!(moved.authenticate(Some(&token), &[]).await.is_err());
}

/// A DPoP proof for the token endpoint. The proof has no `ath`, because no token exists yet.
fn token_proof(key: &SigningKey, jti: &str) -> String {
    let claims = json!({"jti": jti, "htm": "POST", "htu": ENDPOINT, "iat": NOW});
    key.sign(&proofs::header(key), &claims)
}

impl Hospital {
    async fn ask_bound(
        &self,
        proof: Option<&str>,
        certificate: Option<&[u8]>,
    ) -> Result<gemj_authenticate::IssuedToken, Result<BindingFault, SmartFault>> {
        let request = TokenRequest {
            grant_type: Some("client_credentials".into()),
            scope: None,
            client_assertion_type: Some(ASSERTION_TYPE.into()),
            client_assertion: Some(self.sign(&header("ec"), &claims())),
        };
        let client = self.authenticator.verify_client(&request).await.map_err(Err)?;
        let client = self.authenticator.bind_client(client, proof, certificate).map_err(Ok)?;
        self.authenticator.issue_token(&client).map_err(Err)
    }

    async fn show(&self, scheme: Scheme, token: &str, proof: Option<&str>, certificate: Option<&[u8]>) -> Result<(), &'static str> {
        let presented = Presented {
            authorization: Some(Authorization { scheme, token }),
            proof: proof.map(|proof| DpopProof {
                proof,
                method: "GET",
                url: proofs::URL,
            }),
            client_certificate: certificate,
            ..Presented::default()
        };
        self.authenticator.verify(&presented).await.map(drop).map_err(|error| error.code())
    }
}

#[tokio::test]
async fn a_token_that_is_requested_with_a_proof_is_bound_to_its_key() {
    let hospital = Hospital::new();
    let (key, other) = (SigningKey::es256("k"), SigningKey::es256("o"));
    let plain = hospital.ask_bound(None, Some(b"certificate")).await.ok().unwrap();
    assert_eq!(
        (
            plain.token_type,
            hospital.show(Scheme::Bearer, &plain.access_token, None, None).await
        ),
        ("bearer", Ok(()))
    );
    let issued = hospital.ask_bound(Some(&token_proof(&key, "1")), None).await.ok().unwrap();
    assert_eq!(issued.token_type, "DPoP");
    let token = issued.access_token;
    let proof = |key: &SigningKey, jti| key.sign(&proofs::header(key), &proofs::claims(&token, jti, NOW));
    assert_eq!(hospital.show(Scheme::Dpop, &token, Some(&proof(&key, "2")), None).await, Ok(()));
    assert_eq!(
        hospital.show(Scheme::Dpop, &token, Some(&proof(&key, "2")), None).await,
        Err("dpop-proof-used")
    );
    assert_eq!(
        hospital.show(Scheme::Dpop, &token, Some(&proof(&other, "3")), None).await,
        Err("dpop-proof-other-key")
    );
    assert_eq!(hospital.show(Scheme::Dpop, &token, None, None).await, Err("dpop-proof-missing"));
    assert_eq!(hospital.show(Scheme::Bearer, &token, None, None).await, Err("dpop-token-as-bearer"));

    let again = hospital.ask_bound(Some(&token_proof(&key, "1")), None).await.err();
    assert_eq!(again, Some(Ok(BindingFault::ProofUsed)));
    let elsewhere = key.sign(
        &proofs::header(&key),
        &json!({"jti": "9", "htm": "POST", "htu": "https://gateway.example/", "iat": NOW}),
    );
    let refused = hospital.ask_bound(Some(&elsewhere), None).await.err();
    assert_eq!(refused, Some(Ok(BindingFault::ProofOtherRequest)));
    assert_eq!(BindingFault::ProofOtherRequest.token_error(), "invalid_dpop_proof");
}

#[tokio::test]
async fn a_client_whose_tokens_must_be_bound_gets_no_unbound_token() {
    let key = SigningKey::es256("k");
    let certificate = Some(&b"certificate"[..]);
    for (binding, bare, with_proof, with_certificate) in [
        (Binding::Dpop, BindingFault::ProofMissing, true, false),
        (Binding::Mtls, BindingFault::CertificateMissing, false, true),
        (Binding::Any, BindingFault::ProofMissing, true, true),
    ] {
        let hospital = Hospital::with_binding(binding);
        assert_eq!(hospital.ask_bound(None, None).await.err(), Some(Ok(bare)), "{binding:?}");
        // If the client's tokens must be bound and the calling code does not call `bind_client`, no token is issued.
        assert_eq!(
            hospital.ask(hospital.sign(&header("ec"), &claims()), None).await,
            Err(SmartFault::Client)
        );
        assert_eq!(
            hospital.ask_bound(Some(&token_proof(&key, "1")), None).await.is_ok(),
            with_proof,
            "{binding:?}"
        );
        let issued = hospital.ask_bound(None, certificate).await;
        assert_eq!(issued.is_ok(), with_certificate, "{binding:?}");
        if let Ok(issued) = issued {
            let token = issued.access_token;
            assert_eq!(issued.token_type, "bearer");
            assert_eq!(hospital.show(Scheme::Bearer, &token, None, certificate).await, Ok(()));
            assert_eq!(
                hospital.show(Scheme::Bearer, &token, None, None).await,
                Err("client-certificate-missing")
            );
            assert_eq!(
                hospital.show(Scheme::Bearer, &token, None, Some(b"other")).await,
                Err("client-certificate-other")
            );
        }
    }
}

#[tokio::test]
async fn a_client_that_is_removed_after_its_assertion_was_verified_gets_no_token() {
    let hospital = Hospital::new();
    let key = SigningKey::es256("k");
    let request = TokenRequest {
        grant_type: Some("client_credentials".into()),
        scope: None,
        client_assertion_type: Some(ASSERTION_TYPE.into()),
        client_assertion: Some(hospital.sign(&header("ec"), &claims())),
    };
    let client = hospital.authenticator.verify_client(&request).await.unwrap();
    let client = hospital
        .authenticator
        .bind_client(client, Some(&token_proof(&key, "1")), None)
        .unwrap();
    assert!(hospital.authenticator.replace(&TrustedIssuers::default()).unwrap());
    assert_eq!(hospital.authenticator.issue_token(&client).err(), Some(SmartFault::Client));
}

#[test]
fn a_client_is_refused_unless_it_has_a_scope_exactly_where_its_role_has_one() {
    for (role, scope, accepted) in [
        (RoleKind::HospitalSystem, Some("hospital-a"), true),
        (RoleKind::HospitalSystem, None, false),
        (RoleKind::HospitalSystem, Some(""), false),
        (RoleKind::Biobank, None, false),
        (RoleKind::Steward, None, true),
        (RoleKind::Steward, Some("hospital-a"), false),
    ] {
        let config = TrustedIssuers {
            clients: vec![SmartClient {
                client_id: "client".into(),
                jwks_file: None,
                jwks_url: Some("https://client.example/jwks".into()),
                role,
                scope: scope.map(str::to_owned),
                scopes: Vec::new(),
                binding: Binding::None,
                expires: "2030-01-01".into(),
            }],
            ..TrustedIssuers::default()
        };
        let fault = Authenticator::new(&config, Arc::new(TestClock(AtomicI64::new(NOW)))).err();
        let expected = (!accepted).then_some(ConfigFault::Client { client: 1 });
        assert_eq!(fault, expected, "{role:?} {scope:?}");
    }
}

#[tokio::test]
async fn a_failed_fetch_of_keys_is_repeated_only_once_per_interval() {
    let mut hospital = Hospital::new();
    let server = IssuerServer::start().await;
    server.set("/jwks", Answer::Status(500));
    let config = TrustedIssuers {
        clients: vec![SmartClient {
            client_id: "ehr-hospital-a".into(),
            jwks_file: None,
            jwks_url: Some(server.url("/jwks")),
            role: RoleKind::HospitalSystem,
            scope: Some("hospital-a".into()),
            scopes: vec!["system/Patient.rs".into()],
            binding: Binding::None,
            expires: "2030-01-01".into(),
        }],
        ..TrustedIssuers::default()
    };
    let authenticator = Authenticator::new(&config, Arc::<TestClock>::clone(&hospital.clock)).unwrap();
    hospital.authenticator = authenticator.with_token_endpoint(CapabilityKey::new([7; 32]), ENDPOINT.to_owned());
    for round in 1..=3 {
        for _ in 0..20 {
            let refused = hospital.ask(hospital.sign(&header("ec"), &claims()), None).await;
            assert_eq!(refused, Err(SmartFault::KeysUnavailable));
        }
        assert_eq!(server.count("/jwks"), round);
        hospital.clock.0.fetch_add(10, Ordering::SeqCst);
    }
    let point = hospital.ec.public_key().as_ref();
    server.set_json(
        "/jwks",
        &json!({"keys": [{"kty": "EC", "crv": "P-384", "kid": "ec", "x": b64(&point[1..49]), "y": b64(&point[49..97])}]}),
    );
    let good = changed(claims(), "jti", json!("two"));
    assert!(
        hospital.ask(hospital.sign(&header("ec"), &good), None).await.is_ok(),
        "and it recovers"
    );
}
