//! Finds files in a folder and its subfolders, in the order of their names.

use std::ops::ControlFlow;
use std::path::Path;

use super::archive::Packing;
use super::{DecodeFault, Found, Limits, Visit, file, is_unit, refuse, shown_below};

/// Visits the files of a folder. Symbolic links are refused, so that the search cannot leave the folder or run in a circle. The names of files
/// are paths inside `given`, the folder that the operator named.
pub(super) fn decode(folder: &Path, given: &Path, limits: Limits, depth: usize, visit: &mut Visit<'_>) -> ControlFlow<()> {
    if depth >= limits.folder_depth {
        return refuse(&shown_below(given, folder), DecodeFault::TooDeep, visit);
    }
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let Ok(mut entries) = entries else {
        return refuse(&shown_below(given, folder), DecodeFault::Unreadable, visit);
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = shown_below(given, &path);
        match entry.file_type() {
            Err(_) => refuse(&name, DecodeFault::Unreadable, visit)?,
            Ok(kind) if kind.is_symlink() => refuse(&name, DecodeFault::Link, visit)?,
            Ok(kind) if kind.is_dir() => decode(&path, given, limits, depth + 1, visit)?,
            Ok(kind) if kind.is_file() && (is_unit(&path) || Packing::is_named(&name)) => file(&path, &name, limits, visit)?,
            Ok(kind) if kind.is_file() => visit(&name, Found::Ignored).unwrap_or(ControlFlow::Continue(()))?,
            Ok(_) => refuse(&name, DecodeFault::NotAFile, visit)?,
        }
    }
    ControlFlow::Continue(())
}
