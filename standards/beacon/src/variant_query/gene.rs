//! Gene queries.

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::LengthBases;
use crate::variant_query::amino_acid::AminoAcidChange;
use crate::variant_type::VariantType;

/// Variants of a gene. "It is strongly suggested to use a symbol following the HGNC nomenclature." Every restriction that is present
/// applies (AND).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneQuery {
    /// The gene.
    pub gene: GeneId,
    /// Only on this assembly; absent is every assembly the Beacon has.
    pub assembly: Option<Assembly>,
    /// Only variants with this change of the gene's protein; absent is any.
    pub amino_acid_change: Option<AminoAcidChange>,
    /// Only variants that replace these bases; absent is any.
    pub reference_bases: Option<Bases>,
    /// Only variants with these bases; absent is any.
    pub alternate_bases: Option<Bases>,
    /// Only variants of this kind; absent is any.
    pub variant_type: Option<VariantType>,
    /// Only variants at least this long; absent is any. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// Only variants at most this long; absent is any.
    pub max_length: Option<LengthBases>,
}

/// Symbol or identifier of a gene (`BRAF`, `HGNC:1097`, `ENSG00000157764`): 1 to 64 letters, digits and `-_.:@`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GeneId(String);

impl GeneId {
    /// Reads a symbol or identifier, without the white space around it. Absent where it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        (matches!(text.len(), 1..=64) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:@".contains(&b)))
            .then(|| Self(text.to_owned()))
    }

    /// As sent. Symbols are to be compared without regard to case: `C9orf72` is often written `C9ORF72`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_and_identifiers_are_read_and_nothing_else() {
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
