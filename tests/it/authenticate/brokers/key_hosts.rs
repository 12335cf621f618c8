//! `docs/brokers/README.md`: the errors about keys that cannot be fetched.

use gemj_tests::OidcProvider;
use serde_json::json;

use super::{Page, Tried, discovery, now};

/// A broker whose discovery document places the key set on another host. Both hosts are loopback addresses, because the gateway accepts `http` only there.
fn tried(endpoint_hosts: &str) -> Option<Tried> {
    let provider = OidcProvider::start()?;
    let host = provider.visa_issuer.clone();
    let elsewhere = host.replace("127.0.0.1", "localhost");
    assert_ne!(elsewhere, host);
    let documents = discovery(&host, &format!("{elsewhere}/certs"), &format!("{host}/userinfo"));
    provider.document("/.well-known/openid-configuration", &documents, None);
    provider.document("/certs", &json!({"keys": [provider.public_key("token")]}), None);
    provider.document("/userinfo", &json!({"sub": "alice", "ga4gh_passport_v1": []}), None);
    let configuration = format!(
        "\n[[authentication.issuer]]\nissuer = \"{host}\"\nkinds = [\"broker\", \"access-token\"]\nbearer = [\"access-token\"]\n\
         endpoint_hosts = [{endpoint_hosts}]\n"
    );
    Some(Tried::start(Page::read("README"), provider, "gateway", &configuration))
}

fn token(tried: &Tried) -> String {
    let claims =
        json!({"iss": tried.provider.visa_issuer, "sub": "alice", "iat": now(), "exp": now() + 300, "scope": "openid ga4gh_passport_v1"});
    tried.provider.sign("token", &json!({"typ": "at+jwt"}), &claims)
}

#[test]
fn keys_on_a_host_that_is_not_listed_give_an_error_with_the_host_and_the_setting() {
    let Some(tried) = tried("") else { return };
    let body = tried.refuses(&token(&tried), "keys-unavailable");
    let text = body["msg"].as_str().unwrap();
    assert!(text.contains("`localhost`") && text.contains("`endpoint_hosts`"), "{text}");
    assert_eq!(
        (body["issuer"].as_str(), body["key_id"].as_str()),
        (Some(tried.provider.visa_issuer.as_str()), Some("token-1"))
    );
}

#[test]
fn keys_on_a_listed_host_are_fetched() {
    let Some(tried) = tried("\"localhost\"") else { return };
    assert!(
        [403, 404].contains(&tried.get(&token(&tried)).status),
        "authenticated, without visas"
    );
}
