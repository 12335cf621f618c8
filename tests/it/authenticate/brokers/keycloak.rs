//! `docs/brokers/keycloak.md`.

use gemj_tests::OidcProvider;
use serde_json::{Value, json};

use super::{Page, Tried, discovery, grant, now, visa, visa_issuer_of};

#[test]
fn the_configuration_of_the_page_works_with_client_ids_in_aud_and_a_nonce_and_refuses_id_tokens() {
    let page = Page::read("keycloak");
    let Some(provider) = OidcProvider::start() else { return };
    let host = provider.visa_issuer.clone();
    let realm = format!("{host}/realms/programme");
    let connect = "/realms/programme/protocol/openid-connect";
    provider.document(
        "/realms/programme/.well-known/openid-configuration",
        &discovery(&realm, &format!("{host}{connect}/certs"), &format!("{host}{connect}/userinfo")),
        None,
    );
    // The form of Keycloak's key set: keys for signatures and for encryption, with certificates.
    let mut signs = provider.public_key("token");
    signs["x5c"] = json!(["MIIB"]);
    let mut encrypts = provider.public_key("passport");
    encrypts["use"] = json!("enc");
    encrypts["alg"] = json!("ECDH-ES");
    provider.document(&format!("{connect}/certs"), &json!({"keys": [encrypts, signs]}), None);
    let configuration = page.block(0, &[("https://keycloak.example", &host)]) + &visa_issuer_of(&provider);
    let strict = Tried::start(
        Page::read("keycloak"),
        OidcProvider::start().unwrap(),
        "gateway",
        &configuration
            .lines()
            .filter(|line| !line.starts_with("accept_nonce"))
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let tried = Tried::start(page, provider, "gateway", &configuration);
    let provider = &tried.provider;
    let token = |key: &str, change: &[(&str, Value)]| {
        let mut claims = json!({"iss": realm, "sub": "f:1:alice", "iat": now(), "exp": now() + 300, "jti": "j", "aud": ["account", "gemj-gateway"],
            "typ": "Bearer", "azp": "portal", "scope": "openid ga4gh_passport_v1 email", "session_state": "s", "acr": "1"});
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        provider.sign(key, &json!({"typ": "JWT"}), &claims)
    };
    let serve = |token: &str| {
        let visas = [visa(provider, &format!("{host}/jwks"), &grant(&host, "alice@visas", 3600))];
        provider.document(
            &format!("{connect}/userinfo"),
            &json!({"sub": "f:1:alice", "ga4gh_passport_v1": visas}),
            Some(token),
        );
    };
    for change in [&[][..], &[("nonce", json!("n"))], &[("aud", json!("gemj-portal"))]] {
        let token = token("token", change);
        serve(&token);
        tried.opens(&token);
    }
    tried.refuses(&token("token", &[("aud", json!(["account", "other"]))]), "audience-not-ours");
    tried.refuses(
        &token("token", &[("nonce", json!("n")), ("typ", json!("ID"))]),
        "id-token-not-accepted",
    );
    tried.refuses(
        &token("token", &[("at_hash", json!("h")), ("typ", json!("ID"))]),
        "id-token-not-accepted",
    );
    tried.refuses(&token("passport", &[]), "key-unknown");
    strict.refuses(&token("token", &[("nonce", json!("n"))]), "id-token-not-accepted");
}
