//! Reference assemblies. An answer never combines positions of different assemblies.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A human reference assembly of the programme's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Assembly {
    /// GRCh37, also called hg19, b37 and (with decoys) hs37d5.
    GRCh37,
    /// GRCh38, also called hg38 and (with decoys) hs38DH.
    GRCh38,
}

/// The error for a text that is not the name of a known assembly.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("is not a known assembly (GRCh38 or GRCh37; hg38, hg19, b37 and hs37d5 are understood)")]
pub struct UnknownAssembly;

impl Assembly {
    /// Every assembly that the programme uses.
    pub const ALL: [Self; 2] = [Self::GRCh37, Self::GRCh38];

    /// The official name of the assembly.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GRCh37 => "GRCh37",
            Self::GRCh38 => "GRCh38",
        }
    }

    /// Parses an assembly's name or usual synonym, in any case, with or without a patch suffix (`GRCh38.p13`).
    ///
    /// # Errors
    /// The text is not the name of a known assembly.
    pub fn parse(text: &str) -> Result<Self, UnknownAssembly> {
        let lower = text.to_ascii_lowercase();
        let name = match lower.split_once(".p") {
            Some((name, patch)) if !patch.is_empty() && patch.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => lower.as_str(),
        };
        match name {
            "grch38" | "hg38" | "hs38" | "hs38dh" | "grch38_no_alt" => Ok(Self::GRCh38),
            "grch37" | "hg19" | "b37" | "hs37d5" | "hs37" => Ok(Self::GRCh37),
            _ => Err(UnknownAssembly),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_and_patches_parse_and_other_names_are_rejected() {
        assert_eq!(Assembly::parse("hg19"), Ok(Assembly::GRCh37));
        assert_eq!(Assembly::parse("GRCh38.p13"), Ok(Assembly::GRCh38));
        assert_eq!(Assembly::parse("GRCh36"), Err(UnknownAssembly));
        assert_eq!(Assembly::parse("GRCh38.pX"), Err(UnknownAssembly));
        assert_eq!(Assembly::parse(""), Err(UnknownAssembly));
    }
}
