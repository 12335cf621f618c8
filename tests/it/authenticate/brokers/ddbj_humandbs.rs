//! `docs/brokers/ddbj-humandbs.md`.

use gemj_tests::OidcProvider;
use serde_json::{Value, json};

use super::{Page, Tried, grant, now};

#[test]
fn the_configuration_of_the_page_works_with_a_passport_of_one_issuer_without_discovery() {
    let page = Page::read("ddbj-humandbs");
    let Some(provider) = OidcProvider::start() else { return };
    let host = format!("{}/humandbs", provider.visa_issuer);
    provider.document("/humandbs/jwks", &json!({"keys": [provider.public_key("token")]}), None);
    let configuration = page.block(0, &[("https://humandbs.example", &host)]);
    let tried = Tried::start(page, provider, "gateway", &configuration);
    let provider = &tried.provider;
    let visa = provider.sign(
        "token",
        &json!({"typ": "vnd.ga4gh.visa+jwt", "jku": format!("{host}/jwks")}),
        &grant(&host, "alice", 3600),
    );
    let passport = |key: &str, change: &[(&str, Value)]| {
        let mut claims = json!({"iss": host, "sub": "alice", "iat": now(), "exp": now() + 3600, "ga4gh_passport_v1": [visa]});
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        provider.sign(key, &json!({"typ": "vnd.ga4gh.passport+jwt"}), &claims)
    };
    let good = passport("token", &[]);
    tried.opens(&good);
    assert_eq!(tried.visas(&good), ["used"]);
    let _ = tried
        .gateway
        .client
        .post(&tried.path, None, &json!({"passports": [good]}))
        .expect(200);
    tried.refuses(&passport("token", &[("exp", json!(now() + 7200))]), "token-lifetime-too-long");
    tried.refuses(&passport("passport", &[]), "key-unknown");
    // The access token of DDBJ is of a Keycloak that the gateway does not trust.
    let claims = json!({"iss": "https://idp.example/realms/ddbj", "sub": "alice", "iat": now(), "exp": now() + 300, "scope": "openid"});
    tried.refuses(&provider.sign("unknown", &json!({"typ": "JWT"}), &claims), "issuer-not-trusted");
}
