//! The files of workflow runs: their records, logs and outputs.

use std::path::Path;

use super::fault::BackupFault;

/// The folder of a run with copies of stored files. These copies are made again when a run starts.
const STAGED: &str = "inputs";

/// The regular files of all runs, as paths relative to the folder of runs, without the staged inputs. Empty if the folder does not exist. Files of
/// active runs may appear and disappear at any time.
pub(super) fn list(folder: &Path) -> Result<Vec<String>, BackupFault> {
    fn walk(folder: &Path, before: &str, found: &mut Vec<String>) -> Result<(), BackupFault> {
        let failed = BackupFault::of(folder);
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(&failed)?,
        };
        for entry in entries {
            let entry = entry.map_err(&failed)?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{before}{name}")) else {
                continue;
            };
            let kind = match entry.file_type() {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                kind => kind.map_err(&failed)?,
            };
            // Only the folder directly in a run is staged. A result of a workflow may have a folder of this name.
            let is_staged = before.matches('/').count() == 1 && name.ends_with(&format!("/{STAGED}"));
            if kind.is_dir() && !is_staged {
                walk(&entry.path(), &format!("{name}/"), found)?;
            } else if kind.is_file() {
                found.push(name);
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
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
        let mut found = list(folder.path()).unwrap();
        found.sort();
        assert_eq!(found, ["r1/outputs/a.txt", "r1/outputs/inputs/result.txt"]);
    }
}
