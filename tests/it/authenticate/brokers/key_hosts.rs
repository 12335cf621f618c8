//! `docs/brokers/README.md`: the errors about keys and endpoints of a broker that cannot be used.

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

/// A broker with this discovery document, and with further settings in its entry. Its keys are at `/certs`.
fn with_discovery(change: impl FnOnce(&str, &mut serde_json::Value), settings: &str) -> Option<Tried> {
    let provider = OidcProvider::start()?;
    let host = provider.visa_issuer.clone();
    let mut documents = discovery(&host, &format!("{host}/certs"), &format!("{host}/userinfo"));
    change(&host.replace("127.0.0.1", "localhost"), &mut documents);
    provider.document("/.well-known/openid-configuration", &documents, None);
    provider.document("/certs", &json!({"keys": [provider.public_key("token")]}), None);
    let configuration = format!(
        "\n[[authentication.issuer]]\nissuer = \"{host}\"\nkinds = [\"broker\", \"access-token\"]\nbearer = [\"access-token\"]\n{}\n",
        settings.replace("HOST", &host)
    );
    Some(Tried::start(Page::read("README"), provider, "gateway", &configuration))
}

/// Asserts that the token is refused with this code, and that the text contains these parts and not the issuer's own host as the cause.
fn names(tried: &Tried, token: &str, code: &str, parts: &[&str]) {
    let body = tried.refuses(token, code);
    let text = body["msg"].as_str().unwrap();
    for part in parts {
        assert!(text.contains(part), "{code}: '{part}' is not in: {text}");
    }
    assert!(!text.contains("127.0.0.1"), "{code}: {text}");
}

#[test]
fn a_forbidden_url_in_a_discovery_document_is_named_with_its_own_host() {
    for forbidden in [
        "http://169.254.169.254/latest",
        "ftp://169.254.169.254/keys",
        "https://user:pw@169.254.169.254/keys",
    ] {
        let Some(tried) = with_discovery(|_, document| document["jwks_uri"] = json!(forbidden), "") else {
            return;
        };
        let parts = ["`169.254.169.254`", "does not fetch", "`jwks_url`"];
        names(&tried, &token(&tried), "keys-unavailable", &parts);
        let text = tried.refuses(&token(&tried), "keys-unavailable").to_string();
        assert!(
            !text.contains("latest") && !text.contains("pw"),
            "the text names the host only: {text}"
        );
    }
}

#[test]
fn a_userinfo_endpoint_that_cannot_be_used_is_named_with_its_host_and_the_setting() {
    let own_keys = "jwks_url = \"HOST/certs\"";
    let elsewhere = |host: &str, document: &mut serde_json::Value| document["userinfo_endpoint"] = json!(format!("{host}/me"));
    let Some(tried) = with_discovery(elsewhere, own_keys) else { return };
    names(&tried, &token(&tried), "userinfo-unavailable", &["`localhost`", "`endpoint_hosts`"]);
    let silent = format!("{own_keys}\nuserinfo_url = \"http://localhost:9/me\"");
    let Some(tried) = with_discovery(|_, _| {}, &silent) else { return };
    names(
        &tried,
        &token(&tried),
        "userinfo-unavailable",
        &["`localhost`", "UserInfo", "did not answer"],
    );
}

#[test]
fn an_introspection_endpoint_that_cannot_be_used_is_named_with_its_host_and_the_setting() {
    let opaque =
        "audiences = [\"gateway\"]\nopaque = { by = \"introspection\", client_id = \"gateway\", client_secret_file = \"secrets/broker\" }";
    let elsewhere = |host: &str, document: &mut serde_json::Value| document["introspection_endpoint"] = json!(format!("{host}/introspect"));
    let Some(tried) = with_discovery(elsewhere, opaque) else { return };
    names(
        &tried,
        "opaque-token-1",
        "introspection-unavailable",
        &["`localhost`", "`endpoint_hosts`"],
    );
    let silent = opaque.replace("client_id", "introspection_url = \"http://localhost:9/i\", client_id");
    let Some(tried) = with_discovery(|_, _| {}, &silent) else { return };
    names(
        &tried,
        "opaque-token-1",
        "introspection-unavailable",
        &["`localhost`", "introspection", "`introspection_url`"],
    );
}

#[test]
fn a_token_endpoint_that_cannot_be_used_is_named_with_its_host_and_the_setting() {
    let exchange = "exchange = { client_id = \"gateway\", client_secret_file = \"secrets/broker\", max_age_s = 60 }";
    let elsewhere = |host: &str, document: &mut serde_json::Value| document["token_endpoint"] = json!(format!("{host}/token"));
    let Some(tried) = with_discovery(elsewhere, exchange) else { return };
    names(
        &tried,
        &token(&tried),
        "token-exchange-unavailable",
        &["`localhost`", "`endpoint_hosts`"],
    );
    let Some(tried) = with_discovery(
        |_, _| {},
        &exchange.replace("max_age_s", "token_url = \"http://localhost:9/t\", max_age_s"),
    ) else {
        return;
    };
    names(
        &tried,
        &token(&tried),
        "token-exchange-unavailable",
        &["`localhost`", "`token_url`"],
    );
}
