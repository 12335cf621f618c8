//! The encrypted part of a back-up: the configuration, the keys, and the other small files that the configuration names.
//!
//! The file has two text lines and the encrypted content:
//!
//! 1. `gemj-keys-1`
//! 2. a JSON object with `kdf` (`scrypt`), `log_n`, `r`, `p`, `salt` (hex), `cipher` (`aes-256-gcm`) and `nonce` (hex)
//! 3. the AES-256-GCM ciphertext with its tag; both lines with their line breaks are the associated data
//!
//! The key is scrypt (RFC 7914) of the passphrase, 32 bytes. The content is a JSON array of [`KeyFile`].

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "gemj-keys-1";
const KDF: &str = "scrypt";
const CIPHER: &str = "aes-256-gcm";
const KEY_BYTES: usize = 32;
const SALT_BYTES: usize = 32;

/// The cost of scrypt: 2^17 blocks of 1 KiB, so 128 MiB of memory for each guess of the passphrase.
const LOG_N: u8 = scrypt::Params::RECOMMENDED_LOG_N;

/// The highest cost that is accepted when an archive is opened, so that a hostile file cannot take all memory (1 GiB).
const MOST_LOG_N: u8 = 20;
const MOST_R_TIMES_P: u32 = 64;

/// The shortest passphrase, in characters.
pub const LEAST_PASSPHRASE: usize = 16;

/// A file of the archive.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// The use of the file.
    pub role: KeyRole,
    /// The path. A path below the folder of the configuration file is relative to this folder.
    pub path: String,
    /// The content, as base64.
    #[serde(with = "as_base64")]
    pub content: Vec<u8>,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile")
            .field("role", &self.role)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// The use of a file in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyRole {
    /// The configuration file.
    Configuration,
    /// The installation's key (`capabilities.key_file`).
    InstallationKey,
    /// Another secret.
    Secret,
    /// A file without secrets, for example public keys or a consent form.
    Public,
}

/// The reasons why an archive cannot be made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// The passphrase is too short.
    #[error("the passphrase is too short: at least 16 characters are expected")]
    ShortPassphrase,
    /// The file is not an archive of a known version.
    #[error("is not an archive of keys that this version can read")]
    Format,
    /// The passphrase is wrong, or the file was altered.
    #[error("cannot be decrypted: the passphrase is wrong, or the file is damaged")]
    Passphrase,
    /// The encryption failed.
    #[error("the encryption failed")]
    Encryption,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    kdf: String,
    log_n: u8,
    r: u32,
    p: u32,
    salt: String,
    cipher: String,
    nonce: String,
}

/// Encrypts files with a passphrase.
///
/// # Errors
/// [`ArchiveFault::ShortPassphrase`] or [`ArchiveFault::Encryption`].
pub fn seal(files: &[KeyFile], passphrase: &str) -> Result<Vec<u8>, ArchiveFault> {
    seal_at(files, passphrase, LOG_N)
}

fn seal_at(files: &[KeyFile], passphrase: &str, log_n: u8) -> Result<Vec<u8>, ArchiveFault> {
    if passphrase.chars().count() < LEAST_PASSPHRASE {
        return Err(ArchiveFault::ShortPassphrase);
    }
    let failed = |_| ArchiveFault::Encryption;
    let salt: [u8; SALT_BYTES] = rand::random();
    let nonce: [u8; NONCE_LEN] = rand::random();
    let header = Header {
        kdf: KDF.to_owned(),
        log_n,
        r: scrypt::Params::RECOMMENDED_R,
        p: scrypt::Params::RECOMMENDED_P,
        salt: hex::encode(salt),
        cipher: CIPHER.to_owned(),
        nonce: hex::encode(nonce),
    };
    let header = serde_json::to_string(&header).map_err(|_| ArchiveFault::Encryption)?;
    let mut sealed = format!("{FORMAT}\n{header}\n").into_bytes();
    let cipher = cipher(
        passphrase,
        &salt,
        log_n,
        scrypt::Params::RECOMMENDED_R,
        scrypt::Params::RECOMMENDED_P,
    )?;
    let mut content = serde_json::to_vec(files).map_err(|_| ArchiveFault::Encryption)?;
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher
        .seal_in_place_append_tag(nonce, Aad::from(sealed.clone()), &mut content)
        .map_err(failed)?;
    sealed.append(&mut content);
    Ok(sealed)
}

/// Decrypts an archive.
///
/// # Errors
/// [`ArchiveFault::Format`] or [`ArchiveFault::Passphrase`].
pub fn open(bytes: &[u8], passphrase: &str) -> Result<Vec<KeyFile>, ArchiveFault> {
    let mut breaks = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at);
    let (first, second) = breaks.next().zip(breaks.next()).ok_or(ArchiveFault::Format)?;
    let (lines, sealed) = bytes.split_at(second + 1);
    if &lines[..first] != FORMAT.as_bytes() {
        return Err(ArchiveFault::Format);
    }
    let header: Header = serde_json::from_slice(&lines[first + 1..second]).map_err(|_| ArchiveFault::Format)?;
    let cost = header.r.checked_mul(header.p).ok_or(ArchiveFault::Format)?;
    if header.kdf != KDF || header.cipher != CIPHER || header.log_n > MOST_LOG_N || cost > MOST_R_TIMES_P {
        return Err(ArchiveFault::Format);
    }
    let salt = hex::decode(&header.salt).map_err(|_| ArchiveFault::Format)?;
    let nonce = hex::decode(&header.nonce).map_err(|_| ArchiveFault::Format)?;
    let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_| ArchiveFault::Format)?;
    let cipher = cipher(passphrase, &salt, header.log_n, header.r, header.p)?;
    let mut content = sealed.to_vec();
    let content = cipher
        .open_in_place(nonce, Aad::from(lines), &mut content)
        .map_err(|_| ArchiveFault::Passphrase)?;
    serde_json::from_slice(content).map_err(|_| ArchiveFault::Format)
}

fn cipher(passphrase: &str, salt: &[u8], log_n: u8, r: u32, p: u32) -> Result<LessSafeKey, ArchiveFault> {
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| ArchiveFault::Format)?;
    let mut key = [0; KEY_BYTES];
    scrypt::scrypt(passphrase.as_bytes(), salt, &params, &mut key).map_err(|_| ArchiveFault::Format)?;
    let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| ArchiveFault::Encryption)?;
    Ok(LessSafeKey::new(key))
}

mod as_base64 {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(|_| de::Error::custom("base64 is expected"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PASSPHRASE: &str = "correct horse battery staple";

    fn files() -> Vec<KeyFile> {
        vec![KeyFile {
            role: KeyRole::InstallationKey,
            path: "secrets/capability.key".to_owned(),
            content: vec![0xfe; 32],
        }]
    }

    #[test]
    fn an_archive_opens_only_with_its_passphrase_and_unaltered() {
        let sealed = seal_at(&files(), PASSPHRASE, 4).unwrap();
        assert_eq!(open(&sealed, PASSPHRASE).unwrap(), files());
        assert_eq!(open(&sealed, "another passphrase of length"), Err(ArchiveFault::Passphrase));
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(open(&altered, PASSPHRASE).is_err(), "byte {at}");
            assert!(open(&sealed[..at], PASSPHRASE).is_err(), "cut to {at}");
        }
        assert_eq!(seal(&files(), "too short"), Err(ArchiveFault::ShortPassphrase));
    }

    #[test]
    fn an_archive_that_demands_too_much_memory_is_refused() {
        let header = |log_n: u32, r: u64| {
            format!(
                "{FORMAT}\n{{\"kdf\":\"scrypt\",\"log_n\":{log_n},\"r\":{r},\"p\":1,\"salt\":\"00\",\"cipher\":\"aes-256-gcm\",\"nonce\":\"000000000000000000000000\"}}\n"
            )
        };
        for (log_n, r) in [(30, 8), (17, 100_000), (255, 8)] {
            assert_eq!(open(header(log_n, r).as_bytes(), PASSPHRASE), Err(ArchiveFault::Format));
        }
    }
}
