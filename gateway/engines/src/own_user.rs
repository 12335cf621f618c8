//! Gives each run a user of its own, if the gateway runs as root.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use ga4gh_wes::RunId;

use crate::{RunDirectory, RunSpec};

/// The number of user ids that are reserved for runs.
const USERS: u32 = 1 << 16;

/// The user id of a run. It is derived from the run's id, so that it stays the same over restarts of the gateway. Two runs may have the same user id.
/// They are still separate, because each run sees only its own processes and files.
pub(crate) fn user_of(base: u32, run: &RunId) -> u32 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(run.as_str().as_bytes());
    let number = u32::from(digest[0]) << 8 | u32::from(digest[1]);
    base.saturating_add(number % USERS)
}

/// The largest user id that [`user_of`] returns.
pub(crate) fn last_user(base: u32) -> u32 {
    base.saturating_add(USERS - 1)
}

/// Whether this process is root and may change to another user id.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Makes a run's user the owner of the files that the run reads and writes. Other users cannot reach these files: only the gateway may enter the
/// run's directory, and the sandbox mounts each part separately.
pub(crate) fn give(spec: &RunSpec, user: u32) -> io::Result<()> {
    let directory = RunDirectory::new(&spec.directory);
    let one = |path: &Path| chown(path, Some(user), Some(user));
    give_tree(&directory.workflow(), user)?;
    give_tree(&directory.work(), user)?;
    one(&directory.params())?;
    spec.inputs.iter().try_for_each(|input| one(input))?;
    // bubblewrap enters the folder before it changes to the run's user, so the folder must be accessible.
    fs::set_permissions(directory.work(), fs::Permissions::from_mode(0o755))
}

/// Changes the owner of a folder that the gateway made, and of all files in it. The folder contains no links, and links are not followed.
fn give_tree(path: &Path, user: u32) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give_tree(&entry?.path(), user)?;
        }
    }
    std::os::unix::fs::lchown(path, Some(user), Some(user))
}
