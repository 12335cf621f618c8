//! Kinds of alleles. Each kind is a set of alleles. If a kind includes another kind, it admits every allele of that kind.

use crate::segment::key::Key;

/// A deletion with spelled bases of at least this length is also a loss of copies.
const LOSS_FROM_BASES: usize = 50;

/// A kind of alleles, defined on the minimal form. An allele may be of several kinds. The names of symbolic alleles are compared without
/// regard to case, and a name includes its subtypes (`DEL` includes `DEL:ME`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantKind {
    /// One base is replaced by another base.
    Snv,
    /// Several bases are replaced by the same number of other bases.
    Mnv,
    /// Bases are added and no base is removed. Includes `<INS>`.
    Insertion,
    /// One or more bases are removed and no base is added. Includes `<DEL>`.
    Deletion,
    /// The reference and the alternative bases differ in length. Includes insertions and deletions with spelled bases.
    Indel,
    /// Bases are replaced by other bases, with more than one base on at least one side. Includes MNVs.
    Substitution,
    /// The symbolic allele `<DUP>`.
    Duplication,
    /// The symbolic allele `<INV>`.
    Inversion,
    /// Fewer copies than two: `<DEL>`, `<CN0>`, `<CN1>`, and deletions of 50 or more spelled bases.
    CopyNumberLoss,
    /// More copies than two: `<DUP>`, `<CN3>` and higher numbers. An insertion with spelled bases that repeats its neighbouring bases is
    /// not included.
    CopyNumberGain,
    /// A loss of copies, a gain of copies, or `<CNV>`.
    CopyNumberVariation,
    /// The symbolic allele `<CNn>` with a number of copies n in this range, both ends included.
    Copies {
        /// The smallest number of copies that matches.
        least: u32,
        /// The largest number of copies that matches.
        most: u32,
    },
    /// A symbolic allele with this name (without angle brackets), or a subtype of it.
    Symbolic(String),
}

/// The name of a symbolic allele without its angle brackets; absent if the allele is not symbolic.
pub(super) fn symbol<'a>(key: &Key<'a>) -> Option<&'a str> {
    key.alternate.strip_prefix('<')?.strip_suffix('>')
}

pub(super) fn is_named(symbol: &str, wanted: &str) -> bool {
    let name = symbol.get(..wanted.len()).filter(|name| name.eq_ignore_ascii_case(wanted));
    let rest = name.and(symbol.get(wanted.len()..));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The number of copies that the name of a symbolic allele states, for example 3 for `CN3`.
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
    /// Whether the allele with this key is of this kind.
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
    fn the_kind_of_an_allele_follows_from_its_minimal_form() {
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
