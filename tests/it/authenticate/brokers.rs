//! Each page of `docs/brokers`: its configuration, its flow and the forms that stay refused, against a server that speaks this form.
//!
//! npm oidc-provider and the library jose issue and sign every token. The configuration is the text of the page, with the addresses of these servers.

mod ddbj_humandbs;
mod key_hosts;
mod keycloak;
mod life_science_login;
mod nih_ras;
mod opaque_tokens;
mod rems;
mod token_exchange;

use gemj_model::{Clock as _, SystemClock};
use gemj_tests::programme::private;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, GatewayProcess, OidcProvider, Programme, Reply};
use serde_json::{Value, json};

use crate::small::loaded;

/// The visa value of an approval of the small programme that delivers whole files.
const APPROVED: &str = "https://gemj.example/approvals/2026-0004";
/// The `source` of visas of the small programme's committee.
const COMMITTEE: &str = "https://gemj.example/committee";

/// A page of `docs/brokers`.
struct Page {
    name: &'static str,
    text: String,
}

impl Page {
    fn read(name: &'static str) -> Self {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/brokers/");
        Self {
            name,
            text: std::fs::read_to_string(format!("{file}{name}.md")).unwrap(),
        }
    }

    /// The configuration of the page: its block number `index` of TOML, with other texts in the place of addresses and names.
    fn block(&self, index: usize, instead: &[(&str, &str)]) -> String {
        let blocks = self.text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let mut block = blocks.collect::<Vec<_>>()[index].to_owned();
        for (from, to) in instead {
            assert!(block.contains(from), "{}: {from}", self.name);
            block = block.replace(from, to);
        }
        block.replace("https://committee.example", COMMITTEE)
    }

    /// Asserts that the page states this code.
    fn states(&self, code: &str) {
        assert!(
            self.text.contains(&format!("`{code}`")),
            "the page {} does not state {code}",
            self.name
        );
    }
}

/// A gateway with the configuration of a page.
struct Tried {
    page: Page,
    provider: OidcProvider,
    gateway: GatewayProcess,
    path: String,
    _programme: Programme,
}

impl Tried {
    /// Starts a gateway with this configuration added. The file `secrets/broker` contains the secret of the provider's client `client`.
    fn start(page: Page, provider: OidcProvider, client: &str, configuration: &str) -> Self {
        let programme = loaded(Backend::Embedded);
        std::fs::create_dir(programme.path("secrets")).unwrap();
        private(&programme.path("secrets/broker"), &format!("secret of {client}\n"));
        let mut text = std::fs::read_to_string(programme.config()).unwrap();
        text.push_str("\n[authentication.keys]\nmax_age_s = 1\nmin_refresh_interval_s = 1\nuserinfo_max_age_s = 1\n");
        text.push_str(configuration);
        std::fs::write(programme.config(), text).unwrap();
        let config = programme.config();
        let _ = programme_check(config.to_str().unwrap());
        Self {
            page,
            provider,
            gateway: programme.serve(),
            path: format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "BAM")),
            _programme: programme,
        }
    }

    fn get(&self, token: &str) -> Reply {
        self.gateway.client.get(&self.path, Some(token))
    }

    /// Asserts that the token opens an object, whose bytes can be read.
    fn opens(&self, token: &str) {
        let described = self.get(token).expect(200).json();
        let access = self
            .gateway
            .client
            .get(&format!("{}/access/https", self.path), Some(token))
            .expect(200);
        let bytes = self
            .gateway
            .client
            .get(access.json()["url"].as_str().unwrap(), None)
            .expect(200)
            .body;
        assert_eq!(bytes.len() as u64, described["size"].as_u64().unwrap());
    }

    /// Asserts that the token is refused with this code, which the page states. Returns the body.
    fn refuses(&self, token: &str, code: &str) -> Value {
        let reply = self.get(token);
        assert!([401, 503].contains(&reply.status), "{code}: {} {}", reply.status, reply.text());
        let body = reply.json();
        assert_eq!(body["code"], code, "{body}");
        self.page.states(code);
        body
    }

    /// The codes of the visas in the dry run, in order.
    fn visas(&self, token: &str) -> Vec<String> {
        let explained = self.gateway.client.get("/access/v1/explain", Some(token)).expect(200).json();
        let codes = explained["visas"]
            .as_array()
            .unwrap()
            .iter()
            .map(|visa| visa["code"].as_str().unwrap().to_owned());
        codes.collect()
    }

    /// Asserts that the only visa of the token has this code, which the page states, and that the token opens nothing.
    fn ignores(&self, token: &str, code: &str) {
        assert_eq!(self.visas(token), [code]);
        self.page.states(code);
        let denied = self.get(token);
        assert!([403, 404].contains(&denied.status), "{code}");
        assert_eq!(denied.json()["visas_not_used"][0]["code"], code, "{}", denied.text());
    }
}

fn programme_check(config: &str) -> gemj_tests::programme::Ran {
    gemj_tests::programme::run_gateway(["config", "check", config]).good()
}

fn now() -> i64 {
    SystemClock::default().now().seconds()
}

/// The claims of a visa of the committee for the approval of the small programme.
fn grant(issuer: &str, subject: &str, lifetime_s: i64) -> Value {
    json!({"iss": issuer, "sub": subject, "iat": now(), "exp": now() + lifetime_s,
        "ga4gh_visa_v1": {"type": "ControlledAccessGrants", "value": APPROVED, "source": COMMITTEE, "by": "dac", "asserted": now() - 86400}})
}

/// The entry of the provider's own visa issuer.
fn visa_issuer_of(provider: &OidcProvider) -> String {
    let visas = &provider.visa_issuer;
    format!(
        "\n[[authentication.issuer]]\nissuer = \"{visas}\"\nkinds = [\"visa-issuer\"]\njku = [\"{visas}/jwks\"]\n\
         visa = [{{ type = \"ControlledAccessGrants\", sources = [\"{COMMITTEE}\"], by = [\"dac\"], any_value = true }}]\n"
    )
}

/// The discovery document of a broker whose documents are on one host.
fn discovery(issuer: &str, jwks: &str, userinfo: &str) -> Value {
    json!({"issuer": issuer, "authorization_endpoint": format!("{jwks}/authorize"), "jwks_uri": jwks, "userinfo_endpoint": userinfo,
        "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"]})
}

/// The object of a visa, for a token that [`OidcProvider::sign`] makes.
fn visa(provider: &OidcProvider, jku: &str, claims: &Value) -> String {
    provider.sign("visa", &json!({"typ": "vnd.ga4gh.visa+jwt", "jku": jku}), claims)
}
