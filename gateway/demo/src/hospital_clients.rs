//! Makes the SMART clients of the demo's hospitals, which represent their record systems. Each client has a private key, and an assertion
//! for token requests.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gemj_model::Timestamp;
use jsonwebtoken::{Header, encode};
use serde_json::{Value, json};

use crate::broker::keys::{SigningKey, make_private_folder, write_private};
use crate::error::DemoError;

/// The SMART clients of the demo, each as `client_id` and site.
pub const HOSPITAL_CLIENTS: [(&str, &str); 2] = [("ehr-hospital-a", "hospital-a"), ("ehr-hospital-b", "hospital-b")];

/// The scopes that each client may request.
pub const SCOPES: [&str; 6] = [
    "system/Patient.crs",
    "system/Observation.crs",
    "system/DiagnosticReport.crs",
    "system/Specimen.crs",
    "system/Consent.crs",
    "system/Task.rus",
];

/// The `Identifier.system` of a hospital's patient numbers: JP Core's OID, a 1, and the institution's ten digits (invented).
#[must_use]
pub fn patient_number_system(site: &str) -> String {
    let digits = if site == "hospital-a" { "1319999901" } else { "1319999902" };
    format!("urn:oid:1.2.392.100495.20.3.51.1{digits}")
}

/// The path of the file with a client's public keys, relative to the demo's folder.
#[must_use]
pub fn jwks_file(client: &str) -> String {
    format!("clients/{client}.jwks.json")
}

/// Makes the missing keys of all clients, and writes their public keys to files.
///
/// # Errors
/// A key cannot be made, read or written.
pub fn create_or_open(dir: &Path) -> Result<(), DemoError> {
    make_private_folder(&dir.join("clients"))?;
    for (client, _) in HOSPITAL_CLIENTS {
        let (_, point) = SigningKey::create_or_open_es384(&key_path(dir, client))?;
        let half = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(point.get(range).unwrap_or_default());
        let keys = json!({"keys": [{
            "kty": "EC", "crv": "P-384", "use": "sig", "alg": "ES384", "kid": kid(client), "x": half(1..49), "y": half(49..97),
        }]});
        write_private(&dir.join(jwks_file(client)), keys.to_string().as_bytes())?;
    }
    Ok(())
}

/// A client's signed assertion for one token request (SMART App Launch 2.2.0 § Backend Services). The assertion is valid for four minutes
/// and for one use.
///
/// # Errors
/// The client does not exist, or its key cannot be read.
pub fn client_assertion(dir: &Path, client: &str, token_endpoint: &str, now: Timestamp) -> Result<String, DemoError> {
    let path = key_path(dir, client);
    if !HOSPITAL_CLIENTS.iter().any(|(known, _)| *known == client) || !path.exists() {
        return Err(DemoError::KeyFile { path });
    }
    let (key, _) = SigningKey::create_or_open_es384(&path)?;
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| DemoError::KeyGeneration)?;
    let claims: Value = json!({
        "iss": client,
        "sub": client,
        "aud": token_endpoint,
        "exp": now.seconds() + 240,
        "iat": now.seconds(),
        "jti": URL_SAFE_NO_PAD.encode(random),
    });
    let mut header = Header::new(key.algorithm);
    header.kid = Some(kid(client));
    encode(&header, &claims, &key.key).map_err(|_| DemoError::KeyFile { path })
}

fn kid(client: &str) -> String {
    format!("{client}-1")
}

fn key_path(dir: &Path, client: &str) -> std::path::PathBuf {
    dir.join("clients").join(format!("{client}.pem"))
}
