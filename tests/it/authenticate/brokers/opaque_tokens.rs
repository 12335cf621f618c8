//! `docs/brokers/opaque-tokens.md`.

use gemj_tests::OidcProvider;
use serde_json::json;

use super::{Page, Tried, visa_issuer_of};

fn tried(block: usize) -> Option<Tried> {
    let page = Page::read("opaque-tokens");
    let provider = OidcProvider::start()?;
    // By UserInfo, all access by a token ends with this age, so it must be longer than the requests of one test.
    let age = if block == 0 { "max_age_s = 1" } else { "max_age_s = 5" };
    let configuration = page.block(block, &[("https://broker.example", &provider.issuer)]) + &visa_issuer_of(&provider);
    Some(Tried::start(
        page,
        provider,
        "gateway",
        &configuration.replace("max_age_s = 60", age),
    ))
}

fn opaque(tried: &Tried, account: &str, with: serde_json::Value) -> String {
    let mut command = json!({"account": account});
    command.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    let made = tried.provider.control("/opaque-token", &command);
    made["token"].as_str().unwrap().to_owned()
}

/// Repeats the request until the answer is not 200, and returns this answer.
fn until_refused(tried: &Tried, token: &str) -> String {
    let begun = std::time::Instant::now();
    loop {
        let reply = tried.get(token);
        if reply.status != 200 && reply.status != 429 {
            return reply.json()["code"].as_str().unwrap().to_owned();
        }
        assert!(begun.elapsed().as_secs() < 60, "still accepted");
    }
}

#[test]
fn an_opaque_token_of_the_provider_opens_data_by_introspection_until_it_is_revoked() {
    let Some(tried) = tried(0) else { return };
    let token = opaque(&tried, "alice", json!({}));
    assert!(!token.contains('.'), "the provider issued an opaque token");
    tried.opens(&token);
    assert!(tried.provider.asked("/token/introspection") >= 1);
    assert!(
        [403, 404].contains(&tried.get(&opaque(&tried, "bob", json!({}))).status),
        "an account without visas"
    );
    tried.refuses("AnUnknownTokenOfNobody", "token-inactive");
    tried.refuses(&opaque(&tried, "alice", json!({"scope": "openid"})), "audience-missing");
    assert_eq!(
        tried.get(&opaque(&tried, "alice", json!({"kind": "refresh"}))).status,
        401,
        "a refresh token"
    );
    tried.provider.control("/destroy-opaque-token", &json!({"token": token}));
    assert_eq!(until_refused(&tried, &token), "token-inactive");
}

#[test]
fn an_opaque_token_of_the_provider_opens_data_by_userinfo_until_it_is_revoked() {
    let Some(tried) = tried(1) else { return };
    let token = opaque(&tried, "alice", json!({}));
    tried.opens(&token);
    assert_eq!(tried.provider.asked("/token/introspection"), 0);
    tried.refuses("AnUnknownTokenOfNobody", "token-revoked");
    tried.provider.control("/destroy-opaque-token", &json!({"token": token}));
    assert_eq!(until_refused(&tried, &token), "token-revoked");
}

#[test]
fn a_userinfo_answer_that_the_provider_signed_opens_data() {
    for block in [0, 1] {
        let Some(tried) = tried(block) else { return };
        let token = opaque(&tried, "alice", json!({"client": "researcher-signed"}));
        if block == 0 {
            tried.opens(&token);
        } else {
            // The signed answer has `aud`, the client of the application. Without `audiences` in the entry, it is for another recipient.
            tried.refuses(&token, "audience-not-ours");
        }
    }
}

#[test]
fn an_opaque_token_is_refused_if_no_issuer_is_configured_for_opaque_tokens() {
    let page = Page::read("opaque-tokens");
    let Some(provider) = OidcProvider::start() else { return };
    let configuration = page.block(1, &[("https://broker.example", &provider.issuer)]);
    let without: Vec<&str> = configuration.lines().filter(|line| !line.starts_with("opaque")).collect();
    let tried = Tried::start(page, provider, "gateway", &without.join("\n"));
    tried.refuses(&opaque(&tried, "alice", json!({})), "not-compact-jws");
    assert_eq!(tried.provider.asked("/me") + tried.provider.asked("/token/introspection"), 0);
}
