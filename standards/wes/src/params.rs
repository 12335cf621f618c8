//! References in `workflow_params`: the references to resolve, the rejected references, and the replacement by staged files.

mod drs;
mod refused;
mod replace;
mod walk;

pub use drs::{DrsInput, DrsPlace, drs_references};
pub use refused::{Refusal, RefusedReference, refused_references, refused_schemes};
pub use replace::{NotReplaced, StagedFile, replace};
