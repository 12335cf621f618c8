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
            if kind.is_dir() && !name.ends_with(&format!("/{STAGED}")) {
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
