//! The crate `authenticate` with a test clock and a real OpenID Provider: cases that would take minutes over HTTP, and proofs that bind tokens to
//! keys.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemj_authenticate::{Authenticator, Authorization, DpopProof, Presented, Scheme, TrustedIssuers};
use gemj_model::{Clock, SystemClock, Timestamp};
use gemj_tests::OidcProvider;
use gemj_tests::oidc_provider::ALICE;
use serde_json::json;

const GATEWAY: &str = "https://gateway.example";

/// A clock that shows a later time than the machine's clock, by a number of seconds that the test sets.
struct AheadClock(AtomicI64);

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        SystemClock::default().now().plus_seconds(self.0.load(Ordering::SeqCst))
    }
}

fn authenticator(provider: &OidcProvider, of_broker: &str) -> (Authenticator, Arc<AheadClock>) {
    let config: TrustedIssuers = toml::from_str(&provider.configuration("", of_broker)).unwrap();
    let clock = Arc::new(AheadClock(AtomicI64::new(0)));
    (Authenticator::new(&config, Arc::<AheadClock>::clone(&clock)).unwrap(), clock)
}

fn by_key(provider: &OidcProvider, folder: &Path) -> String {
    let (file, kid) = provider.key_file(folder);
    format!(
        "[issuer.exchange]\nclient_id = \"gateway-with-key\"\nprivate_key_file = \"{}\"\nprivate_key_id = \"{kid}\"\n",
        file.display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_provider_accepts_the_gateways_assertion_as_a_client_with_a_key() {
    let Some(provider) = OidcProvider::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (authenticator, clock) = authenticator(&provider, &by_key(&provider, folder.path()));
    let token = provider.token(ALICE, 600);
    for _ in 0..3 {
        let caller = authenticator.authenticate(Some(&token), &[]).await.unwrap();
        // The affiliation visa belongs to another identity that no link joins, so the crate ignores it.
        assert_eq!((caller.controlled.len(), caller.affiliations.len()), (1, 0));
    }
    assert_eq!(provider.asked("/token"), 2, "one request for the token, one for its passport");
    clock.0.store(300, Ordering::SeqCst);
    assert!(authenticator.authenticate(Some(&token), &[]).await.is_ok());
    assert_eq!(provider.asked("/token"), 3, "one more request after five minutes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_unknown_to_the_provider_gets_a_temporary_error() {
    let Some(provider) = OidcProvider::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = by_key(&provider, folder.path()).replace("gateway-with-key", "a-stranger");
    let (authenticator, _) = authenticator(&provider, &settings);
    let error = authenticator
        .authenticate(Some(&provider.token(ALICE, 600)), &[])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "token-exchange-unavailable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_key_is_refused_at_the_age_of_the_key_set_although_everything_is_cached() {
    for (removal, refused) in [("/remove-visa-key", None), ("/remove-passport-key", Some("key-unknown"))] {
        let Some(provider) = OidcProvider::start() else { return };
        let (authenticator, clock) = authenticator(&provider, "");
        let passports = [provider.passport(&provider.token(ALICE, 600))];
        assert_eq!(authenticator.authenticate(None, &passports).await.unwrap().controlled.len(), 1);
        provider.control(removal, &json!({}));
        clock.0.store(290, Ordering::SeqCst);
        assert_eq!(authenticator.authenticate(None, &passports).await.unwrap().controlled.len(), 1);
        clock.0.store(300, Ordering::SeqCst);
        let shown = authenticator.authenticate(None, &passports).await;
        match refused {
            Some(code) => assert_eq!(shown.unwrap_err().code(), code),
            None => {
                let caller = shown.unwrap();
                assert!(caller.controlled.is_empty());
                assert_eq!(caller.visas.iter().map(|visa| visa.code).collect::<Vec<_>>(), ["key-unknown"; 2]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_provider_bound_to_a_key_is_accepted_only_with_the_proofs_of_jose() {
    let Some(provider) = OidcProvider::start() else { return };
    let (authenticator, clock) = authenticator(&provider, &format!("audience = \"{GATEWAY}\"\nbinding = \"dpop\"\n"));
    let token = provider.bound_token(GATEWAY);
    let url = format!("{GATEWAY}/fhir/Patient?identifier=1");
    let show = async |scheme, proof: Option<&str>, method: &str, url: &str| {
        let presented = Presented {
            authorization: Some(Authorization { scheme, token: &token }),
            proof: proof.map(|proof| DpopProof { proof, method, url }),
            ..Presented::default()
        };
        let shown = authenticator.verify(&presented).await;
        shown.map(|caller| caller.identity.unwrap().subject).map_err(|error| error.code())
    };
    let proof = |method: &str| provider.proof(method, &format!("{GATEWAY}/fhir/Patient"), Some(&token));
    let first = proof("GET");
    assert_eq!(
        show(Scheme::Dpop, Some(&first), "GET", &url).await.as_deref(),
        Ok("hospital-system")
    );
    assert_eq!(show(Scheme::Dpop, Some(&first), "GET", &url).await, Err("dpop-proof-used"));
    assert_eq!(
        show(Scheme::Dpop, Some(&proof("POST")), "GET", &url).await,
        Err("dpop-proof-other-request")
    );
    let elsewhere = format!("{GATEWAY}/fhir/Task");
    assert_eq!(
        show(Scheme::Dpop, Some(&proof("GET")), "GET", &elsewhere).await,
        Err("dpop-proof-other-request")
    );
    assert_eq!(show(Scheme::Dpop, None, "GET", &url).await, Err("dpop-proof-missing"));
    assert_eq!(
        show(Scheme::Bearer, Some(&proof("GET")), "GET", &url).await,
        Err("dpop-token-as-bearer")
    );
    let tokenless = provider.proof("GET", &format!("{GATEWAY}/fhir/Patient"), None);
    assert_eq!(
        show(Scheme::Dpop, Some(&tokenless), "GET", &url).await,
        Err("dpop-proof-other-token")
    );
    let old = proof("GET");
    clock.0.store(61, Ordering::SeqCst);
    assert_eq!(show(Scheme::Dpop, Some(&old), "GET", &url).await, Err("dpop-proof-not-recent"));
    clock.0.store(0, Ordering::SeqCst);
    // If the issuer's tokens must be bound to a key, a token that is not bound is refused.
    let plain = provider.token(ALICE, 600);
    assert!(authenticator.authenticate(Some(&plain), &[]).await.is_err());
}
