//! Finds files in a tar archive, and recognises archives.

use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use tar::{Archive, Entry, EntryType};

use super::exact::Exact;
use super::{DecodeFault, Found, Limits, Stopped, Visit, is_unit, shown, stays_inside};

/// The number of bytes from which an archive is recognised: one block of tar.
pub(super) const HEAD_BYTES: u64 = 512;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// The file is not an archive.
    None,
    /// A tar archive.
    Tar,
    /// A file that is compressed with gzip. It can be a tar archive.
    Gzip,
    /// A zip archive.
    Zip,
    /// The name is that of an archive, but the content is none.
    Damaged,
}

impl Packing {
    /// The packing of a file that begins with these bytes. The name decides only if the bytes do not: the oldest kind of tar archive has no mark.
    pub(super) fn of(start: &[u8], name: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            _ if has_mark(start) || lower.ends_with(".tar") => Self::Tar,
            _ if Self::is_named(name) => Self::Damaged,
            _ => Self::None,
        }
    }

    /// Whether unpacked content is a tar archive.
    pub(super) fn is_tar(start: &[u8], name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        has_mark(start) || lower.ends_with(".tar.gz") || lower.ends_with(".tgz")
    }

    /// Whether the name is that of an archive or a compressed file.
    pub(super) fn is_named(name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        [".tar", ".tgz", ".gz", ".zip"].iter().any(|ending| lower.ends_with(ending))
    }
}

/// Whether the bytes begin with the header of a tar archive ("ustar" at position 257, POSIX.1 and GNU).
fn has_mark(start: &[u8]) -> bool {
    start.get(257..262) == Some(b"ustar")
}

/// Visits the files of an archive, in the order of the archive. The files before a damage are visited.
pub(super) fn decode(reader: &mut dyn Read, name: &str, limits: Limits, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, Stopped> {
    entries(reader, name, limits, visit).map_err(|error| Stopped::of_archive(&error))?
}

fn entries(mut reader: &mut dyn Read, name: &str, limits: Limits, visit: &mut Visit<'_>) -> io::Result<Result<ControlFlow<()>, Stopped>> {
    let mut archive = Archive::new(&mut reader);
    let mut count = 0_u64;
    for entry in archive.entries()? {
        count += 1;
        if count > limits.entries {
            return Ok(Err(Stopped(DecodeFault::TooManyEntries)));
        }
        if file(entry?, name, visit)?.is_break() {
            return Ok(Ok(ControlFlow::Break(())));
        }
    }
    if count == 0 {
        // An archive of zero bytes is treated as truncated, because even an archive without entries has an end mark.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // The tar reader stops at its end mark. The rest of the file is read too, because it contains the checksum of the compressed bytes.
    io::copy(reader, &mut io::sink())?;
    Ok(Ok(ControlFlow::Continue(())))
}

/// Visits an archive entry, unless it is a folder. An error ends the reading of the archive.
fn file(entry: Entry<'_, impl Read>, name: &str, visit: &mut Visit<'_>) -> io::Result<ControlFlow<()>> {
    let path = entry.path()?.into_owned();
    let shown = format!("{name}:{}", shown(&path));
    match entry.header().entry_type() {
        EntryType::Directory => Ok(ControlFlow::Continue(())),
        EntryType::Symlink | EntryType::Link => visit(&shown, Found::Refused(DecodeFault::Link)),
        EntryType::Regular | EntryType::Continuous if !stays_inside(&path) => visit(&shown, Found::Refused(DecodeFault::UnsafePath)),
        EntryType::Regular | EntryType::Continuous => {
            let size = entry.size();
            content(&mut BufReader::new(Exact::new(entry, size)), &path, &shown, visit)
        }
        _ => visit(&shown, Found::Refused(DecodeFault::NotAFile)),
    }
}

/// Visits the content of an archive entry.
pub(super) fn content(reader: &mut dyn io::BufRead, path: &Path, shown: &str, visit: &mut Visit<'_>) -> io::Result<ControlFlow<()>> {
    let of_name = path.to_string_lossy();
    if !is_unit(path) && !Packing::is_named(&of_name) {
        return visit(shown, Found::Ignored);
    }
    let start = super::head(reader)?;
    match Packing::of(&start, &of_name) {
        Packing::None => visit(shown, Found::File(&mut io::Cursor::new(start).chain(reader))),
        Packing::Tar | Packing::Gzip | Packing::Zip | Packing::Damaged => visit(shown, Found::Refused(DecodeFault::Nested)),
    }
}
