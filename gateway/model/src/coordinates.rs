//! Positions on a contig. A coordinate is never a bare integer: the type states whether positions are counted from 0 or from 1.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A 0-based position (htsget, Beacon, BED, BAM, BCF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZeroBased(pub u64);

/// A 1-based position (VCF, SAM text, HGVS, Phenopackets `vcfRecord`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OneBased(pub u64);

impl OneBased {
    /// The same position counted from 0. Absent for position 0, which VCF uses for a telomere.
    #[must_use]
    pub fn zero_based(self) -> Option<ZeroBased> {
        self.0.checked_sub(1).map(ZeroBased)
    }
}

impl ZeroBased {
    /// The same position counted from 1.
    #[must_use]
    pub fn one_based(self) -> OneBased {
        OneBased(self.0.saturating_add(1))
    }
}

/// A 0-based half-open stretch `[start, end)`. An absent `end` means the end of the contig. The stretch may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// The first base of the stretch.
    pub start: ZeroBased,
    /// The first base after the stretch; absent if the stretch reaches to the end of the contig.
    pub end: Option<ZeroBased>,
}

impl Interval {
    /// The interval of a whole contig.
    pub const WHOLE: Self = Self {
        start: ZeroBased(0),
        end: None,
    };

    /// Whether a record that covers `[start, end)` has a base inside this interval.
    #[must_use]
    pub fn overlaps(&self, start: ZeroBased, end: ZeroBased) -> bool {
        !self.is_empty() && end.0 > self.start.0 && self.end.is_none_or(|e| start.0 < e.0)
    }

    /// Whether the interval contains no base.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.end.is_some_and(|e| e.0 <= self.start.0)
    }
}

/// The name of a contig exactly as the file spells it (`chr1`, `1`, `HLA-A*01:01:01:01`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Contig(pub String);

impl Contig {
    /// The canonical name of the contig, which is equal for every spelling of a chromosome: without `chr`, and `MT` for the mitochondrion. Only names
    /// of primary chromosomes change; every other name stays unchanged.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self(self.canonical_name().to_owned())
    }

    /// The canonical name of the contig as text; see [`Contig::canonical`].
    #[must_use]
    pub fn canonical_name(&self) -> &str {
        let bare = self.0.strip_prefix("chr").unwrap_or(&self.0);
        match bare {
            "M" | "MT" => "MT",
            "X" | "Y" => bare,
            _ if bare.parse::<u8>().is_ok_and(|n| (1..=22).contains(&n)) && !bare.starts_with(['0', '+']) => bare,
            _ => &self.0,
        }
    }

    /// The name as text, as the file spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Contig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A stretch of one contig.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Region {
    /// The contig as the file spells it.
    pub contig: Contig,
    /// The stretch, 0-based half-open.
    pub interval: Interval,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contig(name: &str) -> String {
        Contig(name.to_owned()).canonical().0
    }

    #[test]
    fn only_names_of_primary_chromosomes_become_canonical() {
        assert_eq!(contig("chr22"), "22");
        assert_eq!(contig("chrM"), "MT");
        assert_eq!(contig("MT"), "MT");
        assert_eq!(contig("chr1_KI270706v1_random"), "chr1_KI270706v1_random");
        assert_eq!(contig("HLA-A*01:01:01:01"), "HLA-A*01:01:01:01");
        assert_eq!(contig("chr01"), "chr01");
        assert_eq!(contig("23"), "23");
    }

    #[test]
    fn adjacent_half_open_intervals_do_not_overlap() {
        let region = Interval {
            start: ZeroBased(10),
            end: Some(ZeroBased(20)),
        };
        assert!(region.overlaps(ZeroBased(19), ZeroBased(25)));
        assert!(!region.overlaps(ZeroBased(20), ZeroBased(25)));
        assert!(!region.overlaps(ZeroBased(5), ZeroBased(10)));
        assert!(region.overlaps(ZeroBased(5), ZeroBased(11)));
        assert!(
            !Interval {
                start: ZeroBased(5),
                end: Some(ZeroBased(5))
            }
            .overlaps(ZeroBased(0), ZeroBased(9))
        );
    }
}
