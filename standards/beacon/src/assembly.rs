//! The human reference assemblies that a query may name.

use serde::Serialize;

/// A human reference assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Assembly {
    /// GRCh37, also called hg19, b37 and (with decoys) hs37d5.
    GRCh37,
    /// GRCh38, also called hg38.
    GRCh38,
}

impl Assembly {
    /// The official name of the assembly.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GRCh37 => "GRCh37",
            Self::GRCh38 => "GRCh38",
        }
    }

    /// Parses an `assemblyId`. `None` for any other text. Accepted are:
    ///
    /// * names: `GRCh38`, `hg38`, `GRCh37`, `hg19`, `b37`, `hs37d5`, in any case, with or without a patch suffix (`GRCh38.p13`; patches do not
    ///   move the primary chromosomes);
    /// * NCBI's assembly accessions, which the specification uses as an example. RefSeq: `GCF_000001405.13` to `.25` are GRCh37, `.26` to `.40`
    ///   are GRCh38. GenBank: `GCA_000001405.1` to `.14` are GRCh37, `.15` to `.29` are GRCh38.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(version) = text.strip_prefix("GCF_000001405.") {
            return match decimal(version)? {
                13..=25 => Some(Self::GRCh37),
                26..=40 => Some(Self::GRCh38),
                _ => None,
            };
        }
        if let Some(version) = text.strip_prefix("GCA_000001405.") {
            return match decimal(version)? {
                1..=14 => Some(Self::GRCh37),
                15..=29 => Some(Self::GRCh38),
                _ => None,
            };
        }
        let lower = text.to_ascii_lowercase();
        let name = match lower.split_once(".p") {
            Some((name, patch)) => {
                decimal(patch)?;
                name
            }
            None => lower.as_str(),
        };
        match name {
            "grch38" | "hg38" => Some(Self::GRCh38),
            "grch37" | "hg19" | "b37" | "hs37d5" => Some(Self::GRCh37),
            _ => None,
        }
    }
}

/// Parses one or two decimal digits; `None` for any other text.
fn decimal(text: &str) -> Option<u8> {
    (matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_synonyms_and_accessions_parse() {
        for name in [
            "GRCh38",
            "hg38",
            "grch38.p13",
            "GRCh38.p1",
            "GCF_000001405.39",
            "GCF_000001405.26",
            "GCA_000001405.15",
            "GCA_000001405.29",
        ] {
            assert_eq!(Assembly::parse(name), Some(Assembly::GRCh38), "{name}");
        }
        for name in [
            "GRCh37",
            "hg19",
            "b37",
            "hs37d5",
            "GRCh37.p13",
            "GCF_000001405.25",
            "GCF_000001405.13",
            "GCA_000001405.1",
            "GCA_000001405.14",
        ] {
            assert_eq!(Assembly::parse(name), Some(Assembly::GRCh37), "{name}");
        }
    }

    #[test]
    fn other_assemblies_are_rejected() {
        for name in [
            "",
            "GRCh36",
            "hg18",
            "T2T-CHM13v2.0",
            "GRCh38.p",
            "GRCh38.pX",
            "GRCh38.p+1",
            "GCF_000001405.12",
            "GCA_000001405.0",
            "GCA_000001405.30",
            "GCA_000001405",
            "GCA_009914755.4",
            "GRCm39",
            "38",
        ] {
            assert_eq!(Assembly::parse(name), None, "{name}");
        }
    }
}
