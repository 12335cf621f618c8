//! Collects the ranges of bases in which one participant was called, from the participant's gVCF.

use std::collections::HashMap;

use gemj_model::{Allele, Contig, Ordinal, ZeroBased};

use super::{Span, tiles};
use crate::builder::{BuildError, SegmentBuilder, SourceNumber};
use crate::callability::{Copies, Statement, statements_on};

/// The called ranges of one file, in the order in which they are read. If records overlap, the first record counts.
#[derive(Debug)]
pub(super) struct Stretches {
    person: Ordinal,
    /// Whether a reference block was read, so that the file is a gVCF.
    is_gvcf: bool,
    /// For each earlier contig, the position up to which the file's records have been processed.
    spoken_of: HashMap<Contig, u64>,
    contig: Contig,
    /// The current range, which the next record may extend: start, end, and the number of called copies.
    run: Option<(u64, u64, Copies)>,
    /// The position up to which the file's records on the current contig have been processed.
    until: u64,
}

impl Stretches {
    pub(super) fn new(person: Ordinal) -> Self {
        Self {
            person,
            is_gvcf: false,
            spoken_of: HashMap::new(),
            contig: Contig(String::new()),
            run: None,
            until: 0,
        }
    }

    /// Adds a record. Adjacent records with the same number of called copies become one range.
    pub(super) fn record(
        &mut self,
        contig: &Contig,
        span: Span,
        copies: Copies,
        source: SourceNumber,
        builder: &mut SegmentBuilder,
    ) -> Result<(), BuildError> {
        self.is_gvcf |= span.is_block;
        if !self.is_gvcf {
            return Ok(());
        }
        if self.contig != *contig {
            self.flush(source, builder)?;
            let left = std::mem::replace(&mut self.contig, contig.clone());
            self.spoken_of.insert(left, self.until);
            self.until = self.spoken_of.get(contig).copied().unwrap_or(0);
        }
        let start = span.start.max(self.until);
        if start >= span.end {
            return Ok(());
        }
        self.until = span.end;
        // A record without called copies makes no statement. Later records that overlap it make no statement about its bases either.
        if copies == Copies::None {
            return Ok(());
        }
        match &mut self.run {
            Some((_, end, of_run)) if *end == start && *of_run == copies => *end = span.end,
            _ => {
                self.flush(source, builder)?;
                self.run = Some((start, span.end, copies));
            }
        }
        Ok(())
    }

    /// Stores the current range as a statement.
    pub(super) fn flush(&mut self, source: SourceNumber, builder: &mut SegmentBuilder) -> Result<(), BuildError> {
        let Some((start, end, copies)) = self.run.take() else {
            return Ok(());
        };
        let mut statement = Allele {
            contig: statements_on(&self.contig),
            start: ZeroBased(start),
            end: ZeroBased(end),
            reference: String::new(),
            alternate: Statement::Called.word(),
            inserted: None,
        };
        for (start, end) in tiles((start, end)) {
            (statement.start, statement.end) = (ZeroBased(start), ZeroBased(end));
            builder.state(&statement, source, &[(self.person, copies.stored())])?;
        }
        Ok(())
    }
}
