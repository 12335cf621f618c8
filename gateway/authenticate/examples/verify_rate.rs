//! Prints the cost of verifying a passport with ten visas, in microseconds of CPU time, for RS256 (2048 bits) and ES256.
//!
//! * Each algorithm is measured without a cache, with cached visas, and with the whole passport cached.
//! * The ratios are compared with the targets.
//! * The floor of the same run, the eleven signatures alone, is printed beside the results.
//!
//! Run: `cargo run --release -p gemj-authenticate --example verify_rate`.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_authenticate::{Authenticator, TrustedIssuers};
use gemj_model::SystemClock;
use serde_json::json;

#[allow(dead_code)]
#[path = "../tests/it/signing.rs"]
mod signing;

use signing::SigningKey;

const VISAS: usize = 10;
const SAMPLES: usize = 400;
/// The number of rounds for the cache of whole passports. This cache is so much faster that it is measured in more rounds.
const ROUNDS_WHOLE: usize = 50;
const DATASET: &str = "https://gemj.example/datasets/cancer";

/// The highest allowed cost of one verification without a cache, in microseconds, for RS256 with 2048 bits.
const UNCACHED_MAX_US: f64 = 1500.0;
/// The smallest allowed factor by which the visa cache is faster than no cache.
const VISAS_CACHED_MIN_RATIO: f64 = 3.0;
/// The smallest allowed factor by which the cache of whole passports is faster than no cache.
const WHOLE_CACHED_MIN_RATIO: f64 = 20.0;

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

    /// Verifies only the signatures of one passport and its visas, with the same library and a key that was parsed
    /// once. This is the floor of the measurement.
    fn floor(&self, tokens: &[(&str, Vec<u8>)]) {
        let key = match self.key.alg() {
            "RS256" => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public_bytes()).unwrap(),
            _ => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_bytes()).unwrap(),
        };
        for (input, signature) in tokens {
            key.verify_sig(input.as_bytes(), signature).unwrap();
        }
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("passport of {VISAS} visas; microseconds of CPU time each");
    println!(
        "{:<10} {:>7} {:>18} {:>10} {:>8} {:>14} {:>15}",
        "algorithm", "bytes", "signatures alone", "no cache", "x floor", "visas cached", "whole passport"
    );
    let mut verdicts = Vec::new();
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
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let issuer = Issuer {
            key,
            now: i64::try_from(since_epoch.as_secs()).unwrap(),
        };
        let fresh: Vec<String> = (0..SAMPLES)
            .map(|n| issuer.passport(n, &(0..VISAS).map(|v| issuer.visa(n * VISAS + v)).collect::<Vec<_>>()))
            .collect();
        let same_visas: Vec<String> = (0..VISAS).map(|v| issuer.visa(v)).collect();
        let repeated: Vec<String> = (0..SAMPLES).map(|n| issuer.passport(SAMPLES + n, &same_visas)).collect();
        let signed: Vec<(&str, Vec<u8>)> = same_visas.iter().chain(&repeated[..1]).map(|token| parts(token)).collect();
        let check = |tokens: &[String]| {
            for token in tokens {
                let caller = runtime.block_on(authenticator.authenticate(Some(token), &[])).unwrap();
                assert_eq!(caller.controlled.len(), VISAS);
            }
        };
        // This verification loads the keys and puts the shared visas into the cache before the measurement.
        check(&[issuer.passport(2 * SAMPLES, &same_visas)]);
        let floor = cost(SAMPLES, || (0..SAMPLES).for_each(|_| issuer.floor(&signed)));
        let cold = cost(SAMPLES, || check(&fresh));
        let visas = cost(SAMPLES, || check(&repeated));
        let whole = cost(SAMPLES * ROUNDS_WHOLE, || (0..ROUNDS_WHOLE).for_each(|_| check(&repeated)));
        println!(
            "{:<10} {:>7} {floor:>18.0} {cold:>10.0} {:>8.2} {visas:>14.1} {whole:>15.2}",
            issuer.key.alg(),
            fresh[0].len(),
            cold / floor,
        );
        verdicts.push((format!("{} visa cache", issuer.key.alg()), cold / visas, VISAS_CACHED_MIN_RATIO));
        verdicts.push((
            format!("{} whole-passport cache", issuer.key.alg()),
            cold / whole,
            WHOLE_CACHED_MIN_RATIO,
        ));
        if issuer.key.alg() == "RS256" {
            println!(
                "           uncached: {cold:.0} us, target at most {UNCACHED_MAX_US:.0} us: {}",
                met(cold <= UNCACHED_MAX_US)
            );
        }
    }
    for (what, ratio, target) in verdicts {
        println!("{what:<28} {ratio:>6.1} x, target at least {target:.0} x: {}", met(ratio >= target));
    }
}

fn met(holds: bool) -> &'static str {
    if holds { "met" } else { "NOT MET" }
}

/// The signed bytes of a token and the token's signature, in this order.
fn parts(token: &str) -> (&str, Vec<u8>) {
    let (input, signature) = token.rsplit_once('.').unwrap();
    (input, URL_SAFE_NO_PAD.decode(signature).unwrap())
}

/// The CPU time of this thread for one of `count` repetitions in `work`, in microseconds.
fn cost(count: usize, work: impl FnOnce()) -> f64 {
    let before = cpu_ns();
    work();
    (cpu_ns() - before) as f64 / count as f64 / 1000.0
}

/// The CPU time of this thread in nanoseconds, as Linux's scheduler states it. The scheduler updates the value when the thread yields.
fn cpu_ns() -> u64 {
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("CPU time of a thread is read from Linux's /proc");
    text.split_whitespace().next().unwrap().parse().unwrap()
}
