//! Filters the alleles of a range.

use std::ops::{Range, RangeInclusive};

use gemj_model::{Allele, ZeroBased};

use super::bases::{ANY, Bases, admit};
use super::kind::{VariantKind, is_named, symbol};
use super::sequence::spelled_with_prefix;
use crate::error::VariantError;
use crate::segment::key::Key;

/// Conditions for the alleles of a range; [`AlleleFilter::default`] matches every allele. All conditions that are present must hold.
///
/// If both `reference` and `alternate` are present, they may be spelled with unchanged bases around the change. If only one is present, it is
/// either the minimal form or the VCF spelling of a pure insertion or deletion, which has one unchanged base. That base is not compared with
/// the reference.
///
/// The length of a single base is 1. The length of another spelled allele is that of the longer minimal sequence, of a symbolic insertion SVLEN,
/// and of another symbolic allele its extent. An allele of unknown length matches no condition on length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlleleFilter {
    /// Reference bases (IUPAC); absent means any.
    pub reference: Option<String>,
    /// Alternative bases (IUPAC); absent means any.
    pub alternate: Option<String>,
    /// The allele must be of one of these kinds; empty means any kind.
    pub kinds: Vec<VariantKind>,
    /// Minimum length in bases; absent means no minimum.
    pub min_length: Option<u64>,
    /// Maximum length in bases, inclusive; absent means no maximum.
    pub max_length: Option<u64>,
    /// Range of the allele's start, upper bound exclusive; absent means any start.
    pub start_within: Option<Range<ZeroBased>>,
    /// Range of the allele's end (the first base after it; an insertion ends where it starts), upper bound exclusive; absent means any end.
    pub end_within: Option<Range<ZeroBased>>,
}

/// A parsed filter.
#[derive(Clone, Debug)]
pub(crate) struct AllelePattern {
    reference: Option<Bases>,
    alternate: Option<Bases>,
    kinds: Vec<VariantKind>,
    lengths: Option<RangeInclusive<u64>>,
    starts: Option<Range<u64>>,
    ends: Option<Range<u64>>,
}

fn numbers(range: &Range<ZeroBased>) -> Range<u64> {
    range.start.0..range.end.0
}

impl AlleleFilter {
    /// Whether the filter matches an allele.
    ///
    /// # Errors
    /// [`VariantError::BadBase`].
    pub fn admits(&self, allele: &Allele) -> Result<bool, VariantError> {
        Ok(self.read()?.admits(&Key::of(allele)))
    }

    pub(crate) fn read(&self) -> Result<AllelePattern, VariantError> {
        let bounded = self.min_length.is_some_and(|least| least > 0) || self.max_length.is_some();
        Ok(AllelePattern {
            reference: self.reference.as_deref().map(Bases::parse).transpose()?,
            alternate: self.alternate.as_deref().map(Bases::parse).transpose()?,
            kinds: self.kinds.clone(),
            lengths: bounded.then(|| self.min_length.unwrap_or(0)..=self.max_length.unwrap_or(u64::MAX)),
            starts: self.start_within.as_ref().map(numbers),
            ends: self.end_within.as_ref().map(numbers),
        })
    }
}

/// The length of an allele; absent if unknown.
fn length(key: &Key<'_>) -> Option<u64> {
    match symbol(key) {
        Some(symbol) if is_named(symbol, "INS") => key.inserted,
        Some(_) => Some(key.end.saturating_sub(key.start)).filter(|extent| *extent > 0),
        None => Some(key.reference.len().max(key.alternate.len()) as u64),
    }
}

impl AllelePattern {
    /// The range of starts of matching alleles; absent means any start.
    pub(crate) fn starts(&self) -> Option<&Range<u64>> {
        self.starts.as_ref()
    }

    pub(crate) fn admits(&self, key: &Key<'_>) -> bool {
        let of_kind = self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.admits(key));
        let of_length = || match &self.lengths {
            Some(lengths) => length(key).is_some_and(|length| lengths.contains(&length)),
            None => true,
        };
        let within = |range: &Option<Range<u64>>, place: u64| range.as_ref().is_none_or(|range| range.contains(&place));
        let in_place = within(&self.starts, key.start) && within(&self.ends, key.end);
        in_place && of_kind && of_length() && self.admits_bases(key)
    }

    fn admits_bases(&self, key: &Key<'_>) -> bool {
        let anchored = |reference: &[u8], alternate: &[u8]| (0..=1).any(|prefix| spelled_with_prefix(reference, alternate, prefix, key));
        match (&self.reference, &self.alternate) {
            (None, None) => true,
            (Some(r), Some(a)) => (0..=r.len().min(a.len())).any(|prefix| spelled_with_prefix(r.sets(), a.sets(), prefix, key)),
            (Some(r), None) => {
                symbol(key).is_none() && (admit(r.sets(), key.reference) || (key.alternate.is_empty() && anchored(r.sets(), ANY)))
            }
            (None, Some(a)) => {
                symbol(key).is_none() && (admit(a.sets(), key.alternate) || (key.reference.is_empty() && anchored(ANY, a.sets())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use gemj_model::{Contig, OneBased};
    use proptest::prelude::*;

    fn symbolic(length: u64, alternate: &str, inserted: Option<u64>) -> Key<'_> {
        Key {
            start: 100,
            end: 100 + length,
            reference: "",
            alternate,
            inserted,
        }
    }

    fn of_lengths(min_length: Option<u64>, max_length: Option<u64>) -> AllelePattern {
        let filter = AlleleFilter {
            min_length,
            max_length,
            ..AlleleFilter::default()
        };
        filter.read().unwrap()
    }

    #[test]
    fn the_length_of_a_symbolic_allele_is_that_of_its_event_and_not_of_its_text() {
        let filter = of_lengths(Some(1000), None);
        assert!(filter.admits(&symbolic(1000, "<DEL>", None)));
        assert!(!filter.admits(&symbolic(999, "<DEL>", None)));
    }

    #[test]
    fn the_length_of_a_symbolic_insertion_is_its_svlen_and_unknown_without_svlen() {
        let filter = of_lengths(Some(300), Some(400));
        assert!(filter.admits(&symbolic(0, "<INS:ME>", Some(300))) && filter.admits(&symbolic(0, "<INS>", Some(400))));
        assert!(!filter.admits(&symbolic(0, "<INS>", Some(299))) && !filter.admits(&symbolic(0, "<INS>", Some(401))));
        for filter in [filter, of_lengths(Some(1), None), of_lengths(None, Some(u64::MAX))] {
            assert!(!filter.admits(&symbolic(0, "<INS>", None)) && !filter.admits(&symbolic(0, "<DUP>", None)));
        }
        assert!(
            of_lengths(None, None).admits(&symbolic(0, "<INS>", None)) && of_lengths(Some(0), None).admits(&symbolic(0, "<INS>", None))
        );
    }

    #[test]
    fn upper_bounds_of_brackets_are_exclusive() {
        let bracket = |s: (u64, u64), e: (u64, u64)| {
            let filter = AlleleFilter {
                start_within: Some(ZeroBased(s.0)..ZeroBased(s.1)),
                end_within: Some(ZeroBased(e.0)..ZeroBased(e.1)),
                ..AlleleFilter::default()
            };
            filter.read().unwrap().admits(&symbolic(50, "<DEL>", None))
        };
        assert!(bracket((100, 101), (150, 151)) && bracket((0, 101), (0, 151)));
        assert!(!bracket((99, 100), (150, 151)) && !bracket((101, 200), (150, 151)));
        assert!(!bracket((100, 101), (149, 150)) && !bracket((100, 101), (151, 200)));
    }

    fn allele(reference: &str, alternate: &str) -> Allele {
        Allele::from_vcf(&Contig("1".into()), OneBased(11), reference, alternate, None).unwrap()
    }

    proptest! {
        /// Either side alone of a VCF spelling with one unchanged base matches the insertion or deletion.
        #[test]
        fn an_anchored_spelling_of_one_side_matches_the_insertion_or_deletion(anchor in "[ACGT]", bases in "[ACGT]{1,6}") {
            let long = format!("{anchor}{bases}");
            let insertion = allele(&anchor, &long);
            let by_alternate = AlleleFilter { alternate: Some(long.clone()), ..AlleleFilter::default() }.read().unwrap();
            prop_assert!(by_alternate.admits(&Key::of(&insertion)));
            let deletion = allele(&long, &anchor);
            let by_reference = AlleleFilter { reference: Some(long.clone()), ..AlleleFilter::default() }.read().unwrap();
            prop_assert!(by_reference.admits(&Key::of(&deletion)));
            prop_assert!(!by_alternate.admits(&Key::of(&deletion)));
            prop_assert!(!by_reference.admits(&Key::of(&insertion)));
        }

        /// One side alone admits an allele exactly if it is the side of the minimal form, or if some single base completes it to a record of the
        /// allele.
        #[test]
        fn one_side_alone_admits_exactly_the_alleles_that_it_can_mean(asked in "[ACGT]{1,4}", reference in "[ACGT]{1,4}", alternate in "[ACGT]{1,4}") {
            prop_assume!(reference != alternate);
            let stored = allele(&reference, &alternate);
            let trimmed = |r: &str, a: &str| (r != a).then(|| allele(r, a)).map(|x| (x.reference, x.alternate));
            let means = |r: &str, a: &str| trimmed(r, a) == Some((stored.reference.clone(), stored.alternate.clone()));
            let filter = AlleleFilter { alternate: Some(asked.clone()), ..AlleleFilter::default() }.read().unwrap();
            let anchored = stored.reference.is_empty() && ["A", "C", "G", "T"].iter().any(|b| means(b, &asked));
            prop_assert_eq!(filter.admits(&Key::of(&stored)), asked == stored.alternate || anchored);
            let filter = AlleleFilter { reference: Some(asked.clone()), ..AlleleFilter::default() }.read().unwrap();
            let anchored = stored.alternate.is_empty() && ["A", "C", "G", "T"].iter().any(|b| means(&asked, b));
            prop_assert_eq!(filter.admits(&Key::of(&stored)), asked == stored.reference || anchored);
        }
    }
}
