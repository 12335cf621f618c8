//! Prints passport verifications per second on one core: a passport of ten visas, RS256 (2048 bits) and ES256, with no cache, with
//! the visas cached, and with the whole passport cached. Run: `cargo run --release -p gemj-authenticate --example verify_rate`.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use gemj_authenticate::{Authenticator, TrustedIssuers};
use gemj_model::SystemClock;
use serde_json::json;

#[allow(dead_code)]
#[path = "../tests/it/signing.rs"]
mod signing;

use signing::SigningKey;

const VISAS: usize = 10;
const SAMPLES: usize = 400;
const DATASET: &str = "https://gemj.example/datasets/cancer";

struct Issuer {
    key: SigningKey,
    now: i64,
}

impl Issuer {
    fn visa(&self, n: usize) -> String {
        self.key.sign(
            &json!({"alg": self.key.alg(), "kid": self.key.kid, "typ": "vnd.ga4gh.visa+jwt", "jku": "https://issuer.example/jwks"}),
            &json!({"iss": "https://issuer.example", "sub": "someone", "iat": self.now, "exp": self.now + 3600, "jti": format!("v-{n}"),
                "ga4gh_visa_v1": {"type": "ControlledAccessGrants", "asserted": self.now, "value": DATASET, "source": "https://dac.example", "by": "dac"}}),
        )
    }

    fn passport(&self, n: usize, visas: &[String]) -> String {
        self.key.sign(
            &json!({"alg": self.key.alg(), "kid": self.key.kid, "typ": "vnd.ga4gh.passport+jwt"}),
            &json!({"iss": "https://issuer.example", "sub": "someone", "iat": self.now, "exp": self.now + 3600, "jti": format!("p-{n}"), "ga4gh_passport_v1": visas}),
        )
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("passport of {VISAS} visas; verifications per second on one core (microseconds each)");
    println!(
        "{:<12} {:>10} {:>22} {:>22} {:>22}",
        "algorithm", "bytes", "no cache", "visas cached", "whole passport cached"
    );
    for key in [SigningKey::rs256("k", 0), SigningKey::es256("k")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        std::fs::write(&path, json!({"keys": [key.jwk()]}).to_string()).unwrap();
        let config: TrustedIssuers = toml::from_str(&format!(
            "[[issuer]]\nissuer = 'https://issuer.example'\nkinds = ['broker', 'visa-issuer']\njwks_file = '{}'\nbearer = ['passport']\n\
             visa = [{{ type = 'ControlledAccessGrants', sources = ['https://dac.example'], by = ['dac'], values = ['{DATASET}'] }}]\n",
            path.display()
        ))
        .unwrap();
        let authenticator = Authenticator::new(&config, Arc::new(SystemClock::default())).unwrap();
        let now = i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_secs(),
        )
        .unwrap();
        let issuer = Issuer { key, now };
        let fresh: Vec<String> = (0..SAMPLES)
            .map(|n| issuer.passport(n, &(0..VISAS).map(|v| issuer.visa(n * VISAS + v)).collect::<Vec<_>>()))
            .collect();
        let same_visas: Vec<String> = (0..VISAS).map(|v| issuer.visa(v)).collect();
        let repeated: Vec<String> = (0..SAMPLES).map(|n| issuer.passport(SAMPLES + n, &same_visas)).collect();
        let check = |tokens: &[String]| {
            let started = Instant::now();
            for token in tokens {
                let caller = runtime.block_on(authenticator.authenticate(Some(token), &[])).unwrap();
                assert_eq!(caller.controlled.len(), VISAS);
            }
            started.elapsed()
        };
        check(&[issuer.passport(2 * SAMPLES, &same_visas)]);
        let (cold, visas, whole) = (check(&fresh), check(&repeated), check(&repeated));
        println!(
            "{:<12} {:>10} {:>22} {:>22} {:>22}",
            issuer.key.alg(),
            fresh[0].len(),
            rate(cold),
            rate(visas),
            rate(whole)
        );
    }
}

fn rate(elapsed: Duration) -> String {
    let each = elapsed.as_secs_f64() / SAMPLES as f64;
    format!("{:.0}/s ({:.0} us)", 1.0 / each, each * 1e6)
}
