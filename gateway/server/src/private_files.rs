//! Files at rest: what the gateway makes is its owner's alone, and keys that others may read stop the start.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::Context as _;
use rustix::fs::Mode;

use crate::configuration::Configuration;

/// What a new file or folder never lets its group or others do.
const NOT_FOR_OTHERS: u32 = 0o077;

/// Makes every folder that this process makes 0700 and every file at most 0600, whatever umask it was started with: files of genomes, the database with its
/// journal, checkpoints and folders of work, by whichever library they are made.
pub fn make_files_private() {
    rustix::process::umask(Mode::from_raw_mode(NOT_FOR_OTHERS));
}

/// Refuses a configuration with a key or secret that others may read or change. A file that is not there is left to its reader, which says so.
pub(crate) fn require_private_keys(configuration: &Configuration) -> anyhow::Result<()> {
    let mut files = vec![
        Some(&configuration.capabilities.key_file),
        configuration.objects.secret_access_key_file.as_ref(),
    ];
    files.extend(configuration.federation.partners.iter().map(|partner| partner.token_file.as_ref()));
    for issuer in &configuration.authentication.issuers {
        let exchange = issuer.exchange.as_ref();
        files.extend(
            exchange
                .into_iter()
                .flat_map(|e| [e.client_secret_file.as_ref(), e.private_key_file.as_ref()]),
        );
    }
    files.into_iter().flatten().try_for_each(|file| require_private(file))
}

fn require_private(file: &Path) -> anyhow::Result<()> {
    let metadata = match std::fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata.with_context(|| format!("{}", file.display()))?,
    };
    anyhow::ensure!(
        metadata.mode() & open_to_others(&metadata, rustix::process::geteuid().as_raw()) == 0,
        "{}: this key may be read or changed by others than its owner (mode {:04o}): `chmod 600` it",
        file.display(),
        metadata.mode() & 0o7777
    );
    Ok(())
}

/// The bits of a mode that a key must not have. A secret that is mounted for a service belongs to root and is read through the service's own group: then the
/// group may read it, and no more.
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
        // Of another user, its group may read it.
        let metadata = std::fs::metadata(&file).unwrap();
        assert_eq!(open_to_others(&metadata, metadata.uid() + 1) & 0o040, 0);
    }
}
