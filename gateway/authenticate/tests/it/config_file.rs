//! Tests of faults in the configuration, which are refused at the start.

use std::sync::Arc;

use gemj_authenticate::{Authenticator, ConfigFault, TrustedIssuers};
use gemj_model::SystemClock;

use crate::world::World;

#[tokio::test]
async fn an_unknown_key_or_value_is_refused_with_its_line() {
    let world = World::new().await;
    let text = world.config_text();
    for (from, to) in [
        ("audience =", "audienc ="),
        ("\"visa-issuer\"", "\"visa\""),
        ("by = [\"dac\"]", "by = [\"DAC\"]"),
        ("values =", "value_prefix ="),
        ("[\"ES256\"]", "[\"PS256\"]"),
    ] {
        let error = toml::from_str::<TrustedIssuers>(&text.replacen(from, to, 1)).unwrap_err();
        assert!(error.to_string().contains("line "), "{error}");
    }
}

#[tokio::test]
async fn a_contradictory_configuration_is_refused() {
    let world = World::new().await;
    let check = |change: &dyn Fn(&mut TrustedIssuers)| {
        let mut config = world.config();
        change(&mut config);
        Authenticator::new(&config, Arc::new(SystemClock::default())).err()
    };
    assert_eq!(check(&|_| {}), None);
    assert_eq!(check(&|c| c.clock_leeway_s = 31), Some(ConfigFault::Leeway));
    assert_eq!(check(&|c| c.dpop_max_age_s = 0), Some(ConfigFault::ProofAge));
    assert_eq!(check(&|c| c.dpop_max_age_s = 301), Some(ConfigFault::ProofAge));
    assert_eq!(check(&|c| c.keys.max_stale_s = 10), Some(ConfigFault::KeyTimes));
    assert_eq!(
        check(&|c| c.issuers[1].issuer = c.issuers[0].issuer.clone()),
        Some(ConfigFault::IssuerName { issuer: 2 })
    );
    assert_eq!(
        check(&|c| c.issuers[0].kinds.clear()),
        Some(ConfigFault::NothingAllowed { issuer: 1 })
    );
    assert_eq!(
        check(&|c| c.issuers[0].issuer = "http://a.example".to_owned()),
        Some(ConfigFault::Url { issuer: 1, key: "issuer" })
    );
    assert_eq!(
        check(&|c| c.issuers[1].jku = vec!["http://a.example/jwks".to_owned()]),
        Some(ConfigFault::Url { issuer: 2, key: "jku" })
    );
    assert_eq!(check(&|c| c.issuers[1].jku.clear()), Some(ConfigFault::VisaKeys { issuer: 2 }));
    assert_eq!(
        check(&|c| c.issuers[0].jku = vec!["https://a.example".to_owned()]),
        Some(ConfigFault::NotAVisaIssuer { issuer: 1 })
    );
    assert_eq!(
        check(&|c| c.issuers[2].bearer = vec![gemj_authenticate::BearerKind::AccessToken]),
        Some(ConfigFault::Bearer { issuer: 3 })
    );
    assert_eq!(
        check(&|c| c.issuers[1].jwks_file = Some("/nowhere/jwks.json".into())),
        Some(ConfigFault::KeyFile { issuer: 2 })
    );
    assert_eq!(check(&|c| c.ca_file = Some("/nowhere/ca.pem".into())), Some(ConfigFault::CaFile));
    let visa = Some(ConfigFault::Visa { issuer: 2, visa: 1 });
    assert_eq!(check(&|c| c.issuers[1].visas[0].sources.clear()), visa);
    assert_eq!(check(&|c| c.issuers[1].visas[0].by.clear()), visa);
    assert_eq!(check(&|c| c.issuers[1].visas[0].values.clear()), visa);
    assert_eq!(check(&|c| c.issuers[1].visas[0].any_value = true), visa);
    assert_eq!(check(&|c| c.issuers[1].visas[0].visa_type = "LinkedIdentities".to_owned()), visa);
    for change in [
        &(|c: &mut TrustedIssuers| c.roles[0].subject = None) as &dyn Fn(&mut TrustedIssuers),
        &|c| c.roles[0].client_id = Some("x".to_owned()),
        &|c| c.roles[0].scope = Some("x".to_owned()),
        &|c| c.roles[0].expires = "never".to_owned(),
        &|c| c.roles[0].issuer = "https://unknown.example".to_owned(),
    ] {
        assert_eq!(check(change), Some(ConfigFault::Role { role: 1 }));
    }
    assert_eq!(check(&|c| c.roles[1].scope = None), Some(ConfigFault::Role { role: 2 }));
}

#[test]
fn no_issuer_is_trusted_by_default() {
    let config: TrustedIssuers = toml::from_str("").unwrap();
    assert_eq!(config, TrustedIssuers::default());
    assert!(config.issuers.is_empty() && config.clock_leeway_s == 30);
}

#[tokio::test]
async fn a_written_configuration_is_read_back_unchanged() {
    let config = World::new().await.config();
    assert_eq!(
        toml::from_str::<TrustedIssuers>(&toml::to_string(&config).unwrap()).unwrap(),
        config
    );
}

#[tokio::test]
async fn exchange_binding_and_denied_issuers_are_written_as_documented_and_paths_resolved() {
    let world = World::new().await;
    let text = world.config_text().replacen(
        "max_lifetime_s = 3600\n",
        "max_lifetime_s = 3600\nbinding = \"any\"\n\n[issuer.exchange]\nclient_id = \"gateway\"\nclient_secret_file = \"secrets/broker\"\n",
        1,
    );
    let mut config: TrustedIssuers = toml::from_str(&format!("{text}\n[deny]\nissuers = [\"https://old.example\"]\n")).unwrap();
    config.resolve_paths(std::path::Path::new("/etc/gateway"));
    assert_eq!(config.issuers[0].binding, gemj_authenticate::Binding::Any);
    assert_eq!(config.deny.issuers, ["https://old.example"]);
    let exchange = config.issuers[0].exchange.as_ref().unwrap();
    assert_eq!(
        (exchange.client_secret_file.as_deref(), exchange.max_age_s),
        (Some("/etc/gateway/secrets/broker".as_ref()), 300)
    );
    assert_eq!(
        toml::from_str::<TrustedIssuers>(&toml::to_string(&config).unwrap()).unwrap(),
        config
    );
    for (from, to) in [
        ("client_secret_file", "client_secret"),
        ("binding = \"any\"", "binding = \"required\""),
    ] {
        assert!(toml::from_str::<TrustedIssuers>(&text.replacen(from, to, 1)).is_err(), "{to}");
    }
}
