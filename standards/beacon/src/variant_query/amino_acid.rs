//! Queries for a change of an amino acid.

use std::fmt;

use crate::assembly::Assembly;

/// Variants by which one amino acid of any gene's protein becomes another. With a gene it is a [`super::GeneQuery`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AminoAcidQuery {
    /// The change.
    pub change: AminoAcidChange,
    /// Only on this assembly; absent is every assembly the Beacon has.
    pub assembly: Option<Assembly>,
}

/// One amino acid for another at a place of a protein. `Display` is the one-letter form (`V600E`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AminoAcidChange {
    reference: AminoAcid,
    position: u32,
    alternate: AminoAcid,
}

/// An amino acid, or the end of the protein.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AminoAcid {
    one: char,
    three: &'static str,
}

/// IUPAC-IUB codes of what a protein is made of; `Ter` is the stop (HGVS, "Standards: amino acids"). Ambiguous codes (B, Z, X) have no
/// place in a change.
const AMINO_ACIDS: [(char, &str); 23] = [
    ('A', "Ala"),
    ('R', "Arg"),
    ('N', "Asn"),
    ('D', "Asp"),
    ('C', "Cys"),
    ('Q', "Gln"),
    ('E', "Glu"),
    ('G', "Gly"),
    ('H', "His"),
    ('I', "Ile"),
    ('L', "Leu"),
    ('K', "Lys"),
    ('M', "Met"),
    ('F', "Phe"),
    ('P', "Pro"),
    ('S', "Ser"),
    ('T', "Thr"),
    ('W', "Trp"),
    ('Y', "Tyr"),
    ('V', "Val"),
    ('U', "Sec"),
    ('O', "Pyl"),
    ('*', "Ter"),
];

impl AminoAcid {
    fn parse(text: &str) -> Option<Self> {
        let mut letters = text.chars();
        let found = match (letters.next(), letters.next()) {
            (Some(one), None) => AMINO_ACIDS.iter().find(|(c, _)| c.eq_ignore_ascii_case(&one)),
            _ => AMINO_ACIDS.iter().find(|(_, three)| three.eq_ignore_ascii_case(text)),
        };
        found.map(|&(one, three)| Self { one, three })
    }

    /// One letter; `*` for the end.
    #[must_use]
    pub fn one_letter(self) -> char {
        self.one
    }

    /// Three letters; `Ter` for the end.
    #[must_use]
    pub fn three_letters(self) -> &'static str {
        self.three
    }
}

impl AminoAcidChange {
    /// Reads `V600E`, `Val600Glu`, `p.Val600Glu`, `p.(Val600Glu)`, with `*` or `Ter` for a stop and `=` for no change, in any case.
    /// Absent for everything else: frameshifts, deletions, unknown amino acids (`X`), lost starts (`M1?`).
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

    /// What is there in the reference.
    #[must_use]
    pub fn reference(self) -> AminoAcid {
        self.reference
    }

    /// Where, 1-based as in HGVS.
    #[must_use]
    pub fn position(self) -> u32 {
        self.position
    }

    /// What is there instead; the same where nothing changes.
    #[must_use]
    pub fn alternate(self) -> AminoAcid {
        self.alternate
    }

    /// HGVS with three letters, without sequence and parentheses: `p.Val600Glu`, `p.Gln12Ter`, `p.Val600=`.
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
    fn all_spellings_of_a_change_are_one() {
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
    fn what_is_no_single_change_is_refused() {
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
        fn what_is_written_is_read_back(a in 0..23usize, position in 1u32.., b in 0..23usize) {
            let text = format!("{}{position}{}", AMINO_ACIDS[a].0, AMINO_ACIDS[b].0);
            let change = AminoAcidChange::parse(&text).unwrap();
            prop_assert_eq!(change.to_string(), text);
            prop_assert_eq!(AminoAcidChange::parse(&change.hgvs()), Some(change));
        }

        #[test]
        fn any_text_is_read_or_not(text in ".{0,40}") {
            let _ = AminoAcidChange::parse(&text);
        }
    }
}
