//! The installation's key. The gateway uses the key to sign URLs and to compute keyed digests. A new key makes every issued URL invalid, and
//! replicas with different keys reject each other's URLs. Therefore only an operator's command creates the key.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use gemj_access::CapabilityKey;

/// Reads the installation's key from a file.
///
/// # Errors
/// The file is absent (the error text says how to create the key), cannot be read, or does not contain 32 bytes.
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
/// The file does not contain 32 bytes.
pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<CapabilityKey> {
    let key: [u8; 32] = bytes.try_into().map_err(|_| anyhow::anyhow!("32 bytes are expected"))?;
    Ok(CapabilityKey::new(key))
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
    let fresh: [u8; 32] = rand::random();
    let temporary = path.with_extension(format!("new-{:016x}", rand::random::<u64>()));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .with_context(context)?;
    let written = file.write_all(&fresh).and_then(|()| file.sync_all());
    // The creation of a hard link fails if the name exists. Of two processes that create a key at the same time, the first one wins, and an
    // existing key is never replaced.
    let linked = written.and_then(|()| std::fs::hard_link(&temporary, path));
    std::fs::remove_file(&temporary).with_context(context)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            anyhow::bail!("{}: a key already exists and is kept", path.display())
        }
        linked => linked.with_context(context),
    }
}
