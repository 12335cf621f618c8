//! Sequences of IUPAC base codes in queries.

use crate::error::VariantError;

/// The set of bases that an IUPAC code means, as bits: A is 1, C is 2, G is 4, T is 8.
pub(super) fn code(letter: u8) -> Option<u8> {
    Some(match letter.to_ascii_uppercase() {
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
        _ => return None,
    })
}

/// A sequence of one base that can be any base.
pub(super) const ANY: &[u8] = &[15];

/// A sequence of base sets. Each set contains the bases that are allowed at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bases(Vec<u8>);

impl Bases {
    /// Parses the bases of a query. An empty text, `-` and `.` mean the empty sequence (Beacon 2 § `referenceBases`, `alternateBases`: ""
    /// and "-" stand for maximally trimmed deletions and insertions).
    pub(crate) fn parse(text: &str) -> Result<Self, VariantError> {
        if matches!(text, "" | "-" | ".") {
            return Ok(Self(Vec::new()));
        }
        text.bytes()
            .map(code)
            .collect::<Option<Vec<u8>>>()
            .map(Self)
            .ok_or(VariantError::BadBase)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn sets(&self) -> &[u8] {
        &self.0
    }
}

/// Whether each stored base is allowed by the set at its place. All bases that a stored ambiguity code means must be in the set.
pub(super) fn admit(sets: &[u8], stored: &str) -> bool {
    sets.len() == stored.len()
        && sets
            .iter()
            .zip(stored.bytes())
            .all(|(set, base)| code(base).is_some_and(|b| b & !set == 0))
}
