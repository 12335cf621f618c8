//! A user of its own for each run, where the gateway is root.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use ga4gh_wes::RunId;

use crate::{RunDirectory, RunSpec};

/// How many users there are for runs.
const USERS: u32 = 1 << 16;

/// The user of a run: from its id, so that a run keeps it over restarts. Two runs with one user are still apart: each sees only its own processes
/// and files.
pub(crate) fn user_of(base: u32, run: &RunId) -> u32 {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(run.as_str().as_bytes());
    let number = u32::from(digest[0]) << 8 | u32::from(digest[1]);
    base.saturating_add(number % USERS)
}

/// The largest id that [`user_of`] gives.
pub(crate) fn last_user(base: u32) -> u32 {
    base.saturating_add(USERS - 1)
}

/// Whether this process may take the id of another user.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Gives a run's user what the run reads and writes. Nobody else can reach it: the run's folder is the gateway's alone, and the sandbox shows each
/// part by itself.
pub(crate) fn give(spec: &RunSpec, user: u32) -> io::Result<()> {
    let directory = RunDirectory::new(&spec.directory);
    let one = |path: &Path| chown(path, Some(user), Some(user));
    give_tree(&directory.workflow(), user)?;
    give_tree(&directory.work(), user)?;
    one(&directory.params())?;
    spec.inputs.iter().try_for_each(|input| one(input))?;
    // bubblewrap enters it before it becomes the run's user.
    fs::set_permissions(directory.work(), fs::Permissions::from_mode(0o755))
}

/// Everything below a folder that the gateway itself has made: no link is in it, and none is followed.
fn give_tree(path: &Path, user: u32) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give_tree(&entry?.path(), user)?;
        }
    }
    std::os::unix::fs::lchown(path, Some(user), Some(user))
}
