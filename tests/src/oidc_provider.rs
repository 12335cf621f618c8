//! A real OpenID Provider, of another hand (npm `oidc-provider`), that acts as a GA4GH broker: `oracles/oidc-provider/server.mjs`.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::programme::private;
use crate::shared_data::skipped;

/// The person about whom its visa issuer says something: of the organisation and with the approval of the demo's domestic academic.
pub const ALICE: &str = "alice";

/// A running provider with its visa issuer; it ends with the value, or with this process.
#[derive(Debug)]
pub struct OidcProvider {
    process: Child,
    input: Option<ChildStdin>,
    control: Client,
    provider: Client,
    /// `iss` of its access tokens and passports, and where it is.
    pub issuer: String,
    /// `iss` of its visas; their `jku` is `/jwks` there.
    pub visa_issuer: String,
}

/// The folder that the test script installed oidc-provider into: `GEMJ_TEST_OIDC_PROVIDER`, or that below the cache folder; absent, and said so,
/// where there is none.
///
/// # Panics
/// Where there is none and `CI` is set: there it must be tested.
fn modules() -> Option<PathBuf> {
    let named = std::env::var_os("GEMJ_TEST_OIDC_PROVIDER").map(PathBuf::from);
    let cache = std::env::var_os("GEMJ_CACHE")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/gemj-gateway")));
    let folder = named
        .or_else(|| cache.map(|cache| cache.join("oidc-provider")))?
        .join("node_modules");
    if folder.join("oidc-provider").is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "oidc-provider is not installed: run scripts/test");
    skipped("oidc-provider is not installed: run scripts/test");
    None
}

impl OidcProvider {
    /// Starts one on free ports of loopback and waits until it listens. Absent, and said so, where it is not installed.
    #[must_use]
    pub fn start() -> Option<Self> {
        let modules = modules()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/oidc-provider/server.mjs");
        let mut said = tempfile::tempfile().unwrap();
        let mut process = Command::new("node")
            .arg(script)
            .arg(modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.try_clone().unwrap())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addresses: Value = serde_json::from_str(&line).unwrap_or_else(|_| {
            let mut text = String::new();
            said.rewind().unwrap();
            said.read_to_string(&mut text).unwrap();
            panic!("the provider did not start: {line}{text}")
        });
        let address = |name: &str| addresses[name].as_str().unwrap().to_owned();
        Some(Self {
            process,
            input,
            control: Client::new(&address("control")),
            provider: Client::new(&address("issuer")),
            issuer: address("issuer"),
            visa_issuer: address("visa_issuer"),
        })
    }

    /// Tells it to do something; see `CONTROL` in the script.
    pub fn control(&self, what: &str, with: &Value) -> Value {
        self.control.post(what, None, with).expect(200).json()
    }

    /// How often a path of the provider was asked for.
    #[must_use]
    pub fn asked(&self, path: &str) -> u64 {
        self.control("/asked", &json!({}))[path].as_u64().unwrap_or(0)
    }

    /// A passport-scoped access token of a person that ends in so many seconds; negative ones have ended.
    #[must_use]
    pub fn token(&self, account: &str, ttl_s: i64) -> String {
        let ttl = ttl_s.to_string();
        let form = [
            ("grant_type", "urn:gemj:test:grant-type:without-browser"),
            ("account", account),
            ("ttl", &ttl),
        ];
        access_token(&self.ask("researcher", &form, None))
    }

    /// The passport of the person of an access token, as their own client gets it.
    #[must_use]
    pub fn passport(&self, token: &str) -> String {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("requested_token_type", "urn:ga4gh:params:oauth:token-type:passport"),
            ("subject_token", token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ];
        access_token(&self.ask("researcher", &form, None))
    }

    /// A token of a system for a resource, bound to the key of [`Self::proof`]: the provider's own work from end to end.
    #[must_use]
    pub fn bound_token(&self, resource: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", "read"), ("resource", resource)];
        let proof = self.proof("POST", &format!("{}/token", self.issuer), None);
        let answer = self.ask("hospital-system", &form, Some(&proof));
        assert_eq!(answer.json()["token_type"], "DPoP");
        access_token(&answer)
    }

    /// A DPoP proof for a request, with a token or for a token endpoint; made by the jose library.
    #[must_use]
    pub fn proof(&self, method: &str, url: &str, token: Option<&str>) -> String {
        let made = self.control("/proof", &json!({"htm": method, "htu": url, "token": token}));
        made["proof"].as_str().unwrap().to_owned()
    }

    /// Writes our secret as its client `gateway` into a file of a folder.
    #[must_use]
    pub fn secret_file(&self, folder: &Path) -> PathBuf {
        let file = folder.join("broker-secret");
        private(&file, "secret of gateway\n");
        file
    }

    /// Writes our private key as its client `gateway-with-key` into a file of a folder, and answers it with the key's id.
    #[must_use]
    pub fn key_file(&self, folder: &Path) -> (PathBuf, String) {
        let key = self.control("/gateway-key", &json!({}));
        let file = folder.join("broker-key.pem");
        private(&file, key["pem"].as_str().unwrap());
        (file, key["kid"].as_str().unwrap().to_owned())
    }

    /// What a configuration says about it, below `prefix` (empty, or `authentication.`): the broker with further lines of its entry, and the visa
    /// issuer.
    #[must_use]
    pub fn configuration(&self, prefix: &str, of_broker: &str) -> String {
        let (issuer, visas) = (&self.issuer, &self.visa_issuer);
        format!(
            r#"
[[{prefix}issuer]]
issuer = "{visas}"
kinds = ["visa-issuer"]
jku = ["{visas}/jwks"]
visa = [
  {{ type = "AffiliationAndRole", sources = ["https://musashi-university.example"], by = ["so"], organizations = ["musashi-university.example"] }},
  {{ type = "ControlledAccessGrants", sources = ["https://gemj.example/committee"], by = ["dac"], values = ["https://gemj.example/approvals/2026-0004"] }},
]

[[{prefix}issuer]]
issuer = "{issuer}"
kinds = ["broker", "access-token"]
bearer = ["access-token"]
{of_broker}
"#
        )
    }

    fn ask(&self, client: &str, form: &[(&str, &str)], proof: Option<&str>) -> Reply {
        let credentials = format!("Basic {}", STANDARD.encode(format!("{client}:secret+of+{client}")));
        let mut headers = vec![
            ("Authorization", &*credentials),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        headers.extend(proof.map(|proof| ("DPoP", proof)));
        // Nothing in these forms needs another escape.
        let body: Vec<String> = form
            .iter()
            .map(|(name, value)| format!("{name}={}", value.replace(':', "%3A").replace('/', "%2F")))
            .collect();
        self.provider
            .send("POST", "/token", &headers, Some(body.join("&").as_bytes()))
            .expect(200)
    }
}

fn access_token(answer: &Reply) -> String {
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}
