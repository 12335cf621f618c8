//! Queries by an amino acid change.

use std::fmt;

use crate::assembly::Assembly;

/// A query for the variants that change one amino acid into another, in the protein of any gene. A query that also names a gene is a
/// [`super::GeneQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AminoAcidQuery {
    /// The required amino acid change.
    pub change: AminoAcidChange,
    /// The required assembly; `None` means every assembly of the Beacon.
    pub assembly: Option<Assembly>,
}

/// The change of one amino acid into another, at a position of a protein. `Display` is the one-letter form (`V600E`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AminoAcidChange {
    reference: AminoAcid,
    position: u32,
    alternate: AminoAcid,
}

/// An amino acid, or a stop (the end of the protein).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AminoAcid {
    one: char,
    three: &'static str,
}

/// The one-letter and three-letter IUPAC-IUB codes of the amino acids. `Ter` is the stop (HGVS, "Standards: amino acids"). Ambiguous codes (B,
/// Z, X) are not allowed in a change.
const ONE_LETTER: &str = "ARNDCQEGHILKMFPSTWYVUO*";

/// The three-letter codes, in the order of [`ONE_LETTER`].
const THREE_LETTERS: [&str; 23] = [
    "Ala", "Arg", "Asn", "Asp", "Cys", "Gln", "Glu", "Gly", "His", "Ile", "Leu", "Lys", "Met", "Phe", "Pro", "Ser", "Thr", "Trp", "Tyr",
    "Val", "Sec", "Pyl", "Ter",
];

impl AminoAcid {
    fn parse(text: &str) -> Option<Self> {
        let at = match text.len() {
            1 => ONE_LETTER.find(&text.to_ascii_uppercase()),
            _ => THREE_LETTERS.iter().position(|three| three.eq_ignore_ascii_case(text)),
        }?;
        Some(Self {
            one: char::from(*ONE_LETTER.as_bytes().get(at)?),
            three: THREE_LETTERS.get(at)?,
        })
    }
}

impl AminoAcidChange {
    /// Parses an amino acid change: `V600E`, `Val600Glu`, `p.Val600Glu` or `p.(Val600Glu)`, in any case. `*` or `Ter` is a stop, and `=` means
    /// no change. `None` for any other text, such as frameshifts, deletions, unknown amino acids (`X`) and lost starts (`M1?`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 32 || !text.is_ascii() {
            return None;
        }
        let text = text.strip_prefix("p.").unwrap_or(text);
        let text = match text.strip_prefix('(') {
            Some(inner) => inner.strip_suffix(')')?,
            None => text,
        };
        let digits_begin = text.find(|c: char| c.is_ascii_digit())?;
        let (reference, rest) = text.split_at(digits_begin);
        let digits_end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (position, alternate) = rest.split_at(digits_end);
        let reference = AminoAcid::parse(reference)?;
        let alternate = if alternate == "=" {
            reference
        } else {
            AminoAcid::parse(alternate)?
        };
        let position = (!position.starts_with('0')).then(|| position.parse().ok())??;
        Some(Self {
            reference,
            position,
            alternate,
        })
    }

    /// The amino acid in the reference protein.
    #[must_use]
    pub fn reference(self) -> AminoAcid {
        self.reference
    }

    /// The position in the protein, 1-based as in HGVS.
    #[must_use]
    pub fn position(self) -> u32 {
        self.position
    }

    /// The new amino acid. It equals the reference amino acid if nothing changes.
    #[must_use]
    pub fn alternate(self) -> AminoAcid {
        self.alternate
    }

    /// The HGVS name of the change with three-letter codes, without a sequence name and parentheses: `p.Val600Glu`, `p.Gln12Ter`, `p.Val600=`.
    #[must_use]
    pub fn hgvs(self) -> String {
        let alternate = if self.alternate == self.reference {
            "="
        } else {
            self.alternate.three
        };
        format!("p.{}{}{alternate}", self.reference.three, self.position)
    }
}

impl fmt::Display for AminoAcidChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.reference.one, self.position, self.alternate.one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_a_change_parses_to_the_same_change() {
        for text in [
            "V600E",
            "v600e",
            "Val600Glu",
            "VAL600GLU",
            "p.V600E",
            "p.Val600Glu",
            "p.(Val600Glu)",
            "(V600E)",
            " V600E ",
        ] {
            let change = AminoAcidChange::parse(text).unwrap();
            assert_eq!(
                (change.to_string().as_str(), change.hgvs().as_str()),
                ("V600E", "p.Val600Glu"),
                "{text}"
            );
        }
        for text in ["E1817*", "Glu1817Ter", "p.Glu1817*", "p.(Glu1817Ter)", "E1817Ter"] {
            assert_eq!(AminoAcidChange::parse(text).unwrap().hgvs(), "p.Glu1817Ter", "{text}");
        }
        for text in ["V600=", "p.Val600=", "V600V"] {
            assert_eq!(AminoAcidChange::parse(text).unwrap().hgvs(), "p.Val600=", "{text}");
        }
        assert_eq!(AminoAcidChange::parse("*394R").unwrap().hgvs(), "p.Ter394Arg");
    }

    #[test]
    fn a_text_that_is_not_a_single_change_is_rejected() {
        for text in [
            "",
            "V600",
            "600E",
            "V0E",
            "V06E",
            "VE",
            "X600E",
            "V600X",
            "Val600Gl",
            "V600fs",
            "Arg97ProfsTer23",
            "Val7del",
            "M1?",
            "p.(V600E",
            "V600E)",
            "c.1799T>A",
            "V99999999999E",
            "V600E,V600K",
            "Ｖ600E",
            "B5Z",
            "p.?",
            "V60 0E",
        ] {
            assert_eq!(AminoAcidChange::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_amino_acid_change_survives_a_round_trip(a in 0..23usize, position in 1u32.., b in 0..23usize) {
            let text = format!("{}{position}{}", &ONE_LETTER[a..=a], &ONE_LETTER[b..=b]);
            let change = AminoAcidChange::parse(&text).unwrap();
            prop_assert_eq!(change.to_string(), text);
            prop_assert_eq!(AminoAcidChange::parse(&change.hgvs()), Some(change));
        }

        #[test]
        fn any_text_parses_or_is_rejected_without_panic(text in ".{0,40}") {
            let _ = AminoAcidChange::parse(&text);
        }
    }
}
