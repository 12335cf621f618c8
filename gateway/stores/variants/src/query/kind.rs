//! Kinds of alleles. Each kind is a set; if one kind is part of another, the larger kind admits every allele of the smaller.

use crate::segment::key::Key;

/// A spelled deletion of at least this many bases is also a loss of copies.
const LOSS_FROM_BASES: usize = 50;

/// The kind of change of an allele, from its minimal form. An allele may be of several kinds. Names of symbolic alleles are compared without
/// regard to case, and include their subtypes (`DEL` includes `DEL:ME`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantKind {
    /// One base replaced by another.
    Snv,
    /// Several bases replaced by the same number of others.
    Mnv,
    /// Bases are added and none removed; also `<INS>`.
    Insertion,
    /// Bases are removed and none added, of any length; also `<DEL>`.
    Deletion,
    /// A spelled allele whose length differs from the reference, which includes insertions and deletions.
    Indel,
    /// Bases are removed and others added, with more than one base on a side (includes MNVs).
    Substitution,
    /// `<DUP>`.
    Duplication,
    /// `<INV>`.
    Inversion,
    /// Fewer copies than usual: `<DEL>`, `<CN0>`, `<CN1>`, and spelled deletions of 50 bases or more.
    CopyNumberLoss,
    /// More copies than usual: `<DUP>`, `<CN3>` and more. A spelled insertion that repeats its neighbouring bases is not included.
    CopyNumberGain,
    /// A loss, a gain, or `<CNV>`.
    CopyNumberVariation,
    /// `<CNn>` with a number of copies in this range, both ends included.
    Copies {
        /// The smallest number of copies.
        least: u32,
        /// The largest number of copies.
        most: u32,
    },
    /// A symbolic allele of this name (without brackets), or a subtype of it.
    Symbolic(String),
}

/// The name of a symbolic allele, without its brackets.
pub(super) fn symbol<'a>(key: &Key<'a>) -> Option<&'a str> {
    key.alternate.strip_prefix('<')?.strip_suffix('>')
}

pub(super) fn is_named(symbol: &str, wanted: &str) -> bool {
    let name = symbol.get(..wanted.len()).filter(|name| name.eq_ignore_ascii_case(wanted));
    let rest = name.and(symbol.get(wanted.len()..));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The number of copies that `CN3` states.
fn copies(symbol: &str) -> Option<u32> {
    let number = symbol
        .get(..2)
        .filter(|name| name.eq_ignore_ascii_case("CN"))
        .and(symbol.get(2..))?;
    if number.bytes().all(|b| b.is_ascii_digit()) {
        number.parse().ok()
    } else {
        None
    }
}

impl VariantKind {
    /// Whether the allele is of this kind.
    pub(super) fn admits(&self, key: &Key<'_>) -> bool {
        match symbol(key) {
            Some(symbol) => self.admits_symbol(symbol),
            None => self.admits_bases(key.reference.len(), key.alternate.len()),
        }
    }

    fn admits_bases(&self, taken: usize, put: usize) -> bool {
        match self {
            Self::Snv => taken == 1 && put == 1,
            Self::Mnv => taken == put && taken > 1,
            Self::Insertion => taken == 0 && put > 0,
            Self::Deletion => taken > 0 && put == 0,
            Self::Indel => taken != put,
            Self::Substitution => taken > 0 && put > 0 && taken.max(put) > 1,
            Self::CopyNumberLoss | Self::CopyNumberVariation => taken >= LOSS_FROM_BASES && put == 0,
            Self::Duplication | Self::Inversion | Self::CopyNumberGain | Self::Copies { .. } | Self::Symbolic(_) => false,
        }
    }

    fn admits_symbol(&self, symbol: &str) -> bool {
        match self {
            Self::Snv | Self::Mnv | Self::Indel | Self::Substitution => false,
            Self::Insertion => is_named(symbol, "INS"),
            Self::Deletion => is_named(symbol, "DEL"),
            Self::Duplication => is_named(symbol, "DUP"),
            Self::Inversion => is_named(symbol, "INV"),
            Self::CopyNumberLoss => is_named(symbol, "DEL") || copies(symbol).is_some_and(|copies| copies < 2),
            Self::CopyNumberGain => is_named(symbol, "DUP") || copies(symbol).is_some_and(|copies| copies > 2),
            Self::CopyNumberVariation => {
                is_named(symbol, "CNV") || Self::CopyNumberLoss.admits_symbol(symbol) || Self::CopyNumberGain.admits_symbol(symbol)
            }
            Self::Copies { least, most } => copies(symbol).is_some_and(|copies| (*least..=*most).contains(&copies)),
            Self::Symbolic(name) => is_named(symbol, name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(kind: VariantKind, reference: &str, alternate: &str) -> bool {
        kind.admits(&Key {
            start: 100,
            end: 100 + reference.len() as u64,
            reference,
            alternate,
            inserted: None,
        })
    }

    #[test]
    fn kinds_follow_the_minimal_form() {
        use VariantKind::{Deletion, Indel, Insertion, Mnv, Snv, Substitution};
        assert!(is(Snv, "A", "T") && !is(Mnv, "A", "T") && !is(Indel, "A", "T"));
        assert!(is(Insertion, "", "TT") && is(Indel, "", "TT"));
        assert!(is(Deletion, "AG", "") && is(Indel, "AG", ""));
        assert!(is(Mnv, "AG", "CT") && is(Substitution, "AG", "CT") && is(Substitution, "AG", "C") && is(Indel, "AG", "C"));
        assert!(is(Deletion, "", "<DEL:ME>") && is(Insertion, "", "<ins>") && !is(Insertion, "", "<DEL>") && !is(Indel, "", "<DEL>"));
        assert!(is(VariantKind::Symbolic("dup".into()), "", "<DUP:TANDEM>") && !is(VariantKind::Symbolic("DU".into()), "", "<DUP>"));
    }

    #[test]
    fn losses_and_gains_of_copies_are_copy_number_variations() {
        use VariantKind::{CopyNumberGain, CopyNumberLoss, CopyNumberVariation};
        let long = "A".repeat(50);
        let losses = [("", "<DEL>"), ("", "<del:ME>"), ("", "<CN0>"), ("", "<CN1>"), (long.as_str(), "")];
        let gains = [("", "<DUP>"), ("", "<DUP:TANDEM>"), ("", "<CN3>"), ("", "<cn12>")];
        let neither = [
            (&long[..49], ""),
            ("", &long),
            ("", "<CN2>"),
            ("", "<INS>"),
            ("", "<INV>"),
            ("", "<CN>"),
            ("", "<CNx>"),
            ("A", "T"),
        ];
        for (r, a) in losses {
            assert!(
                is(CopyNumberLoss, r, a) && is(CopyNumberVariation, r, a) && !is(CopyNumberGain, r, a),
                "{r} {a}"
            );
        }
        for (r, a) in gains {
            assert!(
                is(CopyNumberGain, r, a) && is(CopyNumberVariation, r, a) && !is(CopyNumberLoss, r, a),
                "{r} {a}"
            );
        }
        for (r, a) in neither {
            assert!(
                !is(CopyNumberVariation, r, a) && !is(CopyNumberLoss, r, a) && !is(CopyNumberGain, r, a),
                "{r} {a}"
            );
        }
        assert!(is(CopyNumberVariation, "", "<CNV>") && is(CopyNumberVariation, "", "<CNV:TR>") && !is(CopyNumberLoss, "", "<CNV>"));
        assert!(is(VariantKind::Copies { least: 0, most: 0 }, "", "<CN0>") && !is(VariantKind::Copies { least: 0, most: 0 }, "", "<DEL>"));
    }
}
