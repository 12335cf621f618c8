//! Opens and verifies a back-up before anything is restored.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gemj_access::CapabilityKey;
use sha2::{Digest as _, Sha256};

use super::create::CODE;
use super::fault::BackupFault;
use super::key_archive::{self, KeyFile};
use super::manifest::{FORMAT, Manifest, files_below, path_in, state_of_file};
use super::{KEYS, MANIFEST, MANIFEST_CODE};

/// A back-up whose manifest was read and whose keys were decrypted.
#[derive(Debug)]
pub struct Opened {
    pub(super) folder: PathBuf,
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
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(BackupFault::NoManifest(folder.to_owned())),
            text => text.map_err(BackupFault::of(&path))?,
        };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|_| BackupFault::Manifest(path.clone()))?;
        if manifest.format != FORMAT {
            return Err(BackupFault::Manifest(path));
        }
        let path = folder.join(KEYS);
        let sealed = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(BackupFault::Missing(path)),
            sealed => sealed.map_err(BackupFault::of(&path))?,
        };
        let keys = key_archive::open(&sealed, passphrase).map_err(|fault| BackupFault::Keys(path, fault))?;
        Ok(Self {
            folder: folder.to_owned(),
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
        let path = self.folder.join(MANIFEST_CODE);
        let written = std::fs::read_to_string(&path).map_err(BackupFault::of(&path))?;
        if written.trim_end() != hex::encode(key.mac(CODE, &self.text)) {
            return Err(BackupFault::ManifestCode(self.folder.join(MANIFEST)));
        }
        let found: BTreeSet<String> = files_below(&self.folder)?.into_iter().collect();
        for name in &found {
            if name != MANIFEST && name != MANIFEST_CODE && !self.manifest.files.contains_key(name) {
                return Err(BackupFault::Added(self.folder.join(name)));
            }
        }
        let total = self.manifest.files.len() as u64;
        for ((name, expected), number) in self.manifest.files.iter().zip(1..) {
            let path = path_in(&self.folder, name).ok_or_else(|| BackupFault::Manifest(self.folder.join(MANIFEST)))?;
            if !found.contains(name) {
                return Err(BackupFault::Missing(path));
            }
            if state_of_file(&path)? != *expected {
                return Err(BackupFault::Damaged(path));
            }
            progress(number, total);
        }
        Ok(())
    }
}
