//! SPDI expressions: sequence, position, deletion, insertion (Holmes et al., Bioinformatics 2020, the "contextual allele").

use std::fmt;

use super::Allele;

/// A canonical SPDI expression. Its position is 0-based.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spdi {
    accession: String,
    position: u64,
    deleted: String,
    inserted: String,
}

/// A part of the reference sequence around a change.
#[derive(Clone, Copy)]
pub struct ReferenceWindow<'a> {
    /// The 0-based start of the window on the chromosome.
    pub start: u64,
    /// The reference bases from the start, in upper case.
    pub bases: &'a str,
    /// Whether the last base of the window is the last base of the chromosome.
    pub ends_chromosome: bool,
}

impl Spdi {
    /// The canonical SPDI expression of a change.
    ///
    /// A change that replaces bases by bases has one position. A pure insertion or deletion in a repeat could have several positions, and the
    /// canonical expression covers all of them. This requires the reference bases around the change. The result is `None` if the reference is
    /// required and `window`:
    ///
    /// * is absent or does not contain the change;
    /// * contains other bases than the change deletes;
    /// * does not contain a base before the repeat (unless the window starts at position 0) and a base after it (unless the window ends with
    ///   the chromosome).
    #[must_use]
    pub fn canonical(allele: &Allele, window: Option<ReferenceWindow<'_>>) -> Option<Self> {
        let (position, deleted, inserted) = allele.trimmed();
        let accession = allele.accession();
        if !deleted.is_empty() && !inserted.is_empty() {
            return Some(Self {
                accession,
                position,
                deleted: deleted.to_owned(),
                inserted: inserted.to_owned(),
            });
        }
        let window = window?;
        let bases = window.bases.as_bytes();
        let at = usize::try_from(position.checked_sub(window.start)?).ok()?;
        let end = at.checked_add(deleted.len())?;
        if bases.get(at..end)? != deleted.as_bytes() {
            return None;
        }
        // Extend the change to both sides: the inserted or deleted unit can move by one base as long as the next reference base equals the base
        // at the other end of the unit.
        let unit = if deleted.is_empty() { inserted } else { deleted }.as_bytes();
        let left = (0..)
            .take_while(|n| at > *n && bases[at - n - 1] == unit[unit.len() - 1 - n % unit.len()])
            .count();
        let right = (0..)
            .take_while(|n| end + n < bases.len() && bases[end + n] == unit[n % unit.len()])
            .count();
        let cut_left = left == at && window.start > 0;
        let cut_right = end + right == bases.len() && !window.ends_chromosome;
        if cut_left || cut_right {
            return None;
        }
        let (before, after) = (&window.bases[at - left..at], &window.bases[end..end + right]);
        Some(Self {
            accession,
            position: position - left as u64,
            deleted: format!("{before}{deleted}{after}"),
            inserted: format!("{before}{inserted}{after}"),
        })
    }
}

impl fmt::Display for Spdi {
    /// Writes the expression, for example `NC_000001.11:12345:A:G`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.accession, self.position, self.deleted, self.inserted)
    }
}
