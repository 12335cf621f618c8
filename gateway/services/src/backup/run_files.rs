//! The files of workflow runs: their records, logs and outputs.

use std::collections::BTreeMap;
use std::path::Path;

use super::fault::BackupFault;

/// The folder of a run with copies of stored files. These copies are made again when a run starts.
const STAGED: &str = "inputs";

/// The entries below the folder of runs, as paths relative to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RunFiles {
    /// The regular files.
    pub(super) files: Vec<String>,
    /// The symbolic links with their targets. A link is not followed.
    pub(super) links: BTreeMap<String, String>,
    /// The entries that a back-up cannot contain: special files, and names and targets that are not UTF-8. Such bytes are replaced in the text.
    pub(super) left_out: Vec<String>,
}

/// The entries of all runs, without the staged inputs. Empty if the folder does not exist. Files of active runs may appear and disappear at any time.
pub(super) fn list(folder: &Path) -> Result<RunFiles, BackupFault> {
    fn walk(folder: &Path, before: &str, found: &mut RunFiles) -> Result<(), BackupFault> {
        let failed = BackupFault::of(folder);
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(&failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(&failed)?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{before}{name}")) else {
                found.left_out.push(format!("{before}{}", entry.file_name().to_string_lossy()));
                continue;
            };
            let kind = match entry.file_type() {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                kind => kind.map_err(&failed)?,
            };
            // Only the folder directly in a run is staged. A result of a workflow may have a folder of this name.
            let is_staged = before.matches('/').count() == 1 && name.ends_with(&format!("/{STAGED}"));
            if kind.is_dir() {
                if !is_staged {
                    walk(&entry.path(), &format!("{name}/"), found)?;
                }
            } else if kind.is_file() {
                found.files.push(name);
            } else if kind.is_symlink() {
                match std::fs::read_link(entry.path()).map(|target| target.to_str().map(str::to_owned)) {
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Ok(Some(target)) => {
                        found.links.insert(name, target);
                    }
                    Ok(None) | Err(_) => found.left_out.push(name),
                }
            } else {
                found.left_out.push(name);
            }
        }
        Ok(())
    }
    let mut found = RunFiles::default();
    walk(folder, "", &mut found)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_staged_inputs_of_a_run_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["r1/inputs/staged.bam", "r1/outputs/inputs/result.txt", "r1/outputs/a.txt"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let mut found = list(folder.path()).unwrap().files;
        found.sort();
        assert_eq!(found, ["r1/outputs/a.txt", "r1/outputs/inputs/result.txt"]);
    }

    #[test]
    fn links_are_listed_with_their_targets_and_other_entries_are_named() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        let outputs = folder.path().join("r1/outputs");
        std::fs::create_dir_all(&outputs).unwrap();
        std::os::unix::fs::symlink("a.txt", outputs.join("link.txt")).unwrap();
        std::fs::write(outputs.join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "x").unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(outputs.join("socket")).unwrap();
        let mut found = list(folder.path()).unwrap();
        found.left_out.sort();
        assert_eq!(found.left_out, ["r1/outputs/socket", "r1/outputs/\u{fffd}.txt"]);
        assert_eq!(
            found.links,
            BTreeMap::from([("r1/outputs/link.txt".to_owned(), "a.txt".to_owned())])
        );
        assert!(found.files.is_empty());
    }
}
