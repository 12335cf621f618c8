//! Opens and verifies a back-up before anything is restored.

use std::collections::BTreeSet;
use std::path::Path;

use gemj_access::CapabilityKey;
use sha2::{Digest as _, Sha256};

use super::create::CODE;
use super::fault::BackupFault;
use super::folder::Folder;
use super::key_archive::{self, KeyFile};
use super::manifest::{FORMAT, Manifest, files_below, path_in};
use super::{KEYS, MANIFEST, MANIFEST_CODE};

/// The largest manifest: more than a million files. The manifest is read before its authentication code can be verified.
const MOST_MANIFEST_BYTES: u64 = 1 << 30;
/// The largest archive of the configuration, the keys and the other small files.
const MOST_KEYS_BYTES: u64 = 256 << 20;
/// The largest file with an authentication code: 64 hex digits and a line break, with room for other line breaks.
const MOST_CODE_BYTES: u64 = 128;

/// A back-up whose manifest was read and whose keys were decrypted.
#[derive(Debug)]
pub struct Opened {
    pub(super) folder: Folder,
    text: Vec<u8>,
    /// The manifest.
    pub manifest: Manifest,
    /// The configuration and the files that it names.
    pub keys: Vec<KeyFile>,
}

impl Opened {
    /// Reads the manifest of a back-up and decrypts its keys. The other files are not verified yet.
    ///
    /// # Errors
    /// [`BackupFault`] if the manifest is absent or malformed, or if the keys cannot be decrypted.
    pub fn open(folder: &Path, passphrase: &str) -> Result<Self, BackupFault> {
        let path = folder.join(MANIFEST);
        let no_manifest = || BackupFault::NoManifest(folder.to_owned());
        let opened = match Folder::open(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(no_manifest()),
            opened => opened.map_err(BackupFault::of(folder))?,
        };
        let text = match opened.file(MANIFEST) {
            Err(BackupFault::Missing(_)) => return Err(no_manifest()),
            file => file?.content(MOST_MANIFEST_BYTES)?,
        };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| BackupFault::Manifest(path.clone()))?;
        if manifest.format != FORMAT {
            return Err(BackupFault::Manifest(path));
        }
        let path = folder.join(KEYS);
        let sealed = opened.file(KEYS)?.content(MOST_KEYS_BYTES)?;
        let keys = key_archive::open(&sealed, passphrase).map_err(|fault| BackupFault::Keys(path, fault))?;
        Ok(Self {
            folder: opened,
            text,
            manifest,
            keys,
        })
    }

    /// The name of the back-up: the SHA-256 of its manifest in hex.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(Sha256::digest(&self.text))
    }

    /// Verifies that the manifest was made with this key, and that the folder contains exactly the files of the manifest with their sizes and
    /// checksums. `progress` receives the number of files verified so far and the number of all files.
    ///
    /// # Errors
    /// The first [`BackupFault`].
    pub fn verify(&self, key: &CapabilityKey, progress: impl Fn(u64, u64)) -> Result<(), BackupFault> {
        let folder = self.folder.path();
        let written = self.folder.file(MANIFEST_CODE)?.content(MOST_CODE_BYTES)?;
        if written.trim_ascii_end() != hex::encode(key.mac(CODE, &self.text)).as_bytes() {
            return Err(BackupFault::ManifestCode(folder.join(MANIFEST)));
        }
        let found: BTreeSet<String> = files_below(folder)?.into_iter().collect();
        for name in &found {
            if name != MANIFEST && name != MANIFEST_CODE && !self.manifest.files.contains_key(name) {
                return Err(BackupFault::Added(folder.join(name)));
            }
        }
        let total = self.manifest.files.len() as u64;
        for ((name, expected), number) in self.manifest.files.iter().zip(1..) {
            if path_in(folder, name).is_none() {
                return Err(BackupFault::Manifest(folder.join(MANIFEST)));
            }
            self.folder.file(name)?.verify(expected)?;
            progress(number, total);
        }
        Ok(())
    }
}
