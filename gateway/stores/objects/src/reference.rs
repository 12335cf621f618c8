//! The bases of a reference sequence, for normalising the spelling of alleles. A reference is public, so reading requires no key.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use gemj_model::Contig;
use hts_formats::reference::Reference;

/// The number of bases read at once.
const PIECE_BASES: u64 = 1 << 16;

/// A FASTA file with its `.fai`. Contigs are found by their canonical names. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReferenceSequence {
    reference: Arc<Reference>,
    /// By canonical name: the contig's name in the file, and its length in bases.
    contigs: Arc<HashMap<Contig, (String, u64)>>,
}

impl ReferenceSequence {
    /// Opens a file.
    ///
    /// # Errors
    /// Its `.fai` cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        Reference::open(path).map(|reference| Self::over(Arc::new(reference)))
    }

    pub(crate) fn over(reference: Arc<Reference>) -> Self {
        let contigs = reference
            .contigs()
            .map(|(name, length)| (Contig(name.to_owned()).canonical(), (name.to_owned(), length)))
            .collect();
        Self {
            reference,
            contigs: Arc::new(contigs),
        }
    }

    /// A reader of the sequence.
    #[must_use]
    pub fn bases(&self) -> ReferenceBases {
        ReferenceBases {
            sequence: self.clone(),
            contig: Contig(String::new()),
            from: 0,
            piece: Vec::new(),
        }
    }
}

/// A reader that caches the last piece, so that reading neighbouring bases needs no access to the file.
#[derive(Debug)]
pub struct ReferenceBases {
    sequence: ReferenceSequence,
    contig: Contig,
    from: u64,
    piece: Vec<u8>,
}

impl ReferenceBases {
    /// The base at a position, 0-based, upper case; absent if the file does not contain the contig or the contig is shorter.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn base(&mut self, contig: &Contig, position: u64) -> io::Result<Option<u8>> {
        if self.contig != *contig || !(self.from..self.from + self.piece.len() as u64).contains(&position) {
            self.contig = contig.clone();
            self.piece.clear();
            let Some((name, length)) = self.sequence.contigs.get(contig).filter(|(_, length)| position < *length) else {
                return Ok(None);
            };
            self.from = position - position % PIECE_BASES;
            let count = PIECE_BASES.min(length - self.from);
            self.piece = self.sequence.reference.bases(name, self.from + 1, count)?.unwrap_or_default();
        }
        Ok(self.piece.get((position - self.from) as usize).copied())
    }

    /// The bases of an interval, 0-based half-open, upper case; absent if the file does not contain the contig or the contig is shorter.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn stretch(&mut self, contig: &Contig, start: u64, end: u64) -> io::Result<Option<String>> {
        let Some((name, length)) = self.sequence.contigs.get(contig) else {
            return Ok(None);
        };
        if start > end || end > *length {
            return Ok(None);
        }
        let bases = self.sequence.reference.bases(name, start + 1, end - start)?;
        Ok(bases.and_then(|bases| String::from_utf8(bases).ok()))
    }
}
