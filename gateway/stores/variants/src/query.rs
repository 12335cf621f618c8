//! What can be asked.

mod bases;
mod filter;
mod sequence;
mod window;

pub use filter::{AlleleFilter, VariantKind};
pub use sequence::SequenceQuery;
pub use window::WindowQuery;

pub(crate) use sequence::SequencePattern;
