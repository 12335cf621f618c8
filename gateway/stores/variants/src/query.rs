//! What can be asked.

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

/// A question that alleles answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlleleQuery {
    /// Those of a stretch.
    Window(WindowQuery),
    /// Those that a sequence spells.
    Sequence(SequenceQuery),
    /// Those of any of several questions, each allele once. A Grant that is limited to regions has to open what each of them is about.
    AnyOf(Vec<AlleleQuery>),
    /// Those that are named.
    OneOf(NamedAlleles),
}
