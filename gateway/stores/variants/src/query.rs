//! The queries that the carrier index answers.

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

/// A query that matches alleles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlleleQuery {
    /// The alleles in a range.
    Window(WindowQuery),
    /// The alleles that a sequence spells.
    Sequence(SequenceQuery),
    /// The alleles that match any of several queries, each allele once. If a Grant is limited to regions, it must open what every query covers.
    AnyOf(Vec<AlleleQuery>),
    /// The named alleles.
    OneOf(NamedAlleles),
}
