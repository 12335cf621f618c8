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

/// A variant query of one of the specification's kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariantQuery {
    /// One start and the bases: exactly this variant.
    Sequence(SequenceQuery),
    /// One start and one end: every variant with a base inside.
    Range(RangeQuery),
    /// Two starts and two ends: every variant with both edges between the bounds.
    Bracket(BracketQuery),
    /// A gene: every variant of the gene.
    Gene(GeneQuery),
    /// An amino acid change, in any gene.
    AminoAcid(AminoAcidQuery),
    /// An HGVS name that does not state all bases. A name that states all bases is a [`Self::Sequence`].
    Allele(AlleleQuery),
}

/// "Precise ... start coordinate position(s) ... `start` only: for single positions, e.g. the start of a specified sequence alteration
/// where the size is given through the specified `alternateBases`."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceQuery {
    /// The chromosome.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The start of the stated bases, 0-based: the first base of `reference_bases`, or the base after an insertion.
    pub start: ZeroBased,
    /// The replaced bases, anchored or trimmed; absent: any bases. Never empty together with `alternate_bases`.
    pub reference_bases: Option<Bases>,
    /// The new bases; empty for a trimmed deletion.
    pub alternate_bases: Bases,
    /// The required kind of variant; absent: any kind.
    pub variant_type: Option<VariantType>,
    /// The minimum length; absent: any length. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// The maximum length; absent: any length.
    pub max_length: Option<LengthBases>,
}

/// "For searching any variant falling fully or partially within the range between `start` and `end`." All restrictions that are present apply
/// together (AND).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeQuery {
    /// The chromosome.
    pub reference_name: ReferenceName,
    /// The assembly of the chromosome.
    pub assembly: Assembly,
    /// The stretch. Variants that begin before the stretch and extend into it match too.
    pub interval: Interval,
    /// The required reference bases; absent: any bases.
    pub reference_bases: Option<Bases>,
    /// The required alternate bases; absent: any bases.
    pub alternate_bases: Option<Bases>,
    /// The required kind of variant; absent: any kind.
    pub variant_type: Option<VariantType>,
    /// The minimum length; absent: any length. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// The maximum length; absent: any length.
    pub max_length: Option<LengthBases>,
}
