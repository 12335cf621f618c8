//! Permissions of files. Only the owner can access files that the gateway creates. The gateway does not start if other users can read its keys.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::fs::Mode;

use crate::configuration::{Configuration, Fault};

/// The permission bits that no new file or folder has: all permissions of group and others.
const NOT_FOR_OTHERS: u32 = 0o077;

/// The permission bits that a file with public keys must not have: write permission of group and others.
const NOT_CHANGED_BY_OTHERS: u32 = 0o022;

/// Sets the process's umask, so that every new folder has at most mode 0700 and every new file at most 0600. This covers files of genomes, the
/// database with its journal, checkpoints and work folders, and also files that libraries create.
pub fn make_files_private() {
    rustix::process::umask(Mode::from_raw_mode(NOT_FOR_OTHERS));
}

/// Checks the files that the configuration names. Rejects a key or secret that other users may read or change. Also rejects a file of public
/// keys that other users may change, because public keys decide which tokens are accepted. An absent file is no error here. The code that reads
/// the file reports the absence.
pub(crate) fn require_private_keys(configuration: &Configuration) -> anyhow::Result<()> {
    secrets(configuration).into_iter().try_for_each(|file| require_private(file))?;
    trusted_keys(configuration).into_iter().try_for_each(|file| require_unchanged(file))
}

/// The faults that [`require_private_keys`] finds, all of them.
pub(crate) fn faults_of_permissions(configuration: &Configuration) -> Vec<Fault> {
    let of_secrets = secrets(configuration).into_iter().map(|file| require_private(file));
    let of_keys = trusted_keys(configuration).into_iter().map(|file| require_unchanged(file));
    let faults = of_secrets.chain(of_keys).filter_map(Result::err);
    faults.map(|fault| Fault::at("", format!("{fault:#}"))).collect()
}

/// The files of a configuration that contain a secret.
pub(crate) fn secrets(configuration: &Configuration) -> Vec<&PathBuf> {
    let mut files = vec![
        Some(&configuration.capabilities.key_file),
        configuration.objects.secret_access_key_file.as_ref(),
        configuration.metrics.token_file.as_ref(),
        configuration.server.tls.as_ref().map(|tls| &tls.key_file),
    ];
    files.extend(configuration.federation.partners.iter().map(|partner| partner.token_file.as_ref()));
    for issuer in &configuration.authentication.issuers {
        files.extend(issuer.secret_files().map(Some));
    }
    files.into_iter().flatten().collect()
}

/// The files of a configuration with the public keys of issuers and SMART clients, and with the certificates of certificate authorities and of the
/// gateway itself.
pub(crate) fn trusted_keys(configuration: &Configuration) -> Vec<&PathBuf> {
    let trust = &configuration.authentication;
    let of_issuers = trust.issuers.iter().filter_map(|issuer| issuer.jwks_file.as_ref());
    let of_clients = trust.clients.iter().filter_map(|client| client.jwks_file.as_ref());
    let certificate = configuration.server.tls.iter().map(|tls| &tls.certificate_file);
    of_issuers.chain(of_clients).chain(&trust.ca_file).chain(certificate).collect()
}

/// Rejects a secret file that other users may read or change.
pub(crate) fn require_private(file: &Path) -> anyhow::Result<()> {
    let Some(metadata) = metadata_of(file)? else { return Ok(()) };
    anyhow::ensure!(
        metadata.mode() & open_to_others(&metadata, rustix::process::geteuid().as_raw()) == 0,
        "{}: users other than the owner may read or change this key (mode {:04o}): `chmod 600` it",
        file.display(),
        metadata.mode() & 0o7777
    );
    Ok(())
}

fn require_unchanged(file: &Path) -> anyhow::Result<()> {
    let Some(metadata) = metadata_of(file)? else { return Ok(()) };
    anyhow::ensure!(
        metadata.mode() & NOT_CHANGED_BY_OTHERS == 0,
        "{}: users other than the owner may change these keys (mode {:04o}): `chmod 644` or `chmod 600` them",
        file.display(),
        metadata.mode() & 0o7777
    );
    Ok(())
}

/// The metadata of a file; absent if the file does not exist.
fn metadata_of(file: &Path) -> anyhow::Result<Option<Metadata>> {
    match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        metadata => metadata.map(Some).with_context(|| format!("{}", file.display())),
    }
}

/// The permission bits that a secret file must not have. A secret that is mounted for a service belongs to root, and the service reads it
/// through its own group. Therefore the group may read, but not write, a file of another user.
fn open_to_others(metadata: &Metadata, user: u32) -> u32 {
    if metadata.uid() == user { NOT_FOR_OTHERS } else { 0o037 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_that_others_may_read_or_change_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "key").unwrap();
        for (mode, is_private) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
            (0o602, false),
            (0o644, false),
        ] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = require_private(&file).err().map(|error| error.to_string());
            assert_eq!(refused.is_none(), is_private, "{mode:o}: {refused:?}");
        }
        require_private(&folder.path().join("absent")).unwrap();
        // The group may read a key that belongs to another user.
        let metadata = std::fs::metadata(&file).unwrap();
        assert_eq!(open_to_others(&metadata, metadata.uid() + 1) & 0o040, 0);
    }
}
