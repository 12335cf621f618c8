//! A gateway with a real OpenID Provider: every way in which the provider's tokens open data, and every event after which the tokens open no data.

use gemj_tests::oidc_provider::ALICE;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, GatewayProcess, OidcProvider, Programme, Reply};
use serde_json::json;

use crate::small::loaded;

struct Served {
    provider: OidcProvider,
    gateway: GatewayProcess,
    path: String,
    _programme: Programme,
}

impl Served {
    /// Starts a gateway that trusts a real OpenID Provider and caches its keys and answers for one second. If no provider is installed, the result is
    /// `None`.
    fn start(of_broker: impl FnOnce(&OidcProvider, &Programme) -> String) -> Option<Self> {
        let provider = OidcProvider::start()?;
        let programme = loaded(Backend::Embedded);
        let mut text = std::fs::read_to_string(programme.config()).unwrap();
        text.push_str("\n[authentication.keys]\nmax_age_s = 1\nmin_refresh_interval_s = 1\nuserinfo_max_age_s = 1\n");
        text.push_str(&provider.configuration("authentication.", &of_broker(&provider, &programme)));
        std::fs::write(programme.config(), text).unwrap();
        Some(Self {
            gateway: programme.serve(),
            path: format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "BAM")),
            provider,
            _programme: programme,
        })
    }

    fn by_userinfo() -> Option<Self> {
        Self::start(|_, _| String::new())
    }

    fn get(&self, token: &str) -> Reply {
        self.gateway.client.get(&self.path, Some(token))
    }

    fn post(&self, passport: &str) -> Reply {
        self.gateway.client.post(&self.path, None, &json!({"passports": [passport]}))
    }

    /// Asserts that the DRS object can be read: fetches its bytes from the access URL that the caller received.
    fn opens(&self, described: Reply, access: Reply) {
        let described = described.expect(200).json();
        let url = access.expect(200).json()["url"].as_str().unwrap().to_owned();
        let bytes = self.gateway.client.get(&url, None).expect(200).body;
        assert_eq!(bytes.len() as u64, described["size"].as_u64().unwrap());
        // A BAM file begins with the two bytes of gzip (RFC 1952 § 2.3.1).
        assert_eq!(bytes[..2], [0x1f, 0x8b]);
    }

    fn opens_by_token(&self, token: &str) {
        let access = self.gateway.client.get(&format!("{}/access/https", self.path), Some(token));
        self.opens(self.get(token), access);
    }

    /// Repeats the request until its answer is neither 200 nor 429, and returns this answer.
    fn until_refused(&self, ask: impl Fn() -> Reply) -> Reply {
        let begun = std::time::Instant::now();
        loop {
            let reply = ask();
            if reply.status != 200 && reply.status != 429 {
                return reply;
            }
            assert!(begun.elapsed().as_secs() < 60, "still accepted");
        }
    }
}

/// Asserts the answer to an authenticated caller without a right: 404, or 403 if so configured.
fn has_no_right(reply: &Reply) {
    assert!([403, 404].contains(&reply.status), "{}: {}", reply.status, reply.text());
}

#[test]
fn a_token_with_visas_from_userinfo_opens_data_until_the_provider_revokes_it() {
    let Some(served) = Served::by_userinfo() else { return };
    let token = served.provider.token(ALICE, 600);
    served.opens_by_token(&token);
    assert!(served.provider.asked("/.well-known/openid-configuration") >= 1);
    assert!(served.provider.asked("/me") >= 1);
    // A caller without visas is authenticated and has no right.
    has_no_right(&served.get(&served.provider.token("bob", 600)));
    served.provider.control("/revoke", &json!({"token": token}));
    assert_eq!(served.until_refused(|| served.get(&token)).status, 401);
}

#[test]
fn a_token_that_is_exchanged_for_a_passport_opens_data_until_the_provider_revokes_it() {
    let exchange = |provider: &OidcProvider, programme: &Programme| {
        let secret = provider.secret_file(programme.config().parent().unwrap());
        format!(
            "[authentication.issuer.exchange]\nclient_id = \"gateway\"\nclient_secret_file = \"{}\"\nmax_age_s = 1\n",
            secret.display()
        )
    };
    let Some(served) = Served::start(exchange) else { return };
    let token = served.provider.token(ALICE, 600);
    let before = served.provider.asked("/token");
    served.opens_by_token(&token);
    assert!(served.provider.asked("/token") > before);
    assert_eq!(served.provider.asked("/me"), 0, "UserInfo is not requested");
    has_no_right(&served.get(&served.provider.token("bob", 600)));
    // The broker removes the key that signed its passports. The next token exchange returns a passport signed with the other key.
    served.provider.control("/remove-passport-key", &json!({}));
    served.opens_by_token(&token);
    served.provider.control("/revoke", &json!({"token": token}));
    assert_eq!(served.until_refused(|| served.get(&token)).status, 401);
}

#[test]
fn a_passport_in_a_request_body_opens_data_until_the_key_of_its_visas_or_its_own_is_removed() {
    for (removal, still_known) in [("/remove-visa-key", true), ("/remove-passport-key", false)] {
        let Some(served) = Served::by_userinfo() else { return };
        let passport = served.provider.passport(&served.provider.token(ALICE, 600));
        let body = json!({"passports": [passport]});
        let access = served.gateway.client.post(&format!("{}/access/https", served.path), None, &body);
        served.opens(served.post(&passport), access);
        for _ in 0..5 {
            let _ = served.post(&passport).expect(200);
        }
        served.provider.control(removal, &json!({}));
        let refused = served.until_refused(|| served.post(&passport));
        if still_known {
            has_no_right(&refused);
        } else {
            assert_eq!(refused.status, 401);
        }
        // The removed key is refused, and not the person: a passport with a present key opens data again.
        let fresh = served.provider.passport(&served.provider.token(ALICE, 600));
        let _ = served.post(&fresh).expect(200);
    }
}

#[test]
fn expired_altered_and_wrong_kinds_of_tokens_are_refused() {
    let Some(served) = Served::by_userinfo() else { return };
    let token = served.provider.token(ALICE, 600);
    let passport = served.provider.passport(&token);
    let (input, _) = token.rsplit_once('.').unwrap();
    let (other_input, signature) = passport.rsplit_once('.').unwrap();
    for refused in [
        served.provider.token(ALICE, -1),
        format!("{input}.{signature}"),
        // The entry of this issuer allows access tokens as bearer tokens, and no passports.
        passport.clone(),
    ] {
        assert_eq!(served.get(&refused).status, 401);
    }
    for refused in [token.clone(), format!("{other_input}.AAAA"), String::new()] {
        assert_eq!(served.post(&refused).status, 401);
    }
    let _ = served.get(&token).expect(200);
    let _ = served.post(&passport).expect(200);
}

#[test]
fn a_token_that_the_provider_bound_to_a_key_is_accepted_only_with_its_proofs() {
    const RESOURCE: &str = "https://gateway.example";
    let Some(served) = Served::start(|_, _| format!("audience = \"{RESOURCE}\"\nbinding = \"dpop\"\n")) else {
        return;
    };
    let token = served.provider.bound_token(RESOURCE);
    let url = served.gateway.client.url(&served.path);
    let show = |scheme: &str, proof: Option<&str>| {
        let authorization = format!("{scheme} {token}");
        let mut headers = vec![("Authorization", authorization.as_str())];
        headers.extend(proof.map(|proof| ("DPoP", proof)));
        served.gateway.client.send("GET", &served.path, &headers, None)
    };
    let proof = |method: &str, url: &str| served.provider.proof(method, url, Some(&token));
    let good = proof("GET", &url);
    has_no_right(&show("DPoP", Some(&good)));
    for (scheme, proof) in [
        ("DPoP", Some(good)),
        ("DPoP", Some(proof("POST", &url))),
        ("DPoP", Some(proof("GET", &format!("{url}/access/https")))),
        ("DPoP", Some(served.provider.proof("GET", &url, None))),
        ("DPoP", None),
        ("Bearer", Some(proof("GET", &url))),
        ("Bearer", None),
    ] {
        let reply = show(scheme, proof.as_deref());
        assert_eq!(reply.status, 401, "{scheme}");
        let challenges: Vec<_> = reply
            .headers
            .get_all("www-authenticate")
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert!(challenges.iter().any(|challenge| challenge.contains("DPoP")), "{challenges:?}");
    }
}
