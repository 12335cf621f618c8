//! `docs/brokers/token-exchange.md`.

use gemj_tests::OidcProvider;
use serde_json::json;

use super::{Page, Tried, visa_issuer_of};

fn tried(block: usize, client: &str, change: impl FnOnce(String) -> String) -> Option<Tried> {
    let page = Page::read("token-exchange");
    let provider = OidcProvider::start()?;
    let configuration = page.block(block, &[("https://broker.example", &provider.issuer)]) + &visa_issuer_of(&provider);
    Some(Tried::start(page, provider, client, &change(configuration)))
}

#[test]
fn the_exchange_of_the_page_sends_resource_audience_and_scope_and_opens_data() {
    let Some(tried) = tried(0, "gateway", |text| text) else { return };
    tried.opens(&tried.provider.token("alice", 600));
    let sent = tried.provider.control("/last-exchange", &json!({}));
    let expected = json!({"resource": "https://gateway.example", "audience": "gemj-gateway", "scope": "openid ga4gh_passport_v1"});
    assert_eq!(sent, expected);
    assert_eq!(tried.provider.asked("/me"), 0, "UserInfo is not requested");
    let revoked = tried.provider.token("alice", 600);
    tried.provider.control("/revoke", &json!({"token": revoked}));
    tried.refuses(&revoked, "token-exchange-refused");
}

#[test]
fn a_passport_under_a_pairwise_subject_opens_data_only_with_the_setting() {
    let Some(relaxed) = tried(1, "gateway-pairwise", |text| text) else {
        return;
    };
    let token = relaxed.provider.token("alice", 600);
    relaxed.opens(&token);
    // The page configures no trust in the visa issuer's affiliations.
    assert_eq!(relaxed.visas(&token), ["visa-type-not-supported", "used"]);
    let strict = tried(1, "gateway-pairwise", |text| text.replace("pairwise_subjects = true", "")).unwrap();
    strict.refuses(&strict.provider.token("alice", 600), "token-exchange-other-person");
}

#[test]
fn a_client_that_the_broker_does_not_know_is_a_temporary_error() {
    let Some(tried) = tried(0, "gateway", |text| {
        text.replace("client_id = \"gateway\"", "client_id = \"stranger\"")
    }) else {
        return;
    };
    tried.refuses(&tried.provider.token("alice", 600), "token-exchange-unavailable");
}
