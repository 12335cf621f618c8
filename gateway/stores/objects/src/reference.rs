//! Reads the bases of a reference sequence, which are needed to normalise the spelling of alleles. A reference sequence is public, so
//! reading requires no key.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use gemj_model::Contig;
use hts_formats::reference::Reference;

/// The number of bases that [`ReferenceBases::base`] reads from the file at once.
const PIECE_BASES: u64 = 1 << 16;

/// A FASTA file with its `.fai` index. Contigs are found by their canonical names. A clone is cheap.
#[derive(Clone, Debug)]
pub struct ReferenceSequence {
    reference: Arc<Reference>,
    /// For each canonical contig name: the contig's name in the file, and its length in bases.
    contigs: Arc<HashMap<Contig, (String, u64)>>,
}

impl ReferenceSequence {
    /// Opens a FASTA file whose `.fai` index is beside it.
    ///
    /// # Errors
    /// An error if the `.fai` index cannot be read.
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

    /// Makes a reader of the sequence's bases.
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

/// A reader of single bases. It caches the last piece, so that reading neighbouring bases needs no access to the file.
#[derive(Debug)]
pub struct ReferenceBases {
    sequence: ReferenceSequence,
    contig: Contig,
    from: u64,
    piece: Vec<u8>,
}

impl ReferenceBases {
    /// Returns the base at a 0-based position, in upper case. Absent if the file does not contain the contig, or if the position is behind
    /// the contig's end.
    ///
    /// # Errors
    /// An error if the file cannot be read.
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

    /// Returns the bases of an interval (0-based, half-open) in upper case. Absent if the file does not contain the contig, or if the
    /// interval extends beyond the contig's end.
    ///
    /// # Errors
    /// An error if the file cannot be read.
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
