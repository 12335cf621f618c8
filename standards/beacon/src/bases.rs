//! The reference and alternate bases of a query.

/// The maximum number of letters in one sequence of bases.
const MAX_BASES: usize = 100_000;

/// The bases of a query: upper-case IUPAC letters, or the empty sequence.
///
/// The empty sequence is a separate value: "an *empty value* is used in the case of deletions with the maximally trimmed, deleted sequence
/// being indicated in `ReferenceBases`". Insertions use the empty sequence in the same way, with the two sides exchanged
/// (`genomicVariations/requestParametersComponents.json`). A single `-` or `.` is parsed as the empty sequence. `N` "is a wildcard, that
/// denotes the position of any base". The other ambiguity letters match their bases.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bases(String);

/// The bases that an IUPAC letter can mean, as bits A=1, C=2, G=4, T=8; 0 if the letter is not an IUPAC letter.
fn bases_of(letter: u8) -> u8 {
    match letter.to_ascii_uppercase() {
        b'A' => 1,
        b'C' => 2,
        b'G' => 4,
        b'T' | b'U' => 8,
        b'R' => 1 | 4,
        b'Y' => 2 | 8,
        b'S' => 2 | 4,
        b'W' => 1 | 8,
        b'K' => 4 | 8,
        b'M' => 1 | 2,
        b'B' => 2 | 4 | 8,
        b'D' => 1 | 4 | 8,
        b'H' => 1 | 2 | 8,
        b'V' => 1 | 2 | 4,
        b'N' => 15,
        _ => 0,
    }
}

impl Bases {
    /// Parses bases in upper or lower case. Accepted are IUPAC letters, the empty text, `-` and `.`. `None` for any other text, and for more
    /// than 100,000 letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if matches!(text, "" | "-" | ".") {
            return Some(Self(String::new()));
        }
        (text.len() <= MAX_BASES && text.bytes().all(|b| bases_of(b) != 0)).then(|| Self(text.to_ascii_uppercase()))
    }

    /// The bases in upper case; empty for the empty sequence.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the sequence is empty. An empty sequence is the shorter side of a trimmed insertion or deletion.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every letter is one of A, C, G and T, so that equality of texts is equality of sequences.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.0.bytes().all(|b| b"ACGT".contains(&b))
    }

    /// Whether a stored sequence matches these bases: the lengths are equal, and each stored base is one of the bases that the query's letter
    /// can mean. An ambiguous stored letter matches only if the query's letter includes all of its bases. Symbolic alleles never match.
    #[must_use]
    pub fn matches(&self, sequence: &[u8]) -> bool {
        self.0.len() == sequence.len()
            && self.0.bytes().zip(sequence).all(|(asked, &stored)| {
                let stored = bases_of(stored);
                stored != 0 && stored & !bases_of(asked) == 0
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_the_empty_sequence_is_equal() {
        for text in ["", "-", "."] {
            assert!(Bases::parse(text).unwrap().is_empty());
        }
    }

    #[test]
    fn a_letter_that_is_not_a_base_is_rejected() {
        for text in ["A-C", "..", "<DEL>", "*", "A C", "Z", "É", "1"] {
            assert_eq!(Bases::parse(text), None, "{text}");
        }
        assert!(Bases::parse(&"A".repeat(MAX_BASES + 1)).is_none());
    }

    #[test]
    fn wildcards_match_any_base_and_require_the_same_length() {
        let query = Bases::parse("annt").unwrap();
        for hit in ["ANNT", "ACNT", "ACCT", "acgt"] {
            assert!(query.matches(hit.as_bytes()), "{hit}");
        }
        for miss in ["ACT", "TCCT", "ACCTA", "", "<DE>"] {
            assert!(!query.matches(miss.as_bytes()), "{miss}");
        }
        assert!(Bases::parse("R").unwrap().matches(b"G"));
        assert!(!Bases::parse("R").unwrap().matches(b"C"));
        assert!(!Bases::parse("A").unwrap().matches(b"N"));
    }

    proptest! {
        #[test]
        fn exact_bases_match_only_themselves(a in "[ACGT]{0,12}", b in "[ACGT]{0,12}") {
            let query = Bases::parse(&a).unwrap();
            prop_assert!(query.is_exact());
            prop_assert_eq!(query.matches(b.as_bytes()), a == b);
        }
    }
}
