//! Tests of tokens that are bound to a client certificate (RFC 8705 § 3).

use aws_lc_rs::digest::{SHA256, digest};
use gemj_access::Caller;
use gemj_authenticate::{AuthError, Authenticator, Authorization, Binding, DpopProof, Presented, Scheme};
use serde_json::{Value, json};

use crate::proofs::{URL, claims, header, thumbprint};
use crate::signing::{SigningKey, b64};
use crate::world::{AUDIENCE, NOW, World};

/// A certificate for the tests. The gateway compares only the digest of a certificate and does not read its content.
const CERTIFICATE: &[u8] = b"\x30\x03\x02\x01\x01";
const OTHER: &[u8] = b"\x30\x03\x02\x01\x02";

fn token(world: &World, cnf: &Value) -> String {
    let mut claims = json!({"iss": world.broker(), "sub": "alice", "iat": NOW - 10, "exp": NOW + 900, "aud": AUDIENCE, "jti": "t-1",
        "client_id": "ehr-a", "scope": "system/Patient.read"});
    if !cnf.is_null() {
        claims["cnf"] = cnf.clone();
    }
    world
        .broker_rs
        .sign(&json!({"alg": "RS256", "kid": "b-rs", "typ": "at+jwt"}), &claims)
}

async fn show(authenticator: &Authenticator, token: &str, certificate: Option<&[u8]>) -> Result<Caller, AuthError> {
    let presented = Presented {
        client_certificate: certificate,
        ..Presented::bearer(Some(token), &[])
    };
    authenticator.verify(&presented).await
}

fn digest_of(certificate: &[u8]) -> String {
    b64(digest(&SHA256, certificate).as_ref())
}

#[tokio::test]
async fn a_bound_token_is_accepted_only_with_its_own_certificate() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let bound = token(&world, &json!({"x5t#S256": digest_of(CERTIFICATE)}));
    assert!(show(&authenticator, &bound, Some(CERTIFICATE)).await.is_ok());
    for (certificate, code) in [
        (None, "client-certificate-missing"),
        (Some(OTHER), "client-certificate-other"),
        (Some(&b""[..]), "client-certificate-other"),
    ] {
        assert_eq!(show(&authenticator, &bound, certificate).await.unwrap_err().code(), code);
    }
    assert_eq!(
        authenticator.authenticate(Some(&bound), &[]).await.unwrap_err().code(),
        "client-certificate-missing"
    );
    // A SHA-1 thumbprint is not a supported binding.
    let old = token(&world, &json!({"x5t": "AAAA"}));
    assert_eq!(
        show(&authenticator, &old, Some(CERTIFICATE)).await.unwrap_err().code(),
        "token-confirmation-not-supported"
    );
    let unbound = token(&world, &json!(null));
    assert!(
        show(&authenticator, &unbound, Some(OTHER)).await.is_ok(),
        "a client with a certificate may use a plain token"
    );
}

#[tokio::test]
async fn an_issuer_entry_can_require_a_certificate() {
    let world = World::new().await;
    let mut config = world.config();
    config.issuers[0].binding = Binding::Mtls;
    let authenticator = world.authenticator_with(&config);
    let unbound = token(&world, &json!(null));
    assert_eq!(
        show(&authenticator, &unbound, Some(CERTIFICATE)).await.unwrap_err().code(),
        "token-binding-required"
    );
    let bound = token(&world, &json!({"x5t#S256": digest_of(CERTIFICATE)}));
    assert!(show(&authenticator, &bound, Some(CERTIFICATE)).await.is_ok());
}

#[tokio::test]
async fn a_token_bound_to_a_key_and_a_certificate_requires_both() {
    let world = World::new().await;
    let authenticator = world.authenticator();
    let key = SigningKey::es256("ec");
    let bound = token(&world, &json!({"x5t#S256": digest_of(CERTIFICATE), "jkt": thumbprint(&key)}));
    let mut number = 0;
    for (certificate, proves, good) in [
        (Some(CERTIFICATE), true, true),
        (Some(CERTIFICATE), false, false),
        (Some(OTHER), true, false),
        (None, true, false),
    ] {
        number += 1;
        let proof = key.sign(&header(&key), &claims(&bound, &number.to_string(), NOW));
        let presented = Presented {
            authorization: Some(Authorization {
                scheme: Scheme::Dpop,
                token: &bound,
            }),
            proof: proves.then_some(DpopProof {
                proof: &proof,
                method: "GET",
                url: URL,
            }),
            client_certificate: certificate,
            ..Presented::default()
        };
        assert_eq!(authenticator.verify(&presented).await.is_ok(), good, "{number}");
    }
}
