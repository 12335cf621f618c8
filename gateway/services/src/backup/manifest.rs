//! The manifest of a back-up: a list of its files with sizes and checksums.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::fault::BackupFault;

/// The format of manifests that this version writes and reads.
pub(super) const FORMAT: &str = "gemj-backup-1";

/// The manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format of the manifest.
    pub format: String,
    /// The version of the gateway that made the back-up.
    pub gateway: String,
    /// The time at which the back-up began (RFC 3339).
    pub begun: String,
    /// The state of the database copy. Absent for a back-up of the configuration and keys alone.
    pub database: Option<DatabaseState>,
    /// Every file except the manifest and its code, by path relative to the back-up's folder, with `/` between names.
    pub files: BTreeMap<String, FileState>,
    /// The symbolic links of runs with their targets, by path relative to the folder of runs. The back-up's folder does not contain them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
    /// The entries of runs that the back-up lacks: special files, and names that are not UTF-8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// The state of the database copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseState {
    /// The policy epoch. Consent events with a higher number are not in the copy.
    pub epoch: u64,
    /// The generation of the carrier index.
    pub generation: u64,
}

/// The size and checksum of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileState {
    /// The size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 in lower-case hex.
    pub sha256: String,
}

/// Reads the size and the checksum of a file.
pub(super) fn state_of_file(path: &Path) -> Result<FileState, BackupFault> {
    let failed = BackupFault::of(path);
    let mut file = std::fs::File::open(path).map_err(&failed)?;
    let (mut hash, mut size_bytes) = (Sha256::new(), 0);
    let mut step = vec![0; 1024 * 1024];
    loop {
        let count = file.read(&mut step).map_err(&failed)?;
        if count == 0 {
            break;
        }
        hash.update(&step[..count]);
        size_bytes += count as u64;
    }
    Ok(FileState {
        size_bytes,
        sha256: hex::encode(hash.finalize()),
    })
}

/// The path of a manifest's file in a folder. Absent for a name that could leave the folder.
pub(super) fn path_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let relative = Path::new(name);
    let is_plain = !name.is_empty() && relative.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain.then(|| folder.join(relative))
}

/// Every regular file below a folder, as paths relative to the folder with `/` between names, in order. Symbolic links and special files are errors.
pub(super) fn files_below(folder: &Path) -> Result<Vec<String>, BackupFault> {
    fn walk(folder: &Path, before: &str, found: &mut Vec<String>) -> Result<(), BackupFault> {
        let failed = BackupFault::of(folder);
        for entry in std::fs::read_dir(folder).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(BackupFault::Added(entry.path()));
            };
            let name = if before.is_empty() {
                name.to_owned()
            } else {
                format!("{before}/{name}")
            };
            let kind = entry.file_type().map_err(&failed)?;
            if kind.is_dir() {
                walk(&entry.path(), &name, found)?;
            } else if kind.is_file() {
                found.push(name);
            } else {
                return Err(BackupFault::NotRegular(entry.path()));
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    walk(folder, "", &mut found)?;
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_manifest_leaves_the_folder() {
        let folder = Path::new("/back-up");
        assert_eq!(path_in(folder, "objects/aa/b"), Some(PathBuf::from("/back-up/objects/aa/b")));
        for name in ["", "/etc/passwd", "../x", "objects/../../x", "./x/..", "."] {
            assert_eq!(path_in(folder, name), None, "{name}");
        }
    }
}
