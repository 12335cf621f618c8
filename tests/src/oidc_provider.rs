//! A real, independent OpenID Provider (npm `oidc-provider`) that acts as a GA4GH broker: `oracles/oidc-provider/server.mjs`.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::programme::private;
use crate::shared_data::skipped;

/// The account of the test provider that has visas: with the organisation and the approval of the demo's domestic academic.
pub const ALICE: &str = "alice";

/// A running OpenID Provider with its visa issuer. The provider ends when the value is dropped, or with this process.
#[derive(Debug)]
pub struct OidcProvider {
    process: Child,
    input: Option<ChildStdin>,
    control: Client,
    provider: Client,
    /// The provider's address, which is also the `iss` of its access tokens and passports.
    pub issuer: String,
    /// The `iss` of the provider's visas. Their `jku` is `/jwks` at this address.
    pub visa_issuer: String,
}

/// The folder with oidc-provider that the test script installed: `GEMJ_TEST_OIDC_PROVIDER`, or the folder below the cache folder. If there is no such
/// folder, the skip is reported and the result is `None`.
///
/// # Panics
/// If there is no such folder and `CI` is set, because CI must run these tests.
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
    /// Starts an OpenID Provider on free ports of loopback and waits until it listens. If oidc-provider is not installed, the skip is reported and
    /// the result is `None`.
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

    /// Sends a command to the provider; see `CONTROL` in the script.
    pub fn control(&self, what: &str, with: &Value) -> Value {
        self.control.post(what, None, with).expect(200).json()
    }

    /// The number of requests that the provider received for a path.
    #[must_use]
    pub fn asked(&self, path: &str) -> u64 {
        self.control("/asked", &json!({}))[path].as_u64().unwrap_or(0)
    }

    /// An access token of an account with the scope of passports. The token ends after `ttl_s` seconds. If `ttl_s` is negative, the token has already
    /// ended.
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

    /// The passport that the provider issues to the account's own client in exchange for an access token.
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

    /// An access token of a system (client credentials) for a resource, bound to the key of [`Self::proof`]. The provider makes every part of the
    /// token.
    #[must_use]
    pub fn bound_token(&self, resource: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", "read"), ("resource", resource)];
        let proof = self.proof("POST", &format!("{}/token", self.issuer), None);
        let answer = self.ask("hospital-system", &form, Some(&proof));
        assert_eq!(answer.json()["token_type"], "DPoP");
        access_token(&answer)
    }

    /// A DPoP proof for a request with a token, or for a request to a token endpoint. The library jose makes the proof.
    #[must_use]
    pub fn proof(&self, method: &str, url: &str, token: Option<&str>) -> String {
        let made = self.control("/proof", &json!({"htm": method, "htu": url, "token": token}));
        made["proof"].as_str().unwrap().to_owned()
    }

    /// A token in any form, which the library jose signs. `key` is `token` (RS256), `passport` or `visa` (ES256), or `unknown`, a key that no key set
    /// contains.
    #[must_use]
    pub fn sign(&self, key: &str, header: &Value, claims: &Value) -> String {
        let signed = self.control("/sign", &json!({"key": key, "header": header, "claims": claims}));
        signed["token"].as_str().unwrap().to_owned()
    }

    /// The public key of [`Self::sign`], as a JWK.
    #[must_use]
    pub fn public_key(&self, key: &str) -> Value {
        self.control("/public-keys", &json!({}))[key].clone()
    }

    /// Adds a document to the visa issuer's server. If a bearer token is given, the server requires it.
    pub fn document(&self, path: &str, body: &Value, bearer: Option<&str>) {
        self.control("/document", &json!({"path": path, "body": body.to_string(), "bearer": bearer}));
    }

    /// Replaces the visas of an account at UserInfo and in the passports of the token exchange.
    pub fn set_visas(&self, account: &str, visas: &[String]) {
        self.control("/visas-of", &json!({"account": account, "visas": visas}));
    }

    /// Writes the secret of the client `gateway` into a file of a folder, and returns the file's path.
    #[must_use]
    pub fn secret_file(&self, folder: &Path) -> PathBuf {
        let file = folder.join("broker-secret");
        private(&file, "secret of gateway\n");
        file
    }

    /// Writes the private key of the client `gateway-with-key` into a file of a folder. Returns the file's path and the key's id.
    #[must_use]
    pub fn key_file(&self, folder: &Path) -> (PathBuf, String) {
        let key = self.control("/gateway-key", &json!({}));
        let file = folder.join("broker-key.pem");
        private(&file, key["pem"].as_str().unwrap());
        (file, key["kid"].as_str().unwrap().to_owned())
    }

    /// The configuration entries of the broker and of the visa issuer. `prefix` is empty or `authentication.`. `of_broker` is added to the broker's
    /// entry.
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
        // Of the characters that need an escape, the values of these forms contain only those that are replaced here.
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
