//! Queries for a sequence at a position: a start, optional reference bases, and alternative bases.

use gemj_model::{Contig, ZeroBased};

use super::bases::{Bases, admit};
use super::filter::{AlleleFilter, AllelePattern};
use crate::error::VariantError;
use crate::segment::key::Key;

/// Beacon 2's sequence query. Bases may be IUPAC codes. An empty text, `-` and `.` mean the empty sequence.
///
/// With reference bases, a query matches an allele if the query spells the allele with any unchanged bases before or after it. `CAG>C` at
/// 99, `AG>` at 100 and `ACAG>AC` at 98 are therefore the same query. The unchanged bases are compared only between the two sequences of
/// the query, not with the reference sequence.
///
/// Without reference bases, a query matches each allele that starts at the query's start and has these alternative bases. If the query has
/// two or more alternative bases, it also matches an insertion of its last bases, with the bases before them as unchanged bases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceQuery {
    /// The name of the contig, in any spelling.
    pub contig: Contig,
    /// The position of the first base of the query's sequences, 0-based.
    pub start: ZeroBased,
    /// The reference bases; absent if the query does not state them.
    pub reference: Option<String>,
    /// The alternative bases.
    pub alternate: String,
    /// Further conditions that the allele must satisfy.
    pub filter: AlleleFilter,
}

/// A [`SequenceQuery`] whose bases are parsed.
#[derive(Clone, Debug)]
pub(crate) struct SequencePattern {
    start: u64,
    reference: Option<Bases>,
    alternate: Bases,
    filter: AllelePattern,
}

impl SequencePattern {
    pub(crate) fn parse(query: &SequenceQuery) -> Result<Self, VariantError> {
        Ok(Self {
            start: query.start.0,
            reference: query.reference.as_deref().map(Bases::parse).transpose()?,
            alternate: Bases::parse(&query.alternate)?,
            filter: query.filter.read()?,
        })
    }

    /// The smallest and the largest start that a matching allele can have.
    pub(crate) fn starts(&self) -> (u64, u64) {
        let unchanged = match &self.reference {
            Some(reference) => reference.len().min(self.alternate.len()),
            None => self.alternate.len(),
        };
        (self.start, self.start.saturating_add(unchanged as u64))
    }

    /// The range of bases that the query covers, 0-based half-open. It contains the spelled bases and the base before which an insertion at
    /// their end is inserted. Every matching allele starts in this range.
    pub(crate) fn asks_about(&self) -> (u64, u64) {
        let bases = match &self.reference {
            Some(reference) => reference.len() + usize::from(self.alternate.len() > reference.len()),
            None => self.alternate.len(),
        };
        (self.start, self.start.saturating_add(bases.max(1) as u64))
    }

    /// Whether the allele with this key matches the query.
    pub(crate) fn matches(&self, key: &Key<'_>) -> bool {
        self.spells(key) && self.filter.admits(key)
    }

    fn spells(&self, key: &Key<'_>) -> bool {
        let Some(prefix) = key.start.checked_sub(self.start).and_then(|p| usize::try_from(p).ok()) else {
            return false;
        };
        match &self.reference {
            Some(reference) => spelled_with_prefix(reference.sets(), self.alternate.sets(), prefix, key),
            None if prefix == 0 => admit(self.alternate.sets(), key.alternate) && !is_symbolic(key),
            None => {
                key.reference.is_empty()
                    && !key.alternate.is_empty()
                    && !is_symbolic(key)
                    && self.alternate.sets().get(prefix..).is_some_and(|rest| admit(rest, key.alternate))
            }
        }
    }
}

fn is_symbolic(key: &Key<'_>) -> bool {
    key.alternate.starts_with('<')
}

/// Whether the two sequences spell the allele with `prefix` unchanged bases before it and any number of unchanged bases after it.
pub(super) fn spelled_with_prefix(reference: &[u8], alternate: &[u8], prefix: usize, key: &Key<'_>) -> bool {
    if is_symbolic(key) {
        return false;
    }
    let changed = (key.reference.len(), key.alternate.len());
    let suffix = reference.len().checked_sub(prefix + changed.0);
    if suffix.is_none() || suffix != alternate.len().checked_sub(prefix + changed.1) {
        return false;
    }
    let suffix = suffix.unwrap_or_default();
    let (r_prefix, r) = reference.split_at(prefix);
    let (a_prefix, a) = alternate.split_at(prefix);
    let (r, r_suffix) = r.split_at(r.len() - suffix);
    let (a, a_suffix) = a.split_at(a.len() - suffix);
    let agree = |x: &[u8], y: &[u8]| x.iter().zip(y).all(|(x, y)| x & y != 0);
    admit(r, key.reference) && admit(a, key.alternate) && agree(r_prefix, a_prefix) && agree(r_suffix, a_suffix) && {
        // Trimming removes the common suffix first. For a pure insertion or deletion, trimming continues into the unchanged bases before
        // the allele if these bases can only equal the allele's last base. The sequences then spell an allele further left, so they do not
        // match this allele.
        let last = key.reference.bytes().last().xor(key.alternate.bytes().last());
        match (last.and_then(super::bases::code), prefix.checked_sub(1)) {
            (Some(last), Some(before)) => r_prefix[before] & a_prefix[before] & !last != 0,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gemj_model::{Allele, OneBased};
    use proptest::prelude::*;

    fn query(start: u64, reference: Option<&str>, alternate: &str) -> SequencePattern {
        SequencePattern::parse(&SequenceQuery {
            contig: Contig("1".into()),
            start: ZeroBased(start),
            reference: reference.map(str::to_owned),
            alternate: alternate.to_owned(),
            filter: AlleleFilter::default(),
        })
        .unwrap()
    }

    fn key(allele: &Allele) -> Key<'_> {
        Key::of(allele)
    }

    fn allele(position: u64, reference: &str, alternate: &str) -> Allele {
        Allele::from_vcf(&Contig("1".into()), OneBased(position), reference, alternate, None).unwrap()
    }

    #[test]
    fn anchored_trimmed_and_padded_spellings_match_the_same_allele() {
        let deletion = allele(100, "CAG", "C");
        for (start, r, a) in [
            (99, "CAG", "C"),
            (100, "AG", ""),
            (100, "AG", "-"),
            (98, "ACAG", "AC"),
            (100, "AGT", "T"),
            (99, "cag", "c"),
        ] {
            assert!(query(start, Some(r), a).matches(&key(&deletion)), "{start} {r} {a}");
        }
        for (start, r, a) in [(99, "CAG", "T"), (99, "AG", ""), (100, "AC", ""), (100, "AG", "A")] {
            assert!(!query(start, Some(r), a).matches(&key(&deletion)), "{start} {r} {a}");
        }
    }

    #[test]
    fn without_reference_bases_the_start_and_the_alternative_bases_decide() {
        assert!(query(99, None, "T").matches(&key(&allele(100, "A", "T"))));
        assert!(query(99, None, "CT").matches(&key(&allele(100, "C", "CT"))));
        assert!(query(100, None, "T").matches(&key(&allele(100, "C", "CT"))));
        assert!(query(100, None, "").matches(&key(&allele(100, "CAG", "C"))));
        assert!(!query(99, None, "C").matches(&key(&allele(100, "CAG", "C"))));
        assert!(query(99, None, "N").matches(&key(&allele(100, "A", "T"))));
        assert!(!query(99, None, "R").matches(&key(&allele(100, "A", "T"))));
    }

    #[test]
    fn a_query_with_a_letter_that_is_not_a_base_is_rejected() {
        assert!(matches!(Bases::parse("AXG"), Err(VariantError::BadBase)));
        assert!(matches!(Bases::parse("<DEL>"), Err(VariantError::BadBase)));
    }

    /// Compares many alleles, trimmed and not trimmed, with every short query.
    #[test]
    fn every_match_starts_in_the_covered_range_and_also_ends_in_it_if_the_query_has_reference_bases() {
        let texts = ["", "A", "C", "AA", "AC", "CA", "CC", "ACA", "NN"];
        let bases = ["", "A", "C", "AA", "AC", "CA", "CC", "ACA"];
        let mut matches = 0;
        for (reference, alternate) in texts.iter().flat_map(|r| texts.iter().map(move |a| (r, a))) {
            for spelt in [Some(*reference), None] {
                let asked = query(10, spelt, alternate);
                let (start, end) = asked.asks_about();
                for (changed, put, at) in bases
                    .iter()
                    .flat_map(|c| bases.iter().flat_map(move |p| (5..18).map(move |at| (c, p, at))))
                {
                    let key = Key {
                        start: at,
                        end: at + changed.len() as u64,
                        reference: changed,
                        alternate: put,
                        inserted: None,
                    };
                    if changed != put && asked.matches(&key) {
                        matches += 1;
                        assert!((start..end).contains(&key.start), "{spelt:?} {alternate}: {key:?}");
                        assert!(spelt.is_none() || key.reach() <= end, "{spelt:?} {alternate}: {key:?}");
                    }
                }
            }
        }
        assert!(matches > 300, "{matches}");
    }

    const CODES: &[u8] = b"ACGTRYSWKMBDHVN";

    fn concrete(pattern: &[u8]) -> Vec<String> {
        pattern.iter().fold(vec![String::new()], |texts, letter| {
            let set = super::super::bases::code(*letter).unwrap();
            let bases = ['A', 'C', 'G', 'T']
                .into_iter()
                .enumerate()
                .filter(move |(bit, _)| set >> bit & 1 == 1);
            texts
                .iter()
                .flat_map(|t| bases.clone().map(move |(_, b)| format!("{t}{b}")))
                .collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn a_pattern_matches_exactly_the_alleles_that_its_concrete_spellings_trim_to(
            r in prop::collection::vec(prop::sample::select(&CODES[..6]), 1..4),
            a in prop::collection::vec(prop::sample::select(&CODES[..6]), 1..4),
            vr in "[ACGT]{1,3}", va in "[ACGT]{1,3}", at in 10u64..13,
        ) {
            prop_assume!(vr != va);
            let stored = allele(at, &vr, &va);
            let expected = concrete(&r).iter().any(|r| concrete(&a).iter().any(|a| {
                Allele::from_vcf(&Contig("1".into()), OneBased(11), r, a, None).is_ok_and(|x| x == stored)
            }));
            let pattern = query(10, Some(std::str::from_utf8(&r).unwrap()), std::str::from_utf8(&a).unwrap());
            prop_assert_eq!(pattern.matches(&key(&stored)), expected);
            let (first, last) = pattern.starts();
            prop_assert!(!expected || (first..=last).contains(&stored.start.0));
        }
    }
}
