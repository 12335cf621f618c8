//! Filters for the alleles of a query.

use std::ops::{Range, RangeInclusive};

use gemj_model::{Allele, ZeroBased};

use super::bases::{ANY, Bases, admit};
use super::kind::{VariantKind, is_named, symbol};
use super::sequence::spelled_with_prefix;
use crate::error::VariantError;
use crate::segment::key::Key;

/// Conditions for alleles; [`AlleleFilter::default`] matches every allele. An allele matches if it satisfies all conditions that are
/// present.
///
/// If both `reference` and `alternate` are present, they may be spelled with unchanged bases around the change. If only one of them is
/// present, it is in minimal form, or it is the VCF spelling of a pure insertion or deletion. The VCF spelling has one unchanged base before
/// the change. The unchanged base is not compared with the reference sequence.
///
/// The length of an allele in bases is:
/// * for an allele with bases: the length of the longer sequence in minimal form, so 1 for the change of a single base;
/// * for a symbolic insertion: SVLEN;
/// * for another symbolic allele: its extent.
///
/// An allele of unknown length matches no condition on length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlleleFilter {
    /// The reference bases (IUPAC codes); absent if any bases match.
    pub reference: Option<String>,
    /// The alternative bases (IUPAC codes); absent if any bases match.
    pub alternate: Option<String>,
    /// The allele must be of at least one of these kinds; empty if any kind matches.
    pub kinds: Vec<VariantKind>,
    /// The minimum length of the allele in bases. Absent if there is no minimum; 0 means the same.
    pub min_length: Option<u64>,
    /// The maximum length of the allele in bases, inclusive; absent if there is no maximum.
    pub max_length: Option<u64>,
    /// The range that must contain the allele's start, upper bound exclusive; absent if any start matches.
    pub start_within: Option<Range<ZeroBased>>,
    /// The range that must contain the allele's end, upper bound exclusive; absent if any end matches. The end of an allele is the first
    /// base after it; an insertion ends where it starts.
    pub end_within: Option<Range<ZeroBased>>,
}

/// An [`AlleleFilter`] whose bases are parsed.
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
    /// Whether an allele matches the filter.
    ///
    /// # Errors
    /// [`VariantError::BadBase`] if a letter of the filter's bases is not an IUPAC code.
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

/// The length of an allele in bases; absent if the length is unknown.
fn length(key: &Key<'_>) -> Option<u64> {
    match symbol(key) {
        Some(symbol) if is_named(symbol, "INS") => key.inserted,
        Some(_) => Some(key.end.saturating_sub(key.start)).filter(|extent| *extent > 0),
        None => Some(key.reference.len().max(key.alternate.len()) as u64),
    }
}

impl AllelePattern {
    /// The range that contains the starts of all matching alleles; absent if any start matches.
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
    fn the_length_of_a_symbolic_allele_is_the_length_of_its_event_and_not_of_its_text() {
        let filter = of_lengths(Some(1000), None);
        assert!(filter.admits(&symbolic(1000, "<DEL>", None)));
        assert!(!filter.admits(&symbolic(999, "<DEL>", None)));
    }

    #[test]
    fn the_length_of_a_symbolic_insertion_is_svlen_and_is_unknown_without_svlen() {
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
        /// One side (reference or alternative) of a VCF spelling with one unchanged base matches the insertion or deletion.
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

        /// A filter with one side only (reference or alternative) admits an allele in exactly two cases. Either the side equals this side
        /// of the minimal form, or a single base as the other side completes it to a VCF spelling of the allele.
        #[test]
        fn a_filter_with_one_side_admits_exactly_the_alleles_that_the_side_can_spell(asked in "[ACGT]{1,4}", reference in "[ACGT]{1,4}", alternate in "[ACGT]{1,4}") {
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
