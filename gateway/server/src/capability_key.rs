//! The installation's key. The gateway uses the key to sign URLs and to compute keyed digests. A new key makes every issued URL invalid, and
//! replicas with different keys reject each other's URLs. Therefore only an operator's command creates the key.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gemj_access::CapabilityKey;

pub(crate) use self::exclusive::{KeyLock, left_over};
pub(crate) use self::key_file::KeyFile;

mod exclusive;
mod key_file;

/// Reads the installation's key from a file.
///
/// # Errors
/// The file is absent (the error text says how to create the key), cannot be read, or is no key file.
pub(crate) fn read(path: &Path) -> anyhow::Result<CapabilityKey> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => anyhow::bail!(
            "capabilities.key_file: {} does not exist. A new installation creates it once with `gemj-gateway key make`; a replica, or an installation \
             that was restored, needs the installation's existing key",
            path.display()
        ),
        read => read.with_context(|| format!("capabilities.key_file: {}", path.display()))?,
    };
    parse(&bytes).with_context(|| format!("capabilities.key_file: {}", path.display()))
}

/// Reads the installation's key from the bytes of its file.
///
/// # Errors
/// The bytes are no key file.
pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<CapabilityKey> {
    Ok(KeyFile::parse(bytes)?.key())
}

/// Creates the installation's key in a file that only its owner may read.
///
/// # Errors
/// The file already exists (the existing key is kept), or the folder cannot be written.
pub(crate) fn make(path: &Path) -> anyhow::Result<()> {
    let context = || format!("{}", path.display());
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
        builder.create(folder).with_context(context)?;
    }
    let (temporary, written) = write_beside(path, &KeyFile::fresh().bytes())?;
    // The creation of a hard link fails if the name exists. Of two processes that create a key at the same time, the first one wins, and an
    // existing key is never replaced.
    let linked = written.and_then(|()| std::fs::hard_link(&temporary, path));
    std::fs::remove_file(&temporary).with_context(context)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            anyhow::bail!(
                "{}: a key already exists and is kept; `gemj-gateway key rotate` replaces the key that signs",
                path.display()
            )
        }
        linked => linked.with_context(context),
    }
}

/// Replaces the file of the installation's key atomically. The owner, the mode and a link to the file stay.
///
/// # Errors
/// The folder cannot be written. The file is then unchanged.
pub(crate) fn replace(path: &Path, key: &KeyFile) -> anyhow::Result<()> {
    crate::replaced_file::replace(path, &key.bytes(), || Ok(())).with_context(|| format!("{}", path.display()))
}

/// Writes a new file in the folder of `path` that only its owner may read. Returns its path and the result of the write.
fn write_beside(path: &Path, bytes: &[u8]) -> anyhow::Result<(PathBuf, std::io::Result<()>)> {
    let temporary = path.with_extension(format!("new-{:016x}", rand::random::<u64>()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .with_context(|| format!("{}", path.display()))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    Ok((temporary, written))
}
