//! Stores names of alleles in a temporary file after a variant file was read and before the names are written to the catalogue. A large
//! joint file has too many names for memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use gemj_model::{Allele, AlleleName, Contig, ZeroBased};

use crate::segment::varint::{Cursor, put, put_text};

/// The maximum length of a stored name in bytes. Most parts of a name are limited earlier. An allele with too many bases has no stored
/// name.
const MAX_NAME_BYTES: usize = 4_096;

/// Names of alleles in a temporary file, in the order in which they were added.
#[derive(Debug, Default)]
pub struct NameSpool {
    file: Option<BufWriter<File>>,
    count: u64,
    scratch: Vec<u8>,
}

impl NameSpool {
    /// The number of names.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether no name was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a name. If the name has too many bytes, the name is not added and the result is false.
    pub(crate) fn push(&mut self, name: &AlleleName) -> io::Result<bool> {
        self.scratch.clear();
        put(&mut self.scratch, name.allele.start.0);
        let texts = [
            name.allele.contig.as_str(),
            &name.allele.reference,
            &name.allele.alternate,
            &name.change,
            &name.gene,
            &name.sequence,
            &name.consequence,
        ];
        if texts.iter().map(|text| text.len()).sum::<usize>() > MAX_NAME_BYTES {
            return Ok(false);
        }
        for text in texts {
            put_text(&mut self.scratch, text);
        }
        if self.file.is_none() {
            self.file = Some(BufWriter::with_capacity(1 << 16, tempfile::tempfile()?));
        }
        if let Some(file) = &mut self.file {
            file.write_all(&(self.scratch.len() as u32).to_le_bytes())?;
            file.write_all(&self.scratch)?;
            self.count += 1;
        }
        Ok(true)
    }

    /// Returns a reader of the names. The reader starts at the first name.
    ///
    /// # Errors
    /// An I/O error if the temporary file cannot be read.
    pub fn read(self) -> io::Result<SpooledNames> {
        let file = match self.file {
            None => None,
            Some(file) => {
                let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.seek(SeekFrom::Start(0))?;
                Some(BufReader::with_capacity(1 << 16, file))
            }
        };
        Ok(SpooledNames { file, left: self.count })
    }
}

/// Reads the names that a [`NameSpool`] stored.
#[derive(Debug)]
pub struct SpooledNames {
    file: Option<BufReader<File>>,
    left: u64,
}

impl SpooledNames {
    /// Returns the next names, at most `most`. The result is empty after the last name.
    ///
    /// # Errors
    /// An I/O error if the temporary file cannot be read.
    pub fn next_names(&mut self, most: usize) -> io::Result<Vec<AlleleName>> {
        let mut names = Vec::new();
        let Some(file) = &mut self.file else { return Ok(names) };
        let mut bytes = Vec::new();
        while names.len() < most && self.left > 0 {
            self.left -= 1;
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            bytes.resize(u32::from_le_bytes(length) as usize, 0);
            file.read_exact(&mut bytes)?;
            names.push(name_of(&bytes).map_err(io::Error::other)?);
        }
        Ok(names)
    }
}

fn name_of(bytes: &[u8]) -> Result<AlleleName, crate::segment::SegmentError> {
    let mut cursor = Cursor::new(bytes, "names of alleles");
    let start = cursor.varint()?;
    let contig = Contig(cursor.text()?.to_owned());
    let reference = cursor.text()?.to_owned();
    let allele = Allele {
        contig,
        start: ZeroBased(start),
        end: ZeroBased(start.saturating_add(reference.len() as u64)),
        reference,
        alternate: cursor.text()?.to_owned(),
        inserted: None,
    };
    Ok(AlleleName {
        allele,
        change: cursor.text()?.to_owned(),
        gene: cursor.text()?.to_owned(),
        sequence: cursor.text()?.to_owned(),
        consequence: cursor.text()?.to_owned(),
    })
}
