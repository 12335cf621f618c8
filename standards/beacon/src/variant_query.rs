//! What a request asks of variants.

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
    /// Two starts and two ends: every variant whose edges lie between.
    Bracket(BracketQuery),
    /// A gene: every variant of it.
    Gene(GeneQuery),
    /// A change of an amino acid, whatever the gene.
    AminoAcid(AminoAcidQuery),
    /// An HGVS name that does not state all bases; one that does is a [`Self::Sequence`].
    Allele(AlleleQuery),
}

/// "Precise ... start coordinate position(s) ... `start` only: for single positions, e.g. the start of a specified sequence alteration
/// where the size is given through the specified `alternateBases`."
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceQuery {
    /// The chromosome.
    pub reference_name: ReferenceName,
    /// Its assembly.
    pub assembly: Assembly,
    /// Where the stated bases begin, 0-based: the first base of `reference_bases`, or the base an insertion stands before.
    pub start: ZeroBased,
    /// The bases replaced, anchored or trimmed; absent where any are meant. Never empty together with `alternate_bases`.
    pub reference_bases: Option<Bases>,
    /// The bases instead; empty for a trimmed deletion.
    pub alternate_bases: Bases,
    /// Only where the variant is of this kind; absent is any.
    pub variant_type: Option<VariantType>,
    /// Only where it is at least this long; absent is any. Not greater than `max_length`.
    pub min_length: Option<LengthBases>,
    /// Only where it is at most this long; absent is any.
    pub max_length: Option<LengthBases>,
}

/// "For searching any variant falling fully or partially within the range between `start` and `end`." Every restriction that is
/// present applies (AND).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeQuery {
    /// The chromosome.
    pub reference_name: ReferenceName,
    /// Its assembly.
    pub assembly: Assembly,
    /// The stretch; variants that begin before it and reach into it are meant too.
    pub interval: Interval,
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
