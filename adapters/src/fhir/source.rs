//! Opens the files of a call, and reads parts of them again.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::decode::is_utf16;
use crate::regular_file::open_regular;

/// Why a file is refused: the reason code and the reason in words.
pub(super) type Refused = (&'static str, &'static str);

/// A file that is read for the first time.
pub(super) struct Opened {
    pub(super) reader: BufReader<File>,
    /// The number of bytes before the text (a byte order mark).
    pub(super) begin: u64,
}

/// Opens a file in UTF-8, the only encoding of FHIR (R4 § 2.6.1).
pub(super) fn open(path: &Path) -> Result<Opened, Refused> {
    let unreadable = ("unreadable", "the file cannot be read");
    if !std::fs::metadata(path).map_err(|_| unreadable)?.is_file() {
        return Err(("not-a-file", "the path is not a regular file"));
    }
    let mut reader = BufReader::with_capacity(1 << 16, open_regular(path).map_err(|_| unreadable)?);
    let head = reader.fill_buf().map_err(|_| unreadable)?;
    if is_utf16(head) {
        return Err(("encoding", "the file is UTF-16; FHIR is UTF-8"));
    }
    let begin: u64 = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    reader.consume(if begin == 3 { 3 } else { 0 });
    Ok(Opened { reader, begin })
}

/// The files of a call, for reading parts of them. The last file stays open.
pub(super) struct Sources {
    paths: Vec<PathBuf>,
    open: Option<(u32, File)>,
}

impl Sources {
    pub(super) fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths, open: None }
    }

    /// The bytes of a part; `None` if the file does not have them any more.
    pub(super) fn part(&mut self, file: u32, offset: u64, length: u32) -> Option<Vec<u8>> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != file) {
            let path = self.paths.get(file as usize)?;
            self.open = Some((file, open_regular(path).ok()?));
        }
        let (_, open) = self.open.as_mut()?;
        open.seek(SeekFrom::Start(offset)).ok()?;
        let mut bytes = vec![0; length as usize];
        open.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}
