//! A question, read: which variants it wants, and where they are looked for.

use gemj_model::Contig;

use crate::error::VariantError;
use crate::query::{AllelePattern, AlleleQuery, SequencePattern, WindowQuery};
use crate::segment::footer::ContigBlocks;
use crate::segment::key::Key;

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
    /// Reads a question; absent where its stretch is empty, so that nothing can answer it.
    pub(super) fn of(query: &AlleleQuery) -> Result<Option<Self>, VariantError> {
        match query {
            AlleleQuery::Window(query) => Self::window(query),
            AlleleQuery::Sequence(query) => {
                let pattern = SequencePattern::parse(query)?;
                let (first, last) = pattern.starts();
                Ok(Some(Self {
                    contig: query.contig.canonical(),
                    about: pattern.asks_about(),
                    look: Look::Starting { first, last },
                    pattern: Pattern::Sequence(pattern),
                }))
            }
        }
    }

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

    /// Whether the variant is wanted.
    pub(super) fn wants(&self, key: &Key<'_>) -> bool {
        match &self.pattern {
            Pattern::Window(pattern) => key.start < self.about.1 && key.reach() > self.about.0 && pattern.admits(key),
            Pattern::Sequence(pattern) => pattern.matches(key),
        }
    }
}
