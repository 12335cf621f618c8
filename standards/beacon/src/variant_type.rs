//! What kind of variant a range query is limited to.

/// A kind of variant. The specification leaves `variantType` free; these are the kinds this crate gives a meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VariantType {
    /// One base for another (`SNP`, `SNV`, SO:0001483).
    Snv,
    /// Several bases for as many others (`MNP`, `MNV`, SO:0002007).
    Mnv,
    /// Bases added (`INS`, SO:0000667).
    Insertion,
    /// Bases removed (`DEL`, SO:0000159), whether spelt out or symbolic.
    Deletion,
    /// Bases added and removed at one place, or either alone (`INDEL`, SO:1000032).
    Indel,
    /// A stretch present more often (`DUP`, SO:1000035).
    Duplication,
    /// A stretch turned round (`INV`, SO:1000036).
    Inversion,
    /// Any change of copy number (`CNV`, SO:0001019).
    CopyNumberVariation,
    /// More copies (`EFO:0030070`, SO:0001742).
    CopyNumberGain,
    /// Fewer copies (`EFO:0030067`, SO:0001743).
    CopyNumberLoss,
}

impl VariantType {
    /// Reads a word of VCF or a term of Sequence Ontology or EFO, words in any case. Absent for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "SNP" | "SNV" | "SO:0001483" => Some(Self::Snv),
            "MNP" | "MNV" | "SO:0002007" => Some(Self::Mnv),
            "INS" | "SO:0000667" => Some(Self::Insertion),
            "DEL" | "SO:0000159" => Some(Self::Deletion),
            "INDEL" | "SO:1000032" => Some(Self::Indel),
            "DUP" | "SO:1000035" => Some(Self::Duplication),
            "INV" | "SO:1000036" => Some(Self::Inversion),
            "CNV" | "SO:0001019" => Some(Self::CopyNumberVariation),
            "EFO:0030070" | "SO:0001742" => Some(Self::CopyNumberGain),
            "EFO:0030067" | "SO:0001743" => Some(Self::CopyNumberLoss),
            _ => None,
        }
    }
}
