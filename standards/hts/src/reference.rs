//! A configured reference: a FASTA file with its `.fai` index, read in pieces.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use md5::{Digest as _, Md5};

/// The number of bases that are read at once to compute a checksum.
const SUM_PIECE_BASES: u64 = 1 << 20;

/// A contig's line in the `.fai`: its length, the offset of its first base, the bases per line, and the bytes per line.
#[derive(Clone, Copy, Debug)]
struct Entry {
    length: u64,
    offset: u64,
    line_bases: u64,
    line_bytes: u64,
}

/// An open FASTA file with its index.
#[derive(Debug)]
pub struct Reference {
    path: PathBuf,
    entries: HashMap<String, Entry>,
    /// The cached checksums of whole contigs.
    sums: Mutex<HashMap<String, [u8; 16]>>,
}

impl Reference {
    /// Opens a FASTA file. The `.fai` must be in the same folder.
    ///
    /// # Errors
    /// An I/O error if the `.fai` cannot be read, or `InvalidData` if it is invalid.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut index = path.as_os_str().to_owned();
        index.push(".fai");
        let text = std::fs::read_to_string(&index)?;
        let mut entries = HashMap::new();
        for line in text.lines() {
            let columns: Vec<&str> = line.split('\t').collect();
            let number = |at: usize| columns.get(at).and_then(|c| c.parse().ok()).filter(|n| *n < 1 << 48);
            let (Some(length), Some(offset), Some(line_bases), Some(line_bytes)) = (number(1), number(2), number(3), number(4)) else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            if line_bases == 0 || line_bytes < line_bases {
                return Err(io::ErrorKind::InvalidData.into());
            }
            entries.insert(
                columns[0].to_owned(),
                Entry {
                    length,
                    offset,
                    line_bases,
                    line_bytes,
                },
            );
        }
        Ok(Self {
            path: path.to_owned(),
            entries,
            sums: Mutex::default(),
        })
    }

    /// The names and lengths of the contigs.
    pub fn contigs(&self) -> impl Iterator<Item = (&str, u64)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry.length))
    }

    /// The length of a contig in bases; `None` if the file does not contain the contig.
    pub(crate) fn length(&self, contig: &str) -> Option<u64> {
        Some(self.entries.get(contig)?.length)
    }

    /// The MD5 of the bases `[start, start + count)` of a contig. `start` is 1-based. `None` if the file does not contain the contig, or if the
    /// contig is shorter.
    pub(crate) fn md5(&self, contig: &str, start: u64, count: u64) -> io::Result<Option<[u8; 16]>> {
        let mut sum = Md5::new();
        let mut at = 0;
        while at < count {
            let piece = SUM_PIECE_BASES.min(count - at);
            let Some(bases) = self.bases(contig, start + at, piece)? else {
                return Ok(None);
            };
            sum.update(&bases);
            at += piece;
        }
        Ok(Some(sum.finalize().into()))
    }

    /// The MD5 of a whole contig, as in `@SQ M5`; `None` if the file does not contain the contig. The MD5 is computed once and cached.
    pub(crate) fn contig_md5(&self, contig: &str) -> io::Result<Option<[u8; 16]>> {
        let Some(length) = self.length(contig) else {
            return Ok(None);
        };
        let known = |sums: &Mutex<HashMap<String, [u8; 16]>>| sums.lock().unwrap_or_else(PoisonError::into_inner).get(contig).copied();
        if let Some(sum) = known(&self.sums) {
            return Ok(Some(sum));
        }
        let sum = self.md5(contig, 1, length)?;
        if let Some(sum) = sum {
            let mut sums = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
            sums.insert(contig.to_owned(), sum);
        }
        Ok(sum)
    }

    /// The bases `[start, start + count)` of a contig in upper case. `start` is 1-based. `None` if the file does not contain the contig, or if
    /// the contig is shorter.
    ///
    /// # Errors
    /// An I/O error if the file cannot be read.
    pub fn bases(&self, contig: &str, start: u64, count: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(entry) = self.entries.get(contig).filter(|e| start >= 1 && start - 1 + count <= e.length) else {
            return Ok(None);
        };
        let place = |base: u64| entry.offset + base / entry.line_bases * entry.line_bytes + base % entry.line_bases;
        let (from, to) = (place(start - 1), place(start - 1 + count));
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(to - from).read_to_end(&mut bytes)?;
        bytes.retain(|b| !b.is_ascii_whitespace());
        bytes.make_ascii_uppercase();
        Ok((bytes.len() as u64 == count).then_some(bytes))
    }
}

/// The MD5 of bases in upper case. A slice header states this MD5 for the reference bases of the slice (CRAM 3.1 § 8.5).
pub fn md5_of(bases: &[u8]) -> [u8; 16] {
    Md5::digest(bases).into()
}
