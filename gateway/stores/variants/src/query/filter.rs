//! What alleles of a window are wanted.

use super::bases::{Bases, admit};
use super::sequence::spelled_with_prefix;
use crate::error::VariantError;
use crate::segment::key::Key;

/// What kind of change an allele is, from its minimal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantKind {
    /// One base for one other.
    Snv,
    /// Bases are added, none taken away.
    Insertion,
    /// Bases are taken away, none added; also the symbolic `<DEL>` and its subtypes.
    Deletion,
    /// Bases are taken away and others added (an MNV among them).
    Substitution,
    /// A symbolic allele of this name without its brackets (`DUP`, `INV`, `CNV`), or a subtype of it (`DUP:TANDEM`).
    Symbolic(String),
}

/// Which alleles of a window are wanted; [`AlleleFilter::default`] wants all.
///
/// Where both `reference` and `alternate` are given they may be spelled with unchanged bases around the change; one alone is compared with the
/// minimal form. Length is 1 for a single base, the longer of the two minimal sequences for others, and for a symbolic allele
/// the bases behind POS up to its end (at least 1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlleleFilter {
    /// Reference bases (IUPAC); absent is any.
    pub reference: Option<String>,
    /// Alternative bases (IUPAC); absent is any.
    pub alternate: Option<String>,
    /// Kind; absent is any.
    pub kind: Option<VariantKind>,
    /// Least length in bases; absent is none.
    pub min_length: Option<u64>,
    /// Greatest length in bases, inclusive; absent is none.
    pub max_length: Option<u64>,
}

/// A filter, read.
#[derive(Clone, Debug)]
pub(crate) struct AllelePattern {
    reference: Option<Bases>,
    alternate: Option<Bases>,
    kind: Option<VariantKind>,
    lengths: std::ops::RangeInclusive<u64>,
}

impl AlleleFilter {
    pub(crate) fn read(&self) -> Result<AllelePattern, VariantError> {
        Ok(AllelePattern {
            reference: self.reference.as_deref().map(Bases::parse).transpose()?,
            alternate: self.alternate.as_deref().map(Bases::parse).transpose()?,
            kind: self.kind.clone(),
            lengths: self.min_length.unwrap_or(0)..=self.max_length.unwrap_or(u64::MAX),
        })
    }
}

fn symbol<'a>(key: &Key<'a>) -> Option<&'a str> {
    key.alternate.strip_prefix('<')?.strip_suffix('>')
}

fn length(key: &Key<'_>) -> u64 {
    match symbol(key) {
        Some(_) => key.end.saturating_sub(key.start).saturating_sub(1).max(1),
        None => key.reference.len().max(key.alternate.len()) as u64,
    }
}

fn is_symbol(symbol: &str, wanted: &str) -> bool {
    let Some(rest) = symbol
        .get(..wanted.len())
        .filter(|s| s.eq_ignore_ascii_case(wanted))
        .map(|_| &symbol[wanted.len()..])
    else {
        return false;
    };
    rest.is_empty() || rest.starts_with(':')
}

impl VariantKind {
    fn is(&self, key: &Key<'_>) -> bool {
        let symbol = symbol(key);
        let (r, a) = (key.reference.len(), key.alternate.len());
        match self {
            Self::Snv => symbol.is_none() && r == 1 && a == 1,
            Self::Insertion => symbol.map_or(r == 0 && a > 0, |s| is_symbol(s, "INS")),
            Self::Deletion => symbol.map_or(r > 0 && a == 0, |s| is_symbol(s, "DEL")),
            Self::Substitution => symbol.is_none() && r > 0 && a > 0 && r.max(a) > 1,
            Self::Symbolic(wanted) => symbol.is_some_and(|s| is_symbol(s, wanted)),
        }
    }
}

impl AllelePattern {
    pub(crate) fn admits(&self, key: &Key<'_>) -> bool {
        if !self.kind.as_ref().is_none_or(|kind| kind.is(key)) || !self.lengths.contains(&length(key)) {
            return false;
        }
        match (&self.reference, &self.alternate) {
            (None, None) => true,
            (Some(r), Some(a)) => (0..=r.len().min(a.len())).any(|prefix| spelled_with_prefix(r.sets(), a.sets(), prefix, key)),
            (Some(r), None) => symbol(key).is_none() && admit(r.sets(), key.reference),
            (None, Some(a)) => symbol(key).is_none() && admit(a.sets(), key.alternate),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn key<'a>(length: u64, reference: &'a str, alternate: &'a str) -> Key<'a> {
        Key {
            start: 100,
            end: 100 + length,
            reference,
            alternate,
        }
    }

    fn of_kind(kind: VariantKind) -> AllelePattern {
        AlleleFilter {
            kind: Some(kind),
            ..AlleleFilter::default()
        }
        .read()
        .unwrap()
    }

    #[test]
    fn kinds_follow_the_minimal_form() {
        assert!(of_kind(VariantKind::Snv).admits(&key(1, "A", "T")));
        assert!(of_kind(VariantKind::Insertion).admits(&key(0, "", "TT")));
        assert!(of_kind(VariantKind::Deletion).admits(&key(2, "AG", "")));
        assert!(of_kind(VariantKind::Deletion).admits(&key(5000, "", "<DEL:ME>")));
        assert!(!of_kind(VariantKind::Insertion).admits(&key(5000, "", "<DEL>")));
        assert!(of_kind(VariantKind::Symbolic("dup".into())).admits(&key(10, "", "<DUP:TANDEM>")));
        assert!(!of_kind(VariantKind::Symbolic("DU".into())).admits(&key(10, "", "<DUP>")));
        assert!(of_kind(VariantKind::Substitution).admits(&key(2, "AG", "CT")));
    }

    #[test]
    fn a_symbolic_allele_is_as_long_as_its_event_and_not_as_its_text() {
        let filter = AlleleFilter {
            min_length: Some(1000),
            ..AlleleFilter::default()
        };
        assert!(filter.read().unwrap().admits(&key(1001, "", "<DEL>")));
        assert!(!filter.read().unwrap().admits(&key(1000, "", "<DEL>")));
        assert!(!filter.read().unwrap().admits(&key(1, "A", "T")));
    }
}
