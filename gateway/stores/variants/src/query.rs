//! The queries that the carrier index can answer.

mod bases;
mod filter;
mod kind;
mod named;
mod sequence;
mod window;

pub use filter::AlleleFilter;
pub use kind::VariantKind;
pub use named::{NamedAllele, NamedAlleles};
pub use sequence::SequenceQuery;
pub use window::WindowQuery;

pub(crate) use filter::AllelePattern;
pub(crate) use sequence::SequencePattern;

/// A query for alleles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlleleQuery {
    /// All alleles in a range that match a filter.
    Window(WindowQuery),
    /// The alleles that match a sequence at a position.
    Sequence(SequenceQuery),
    /// The alleles that match at least one of several queries. Each allele is returned once. If a Grant is limited to regions, it must open
    /// the ranges of all these queries.
    AnyOf(Vec<AlleleQuery>),
    /// Alleles that are listed one by one.
    OneOf(NamedAlleles),
}
