//! The variant queries of a request.

pub(crate) mod amino_acid;
pub(crate) mod bracket;
pub(crate) mod gene;
pub(crate) mod hgvs;
pub(crate) mod parameters;
mod to_parameters;

use self::amino_acid::AminoAcidQuery;
use self::bracket::BracketQuery;
use self::gene::GeneQuery;
use self::hgvs::AlleleQuery;

use crate::assembly::Assembly;
use crate::bases::Bases;
use crate::coordinates::{Interval, LengthBases, ZeroBased};
use crate::reference_name::ReferenceName;
use crate::variant_type::VariantType;

/// A variant query. Each alternative is one of the specification's kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantQuery {
    /// A sequence query: one start and the bases select a variant.
    Sequence(SequenceQuery),
    /// A range query: one start and one end select every variant that affects a base in between.
    Range(RangeQuery),
    /// A bracket query: two starts and two ends select every variant whose start and end are between these bounds.
    Bracket(BracketQuery),
    /// A gene query: a gene selects every variant of the gene.
    Gene(GeneQuery),
    /// A query by an amino acid change, in any gene.
    AminoAcid(AminoAcidQuery),
    /// A query by an HGVS name on a transcript or protein, or by a genomic HGVS name that does not state all bases. A genomic name that
    /// states all bases becomes a [`Self::Sequence`].
    Allele(AlleleQuery),
}

/// A query for one variant by its start and its bases. "Precise ... start coordinate position(s) ... `start` only: for single positions, e.g.
/// the start of a specified sequence alteration where the size is given through the specified `alternateBases`."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceQuery {
    /// The chromosome of the variant.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The start of the stated bases, 0-based: the first base of `reference_bases`, or the base after an insertion.
    pub start: ZeroBased,
    /// The reference bases that the variant replaces, with or without an anchor base. `None` means any bases. Never empty together with
    /// `alternate_bases`.
    pub reference_bases: Option<Bases>,
    /// The alternate bases of the variant; empty for a deletion without an anchor base.
    pub alternate_bases: Bases,
    /// The required kind of variant; `None` means any kind.
    pub variant_type: Option<VariantType>,
    /// The minimum length of the variant; `None` means any length. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// The maximum length of the variant; `None` means any length.
    pub max_length: Option<LengthBases>,
}

/// A query "For searching any variant falling fully or partially within the range between `start` and `end`." A variant must meet all
/// restrictions that are present (AND).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeQuery {
    /// The chromosome of the variants.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The interval that the variants overlap. Variants that begin before the interval and extend into it match too.
    pub interval: Interval,
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
