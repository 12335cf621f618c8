//! `docs/brokers/nih-ras.md`.

use gemj_tests::OidcProvider;
use serde_json::{Value, json};

use super::{Page, Tried, discovery, grant, now};

const SCOPE: &str = "openid ga4gh_passport_v1";

/// An issuer in the form of NIH RAS, with a gateway that has the configuration of the page.
struct Ras {
    tried: Tried,
    host: String,
}

impl Ras {
    fn start(change: impl FnOnce(String) -> String) -> Option<Self> {
        let page = Page::read("nih-ras");
        let provider = OidcProvider::start()?;
        let host = provider.visa_issuer.clone();
        let documents = discovery(&host, &format!("{host}/openid/jwks"), &format!("{host}/openid/userinfo"));
        provider.document("/.well-known/openid-configuration", &documents, None);
        provider.document("/openid/jwks", &json!({"keys": [provider.public_key("token")]}), None);
        let configuration = change(page.block(0, &[("https://sts.example", &host)]));
        Some(Self {
            tried: Tried::start(page, provider, "gateway", &configuration),
            host,
        })
    }

    fn sign(&self, header: Value, claims: &Value) -> String {
        self.tried.provider.sign("token", &header, claims)
    }

    fn visa(&self, change: &[(&str, Value)]) -> String {
        let mut claims = grant(&self.host, "alice", 7200);
        claims["scope"] = json!(SCOPE);
        for (name, value) in change {
            claims[*name] = value.clone();
        }
        self.sign(json!({"typ": "JWT"}), &claims)
    }

    /// A visa access token without `typ`.
    fn untyped_visa(&self) -> String {
        let mut claims = grant(&self.host, "alice", 7200);
        claims["scope"] = json!(SCOPE);
        self.sign(json!({}), &claims)
    }

    fn passport(&self, visa: &str) -> String {
        let claims =
            json!({"iss": self.host, "sub": "alice", "iat": now(), "exp": now() + 600, "scope": SCOPE, "ga4gh_passport_v1": [visa]});
        self.sign(json!({"typ": "JWT"}), &claims)
    }

    /// An access token for which UserInfo returns this passport.
    fn token(&self, jti: &str, passport: &str) -> String {
        let claims =
            json!({"iss": self.host, "sub": "alice", "iat": now(), "exp": now() + 600, "jti": jti, "aud": "gemj-gateway", "scope": SCOPE});
        let token = self.sign(json!({"typ": "JWT"}), &claims);
        let answer = json!({"sub": "alice", "passport_jwt_v11": passport});
        self.tried.provider.document("/openid/userinfo", &answer, Some(&token));
        token
    }

    fn brings(&self, jti: &str, visa: &str) -> String {
        self.token(jti, &self.passport(visa))
    }
}

#[test]
fn the_configuration_of_the_page_works_with_a_passport_inside_userinfo_and_visas_as_access_tokens() {
    let Some(ras) = Ras::start(|text| text) else { return };
    let tried = &ras.tried;
    let token = ras.brings("good", &ras.visa(&[]));
    tried.opens(&token);
    assert_eq!(tried.visas(&token), ["used"]);
    tried.ignores(
        &ras.brings("old", &ras.visa(&[("iat", json!(now() - 3601)), ("exp", json!(now() + 60))])),
        "visa-access-token-too-old",
    );
    let mut custom = grant(&ras.host, "alice", 7200)["ga4gh_visa_v1"].clone();
    custom["type"] = json!("https://ras.nih.gov/visas/v1.1");
    tried.ignores(
        &ras.brings("custom", &ras.visa(&[("ga4gh_visa_v1", custom)])),
        "visa-type-not-supported",
    );
    let mut both = grant(&ras.host, "alice", 7200);
    both["scope"] = json!(SCOPE);
    let both = ras.sign(json!({"typ": "JWT", "jku": format!("{}/openid/jwks", ras.host)}), &both);
    tried.ignores(&ras.brings("both", &both), "visa-kind-ambiguous");
    tried.ignores(&ras.brings("untyped", &ras.untyped_visa()), "wrong-token-type");
}

#[test]
fn a_caller_who_presents_the_passport_of_userinfo_is_refused_while_the_gateway_has_it_cached() {
    let Some(ras) = Ras::start(|text| text) else { return };
    let passport = ras.passport(&ras.visa(&[]));
    ras.tried.opens(&ras.token("t", &passport));
    let reply = ras
        .tried
        .gateway
        .client
        .post(&ras.tried.path, None, &json!({"passports": [passport]}));
    assert_eq!((reply.status, reply.json()["code"].as_str()), (401, Some("wrong-token-type")));
    ras.tried.page.states("wrong-token-type");
}

#[test]
fn a_visa_access_token_of_an_issuer_without_the_setting_is_ignored() {
    let without = |text: String| text.replace("visa_access_tokens = true", "jku = [\"https://unused.example/jwks\"]");
    let Some(ras) = Ras::start(without) else { return };
    ras.tried
        .ignores(&ras.brings("t", &ras.visa(&[])), "visa-access-token-not-supported");
}

#[test]
fn a_visa_access_token_without_typ_counts_if_the_entry_accepts_it() {
    let with = |text: String| {
        text.replacen(
            "visa_access_tokens = true",
            "visa_access_tokens_without_typ = true\nvisa_access_tokens = true",
            1,
        )
    };
    let Some(ras) = Ras::start(with) else { return };
    let token = ras.brings("untyped", &ras.untyped_visa());
    assert_eq!(ras.tried.visas(&token), ["used"]);
    ras.tried.opens(&token);
}
