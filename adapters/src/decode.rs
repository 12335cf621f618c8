//! Finds files below a path: in folders, and in tar, gzip and zip archives. The content decides what a file is, not its name.

mod archive;
mod exact;
mod folder;
mod limited;
mod utf16;
mod zipped;

use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Component, Path};

use flate2::bufread::MultiGzDecoder;
use thiserror::Error;

use crate::regular_file::open_regular;
use archive::Packing;
use limited::Limited;
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
    /// The maximum number of entries of one archive.
    pub(crate) entries: u64,
}

/// An archive may always unpack to this size, whatever its own size is.
const ANY_RATIO_BYTES: u64 = 64 << 20;
/// How many bytes each byte of a larger archive may become. Published packets become about 30.
const MAX_RATIO: u64 = 250;

impl Limits {
    /// The maximum size when unpacked of an archive of this size.
    fn unpacked(self, archive_bytes: u64) -> u64 {
        self.archive_bytes.min(archive_bytes.saturating_mul(MAX_RATIO).max(ANY_RATIO_BYTES))
    }
}

/// One item that the search found.
pub(crate) enum Found<'r> {
    /// A file of a kind that may contain units.
    File(&'r mut dyn BufRead),
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
    #[error("the archive has more entries than the limit; the rest was not read")]
    TooManyEntries,
    #[error("two entries of the archive have the same name; the archive was not read")]
    DuplicateEntry,
    #[error("the entry is an archive or compressed file inside an archive")]
    Nested,
    #[error("the entry is encrypted or compressed by a method that is not supported")]
    Encrypted,
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
            Self::TooManyEntries => "too-many-entries",
            Self::DuplicateEntry => "duplicate-entry",
            Self::Nested => "nested-archive",
            Self::Encrypted => "encrypted-entry",
            Self::TooDeep => "too-deep",
        }
    }
}

/// The callback for each item. It receives the name of the item and the item, and may end the run. An error states that the content of a file
/// could not be read to its end.
pub(crate) type Visit<'v> = dyn FnMut(&str, Found<'_>) -> io::Result<ControlFlow<()>> + 'v;

/// Visits every file below a path that the operator named. The path itself may be a symbolic link. Links below the path are refused.
pub(crate) fn decode(path: &Path, limits: Limits, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let name = shown_below(path, path);
    match std::fs::metadata(path) {
        Err(_) => refuse(&name, DecodeFault::Unreadable, visit),
        Ok(metadata) if metadata.is_dir() => folder::decode(path, path, limits, 0, visit),
        Ok(metadata) if metadata.is_file() => file(path, &name, limits, visit),
        Ok(_) => refuse(&name, DecodeFault::NotAFile, visit),
    }
}

/// Visits an item without content.
fn refuse(name: &str, fault: DecodeFault, visit: &mut Visit<'_>) -> ControlFlow<()> {
    // Without content, there is nothing that could not be read.
    visit(name, Found::Refused(fault)).unwrap_or(ControlFlow::Continue(()))
}

/// Visits a file, or the entries of an archive.
fn file(path: &Path, name: &str, limits: Limits, visit: &mut Visit<'_>) -> ControlFlow<()> {
    match opened(path, name, limits, visit) {
        Ok(flow) => flow,
        Err(Stopped(fault)) => refuse(name, fault, visit),
    }
}

/// The reading of a file or archive ended before its end.
struct Stopped(DecodeFault);

impl Stopped {
    /// The fault of an archive that could not be read to its end.
    fn of_archive(error: &io::Error) -> Self {
        Self(if error.kind() == io::ErrorKind::FileTooLarge {
            DecodeFault::ArchiveTooLarge
        } else {
            DecodeFault::ArchiveDamaged
        })
    }
}

fn opened(path: &Path, name: &str, limits: Limits, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, Stopped> {
    let unreadable = |_| Stopped(DecodeFault::Unreadable);
    let file = open_regular(path).map_err(unreadable)?;
    let size = file.metadata().map_err(unreadable)?.len();
    let mut reader = BufReader::new(file);
    let start = head(&mut reader).map_err(unreadable)?;
    let limits = Limits {
        archive_bytes: limits.unpacked(size),
        ..limits
    };
    match Packing::of(&start, name) {
        Packing::Zip => zipped::decode(reader, name, limits, visit),
        Packing::Tar => {
            let reader = Cursor::new(start).chain(reader);
            archive::decode(&mut Limited::new(reader, limits.archive_bytes), name, limits, visit)
        }
        Packing::Gzip => {
            let unpacked = MultiGzDecoder::new(Cursor::new(start).chain(reader));
            let mut unpacked = BufReader::new(Limited::new(unpacked, limits.archive_bytes));
            let start = head(&mut unpacked).map_err(|error| Stopped::of_archive(&error))?;
            let is_tar = Packing::is_tar(&start, name);
            let mut reader = Cursor::new(start).chain(unpacked);
            match is_tar {
                true => archive::decode(&mut reader, name, limits, visit),
                false => visit(name, Found::File(&mut reader)).map_err(|error| Stopped::of_archive(&error)),
            }
        }
        Packing::Damaged => Err(Stopped(DecodeFault::ArchiveDamaged)),
        Packing::None => visit(name, Found::File(&mut Cursor::new(start).chain(reader))).map_err(unreadable),
    }
}

/// The first bytes of a file, from which its packing is recognised. The bytes must be put before the rest of the file again.
fn head(mut reader: &mut (impl Read + ?Sized)) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    Read::take(&mut reader, archive::HEAD_BYTES).read_to_end(&mut start)?;
    Ok(start)
}

/// The extensions of files that can contain packets. In a folder or archive, a file with another extension is not read.
const EXTENSIONS: [&str; 9] = ["json", "jsonl", "ndjson", "yaml", "yml", "pb", "pb2", "bin", "protobuf"];

/// Whether a file in a folder or archive may contain units. Hidden files do not (some archivers add `._x.json` companions).
fn is_unit(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|n| n.as_encoded_bytes().starts_with(b"."));
    !hidden
        && path
            .extension()
            .is_some_and(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// Whether a path consists only of names and `.`, without `..` and without a root.
fn stays_inside(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
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
