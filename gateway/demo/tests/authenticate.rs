//! Checks the broker's tokens with the gateway's own authentication and the configuration that the demo writes.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use gemj_authenticate::{Authenticator, TrustedIssuers};
use gemj_demo::{Broker, Layout, Persona, configuration};
use gemj_model::{Clock, SystemClock};

const BASE: &str = "http://127.0.0.1:8081";

/// An authenticator with the configuration that the demo writes, without a running broker.
fn authenticator(folder: &std::path::Path, audience: Option<&str>) -> Authenticator {
    let text = configuration(&Layout {
        listen: "127.0.0.1:8080".parse().unwrap(),
        public_url: "http://127.0.0.1:8080".to_owned(),
        broker_url: BASE.to_owned(),
        audience: audience.map(str::to_owned),
        fhir_schema: None,
        cwltool: None,
        bwrap: None,
    });
    let parsed: toml::Table = text.parse().unwrap();
    let mut trust: TrustedIssuers = parsed["authentication"].clone().try_into().unwrap();
    for issuer in &mut trust.issuers {
        issuer.jwks_file = issuer.jwks_file.take().map(|file| folder.join(file));
    }
    Authenticator::new(&trust, Arc::new(SystemClock::default())).unwrap()
}

#[tokio::test]
async fn every_persona_has_its_identity_visas_and_roles() {
    let folder = tempfile::tempdir().unwrap();
    for audience in [None, Some("https://gateway.example")] {
        let mut broker = Broker::create_or_open(folder.path(), BASE).unwrap();
        if let Some(audience) = audience {
            broker = broker.with_audience(audience);
        }
        let authenticator = authenticator(folder.path(), audience);
        for persona in Persona::ALL {
            let now = SystemClock::default().now();
            let token = broker.mint(persona, now, 600).unwrap();
            let caller = authenticator.authenticate(Some(&token), &[]).await;
            if persona == Persona::Expired {
                assert!(caller.is_err());
                continue;
            }
            let caller = caller.unwrap();
            let name = persona.as_str();
            assert!(caller.visas.iter().all(|v| v.code == "used"), "{name}: {:?}", caller.visas);
            let values: Vec<_> = caller.controlled.iter().map(|c| c.value.clone()).collect();
            assert_eq!(
                values,
                gemj_demo::personas::controlled_grant(persona).into_iter().collect::<Vec<_>>(),
                "{name}"
            );
            assert_eq!(caller.registered_until.is_some(), persona.is_registered(), "{name}");
            // Staff have only visas of the visa issuer, which are not linked to the identity of the passport. Their roles depend only on
            // the passport.
            let affiliations = if persona.is_registered() {
                vec![persona.organisation()]
            } else {
                vec![]
            };
            assert_eq!(caller.affiliations, affiliations, "{name}");
            let roles: Vec<_> = caller.roles.iter().map(|r| (r.kind, r.scope.clone())).collect();
            let expected: Vec<_> = persona.role().map(|r| (r.kind, r.scope.map(str::to_owned))).into_iter().collect();
            assert_eq!(roles, expected, "{name}");
            // A token that is accepted in the header is also accepted as a passport in a request body.
            assert!(authenticator.authenticate(None, &[token]).await.is_ok(), "{name}");
        }
    }
}

#[tokio::test]
async fn passports_of_another_demo_are_rejected() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Broker::create_or_open(folder.path(), BASE).unwrap();
    let stranger = Broker::create_or_open(other.path(), BASE).unwrap();
    let token = stranger.mint(Persona::Steward, SystemClock::default().now(), 600).unwrap();
    assert!(authenticator(folder.path(), None).authenticate(Some(&token), &[]).await.is_err());
}
