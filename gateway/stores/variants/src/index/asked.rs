//! A question, read: which variants it wants, and where they are looked for.

use std::collections::BTreeMap;

use gemj_access::DatasetGrant;
use gemj_model::{Allele, Assembly, Contig, DatasetId};

use super::within;
use crate::error::VariantError;
use crate::query::{AllelePattern, AlleleQuery, NamedAlleles, SequencePattern, WindowQuery};
use crate::segment::footer::ContigBlocks;
use crate::segment::key::Key;

/// A whole question: looked for part by part, in order.
#[derive(Default)]
pub(super) struct Question {
    parts: Vec<Asked>,
    /// What a Grant has to open beside what its parts are about, for alleles that were found by name.
    about: Vec<(Contig, u64, u64)>,
    /// Whether it is about all there is.
    about_everything: bool,
}

impl Question {
    /// Reads a question.
    pub(super) fn of(query: &AlleleQuery) -> Result<Self, VariantError> {
        let mut question = Self::default();
        question.add(query)?;
        // Named ones last: they may be for some datasets alone, so that a part behind them could not leave out what they gave.
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

    /// Refuses the question where a Grant of a dataset does not open all that it is about, whatever there is.
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

    /// Its parts in order, each with those before it, whose alleles it does not give again.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&Asked, &[Asked])> {
        self.parts.iter().enumerate().map(|(number, part)| (part, &self.parts[..number]))
    }
}

/// A question to one contig.
pub(super) struct Asked {
    /// Canonical.
    pub(super) contig: Contig,
    /// The stretch that the question is about: its first base, and the first behind it.
    pub(super) about: (u64, u64),
    look: Look,
    pattern: Pattern,
}

/// Which blocks can hold what is wanted.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Those with a variant that covers a base of `start..end`.
    Reaching { start: u64, end: u64 },
    /// Those with a variant that starts in `first..=last`.
    Starting { first: u64, last: u64 },
}

enum Pattern {
    Window(AllelePattern),
    Sequence(SequencePattern),
    /// This allele, in these datasets or in all.
    Named(Allele, Option<Vec<DatasetId>>),
}

/// The blocks of one segment that a question looks at, found one after another: a list of them would grow with the stretch.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockRange {
    /// The next number that may be looked at.
    pub(super) next: usize,
    /// The first that is not.
    pub(super) end: usize,
    /// A block that reaches no further holds nothing that is wanted.
    pub(super) reach_over: Option<u64>,
}

impl BlockRange {
    /// The number of the next block, which is not taken yet.
    pub(super) fn peek(&self, blocks: &ContigBlocks) -> Option<usize> {
        match self.reach_over {
            Some(start) => blocks.next_reaching(self.next, self.end, start),
            None => (self.next < self.end).then_some(self.next),
        }
    }
}

impl Asked {
    /// Reads a question for a stretch; absent where it is empty, so that nothing can answer.
    pub(super) fn window(query: &WindowQuery) -> Result<Option<Self>, VariantError> {
        let pattern = query.filter.read()?;
        let start = query.interval.start.0;
        let end = query.interval.end.map_or(u64::MAX, |e| e.0);
        if query.interval.is_empty() {
            return Ok(None);
        }
        let look = match pattern.starts() {
            None => Look::Reaching { start, end },
            // Where it begins is known, so that all that reaches into the stretch from before need not be looked at.
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

    /// The blocks that can hold what is wanted.
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

    /// A part of what it is about in which something of every variant that is wanted lies: its first base or, where that can lie before what it is
    /// about, any.
    pub(super) fn stretch(&self) -> (u64, u64) {
        let (start, end) = self.about;
        match self.look {
            Look::Starting { first, last } if first >= start && first < end => (first, end.min(last.saturating_add(1))),
            Look::Starting { .. } | Look::Reaching { .. } => (start, end),
        }
    }

    /// Whether the variant is wanted.
    pub(super) fn wants(&self, key: &Key<'_>) -> bool {
        match &self.pattern {
            Pattern::Window(pattern) => key.start < self.about.1 && key.reach() > self.about.0 && pattern.admits(key),
            Pattern::Sequence(pattern) => pattern.matches(key),
            Pattern::Named(allele, _) => *key == Key::of(allele),
        }
    }

    /// Whether it is looked for in a dataset at all, as far as its Grant opens it. A stretch has been checked before.
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
