//! Gene queries: the variants of one gene.

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::LengthBases;
use crate::variant_query::amino_acid::AminoAcidChange;
use crate::variant_type::VariantType;

/// A query for the variants of a gene. "It is strongly suggested to use a symbol following the HGNC nomenclature." A variant must meet all
/// restrictions that are present (AND).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneQuery {
    /// The symbol or identifier of the gene.
    pub gene: GeneId,
    /// The required assembly; `None` means every assembly of the Beacon.
    pub assembly: Option<Assembly>,
    /// The required amino acid change in the gene's protein; `None` means any change.
    pub amino_acid_change: Option<AminoAcidChange>,
    /// The required reference bases; `None` means any bases.
    pub reference_bases: Option<Bases>,
    /// The required alternate bases; `None` means any bases.
    pub alternate_bases: Option<Bases>,
    /// The required kind of variant; `None` means any kind.
    pub variant_type: Option<VariantType>,
    /// The minimum length of the variants; `None` means any length. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// The maximum length of the variants; `None` means any length.
    pub max_length: Option<LengthBases>,
}

/// The symbol or identifier of a gene (`BRAF`, `HGNC:1097`, `ENSG00000157764`): 1 to 64 letters, digits and `-_.:@`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GeneId(String);

impl GeneId {
    /// Parses the symbol or identifier of a gene and removes surrounding white space. `None` if the text cannot be a symbol or identifier.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (matches!(text.len(), 1..=64) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:@".contains(&b)))
            .then(|| Self(text.to_owned()))
    }

    /// The symbol or identifier as sent. Compare symbols without regard to case: `C9orf72` is often written `C9ORF72`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_symbols_and_identifiers_of_genes_parse() {
        for good in [
            "BRAF",
            "HLA-DRB1",
            "C9orf72",
            "HGNC:1097",
            "ENSG00000157764.14",
            "T-cell@",
            " TP53 ",
        ] {
            assert_eq!(GeneId::parse(good).unwrap().as_str(), good.trim());
        }
        for bad in ["", " ", "BRAF,TP53", "A B", "'", "%", "É", &"A".repeat(65)] {
            assert_eq!(GeneId::parse(bad), None, "{bad}");
        }
    }
}
