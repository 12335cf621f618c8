//! Reads and checks a client's assertion (SMART App Launch 2.2.0 § Authenticate to FHIR authorization server; RFC 7523 § 3).

use aws_lc_rs::digest;
use ga4gh_passport::{CompactJws, parse_json_object};
use gemj_model::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};

use super::SmartFault;

/// The longest assertion that is read, in bytes.
const MAX_BYTES: usize = 8 * 1024;
/// The longest allowed time from now to an assertion's end, in seconds, without [`LEEWAY_S`]. SMART: "no more than five minutes in the future".
const MAX_AHEAD_S: i64 = 300;
/// Allowed difference between the client's clock and the gateway's clock, in seconds. It does not extend the use of an assertion beyond its end.
const LEEWAY_S: i64 = 30;

/// An assertion that was read, but not yet checked with a key.
pub(super) struct Assertion<'a> {
    jws: CompactJws<'a>,
    claims: Map<String, Value>,
    pub(super) algorithm: Algorithm,
    pub(super) key_id: String,
    pub(super) client_id: String,
    pub(super) expires: Timestamp,
    token_id: String,
}

impl<'a> Assertion<'a> {
    /// Reads the parts of an assertion that are needed to find the client and its key. No claim is trusted at this point.
    pub(super) fn parse(text: &'a str) -> Result<Self, SmartFault> {
        let jws = CompactJws::parse(text, MAX_BYTES).map_err(|_| SmartFault::Client)?;
        let header = parse_json_object(&jws.header).map_err(|_| SmartFault::Client)?;
        let claims = parse_json_object(&jws.payload).map_err(|_| SmartFault::Client)?;
        let algorithm = match text_of(&header, "alg")?.as_str() {
            "RS384" => Algorithm::RS384,
            "ES384" => Algorithm::ES384,
            _ => return Err(SmartFault::Client),
        };
        if header.contains_key("crit")
            || header
                .get("typ")
                .is_some_and(|typ| !typ.as_str().is_some_and(|t| t.eq_ignore_ascii_case("JWT")))
        {
            return Err(SmartFault::Client);
        }
        let client_id = text_of(&claims, "iss")?;
        if text_of(&claims, "sub")? != client_id {
            return Err(SmartFault::Client);
        }
        Ok(Self {
            algorithm,
            key_id: text_of(&header, "kid")?,
            expires: time_of(&claims, "exp")?.ok_or(SmartFault::Client)?,
            token_id: text_of(&claims, "jti")?,
            client_id,
            claims,
            jws,
        })
    }

    /// Checks the assertion's signature, audience and times.
    pub(super) fn check(&self, key: &DecodingKey, token_endpoint: &str, now: Timestamp) -> Result<(), SmartFault> {
        let input = self.jws.signing_input.as_bytes();
        let good = jsonwebtoken::crypto::verify(self.jws.signature_base64url, input, key, self.algorithm).unwrap_or(false);
        let audience = match self.claims.get("aud") {
            Some(Value::String(one)) => one == token_endpoint,
            Some(Value::Array(several)) => several.iter().any(|one| one == token_endpoint),
            _ => false,
        };
        let soon = now.plus_seconds(LEEWAY_S);
        let begun = |name| Ok::<_, SmartFault>(time_of(&self.claims, name)?.is_none_or(|time| time <= soon));
        let in_time = self.expires > now && self.expires <= now.plus_seconds(MAX_AHEAD_S + LEEWAY_S) && begun("iat")? && begun("nbf")?;
        if good && audience && in_time {
            Ok(())
        } else {
            Err(SmartFault::Client)
        }
    }

    /// The assertion's `jti`.
    pub(super) fn token_id(&self) -> &str {
        &self.token_id
    }

    /// The digest by which the calling code remembers a used assertion.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [&self.client_id, &self.token_id] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        bytes
    }
}

fn text_of(object: &Map<String, Value>, name: &str) -> Result<String, SmartFault> {
    let text = object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or(SmartFault::Client)
}

/// Reads a claim that is a NumericDate in whole seconds; absent if the claim is absent.
fn time_of(object: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, SmartFault> {
    match object.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_i64()
            .filter(|seconds| (0..=253_402_300_799).contains(seconds))
            .map(|seconds| Some(Timestamp::from_seconds(seconds)))
            .ok_or(SmartFault::Client),
    }
}
