//! Parses the change in a genomic HGVS name.

use super::GenomicChange;
use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{Interval, MAX_COORDINATE, ZeroBased};
use crate::reference_name::ReferenceName;
use crate::variant_query::SequenceQuery;

/// A change together with its position.
pub(super) struct Placed {
    /// The interval of changed bases. For an insertion, the base after the inserted bases.
    pub(super) interval: Interval,
    pub(super) edit: Stated,
}

/// A change, either with all its bases or without the reference bases, depending on the text.
pub(super) enum Stated {
    Whole(Edit),
    WithoutReference(GenomicChange),
}

/// A change with all its bases.
pub(super) enum Edit {
    Substitution(Bases, Bases),
    Deletion(Bases),
    Duplication(Bases),
    Insertion(Bases),
    Inversion(Bases),
    Delins(Bases, Bases),
}

impl Edit {
    /// The sequence query whose stated bases begin at `start`; `None` if nothing changes. A duplication is queried as the insertion of the same
    /// bases before the duplicated bases.
    pub(super) fn question(self, reference_name: ReferenceName, assembly: Assembly, start: ZeroBased) -> Option<SequenceQuery> {
        let nothing = || Bases::parse("");
        let (taken, put) = match self {
            Self::Substitution(taken, put) | Self::Delins(taken, put) => (taken, put),
            Self::Deletion(taken) => (taken, nothing()?),
            Self::Duplication(put) | Self::Insertion(put) => (nothing()?, put),
            Self::Inversion(taken) => {
                let put = reverse_complement(&taken)?;
                (taken, put)
            }
        };
        (taken != put).then_some(SequenceQuery {
            reference_name,
            assembly,
            start,
            reference_bases: Some(taken),
            alternate_bases: put,
            variant_type: None,
            min_length: None,
            max_length: None,
        })
    }
}

/// The reverse complement of `bases`; `None` if a base is not A, C, G or T.
fn reverse_complement(bases: &Bases) -> Option<Bases> {
    let complement = |base: char| match base {
        'A' => Some('T'),
        'C' => Some('G'),
        'G' => Some('C'),
        'T' => Some('A'),
        _ => None,
    };
    Bases::parse(&bases.as_str().chars().rev().map(complement).collect::<Option<String>>()?)
}

/// Parses the text after `g.` of a genomic HGVS name; `None` if the change is uncertain or malformed.
pub(super) fn parse(text: &str) -> Option<Placed> {
    let (first, rest) = position(text)?;
    let (last, rest) = match rest.strip_prefix('_') {
        Some(rest) => position(rest)?,
        None => (first, rest),
    };
    // HGVS positions are 1-based and closed. Beacon intervals are 0-based and half-open.
    let interval = Interval::try_new(ZeroBased(first - 1), ZeroBased(last))?;
    let length = last - first + 1;
    let replaced = |text: &str| exact(text).filter(|b| u64::try_from(b.as_str().len()) == Ok(length));
    let edit = if let Some(rest) = rest.strip_prefix("del") {
        match rest.split_once("ins") {
            Some(("", put)) => Stated::WithoutReference(GenomicChange::Delins(exact(put)?)),
            Some((taken, put)) => Stated::Whole(Edit::Delins(replaced(taken)?, exact(put)?)),
            None if rest.is_empty() => Stated::WithoutReference(GenomicChange::Deletion),
            None => Stated::Whole(Edit::Deletion(replaced(rest)?)),
        }
    } else if let Some(rest) = rest.strip_prefix("dup") {
        match rest {
            "" => Stated::WithoutReference(GenomicChange::Duplication),
            _ => Stated::Whole(Edit::Duplication(replaced(rest)?)),
        }
    } else if let Some(rest) = rest.strip_prefix("inv") {
        match rest {
            "" => Stated::WithoutReference(GenomicChange::Inversion),
            _ => Stated::Whole(Edit::Inversion(replaced(rest)?)),
        }
    } else if let Some(put) = rest.strip_prefix("ins") {
        if length != 2 {
            return None;
        }
        // HGVS names the two neighbours of an insertion. The position of the insertion is before the second neighbour.
        return Some(Placed {
            interval: Interval::try_new(ZeroBased(first), ZeroBased(last))?,
            edit: Stated::Whole(Edit::Insertion(exact(put)?)),
        });
    } else {
        let (taken, put) = rest.split_once('>')?;
        let put = exact(put).filter(|b| b.as_str().len() == 1)?;
        if length != 1 {
            return None;
        }
        Stated::Whole(Edit::Substitution(replaced(taken)?, put))
    };
    Some(Placed { interval, edit })
}

/// Parses a 1-based position at the beginning of `text`. Returns the position and the rest of the text.
fn position(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let position = digits.parse().ok().filter(|p| (1..=MAX_COORDINATE).contains(p))?;
    Some((position, rest))
}

/// Parses at least one base. Each base must be unambiguous.
fn exact(text: &str) -> Option<Bases> {
    Bases::parse(text).filter(|b| !b.is_empty() && b.is_exact())
}
