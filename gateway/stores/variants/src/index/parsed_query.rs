//! A parsed query: it decides which variants match and which blocks can contain them.

use std::collections::BTreeMap;

use gemj_access::DatasetGrant;
use gemj_model::{Allele, Assembly, Contig, DatasetId};

use super::within;
use crate::error::VariantError;
use crate::query::{AllelePattern, AlleleQuery, NamedAlleles, SequencePattern, WindowQuery};
use crate::segment::footer::ContigBlocks;
use crate::segment::key::Key;

/// A parsed query. Its parts are searched one after another.
#[derive(Default)]
pub(super) struct ParsedQuery {
    parts: Vec<QueryPart>,
    /// For queries of alleles that were found by name: the ranges that a Grant must open, whichever alleles were found. A found allele
    /// outside the Grant's regions is skipped.
    about: Vec<(Contig, u64, u64)>,
    /// Whether the query covers the whole genome, so that a Grant that is limited to regions cannot open it.
    about_everything: bool,
}

impl ParsedQuery {
    /// Parses a query into its parts.
    pub(super) fn of(query: &AlleleQuery) -> Result<Self, VariantError> {
        let mut question = Self::default();
        question.add(query)?;
        // Parts for named alleles come last. A named part may apply to some datasets only. A later part could therefore not skip the
        // alleles that match a named part.
        let named = |part: &QueryPart| matches!(part.pattern, Pattern::Named(..));
        question
            .parts
            .sort_by(|a, b| (named(a), &a.contig, a.about).cmp(&(named(b), &b.contig, b.about)));
        Ok(question)
    }

    fn add(&mut self, query: &AlleleQuery) -> Result<(), VariantError> {
        match query {
            AlleleQuery::Window(query) => self.parts.extend(QueryPart::window(query)?),
            AlleleQuery::Sequence(query) => {
                let pattern = SequencePattern::parse(query)?;
                let (first, last) = pattern.starts();
                self.parts.push(QueryPart {
                    contig: query.contig.canonical(),
                    about: pattern.asks_about(),
                    look: Look::Starting { first, last },
                    pattern: Pattern::Sequence(pattern),
                });
            }
            AlleleQuery::AnyOf(queries) => {
                for query in queries {
                    self.add(query)?;
                }
            }
            AlleleQuery::OneOf(named) => self.add_named(named),
        }
        Ok(())
    }

    fn add_named(&mut self, named: &NamedAlleles) {
        match &named.about {
            None => self.about_everything = true,
            Some(regions) => self.about.extend(regions.iter().map(|region| {
                let end = region.interval.end.map_or(u64::MAX, |end| end.0);
                (region.contig.canonical(), region.interval.start.0, end)
            })),
        }
        let mut alleles: BTreeMap<Allele, Option<Vec<DatasetId>>> = BTreeMap::new();
        for one in &named.alleles {
            let allele = Allele {
                contig: one.allele.contig.canonical(),
                ..one.allele.clone()
            };
            let datasets = alleles.entry(allele).or_insert_with(|| Some(Vec::new()));
            match (&mut *datasets, &one.datasets) {
                (Some(some), Some(more)) => some.extend(more.iter().cloned()),
                (None, _) | (_, None) => *datasets = None,
            }
        }
        self.parts.extend(alleles.into_iter().map(|(allele, datasets)| {
            let start = allele.start.0;
            QueryPart {
                contig: allele.contig.clone(),
                about: (start, Key::of(&allele).reach()),
                look: Look::Starting { first: start, last: start },
                pattern: Pattern::Named(allele, datasets),
            }
        }));
    }

    /// Returns an error if the dataset's part of a Grant does not open every base that the query covers. The result does not depend on the
    /// variants in the index.
    pub(super) fn check(&self, granted: &DatasetGrant, assembly: Assembly) -> Result<(), VariantError> {
        if self.about_everything && granted.regions().is_some() {
            return Err(VariantError::OutsideRegions);
        }
        for (contig, start, end) in &self.about {
            within(granted, assembly, contig, *start, *end)?;
        }
        for part in self.parts.iter().filter(|part| !matches!(part.pattern, Pattern::Named(..))) {
            within(granted, assembly, &part.contig, part.about.0, part.about.1)?;
        }
        Ok(())
    }

    /// The parts of the query in order, each with the parts before it. An allele that matches an earlier part is not visited again.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&QueryPart, &[QueryPart])> {
        self.parts.iter().enumerate().map(|(number, part)| (part, &self.parts[..number]))
    }
}

/// One part of a query, for one contig.
pub(super) struct QueryPart {
    /// The canonical name of the queried contig.
    pub(super) contig: Contig,
    /// The range of bases that the query covers: its first base, and the first base after it (0-based).
    pub(super) about: (u64, u64),
    look: Look,
    pattern: Pattern,
}

/// The rule that selects the blocks that can contain matching variants.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Selects the blocks with a variant that covers a base of `start..end`.
    Reaching { start: u64, end: u64 },
    /// Selects the blocks with a variant that starts in `first..=last`.
    Starting { first: u64, last: u64 },
}

enum Pattern {
    Window(AllelePattern),
    Sequence(SequencePattern),
    /// Matches this allele, in these datasets; in all datasets if the list is absent.
    Named(Allele, Option<Vec<DatasetId>>),
}

/// The blocks of one segment that a query reads. They are found one after another, because a list of them would grow with the range.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockRange {
    /// The number of the next block that is examined.
    pub(super) next: usize,
    /// The first block number after the last block that is examined.
    pub(super) end: usize,
    /// A block whose variants all end at or before this base contains no matching variant and is skipped. Absent if no block is skipped.
    pub(super) reach_over: Option<u64>,
}

impl BlockRange {
    /// The number of the next block that must be read. The position does not change.
    pub(super) fn peek(&self, blocks: &ContigBlocks) -> Option<usize> {
        match self.reach_over {
            Some(start) => blocks.next_reaching(self.next, self.end, start),
            None => (self.next < self.end).then_some(self.next),
        }
    }
}

impl QueryPart {
    /// Parses a query for a range. Absent if the range is empty, so that no allele can match.
    pub(super) fn window(query: &WindowQuery) -> Result<Option<Self>, VariantError> {
        let pattern = query.filter.read()?;
        let start = query.interval.start.0;
        let end = query.interval.end.map_or(u64::MAX, |e| e.0);
        if query.interval.is_empty() {
            return Ok(None);
        }
        let look = match pattern.starts() {
            None => Look::Reaching { start, end },
            // The possible starts of matching alleles are known, so blocks whose variants all start before them are not read.
            Some(starts) => match starts.end.min(end).checked_sub(1) {
                Some(last) if starts.start <= last => Look::Starting { first: starts.start, last },
                _ => return Ok(None),
            },
        };
        Ok(Some(Self {
            contig: query.contig.canonical(),
            about: (start, end),
            look,
            pattern: Pattern::Window(pattern),
        }))
    }

    /// The blocks of a contig that can contain matching variants.
    pub(super) fn blocks(&self, blocks: &ContigBlocks) -> BlockRange {
        match self.look {
            Look::Reaching { start, end } => BlockRange {
                next: 0,
                end: blocks.starting_before(end),
                reach_over: Some(start),
            },
            Look::Starting { first, last } => {
                let from = blocks.with_start(first).start;
                BlockRange {
                    next: from,
                    end: blocks.with_start(last).end.max(from),
                    reach_over: None,
                }
            }
        }
    }

    /// A range of bases such that every matching variant has a base in it. The range is inside the range that the query covers. If a
    /// matching variant may start before the covered range, the result is the whole covered range.
    pub(super) fn stretch(&self) -> (u64, u64) {
        let (start, end) = self.about;
        match self.look {
            Look::Starting { first, last } if first >= start && first < end => (first, end.min(last.saturating_add(1))),
            Look::Starting { .. } | Look::Reaching { .. } => (start, end),
        }
    }

    /// Whether the variant with this key matches this part of the query.
    pub(super) fn wants(&self, key: &Key<'_>) -> bool {
        match &self.pattern {
            Pattern::Window(pattern) => key.start < self.about.1 && key.reach() > self.about.0 && pattern.admits(key),
            Pattern::Sequence(pattern) => pattern.matches(key),
            Pattern::Named(allele, _) => *key == Key::of(allele),
        }
    }

    /// Whether this part is searched in a dataset under the dataset's part of a Grant. For parts that are not named alleles, the Grant's
    /// regions were checked before.
    pub(super) fn is_for(&self, granted: &DatasetGrant, assembly: Assembly) -> bool {
        match &self.pattern {
            Pattern::Window(_) | Pattern::Sequence(_) => true,
            Pattern::Named(_, datasets) => {
                datasets.as_ref().is_none_or(|some| some.contains(granted.dataset()))
                    && within(granted, assembly, &self.contig, self.about.0, self.about.1).is_ok()
            }
        }
    }
}
