//! Range queries.

use gemj_model::{Contig, Interval};

use super::filter::AlleleFilter;

/// All alleles of a stretch. An allele is in it when it covers a base of it; an insertion covers the base it stands before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowQuery {
    /// The contig, in any spelling.
    pub contig: Contig,
    /// The stretch, 0-based half-open.
    pub interval: Interval,
    /// Which alleles of it.
    pub filter: AlleleFilter,
    /// How many variants may be looked at before [`crate::VariantError::TooLarge`], those of nobody visible included.
    pub max_variants: u64,
}
