//! Random private keys, stored as PKCS #8 PEM that only their owner can read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey};

use crate::error::DemoError;

/// A private key, and the only algorithm that it is used with.
pub(crate) struct SigningKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) key: EncodingKey,
}

impl SigningKey {
    /// The RSA key (2048 bit) in this file. If the file does not exist, a new key is made.
    pub(super) fn create_or_open_rs256(path: &Path) -> Result<Self, DemoError> {
        let pem = existing_or(path, || {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| DemoError::KeyGeneration)?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| DemoError::KeyGeneration)?;
            Ok(pem(der.as_ref()))
        })?;
        let key = EncodingKey::from_rsa_pem(&pem).map_err(|_| DemoError::KeyFile { path: path.to_owned() })?;
        Ok(Self {
            algorithm: Algorithm::RS256,
            key,
        })
    }

    /// The P-384 key in this file, with its public point. If the file does not exist, a new key is made.
    pub(crate) fn create_or_open_es384(path: &Path) -> Result<(Self, Vec<u8>), DemoError> {
        let unreadable = || DemoError::KeyFile { path: path.to_owned() };
        let text = existing_or(path, || {
            let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| DemoError::KeyGeneration)?;
            let der = pair.to_pkcs8v1().map_err(|_| DemoError::KeyGeneration)?;
            Ok(pem(der.as_ref()))
        })?;
        let key = EncodingKey::from_ec_pem(&text).map_err(|_| unreadable())?;
        let lines: String = String::from_utf8_lossy(&text)
            .lines()
            .filter(|line| !line.starts_with('-'))
            .collect();
        let der = STANDARD.decode(lines).map_err(|_| unreadable())?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &der).map_err(|_| unreadable())?;
        let algorithm = Algorithm::ES384;
        Ok((Self { algorithm, key }, pair.public_key().as_ref().to_vec()))
    }

    /// The P-256 key in this file. If the file does not exist, a new key is made.
    pub(super) fn create_or_open_es256(path: &Path) -> Result<Self, DemoError> {
        let pem = existing_or(path, || {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| DemoError::KeyGeneration)?;
            let der = pair.to_pkcs8v1().map_err(|_| DemoError::KeyGeneration)?;
            Ok(pem(der.as_ref()))
        })?;
        let key = EncodingKey::from_ec_pem(&pem).map_err(|_| DemoError::KeyFile { path: path.to_owned() })?;
        Ok(Self {
            algorithm: Algorithm::ES256,
            key,
        })
    }
}

fn existing_or(path: &Path, make: impl FnOnce() -> Result<Vec<u8>, DemoError>) -> Result<Vec<u8>, DemoError> {
    match fs::read(path) {
        Ok(pem) => Ok(pem),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let pem = make()?;
            write_private(path, &pem)?;
            Ok(pem)
        }
        Err(error) => Err(DemoError::file(path)(error)),
    }
}

/// A private key in the PEM format of RFC 7468 § 10.
fn pem(der: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.extend(line.iter().map(|b| char::from(*b)));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem.into_bytes()
}

/// Makes a folder that only its owner can enter.
pub(crate) fn make_private_folder(path: &Path) -> Result<(), DemoError> {
    fs::create_dir_all(path).map_err(DemoError::file(path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(DemoError::file(path))?;
    }
    Ok(())
}

/// Writes a file that only its owner can read. The content is written to a second file that is then renamed, so no reader sees an
/// incomplete key.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    let beside = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&beside).map_err(DemoError::file(&beside))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A file that an interrupted run left may have other permissions, so the permissions are set again.
        file.set_permissions(fs::Permissions::from_mode(0o600))
            .map_err(DemoError::file(&beside))?;
    }
    file.write_all(bytes).map_err(DemoError::file(&beside))?;
    file.sync_all().map_err(DemoError::file(&beside))?;
    fs::rename(&beside, path).map_err(DemoError::file(path))
}
