//! Removes folders that a workflow made, however deep and with any permissions.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Removes a folder and everything below it. When this function is called, no process may write to the folder any more.
///
/// A workflow can nest folders deeper than the limits of paths and of open files allow, and can remove the owner's permissions from
/// folders. So each folder is first made accessible, and its subfolders are moved up to `path`. No path is then longer than two names below
/// `path`.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    let is_folder = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?.is_dir(),
    };
    if !is_folder {
        return fs::remove_file(path);
    }
    let open = |folder: &Path| fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    open(path)?;
    // The prefix is random, so the workflow cannot have used it in a name.
    let prefix = format!("{:032x}", rand::random::<u128>());
    let mut moved = 0_u64;
    loop {
        let mut is_empty = true;
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            is_empty = false;
            if !entry.file_type()?.is_dir() {
                fs::remove_file(entry.path())?;
                continue;
            }
            let folder = entry.path();
            open(&folder)?;
            for inner in fs::read_dir(&folder)? {
                let inner = inner?;
                if inner.file_type()?.is_dir() {
                    // A folder without write permission cannot be moved, because a move changes its `..` entry.
                    open(&inner.path())?;
                    fs::rename(inner.path(), path.join(format!("{prefix}-{moved}")))?;
                    moved += 1;
                } else {
                    fs::remove_file(inner.path())?;
                }
            }
            fs::remove_dir(&folder)?;
        }
        if is_empty {
            return fs::remove_dir(path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::process::Command;

    use super::*;

    #[test]
    fn a_deep_tree_with_closed_folders_is_removed_and_links_are_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let kept = place.path().join("kept");
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "x").unwrap();
        let tree = place.path().join("tree");
        fs::create_dir(&tree).unwrap();
        let script =
            "for (1..3000) { mkdir 'd' x 200; chdir 'd' x 200 or die; open(F, '>f'); close F } symlink($ARGV[0], 'l'); chmod 0, '.'";
        let made = Command::new("perl")
            .args(["-e", script])
            .arg(&kept)
            .current_dir(&tree)
            .status()
            .unwrap();
        assert!(made.success());
        fs::create_dir(tree.join("wide")).unwrap();
        for number in 0..100 {
            fs::create_dir(tree.join("wide").join(number.to_string())).unwrap();
        }
        std::os::unix::fs::symlink(&kept, tree.join("link")).unwrap();
        remove_tree(&tree).unwrap();
        assert!(!tree.exists());
        assert_eq!(fs::read_to_string(kept.join("file")).unwrap(), "x");
        remove_tree(&tree).unwrap();
    }
}
