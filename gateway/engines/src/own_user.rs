//! A separate user for each run, if the gateway is root.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use ga4gh_wes::RunId;

use crate::{RunDirectory, RunSpec};

/// The number of user ids for runs.
const USERS: u32 = 1 << 16;

/// The user of a run. The user is derived from the run's id, so that the run keeps the user over restarts. Two runs with the same user are
/// still separate: each sees only its own processes and files.
pub(crate) fn user_of(base: u32, run: &RunId) -> u32 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(run.as_str().as_bytes());
    let number = u32::from(digest[0]) << 8 | u32::from(digest[1]);
    base.saturating_add(number % USERS)
}

/// The largest id that [`user_of`] returns.
pub(crate) fn last_user(base: u32) -> u32 {
    base.saturating_add(USERS - 1)
}

/// Whether this process may take another user's id.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Gives a run's user the ownership of the files that the run reads and writes. Other users cannot reach these files: only the gateway may
/// enter the run's folder, and the sandbox mounts each part separately.
pub(crate) fn give(spec: &RunSpec, user: u32) -> io::Result<()> {
    let directory = RunDirectory::new(&spec.directory);
    let one = |path: &Path| chown(path, Some(user), Some(user));
    give_tree(&directory.workflow(), user)?;
    give_tree(&directory.work(), user)?;
    one(&directory.params())?;
    spec.inputs.iter().try_for_each(|input| one(input))?;
    // bubblewrap enters the folder before it changes to the run's user.
    fs::set_permissions(directory.work(), fs::Permissions::from_mode(0o755))
}

/// Changes the owner of all files below a folder that the gateway made. The folder contains no links, and links are not followed.
fn give_tree(path: &Path, user: u32) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give_tree(&entry?.path(), user)?;
        }
    }
    std::os::unix::fs::lchown(path, Some(user), Some(user))
}
