//! The lock that a serving gateway holds in the folder of signed heads, so that no other installation writes there.
//!
//! The configuration of a restored installation may name the folder of an installation that is still in use, for example in a rehearsal. Its writes would
//! contradict the database of that installation, which would then be sealed. Each gateway holds a file that is named after the place of its database.
//! Replicas share the file.

use std::fs::{File, TryLockError};

use anyhow::Context as _;
use gemj_access::{Job, Upkeep};

use crate::command_error::CommandError;
use crate::installation::{Installation, make_private_folder};

/// The beginning of the names of the lock files.
const BEGIN: &str = "in-use.";

async fn name(installation: &Installation) -> anyhow::Result<String> {
    let place = installation.stores.catalogue.place(Upkeep::of(Job::Inventory)).await;
    Ok(format!("{BEGIN}{}", place.context("database")?))
}

/// Holds the folder until the value is dropped. Absent without a folder, or if the folder cannot be written: the gateway is then not ready for
/// another reason. Fails if a gateway with another database holds the folder.
pub(crate) async fn hold(installation: &Installation) -> anyhow::Result<Option<File>> {
    refuse_others(installation).await?;
    let Some(folder) = installation.configuration.files_outside() else {
        return Ok(None);
    };
    let path = folder.join(name(installation).await?);
    let mut options = File::options();
    std::os::unix::fs::OpenOptionsExt::mode(options.read(true).write(true).create(true).truncate(false), 0o600);
    let file = make_private_folder(&folder).and_then(|()| options.open(path)).ok();
    if let Some(file) = &file
        && let Err(error) = file.try_lock_shared()
    {
        tracing::warn!(%error, "audit.checkpoint_dir: the folder cannot be locked, so other installations are not kept out of it");
    }
    Ok(file)
}

/// Fails if a gateway with another database holds the folder.
pub(crate) async fn refuse_others(installation: &Installation) -> anyhow::Result<()> {
    let Some(folder) = installation.configuration.files_outside() else {
        return Ok(());
    };
    let own = name(installation).await?;
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let other = entry.file_name();
        let is_other = other.to_str().is_some_and(|name| name.starts_with(BEGIN) && name != own);
        if !is_other {
            continue;
        }
        // On NFS, an exclusive lock needs a file that is open for writing.
        let Ok(file) = File::options().read(true).write(true).open(entry.path()) else {
            continue;
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let folder = folder.display().to_string();
                return Err(CommandError::FolderInUse { folder }.into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{}: the folder cannot be locked", folder.display()));
            }
        }
    }
    Ok(())
}
