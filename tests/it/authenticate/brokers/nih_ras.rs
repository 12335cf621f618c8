//! `docs/brokers/nih-ras.md`.

use gemj_tests::OidcProvider;
use serde_json::{Value, json};

use super::{Page, Tried, discovery, grant, now};

#[test]
fn the_configuration_of_the_page_works_with_a_passport_inside_userinfo_and_visas_as_access_tokens() {
    let page = Page::read("nih-ras");
    let Some(provider) = OidcProvider::start() else { return };
    let host = provider.visa_issuer.clone();
    provider.document("/.well-known/openid-configuration", &discovery(&host, &format!("{host}/openid/jwks"), &format!("{host}/openid/userinfo")), None);
    provider.document("/openid/jwks", &json!({"keys": [provider.public_key("token")]}), None);
    let configuration = page.block(0, &[("https://sts.example", &host)]);
    let tried = Tried::start(page, provider, "gateway", &configuration);
    let provider = &tried.provider;
    let sign = |header: Value, claims: &Value| provider.sign("token", &header, claims);
    let access = |jti: &str| {
        let claims = json!({"iss": host, "sub": "alice", "iat": now(), "exp": now() + 600, "jti": jti, "aud": "gemj-gateway", "scope": "openid ga4gh_passport_v1"});
        sign(json!({"typ": "JWT"}), &claims)
    };
    let visa = |change: &[(&str, Value)]| {
        let mut claims = grant(&host, "alice", 7200);
        claims["scope"] = json!("openid ga4gh_passport_v1");
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        sign(json!({"typ": "JWT"}), &claims)
    };
    let passport = |visas: &[String]| {
        let claims = json!({"iss": host, "sub": "alice", "iat": now(), "exp": now() + 600, "scope": "openid ga4gh_passport_v1", "ga4gh_passport_v1": visas});
        sign(json!({"typ": "JWT"}), &claims)
    };
    let brings = |jti: &str, visa: String| {
        let token = access(jti);
        provider.document("/openid/userinfo", &json!({"sub": "alice", "passport_jwt_v11": passport(&[visa])}), Some(&token));
        token
    };
    let token = brings("good", visa(&[]));
    tried.opens(&token);
    assert_eq!(tried.visas(&token), ["used"]);
    tried.ignores(&brings("old", visa(&[("iat", json!(now() - 3601))])), "visa-access-token-too-old");
    let mut custom = grant(&host, "alice", 7200)["ga4gh_visa_v1"].clone();
    custom["type"] = json!("https://ras.nih.gov/visas/v1.1");
    tried.ignores(&brings("custom", visa(&[("ga4gh_visa_v1", custom)])), "visa-type-not-supported");
    let mut both = grant(&host, "alice", 7200);
    both["scope"] = json!("openid");
    let both = sign(json!({"typ": "JWT", "jku": format!("{host}/openid/jwks")}), &both);
    tried.ignores(&brings("both", both), "visa-kind-ambiguous");
    // A caller who presents the passport of UserInfo is refused, also while it is cached.
    let shown = passport(&[visa(&[])]);
    let token = access("shown");
    provider.document("/openid/userinfo", &json!({"sub": "alice", "passport_jwt_v11": shown}), Some(&token));
    tried.opens(&token);
    let reply = tried.gateway.client.post(&tried.path, None, &json!({"passports": [shown]}));
    assert_eq!((reply.status, reply.json()["code"].as_str()), (401, Some("wrong-token-type")));
    tried.page.states("wrong-token-type");
    let strict = configuration.replace("visa_access_tokens = true", "jku = [\"https://unused.example/jwks\"]");
    assert_ne!(strict, configuration);
    let config = tried._programme.config();
    let text = std::fs::read_to_string(&config).unwrap().replace(&configuration, &strict);
    std::fs::write(&config, text).unwrap();
    let replica = tried._programme.replica();
    let gateway = tried._programme.serve_with(&replica, None);
    let token = brings("strict", visa(&[]));
    let explained = gateway.client.get("/access/v1/explain", Some(&token)).expect(200).json();
    assert_eq!(explained["visas"][0]["code"], "visa-access-token-not-supported");
    tried.page.states("visa-access-token-not-supported");
}
