//! Where one person was called, by their gVCF.

use std::collections::HashMap;

use gemj_model::{Allele, Contig, Ordinal, ZeroBased};

use super::{Span, tiles};
use crate::builder::{BuildError, SegmentBuilder, SourceNumber};
use crate::callability::{Copies, Statement, statements_on};

/// The stretches of one file as they come. What it says twice counts once: the first stands.
#[derive(Debug)]
pub(super) struct Stretches {
    person: Ordinal,
    /// Whether a reference block was met.
    is_gvcf: bool,
    /// How far each earlier contig is spoken of.
    spoken_of: HashMap<Contig, u64>,
    contig: Contig,
    /// The stretch that may still grow, and how many copies were called on it.
    run: Option<(u64, u64, Copies)>,
    /// How far the contig is spoken of.
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

    /// Takes a record. Neighbours with the same number of copies become one stretch.
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
        // Nothing is stated of it, and nobody later says otherwise.
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

    /// States the stretch that could still have grown.
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
