//! `docs/brokers/life-science-login.md`.

use gemj_tests::OidcProvider;
use serde_json::{Value, json};

use super::{Page, Tried, discovery, grant, now, visa, visa_issuer_of};

const REGISTERED: &str = "https://doi.org/10.1038/s41431-018-0219-y";
const YEAR_S: i64 = 31_536_000;

#[test]
fn the_configuration_of_the_page_works_with_tokens_without_audience_and_visas_of_a_hundred_years() {
    let Some(provider) = OidcProvider::start() else { return };
    let host = provider.visa_issuer.clone();
    let (broker, signer) = (format!("{host}/oidc/"), format!("{host}/oidc"));
    provider.document(
        "/oidc/.well-known/openid-configuration",
        &discovery(&broker, &format!("{host}/oidc/jwk"), &format!("{host}/oidc/userinfo")),
        None,
    );
    let set = |key: Value| json!({"keys": [key]});
    provider.document("/oidc/jwk", &set(provider.public_key("token")), None);
    let weak = |claims: &Value| {
        provider.control(
            "/sign-weak",
            &json!({"header": {"typ": "JWT", "jku": format!("{host}/perun-ga4gh-broker/jwk")}, "claims": claims}),
        )
    };
    let of_ega = weak(&grant(&signer, "alice@perun", YEAR_S));
    provider.document(
        "/perun-ga4gh-broker/jwk",
        &json!({"keys": [provider.public_key("visa"), of_ega["jwk"]]}),
        None,
    );
    let page = Page::read("life-science-login");
    let configuration = page.block(0, &[("https://login.example", &host)]) + &visa_issuer_of(&provider);
    let tried = Tried::start(page, provider, "gateway", &configuration);
    let provider = &tried.provider;
    let access = |header: &Value, change: &[(&str, Value)]| {
        let mut claims =
            json!({"iss": broker, "sub": "alice", "iat": now(), "exp": now() + 3600, "scope": "openid ga4gh_passport_v1", "azp": "portal"});
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        provider.sign("token", header, &claims)
    };
    let source = format!("{host}/idp/");
    let own = |kind: &str, value: &str, by: &str, lifetime_s: i64, asserted: i64| {
        let claims = json!({"iss": signer, "sub": "alice@perun", "iat": asserted, "exp": asserted + lifetime_s,
            "ga4gh_visa_v1": {"type": kind, "value": value, "source": source, "by": by, "asserted": asserted}});
        visa(provider, &format!("{host}/perun-ga4gh-broker/jwk"), &claims)
    };
    let linked = format!("alice,{}", broker.replace(':', "%3A").replace('/', "%2F"));
    let visas = [
        own("AffiliationAndRole", "member@university.example", "system", YEAR_S, now() - 100),
        own("AcceptedTermsAndPolicies", REGISTERED, "self", 100 * YEAR_S, now() - 3 * YEAR_S),
        own("ResearcherStatus", REGISTERED, "peer", YEAR_S, now() - 100),
        own("LinkedIdentities", &linked, "system", YEAR_S, now() - 100),
        // REMS signs this visa, and the broker passes it on.
        visa(provider, &format!("{host}/jwks"), &grant(&host, "alice@rems", 3600)),
    ];
    let serve = |token: &str, visas: &[String]| {
        provider.document("/oidc/userinfo", &json!({"sub": "alice", "ga4gh_passport_v1": visas}), Some(token));
    };
    for typ in ["at+jwt", "JWT"] {
        let token = access(&json!({"typ": typ}), &[]);
        serve(&token, &visas);
        tried.opens(&token);
        assert_eq!(tried.visas(&token), ["used"; 5]);
    }
    // What stays refused.
    let untyped = access(&json!({}), &[]);
    let body = tried.refuses(&untyped, "wrong-token-type");
    assert_eq!(
        (body["claim"].as_str(), body["issuer"].as_str(), body["key_id"].as_str()),
        (Some("typ"), Some(broker.as_str()), Some("token-1"))
    );
    assert!(body["rule"].as_str().unwrap().contains("at+jwt"), "{body}");
    tried.refuses(&access(&json!({"typ": "JWT"}), &[("aud", json!("another"))]), "audience-not-ours");
    let token = access(&json!({"typ": "JWT"}), &[("jti", json!("ega"))]);
    serve(&token, &[of_ega["token"].as_str().unwrap().to_owned()]);
    tried.ignores(&token, "key-unknown");
    let token = access(&json!({"typ": "JWT"}), &[("jti", json!("old"))]);
    serve(
        &token,
        &[own(
            "AffiliationAndRole",
            "member@university.example",
            "system",
            5 * YEAR_S,
            now() - 2 * YEAR_S,
        )],
    );
    tried.ignores(&token, "visa-asserted-too-long-ago");
}
