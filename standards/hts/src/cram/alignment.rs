//! Computes a record's CIGAR, bases, qualities, MD and NM from its features and the reference (CRAM 3.1 § 10.6), as htslib does.

use super::bases::Bases;
use super::record::{CramRecord, FeatureKind, NO_SEQUENCE, QUALITY_STORED};
use crate::error::{FormatError, FormatResult};

/// The codes of the CIGAR operations, as in BAM.
const MATCH: u32 = 0;
const INSERTION: u32 = 1;
const DELETION: u32 = 2;
const SKIP: u32 = 3;
const SOFT_CLIP: u32 = 4;
const HARD_CLIP: u32 = 5;
const PADDING: u32 = 6;

/// The value that means that a base has no quality.
pub const NO_QUALITY: u8 = 0xff;

/// The quality of the bases without a stored quality, if other bases of the read have one.
const DEFAULT_QUALITY: u8 = 30;

const BEYOND: FormatError = FormatError::Record("a feature outside its read");

/// The alignment of a record, with the values of a BAM record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alignment {
    /// The CIGAR operations, each with its length and code packed as in BAM.
    pub(crate) cigar: Vec<u32>,
    /// The bases as letters; empty if the record has no sequence.
    pub bases: Vec<u8>,
    /// The qualities, one for each base.
    pub qualities: Vec<u8>,
    /// The value of the tag MD; `None` if no reference is available, or if the record is unmapped or has no sequence.
    pub(crate) md: Option<Vec<u8>>,
    /// The value of the tag NM (the edit distance); `None` in the same cases as `md`.
    pub nm: Option<u32>,
}

/// Computes the alignment of a record. Without `reference`, the bases equal to the reference are `=`, and MD and NM are `None`.
///
/// # Errors
/// [`FormatError::Record`] for a feature that does not fit the read or the reference, or an error of the reference.
pub fn align(record: &CramRecord, matrix: [u8; 5], reference: Option<&mut Bases<'_>>) -> FormatResult<Alignment> {
    if record.is_unmapped() {
        let length = if record.cram_flags & NO_SEQUENCE == 0 {
            record.bases.len()
        } else {
            0
        };
        return Ok(Alignment {
            bases: record.bases[..length].to_vec(),
            qualities: stored_qualities(record, length),
            ..Alignment::default()
        });
    }
    let contig = usize::try_from(record.contig).ok();
    let has_sequence = record.cram_flags & NO_SEQUENCE == 0;
    let reference = contig.zip(reference).filter(|_| has_sequence);
    let mut walk = Walk {
        record,
        matrix,
        reference,
        // A base that neither the reference nor a feature determines is `=`, "the same as the reference".
        bases: vec![b'='; record.length],
        at: 0,
        reference_at: record.start - 1,
        cigar: Cigar::default(),
        edits: Edits::new(),
        piece: Vec::new(),
    };
    walk.features()?;
    let is_compared = walk.reference.is_some();
    let bases = if has_sequence { walk.bases } else { Vec::new() };
    let qualities = stored_qualities(record, bases.len());
    let (md, nm) = walk.edits.end();
    Ok(Alignment {
        cigar: walk.cigar.end(),
        bases,
        qualities,
        md: is_compared.then_some(md),
        nm: is_compared.then_some(nm),
    })
}

/// The qualities of a record, which are stored as an array or as features of some bases.
fn stored_qualities(record: &CramRecord, length: usize) -> Vec<u8> {
    let mut qualities = vec![NO_QUALITY; length];
    if record.cram_flags & QUALITY_STORED != 0 {
        let stored = record.qualities.len().min(length);
        qualities[..stored].copy_from_slice(&record.qualities[..stored]);
        return qualities;
    }
    let mut position = 0usize;
    for feature in &record.features {
        position += usize::try_from(feature.delta).unwrap_or(0);
        let values: &[u8] = match &feature.kind {
            FeatureKind::BaseAndQuality(_, quality) | FeatureKind::Quality(quality) => std::slice::from_ref(quality),
            FeatureKind::Qualities(values) => values,
            FeatureKind::Substitution(_)
            | FeatureKind::Deletion(_)
            | FeatureKind::Insertion(_)
            | FeatureKind::InsertedBase(_)
            | FeatureKind::Bases(_)
            | FeatureKind::Skip(_)
            | FeatureKind::SoftClip(_)
            | FeatureKind::Padding(_)
            | FeatureKind::HardClip(_) => continue,
        };
        if qualities.first() == Some(&NO_QUALITY) {
            qualities.fill(DEFAULT_QUALITY);
        }
        let from = position.saturating_sub(1).min(length);
        let count = values.len().min(length - from);
        qualities[from..from + count].copy_from_slice(&values[..count]);
    }
    qualities
}

/// A CIGAR while it is built. Adjacent operations of one kind are joined.
#[derive(Default)]
struct Cigar {
    operations: Vec<u32>,
    kind: u32,
    length: u32,
}

impl Cigar {
    /// Starts an operation of the kind `kind`, unless the current operation has this kind.
    fn turn(&mut self, kind: u32) {
        if self.kind != kind {
            self.flush();
        }
        self.kind = kind;
    }

    fn add(&mut self, kind: u32, length: i64) -> FormatResult<()> {
        self.turn(kind);
        let length = u32::try_from(length).ok().and_then(|l| self.length.checked_add(l));
        self.length = length.filter(|l| *l < 1 << 28).ok_or(FormatError::Record("an impossible CIGAR"))?;
        Ok(())
    }

    fn flush(&mut self) {
        if self.length > 0 {
            self.operations.push(self.length << 4 | self.kind);
            self.length = 0;
        }
    }

    fn end(mut self) -> Vec<u32> {
        self.flush();
        self.operations
    }
}

/// The values MD and NM while they are computed.
struct Edits {
    md: Vec<u8>,
    nm: u32,
    /// The number of matching bases since the last edit; `None` after the end of the contig.
    matches: Option<u32>,
}

impl Edits {
    fn new() -> Self {
        Self {
            md: Vec::new(),
            nm: 0,
            matches: Some(0),
        }
    }

    fn put_matches(&mut self) {
        if let Some(count) = self.matches {
            self.md.extend_from_slice(count.to_string().as_bytes());
        }
    }

    fn matched(&mut self, count: usize) {
        if let Some(matches) = &mut self.matches {
            *matches = matches.saturating_add(count as u32);
        }
    }

    fn mismatch(&mut self, reference: u8) {
        self.put_matches();
        self.md.push(reference);
        self.matches = Some(0);
        self.nm += 1;
    }

    fn deleted(&mut self, bases: &[u8]) {
        self.put_matches();
        self.md.push(b'^');
        self.md.extend_from_slice(bases);
        self.matches = Some(0);
        self.nm = self.nm.saturating_add(bases.len() as u32);
    }

    fn end(mut self) -> (Vec<u8>, u32) {
        self.put_matches();
        (self.md, self.nm)
    }
}

struct Walk<'r, 'b, 'a> {
    record: &'r CramRecord,
    matrix: [u8; 5],
    reference: Option<(usize, &'b mut Bases<'a>)>,
    bases: Vec<u8>,
    /// The number of bases of the read that are already processed.
    at: usize,
    reference_at: i64,
    cigar: Cigar,
    edits: Edits,
    piece: Vec<u8>,
}

impl Walk<'_, '_, '_> {
    fn features(&mut self) -> FormatResult<()> {
        let record = self.record;
        let mut position = 0usize;
        for feature in &record.features {
            position += usize::try_from(feature.delta).map_err(|_| BEYOND)?;
            let place = position.checked_sub(1).filter(|p| *p <= record.length).ok_or(BEYOND)?;
            self.matched_until(place)?;
            self.feature(&feature.kind, place)?;
        }
        self.matched_until(record.length)
    }

    /// Copies all bases between two features from the reference.
    fn matched_until(&mut self, place: usize) -> FormatResult<()> {
        if place <= self.at {
            return Ok(());
        }
        let count = place - self.at;
        if let Some((contig, reference)) = &mut self.reference {
            let left = reference.contig_length(*contig)? - self.reference_at;
            let there = left.clamp(0, count as i64);
            self.piece.clear();
            reference.append(*contig, self.reference_at, there, &mut self.piece)?;
            if (there as usize) < count {
                // Positions after the end of the contig are filled with `N`.
                self.piece.resize(count, b'N');
                self.edits.matched(count);
            } else {
                let mut run = 0;
                for base in &self.piece {
                    if *base == b'N' {
                        self.edits.matched(run);
                        self.edits.mismatch(b'N');
                        run = 0;
                    } else {
                        run += 1;
                    }
                }
                self.edits.matched(run);
            }
            self.bases[self.at..place].copy_from_slice(&self.piece);
        }
        self.cigar.add(MATCH, count as i64)?;
        self.at = place;
        self.reference_at += count as i64;
        Ok(())
    }

    fn put(&mut self, place: usize, bases: &[u8]) -> FormatResult<()> {
        let target = self.bases.get_mut(place..).and_then(|b| b.get_mut(..bases.len())).ok_or(BEYOND)?;
        target.copy_from_slice(bases);
        self.at += bases.len();
        Ok(())
    }

    fn feature(&mut self, kind: &FeatureKind, place: usize) -> FormatResult<()> {
        match kind {
            FeatureKind::Substitution(code) => {
                let base = self.substituted(*code)?;
                self.put(place, &[base])?;
                self.cigar.add(MATCH, 1)?;
                self.reference_at += 1;
            }
            FeatureKind::BaseAndQuality(base, _) => self.stored(place, std::slice::from_ref(base))?,
            FeatureKind::Bases(bases) => self.stored(place, bases)?,
            FeatureKind::Insertion(bases) => self.inserted(place, bases)?,
            FeatureKind::InsertedBase(base) => self.inserted(place, std::slice::from_ref(base))?,
            FeatureKind::SoftClip(bases) => {
                self.put(place, bases)?;
                self.cigar.flush();
                self.cigar.add(SOFT_CLIP, bases.len() as i64)?;
                self.cigar.flush();
            }
            FeatureKind::Deletion(length) => self.deleted(*length)?,
            FeatureKind::Skip(length) => {
                self.cigar.add(SKIP, i64::from(*length))?;
                self.reference_at += i64::from(*length);
            }
            FeatureKind::Padding(length) => self.cigar.add(PADDING, i64::from(*length))?,
            FeatureKind::HardClip(length) => self.cigar.add(HARD_CLIP, i64::from(*length))?,
            FeatureKind::Qualities(_) => self.cigar.turn(MATCH),
            FeatureKind::Quality(_) => {}
        }
        Ok(())
    }

    /// The base that a substitution code means. It depends on the reference base at the same position.
    fn substituted(&mut self, code: u8) -> FormatResult<u8> {
        let mut opposite = b'N';
        if let Some((contig, reference)) = &mut self.reference {
            if self.reference_at < reference.contig_length(*contig)? {
                opposite = reference.base(*contig, self.reference_at)?;
                self.edits.mismatch(opposite);
            } else {
                self.edits.put_matches();
                self.edits.matches = None;
            }
        }
        substitution(self.matrix, opposite, code)
    }

    /// Adds bases that the record itself stores, whatever the reference contains.
    fn stored(&mut self, place: usize, bases: &[u8]) -> FormatResult<()> {
        if let Some((contig, reference)) = &mut self.reference {
            let left = reference.contig_length(*contig)? - self.reference_at;
            let there = left.clamp(0, bases.len() as i64);
            self.piece.clear();
            reference.append(*contig, self.reference_at, there, &mut self.piece)?;
            for base in &self.piece {
                self.edits.mismatch(*base);
            }
        }
        self.put(place, bases)?;
        self.cigar.add(MATCH, bases.len() as i64)?;
        self.reference_at += bases.len() as i64;
        Ok(())
    }

    fn inserted(&mut self, place: usize, bases: &[u8]) -> FormatResult<()> {
        self.put(place, bases)?;
        self.edits.nm = self.edits.nm.saturating_add(bases.len() as u32);
        self.cigar.add(INSERTION, bases.len() as i64)
    }

    fn deleted(&mut self, length: i32) -> FormatResult<()> {
        let length = i64::from(length);
        if let Some((contig, reference)) = &mut self.reference {
            let left = reference.contig_length(*contig)? - self.reference_at;
            self.piece.clear();
            reference.append(*contig, self.reference_at, left.clamp(0, length), &mut self.piece)?;
            self.edits.deleted(&self.piece);
        }
        self.cigar.add(DELETION, length)?;
        self.reference_at += length;
        Ok(())
    }
}

/// The base that a substitution code means for one reference base (CRAM 3.1 § 10.6.1). Each byte of the matrix has the codes of the four other
/// bases, in the order ACGTN.
fn substitution(matrix: [u8; 5], opposite: u8, code: u8) -> FormatResult<u8> {
    const LETTERS: [u8; 5] = *b"ACGTN";
    let row = LETTERS.iter().position(|l| *l == opposite).unwrap_or(4);
    let others = LETTERS
        .into_iter()
        .enumerate()
        .filter(|(at, _)| *at != row)
        .map(|(_, letter)| letter);
    let codes = [6, 4, 2, 0].map(|shift| matrix[row] >> shift & 3);
    // If two bases have the same code, the last of them is used, as in htslib.
    let meant = others.zip(codes).filter(|(_, c)| *c == code).last();
    meant
        .map(|(letter, _)| letter)
        .ok_or(FormatError::Record("a substitution code without a base"))
}
