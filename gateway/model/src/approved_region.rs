//! Stretches of the genome to which an approval is limited.

use serde::{Deserialize, Serialize};

use crate::assembly::Assembly;
use crate::coordinates::{Contig, ZeroBased};

/// The longest contig name that a region may have, in bytes.
const MAX_CONTIG_BYTES: usize = 255;

/// One stretch of the genome in an approval, 0-based half-open: `[start, end)`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovedRegion {
    /// The assembly of the coordinates. If absent, the coordinates apply to every assembly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assembly: Option<Assembly>,
    /// The contig, as its assembly names it. Spellings of one chromosome (`chr1`, `1`) are equal: see [`Contig::canonical`].
    pub contig: Contig,
    /// The first base of the stretch.
    pub start: ZeroBased,
    /// The first base after the stretch.
    pub end: ZeroBased,
}

impl ApprovedRegion {
    /// Whether the region is possible. It must contain at least one base, and a file must be able to have a contig of this name (SAM specification §
    /// 1.2.1, "Reference sequence names may contain any printable ASCII characters" with exceptions).
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let name = self.contig.as_str();
        let plain = |b: u8| b.is_ascii_graphic() && !b"\\,\"'`()[]{}<>".contains(&b);
        self.start < self.end
            && name.len() <= MAX_CONTIG_BYTES
            && !name.is_empty()
            && !name.starts_with(['*', '='])
            && name.bytes().all(plain)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn region(contig: &str, start: u64, end: u64) -> ApprovedRegion {
        ApprovedRegion {
            assembly: None,
            contig: Contig(contig.to_owned()),
            start: ZeroBased(start),
            end: ZeroBased(end),
        }
    }

    #[test]
    fn a_region_is_well_formed_if_it_has_a_base_and_a_possible_contig_name() {
        for name in ["chr1", "1", "HLA-A*01:01:01:01", "GL000192.1", "chrUn_KI270742v1", "NC_000001.11"] {
            assert!(region(name, 0, 1).is_well_formed(), "{name}");
        }
        for name in ["", "*", "=", "*1", "chr 1", "chr1\t", "chr1\n", "chr1,2", "<1>", "染色体1", "chr\0"] {
            assert!(!region(name, 0, 1).is_well_formed(), "{name:?}");
        }
        assert!(!region(&"c".repeat(256), 0, 1).is_well_formed());
        for (start, end) in [(0, 0), (5, 5), (6, 5), (u64::MAX, 0)] {
            assert!(!region("1", start, end).is_well_formed(), "{start}-{end}");
        }
    }

    #[test]
    fn a_region_parses_from_exact_member_names_and_an_exact_assembly() {
        let read = |text: &str| serde_json::from_str::<ApprovedRegion>(text);
        let one = read(r#"{"assembly": "GRCh38", "contig": "chr17", "start": 43044294, "end": 43125483}"#).unwrap();
        assert_eq!(
            (one.assembly, one.contig.as_str(), one.end.0),
            (Some(Assembly::GRCh38), "chr17", 43_125_483)
        );
        assert_eq!(read(r#"{"contig": "1", "start": 0, "end": 9}"#).unwrap(), region("1", 0, 9));
        for text in [
            r#"{"contig": "1", "start": 0}"#,
            r#"{"contig": "1", "end": 9}"#,
            r#"{"start": 0, "end": 9}"#,
            r#"{"contig": "1", "start": -1, "end": 9}"#,
            r#"{"contig": "1", "start": 0.5, "end": 9}"#,
            r#"{"contig": "1", "start": 0, "end": 9, "strand": "+"}"#,
            r#"{"contig": "1", "start": 0, "end": 9, "assembly": "hg38"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
