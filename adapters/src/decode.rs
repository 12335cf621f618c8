//! Finds units (as bytes) below a path: in files, in folders, and in plain or gzipped tar archives.

mod archive;
mod folder;
mod limited;
mod utf16;

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use thiserror::Error;

pub(crate) use utf16::{is_utf16, utf16_text};

/// The maximum sizes of units, archives and folder trees that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The maximum size of one unit, in bytes.
    pub(crate) unit_bytes: u64,
    /// The maximum size of one archive when unpacked, in bytes.
    pub(crate) archive_bytes: u64,
    /// The maximum depth of nested folders.
    pub(crate) folder_depth: usize,
}

/// One item that the search for units found.
pub(crate) enum Decoded {
    /// The bytes of a unit.
    Unit(Vec<u8>),
    /// An item that cannot or must not be read.
    Refused(DecodeFault),
    /// A file in a format that this adapter does not read.
    Ignored,
}

/// Why an item is refused and not read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum DecodeFault {
    #[error("the file or folder cannot be read")]
    Unreadable,
    #[error("the file is a link; links are not followed")]
    Link,
    #[error("the file's path leads outside the archive")]
    UnsafePath,
    #[error("the entry is not a regular file")]
    NotAFile,
    #[error("the file is larger than one unit may be")]
    TooLarge,
    #[error("the archive unpacks to more bytes than the limit; the rest was not read")]
    ArchiveTooLarge,
    #[error("the archive is damaged or cut short; the rest was not read")]
    ArchiveDamaged,
    #[error("folders are nested too deeply")]
    TooDeep,
}

impl DecodeFault {
    /// The short stable code of this fault.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Link => "link",
            Self::UnsafePath => "unsafe-path",
            Self::NotAFile => "not-a-file",
            Self::TooLarge => "too-large",
            Self::ArchiveTooLarge => "archive-too-large",
            Self::ArchiveDamaged => "archive-damaged",
            Self::TooDeep => "too-deep",
        }
    }
}

/// The callback for each item. It receives the name of the item and the item, and may end the run.
pub(crate) type Visit<'v> = dyn FnMut(String, Decoded) -> ControlFlow<()> + 'v;

/// Visits every unit below a path that the operator named. The path itself may be a symbolic link. Links below the path are refused.
pub(crate) fn decode(path: &Path, limits: Limits, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let name = shown_below(path, path);
    match std::fs::metadata(path) {
        Err(_) => visit(name, Decoded::Refused(DecodeFault::Unreadable)),
        Ok(metadata) if metadata.is_dir() => folder::decode(path, path, limits, 0, visit),
        Ok(metadata) if metadata.is_file() => file(path, &name, limits, visit),
        Ok(_) => visit(name, Decoded::Refused(DecodeFault::NotAFile)),
    }
}

/// Visits the units of a file: the units of an archive, or any other file as one unit.
fn file(path: &Path, name: &str, limits: Limits, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let Ok(file) = File::open(path) else {
        return visit(name.to_owned(), Decoded::Refused(DecodeFault::Unreadable));
    };
    match archive::Packing::of(name) {
        Some(packing) => archive::decode(file, packing, name, limits, visit),
        None => visit(name.to_owned(), read_unit(file, limits.unit_bytes, None, DecodeFault::Unreadable)),
    }
}

/// Reads one unit. `size` is the size that the archive states. If fewer bytes follow, or reading fails, the result is `fault`.
fn read_unit(reader: impl Read, limit_bytes: u64, size: Option<u64>, fault: DecodeFault) -> Decoded {
    if size.is_some_and(|size| size > limit_bytes) {
        return Decoded::Refused(DecodeFault::TooLarge);
    }
    let mut bytes = Vec::new();
    match reader.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes) {
        Err(_) => Decoded::Refused(fault),
        Ok(_) if bytes.len() as u64 > limit_bytes => Decoded::Refused(DecodeFault::TooLarge),
        Ok(_) if size.is_some_and(|size| size != bytes.len() as u64) => Decoded::Refused(fault),
        Ok(_) => Decoded::Unit(bytes),
    }
}

/// Whether a file in a folder or archive is a unit. A unit has the extension `.json` and is not a hidden file (some archivers add
/// `._x.json` companions).
fn is_unit(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|n| n.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"))
}

/// The part of a path that may be shown in reports: the path inside the folder `given` that the operator named, or the last component of
/// `given` itself. The rest of the path is private to the machine.
fn shown_below(given: &Path, path: &Path) -> String {
    match path.strip_prefix(given) {
        Ok(inside) if inside.components().next().is_some() => shown(inside),
        Ok(_) | Err(_) => path.file_name().map_or_else(|| ".".to_owned(), |name| shown(Path::new(name))),
    }
}

/// The path as text, with control characters replaced.
fn shown(path: &Path) -> String {
    path.to_string_lossy()
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}
