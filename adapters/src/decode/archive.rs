//! Finds units in a tar archive.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Component, Path};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, Entry, EntryType};

use super::limited::Limited;
use super::{DecodeFault, Decoded, Limits, Visit, is_unit, read_unit, shown};

/// Whether an archive is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// The archive is not compressed (`.tar`).
    Plain,
    /// The archive is compressed with gzip (`.tar.gz`, `.tgz`).
    Gzip,
}

impl Packing {
    /// The packing that the extension of a file name states; `None` if the file is not an archive.
    pub(super) fn of(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        if lower.ends_with(".tar.gz") || lower.ends_with(".tgz") {
            Some(Self::Gzip)
        } else if lower.ends_with(".tar") {
            Some(Self::Plain)
        } else {
            None
        }
    }
}

/// Visits the units of an archive, in the order of the archive. For a damaged archive, the units before the damage are visited. Then one
/// refusal follows under the name of the archive itself.
pub(super) fn decode(file: File, packing: Packing, name: &str, limits: Limits, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let reader = BufReader::new(file);
    let result = match packing {
        Packing::Plain => entries(&mut Limited::new(reader, limits.archive_bytes), name, limits, visit),
        Packing::Gzip => entries(
            &mut Limited::new(MultiGzDecoder::new(reader), limits.archive_bytes),
            name,
            limits,
            visit,
        ),
    };
    match result {
        Ok(flow) => flow,
        Err(error) => visit(name.to_owned(), Decoded::Refused(fault(&error))),
    }
}

fn fault(error: &io::Error) -> DecodeFault {
    if error.kind() == io::ErrorKind::FileTooLarge {
        DecodeFault::ArchiveTooLarge
    } else {
        DecodeFault::ArchiveDamaged
    }
}

fn entries(mut reader: &mut impl Read, name: &str, limits: Limits, visit: &mut Visit<'_>) -> io::Result<ControlFlow<()>> {
    let mut archive = Archive::new(&mut reader);
    let mut any = false;
    for entry in archive.entries()? {
        any = true;
        let entry = entry?;
        let Some((path, decoded)) = unit(entry, limits)? else { continue };
        if visit(format!("{name}:{path}"), decoded).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if !any {
        // An archive of zero bytes is treated as truncated, because even an archive without entries has an end mark.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // The tar reader stops at its end mark. The rest of the file is read too, because it contains the checksum of the compressed bytes.
    io::copy(reader, &mut io::sink())?;
    Ok(ControlFlow::Continue(()))
}

/// The name and content of an archive entry; `None` for a folder. An error ends the reading of the archive.
fn unit(entry: Entry<'_, impl Read>, limits: Limits) -> io::Result<Option<(String, Decoded)>> {
    let path = entry.path()?.into_owned();
    let shown = shown(&path);
    let decoded = match entry.header().entry_type() {
        EntryType::Directory => return Ok(None),
        EntryType::Symlink | EntryType::Link => Decoded::Refused(DecodeFault::Link),
        EntryType::Regular | EntryType::Continuous if !stays_inside(&path) => Decoded::Refused(DecodeFault::UnsafePath),
        EntryType::Regular | EntryType::Continuous if !is_unit(&path) => Decoded::Ignored,
        EntryType::Regular | EntryType::Continuous => {
            let size = entry.size();
            match read_unit(entry, limits.unit_bytes, Some(size), DecodeFault::ArchiveDamaged) {
                Decoded::Refused(DecodeFault::ArchiveDamaged) => return Err(io::ErrorKind::UnexpectedEof.into()),
                decoded => decoded,
            }
        }
        _ => Decoded::Refused(DecodeFault::NotAFile),
    };
    Ok(Some((shown, decoded)))
}

/// Whether a path consists only of names and `.`, without `..` and without a root.
fn stays_inside(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
