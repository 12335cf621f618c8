//! Finds units in a folder and its subfolders, in the order of their names.

use std::ops::ControlFlow;
use std::path::Path;

use super::archive::Packing;
use super::{DecodeFault, Decoded, Limits, Visit, file, is_unit, shown_below};

/// Visits the units of a folder. Symbolic links are refused, so that the search cannot leave the folder or run in a circle. The names of units
/// are paths inside `given`, the folder that the operator named.
pub(super) fn decode(folder: &Path, given: &Path, limits: Limits, depth: usize, visit: &mut Visit<'_>) -> ControlFlow<()> {
    if depth >= limits.folder_depth {
        return visit(shown_below(given, folder), Decoded::Refused(DecodeFault::TooDeep));
    }
    let entries = std::fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let Ok(mut entries) = entries else {
        return visit(shown_below(given, folder), Decoded::Refused(DecodeFault::Unreadable));
    };
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = shown_below(given, &path);
        match entry.file_type() {
            Err(_) => visit(name, Decoded::Refused(DecodeFault::Unreadable))?,
            Ok(kind) if kind.is_symlink() => visit(name, Decoded::Refused(DecodeFault::Link))?,
            Ok(kind) if kind.is_dir() => decode(&path, given, limits, depth + 1, visit)?,
            Ok(kind) if kind.is_file() && (is_unit(&path) || Packing::of(&name).is_some()) => file(&path, &name, limits, visit)?,
            Ok(kind) if kind.is_file() => visit(name, Decoded::Ignored)?,
            Ok(_) => visit(name, Decoded::Refused(DecodeFault::NotAFile))?,
        }
    }
    ControlFlow::Continue(())
}
