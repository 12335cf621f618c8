//! A back-up of the configuration and keys whose own files are replaced.
#![allow(clippy::unwrap_used)]
use std::path::Path;

use gemj_access::{CapabilityKey, Job, Upkeep};

use super::key_archive::{KeyFile, KeyRole};
use super::*;

const PASSPHRASE: &str = "correct horse battery staple";

fn key() -> CapabilityKey {
    CapabilityKey::new([7; 32])
}

async fn made(folder: &Path) {
    let keys = [KeyFile {
        role: KeyRole::InstallationKey,
        path: "secrets/capability.key".to_owned(),
        content: vec![7; 32],
    }];
    let sources = Sources {
        stores: None,
        runs: None,
        keys: &keys,
        passphrase: PASSPHRASE,
        key: &key(),
        gateway: "1",
        begun: "2026-11-23T00:00:00Z".to_owned(),
    };
    create(&sources, Upkeep::of(Job::BackUp), folder, |_, _| {}).await.unwrap();
}

fn verified(folder: &Path) -> Result<(), BackupFault> {
    Opened::open(folder, PASSPHRASE)?.verify(&key(), |_, _| {})
}

#[tokio::test]
async fn a_link_or_a_pipe_in_place_of_a_file_of_the_backup_itself_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("back-up");
    made(&folder).await;
    verified(&folder).unwrap();
    for name in [MANIFEST, KEYS, MANIFEST_CODE] {
        let (place, moved) = (folder.join(name), scratch.path().join(name));
        std::fs::rename(&place, &moved).unwrap();
        // The link names a file with the right content.
        std::os::unix::fs::symlink(&moved, &place).unwrap();
        let fault = verified(&folder).unwrap_err();
        assert!(matches!(&fault, BackupFault::NotRegular(path) if *path == place), "{name}: {fault}");
        std::fs::remove_file(&place).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &place, rustix::fs::Mode::from_raw_mode(0o600)).unwrap();
        let fault = verified(&folder).unwrap_err();
        assert!(matches!(&fault, BackupFault::NotRegular(path) if *path == place), "{name}: {fault}");
        std::fs::remove_file(&place).unwrap();
        std::fs::rename(&moved, &place).unwrap();
    }
    std::fs::write(folder.join(MANIFEST_CODE), "0".repeat(129)).unwrap();
    assert!(matches!(verified(&folder), Err(BackupFault::TooLarge { most_bytes: 128, .. })));
}
