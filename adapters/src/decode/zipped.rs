//! Finds files in a zip archive.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::PathBuf;

use zip::ZipArchive;
use zip::result::ZipError;

use super::limited::Limited;
use super::{DecodeFault, Limits, Stopped, Visit, archive, refuse, shown, stays_inside};

/// The longest end of a zip archive: its last record and a comment of 65,535 bytes.
const END_BYTES: u64 = 22 + 65_535;

/// Visits the files of an archive, in the order of its directory. A damaged entry is refused by itself, because the directory states where the
/// next entry begins.
pub(super) fn decode(mut reader: BufReader<File>, name: &str, limits: Limits, visit: &mut Visit<'_>) -> Result<ControlFlow<()>, Stopped> {
    let damaged = |_| Stopped(DecodeFault::ArchiveDamaged);
    if is_large(&mut reader).map_err(damaged)? {
        return Err(Stopped(DecodeFault::TooManyEntries));
    }
    let mut archive = ZipArchive::new(reader).map_err(|_| Stopped(DecodeFault::ArchiveDamaged))?;
    if archive.has_duplicate_names() {
        // The reader keeps only one of the two entries.
        return Err(Stopped(DecodeFault::DuplicateEntry));
    }
    if archive.len() as u64 > limits.entries {
        return Err(Stopped(DecodeFault::TooManyEntries));
    }
    let mut left = limits.archive_bytes;
    for index in 0..archive.len() {
        let place = match archive.by_index_raw(index) {
            Ok(entry) if entry.is_dir() => continue,
            Ok(entry) => (
                PathBuf::from(String::from_utf8_lossy(entry.name_raw()).as_ref()),
                entry.is_symlink(),
                entry.encrypted(),
            ),
            Err(_) => return Err(Stopped(DecodeFault::ArchiveDamaged)),
        };
        let (path, is_link, is_encrypted) = place;
        let shown = format!("{name}:{}", shown(&path));
        let fault = match archive.by_index(index) {
            _ if is_link => DecodeFault::Link,
            _ if !stays_inside(&path) => DecodeFault::UnsafePath,
            _ if is_encrypted => DecodeFault::Encrypted,
            Err(ZipError::UnsupportedArchive(_)) => DecodeFault::Encrypted,
            Err(_) => DecodeFault::ArchiveDamaged,
            Ok(entry) => {
                let mut limited = Limited::new(entry, left);
                let visited = archive::content(&mut BufReader::new(&mut limited), &path, &shown, visit);
                left = limited.left();
                match visited {
                    Ok(ControlFlow::Continue(())) => continue,
                    Ok(ControlFlow::Break(())) => return Ok(ControlFlow::Break(())),
                    Err(error) if error.kind() == io::ErrorKind::FileTooLarge => return Err(Stopped(DecodeFault::ArchiveTooLarge)),
                    Err(_) => DecodeFault::ArchiveDamaged,
                }
            }
        };
        if refuse(&shown, fault, visit).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Whether the last record of the archive states 65,535 entries, which means that there can be more. The directory of an archive is read into
/// memory, so its size must be limited before. The reader is at the start afterwards.
fn is_large(reader: &mut BufReader<File>) -> io::Result<bool> {
    let size = reader.seek(SeekFrom::End(0))?;
    reader.seek(SeekFrom::Start(size.saturating_sub(END_BYTES)))?;
    let mut end = Vec::new();
    reader.take(END_BYTES).read_to_end(&mut end)?;
    reader.seek(SeekFrom::Start(0))?;
    let is_full = |record: &[u8]| record.starts_with(b"PK\x05\x06") && record.get(10..12) == Some(&[0xff, 0xff]);
    Ok(end.windows(12).any(is_full))
}
