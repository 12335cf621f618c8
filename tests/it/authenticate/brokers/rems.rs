//! `docs/brokers/rems.md`.

use gemj_tests::OidcProvider;
use serde_json::{Value, json};

use super::{Page, Tried, grant, now};

const YEAR_S: i64 = 31_536_000;

#[test]
fn the_configuration_of_the_page_works_with_visas_of_a_year_without_jti_and_a_key_without_use() {
    let page = Page::read("rems");
    let Some(provider) = OidcProvider::start() else { return };
    let host = provider.visa_issuer.clone();
    let rems = format!("{host}/");
    // REMS publishes one RSA key, without `use`.
    let mut key = provider.public_key("token");
    key.as_object_mut().unwrap().retain(|name, _| name != "use");
    provider.document("/api/jwk", &json!({"keys": [key]}), None);
    let broker = &provider.issuer;
    let configuration = page.block(0, &[("https://rems.example/", &rems)])
        + &format!(
            "\n[[authentication.issuer]]\nissuer = \"{broker}\"\nkinds = [\"broker\", \"access-token\"]\nbearer = [\"access-token\"]\n"
        );
    let tried = Tried::start(page, provider, "gateway", &configuration);
    let provider = &tried.provider;
    let signed = |jku: &str, claims: &Value| provider.sign("token", &json!({"typ": "JWT", "jku": jku}), claims);
    let jku = format!("{host}/api/jwk");
    let brings = |visa: String| {
        provider.set_visas("alice", &[visa]);
        provider.token("alice", 600)
    };
    let token = brings(signed(&jku, &grant(&rems, "alice", YEAR_S)));
    tried.opens(&token);
    assert_eq!(tried.visas(&token), ["used"]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = grant(&rems, "alice", YEAR_S);
        change(&mut claims);
        claims
    };
    tried.ignores(&brings(signed(&format!("{host}/jwks"), &with(&|_| {}))), "visa-jku-not-allowed");
    tried.ignores(
        &brings(signed(
            &jku,
            &with(&|claims| claims["ga4gh_visa_v1"]["source"] = json!("https://other.example")),
        )),
        "visa-not-trusted",
    );
    tried.ignores(
        &brings(signed(&jku, &with(&|claims| claims["exp"] = json!(now() + 2 * YEAR_S)))),
        "token-lifetime-too-long",
    );
    tried.ignores(
        &brings(signed(&jku, &with(&|claims| claims["iss"] = json!(host)))),
        "issuer-not-trusted",
    );
}
