//! A parsed query: which variants match, and which blocks can contain them.

use std::collections::BTreeMap;

use gemj_access::DatasetGrant;
use gemj_model::{Allele, Assembly, Contig, DatasetId};

use super::within;
use crate::error::VariantError;
use crate::query::{AllelePattern, AlleleQuery, NamedAlleles, SequencePattern, WindowQuery};
use crate::segment::footer::ContigBlocks;
use crate::segment::key::Key;

/// A whole query. Its parts are searched one after another.
#[derive(Default)]
pub(super) struct Question {
    parts: Vec<Asked>,
    /// For alleles that were found by name: ranges that a Grant must open in addition to the ranges of the parts.
    about: Vec<(Contig, u64, u64)>,
    /// Whether the query covers the whole genome.
    about_everything: bool,
}

impl Question {
    /// Parses a query.
    pub(super) fn of(query: &AlleleQuery) -> Result<Self, VariantError> {
        let mut question = Self::default();
        question.add(query)?;
        // Named alleles come last. A named part may apply to some datasets only, so a later part could not safely skip the alleles that it matched.
        let named = |part: &Asked| matches!(part.pattern, Pattern::Named(..));
        question
            .parts
            .sort_by(|a, b| (named(a), &a.contig, a.about).cmp(&(named(b), &b.contig, b.about)));
        Ok(question)
    }

    fn add(&mut self, query: &AlleleQuery) -> Result<(), VariantError> {
        match query {
            AlleleQuery::Window(query) => self.parts.extend(Asked::window(query)?),
            AlleleQuery::Sequence(query) => {
                let pattern = SequencePattern::parse(query)?;
                let (first, last) = pattern.starts();
                self.parts.push(Asked {
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
            Asked {
                contig: allele.contig.clone(),
                about: (start, Key::of(&allele).reach()),
                look: Look::Starting { first: start, last: start },
                pattern: Pattern::Named(allele, datasets),
            }
        }));
    }

    /// Returns an error if the Grant of a dataset does not open every base that the query covers, whether or not the index has variants there.
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

    /// The parts in order, each with the earlier parts. An allele that matches an earlier part is not visited again.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&Asked, &[Asked])> {
        self.parts.iter().enumerate().map(|(number, part)| (part, &self.parts[..number]))
    }
}

/// A query to one contig.
pub(super) struct Asked {
    /// The canonical name of the contig.
    pub(super) contig: Contig,
    /// The range that the query covers: its first base, and the first base after it.
    pub(super) about: (u64, u64),
    look: Look,
    pattern: Pattern,
}

/// Selects the blocks that can contain matching variants.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Blocks with a variant that covers a base of `start..end`.
    Reaching { start: u64, end: u64 },
    /// Blocks with a variant that starts in `first..=last`.
    Starting { first: u64, last: u64 },
}

enum Pattern {
    Window(AllelePattern),
    Sequence(SequencePattern),
    /// This allele, in these datasets or in all.
    Named(Allele, Option<Vec<DatasetId>>),
}

/// The blocks of one segment that a query reads, found one after another. A list of them would grow with the range.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockRange {
    /// The next block number to consider.
    pub(super) next: usize,
    /// The first block number after the range.
    pub(super) end: usize,
    /// A block that does not reach beyond this base contains no matching variant.
    pub(super) reach_over: Option<u64>,
}

impl BlockRange {
    /// The number of the next block, without moving to it.
    pub(super) fn peek(&self, blocks: &ContigBlocks) -> Option<usize> {
        match self.reach_over {
            Some(start) => blocks.next_reaching(self.next, self.end, start),
            None => (self.next < self.end).then_some(self.next),
        }
    }
}

impl Asked {
    /// Parses a query for a range. Absent if the range is empty, so that nothing can match.
    pub(super) fn window(query: &WindowQuery) -> Result<Option<Self>, VariantError> {
        let pattern = query.filter.read()?;
        let start = query.interval.start.0;
        let end = query.interval.end.map_or(u64::MAX, |e| e.0);
        if query.interval.is_empty() {
            return Ok(None);
        }
        let look = match pattern.starts() {
            None => Look::Reaching { start, end },
            // The range of starts is known, so blocks that only reach into the range from before are not read.
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

    /// The blocks that can contain matching variants.
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

    /// A part of the covered range that has a base of every matching variant. If a matching variant may start before the covered range, the result
    /// is the whole range.
    pub(super) fn stretch(&self) -> (u64, u64) {
        let (start, end) = self.about;
        match self.look {
            Look::Starting { first, last } if first >= start && first < end => (first, end.min(last.saturating_add(1))),
            Look::Starting { .. } | Look::Reaching { .. } => (start, end),
        }
    }

    /// Whether the variant matches.
    pub(super) fn wants(&self, key: &Key<'_>) -> bool {
        match &self.pattern {
            Pattern::Window(pattern) => key.start < self.about.1 && key.reach() > self.about.0 && pattern.admits(key),
            Pattern::Sequence(pattern) => pattern.matches(key),
            Pattern::Named(allele, _) => *key == Key::of(allele),
        }
    }

    /// Whether the part is searched in a dataset under this Grant. The ranges of parts that are not named alleles were checked before.
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
