//! Finds the ranges of bases in which a file states that its participants were called. The result depends on the kind of file:
//!
//! * A gVCF of one participant states this by its reference blocks and the records between them. The first reference block identifies a
//!   gVCF. Records before this block may be incomplete and are ignored. A block without reads or confidence (DP, MIN_DP or GQ of 0) counts
//!   as not called, whatever its GT is.
//! * A joint file states this by each record, for all its sample columns.
//! * Any other file of one participant does not state in which ranges the participant was called.

mod joint;
mod stretches;

use gemj_model::{Allele, Contig, Ordinal, Origin};

use self::joint::Joint;
use self::stretches::Stretches;
use crate::builder::{BuildError, SegmentBuilder, SourceNumber};
use crate::callability::{Copies, TILE_BASES, put};

/// The maximum length of a reference block, in bases. The rest of a longer block counts as unknown. Variant callers end a block where the
/// confidence changes, so a longer block is not credible.
const MOST_BLOCK_BASES: u64 = 1 << 22;

/// The FORMAT fields that mean, if their value is 0, that the participant was not called in a reference block.
pub(super) const CONFIDENCE_KEYS: [&str; 3] = ["DP", "MIN_DP", "GQ"];

/// The range of bases that a record covers, and whether the record contains only the reference allele.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    /// The position of the first base, 0-based.
    start: u64,
    /// The position behind the last base, 0-based.
    end: u64,
    /// Whether every alternative allele of the record is `.`, `<NON_REF>` or `<*>`.
    is_reference: bool,
    /// Whether the record is a reference block of a gVCF.
    is_block: bool,
}

impl Span {
    /// The span of a record at a 1-based position with these alleles. `end` is the value of INFO/END. Absent if the position is 0.
    pub(super) fn of<'a>(position: u64, reference: &str, alternates: impl IntoIterator<Item = &'a str>, end: Option<u64>) -> Option<Self> {
        let start = position.checked_sub(1)?;
        let spelt = start + reference.len() as u64;
        let (mut is_reference, mut is_symbolic) = (true, false);
        for alternate in alternates {
            is_reference &= states_reference(alternate);
            is_symbolic |= alternate.starts_with('<');
        }
        let far = end.filter(|end| is_reference && *end > spelt);
        Some(Self {
            start,
            end: far.map_or(spelt, |end| end.min(start + MOST_BLOCK_BASES)),
            is_reference,
            is_block: is_reference && (is_symbolic || far.is_some()),
        })
    }
}

/// Whether the text of an alternative allele states that the record has no alternative allele.
pub(super) fn states_reference(alternate: &str) -> bool {
    matches!(alternate, "." | "<NON_REF>" | "<*>")
}

/// Collects the statements of callability of one file.
#[derive(Debug)]
pub(super) struct Called {
    how: How,
    span: Option<Span>,
    is_genotyped: bool,
    is_doubtful: bool,
    /// The participants whose genotype in the current record has another number of called alleles than two.
    exceptions: Vec<(u32, Copies)>,
}

#[derive(Debug)]
enum How {
    /// The file makes no statements. This includes all somatic files, because a tumour has no fixed number of copies.
    Not,
    One(Stretches),
    Joint(Joint),
}

impl Called {
    pub(super) fn new(columns: &[Option<Ordinal>], origin: Origin) -> Self {
        let how = match (origin, columns) {
            (Origin::Somatic, _) | (Origin::Germline, [] | [None]) => How::Not,
            (Origin::Germline, [Some(person)]) => How::One(Stretches::new(*person)),
            (Origin::Germline, columns) => Joint::of(columns).map_or(How::Not, How::Joint),
        };
        Self {
            how,
            span: None,
            is_genotyped: false,
            is_doubtful: false,
            exceptions: Vec::new(),
        }
    }

    /// Begins a record. `span` is absent if the record must not make a statement.
    pub(super) fn begin(&mut self, span: Option<Span>) {
        self.span = span;
        self.is_genotyped = false;
        self.is_doubtful = false;
        self.exceptions.clear();
    }

    /// Records that the current record has genotypes. Participants for whom [`Self::person`] is not called afterwards have two called
    /// alleles.
    pub(super) fn genotyped(&mut self) {
        self.is_genotyped = true;
    }

    /// Records the number of called alleles in a participant's genotype.
    pub(super) fn person(&mut self, ordinal: Ordinal, called: usize) {
        let copies = Copies::of(called);
        if copies != Copies::Two {
            self.exceptions.push((ordinal.0, copies));
        }
    }

    /// Whether the confidence fields of the current record must be read. This is so for a record without an alternative allele in a file of
    /// one participant.
    pub(super) fn wants_confidence(&self) -> bool {
        matches!(self.how, How::One(_)) && self.span.is_some_and(|span| span.is_reference)
    }

    /// Records that the current record has no reads or no confidence (DP, MIN_DP or GQ of 0).
    pub(super) fn doubtful(&mut self) {
        self.is_doubtful = true;
    }

    /// Ends the current record. `alleles` are its alternative alleles; absent for an allele that is not indexed.
    pub(super) fn finish(
        &mut self,
        contig: &Contig,
        alleles: &[Option<Allele>],
        source: SourceNumber,
        builder: &mut SegmentBuilder,
    ) -> Result<(), BuildError> {
        let Some(span) = self.span.filter(|_| self.is_genotyped) else {
            return Ok(());
        };
        match &mut self.how {
            How::Not => Ok(()),
            How::One(stretches) => {
                let copies = self.exceptions.first().map_or(Copies::Two, |(_, copies)| *copies);
                let copies = if self.is_doubtful { Copies::None } else { copies };
                stretches.record(contig, span, copies, source, builder)
            }
            How::Joint(joint) => {
                let exceptions = joint.settled(std::mem::take(&mut self.exceptions));
                joint.begin(contig, span.start, source, builder)?;
                if span.is_reference {
                    joint.state((span.start, span.end), None, &exceptions);
                }
                for allele in alleles.iter().flatten() {
                    let kept = builder.kept(allele)?;
                    joint.state((kept.start.0, kept.end.0), Some(put(&kept).into_owned()), &exceptions);
                }
                self.exceptions = exceptions;
                Ok(())
            }
        }
    }

    /// Ends the file and stores the last statements.
    pub(super) fn close(&mut self, source: SourceNumber, builder: &mut SegmentBuilder) -> Result<(), BuildError> {
        match &mut self.how {
            How::Not => Ok(()),
            How::One(stretches) => stretches.flush(source, builder),
            How::Joint(joint) => joint.flush(source, builder),
        }
    }
}

/// Cuts a range of bases at multiples of [`TILE_BASES`].
fn tiles((start, end): (u64, u64)) -> impl Iterator<Item = (u64, u64)> {
    let next = move |from: u64| ((from / TILE_BASES + 1) * TILE_BASES).min(end);
    std::iter::successors((start < end).then(|| (start, next(start))), move |(_, to)| {
        (*to < end).then(|| (*to, next(*to)))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_range_of_bases_is_cut_at_tiles() {
        let cut = |start, end| tiles((start, end)).collect::<Vec<_>>();
        assert_eq!(cut(5, 9), [(5, 9)]);
        assert_eq!(cut(4_095, 4_097), [(4_095, 4_096), (4_096, 4_097)]);
        assert_eq!(cut(0, 8_192), [(0, 4_096), (4_096, 8_192)]);
        assert_eq!(cut(7, 7), []);
    }

    #[test]
    fn reference_blocks_and_records_are_distinguished() {
        let span = |alternates: &[&str], end| Span::of(10, "AC", alternates.iter().copied(), end).unwrap();
        assert!(span(&["<NON_REF>"], None).is_block && span(&["."], Some(40)).is_block && span(&[], Some(40)).is_block);
        assert_eq!((span(&["<*>"], Some(40)).start, span(&["<*>"], Some(40)).end), (9, 40));
        // An END that is not after the last base of REF (position 11) is ignored.
        assert!(!span(&["."], Some(11)).is_block && !span(&["."], None).is_block && span(&["."], None).is_reference);
        assert_eq!(span(&["<*>"], Some(3)).end, 11);
        for alternates in [&["T", "<NON_REF>"][..], &["*"], &["<DEL>"], &["N[2:1["]] {
            let span = span(alternates, Some(900));
            assert_eq!((span.end, span.is_reference, span.is_block), (11, false, false));
        }
        assert_eq!(span(&["<*>"], Some(u64::MAX)).end, 9 + MOST_BLOCK_BASES);
        assert_eq!(Span::of(0, "N", ["<DEL>"], None), None);
    }
}
