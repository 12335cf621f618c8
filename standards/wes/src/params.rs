//! References in `workflow_params`: which are to be resolved, which are refused, and how staged files take their place.

mod drs;
mod refused;
mod replace;
mod walk;

pub use drs::{DrsInput, DrsPlace, drs_references};
pub use refused::{Refusal, RefusedReference, refused_references, refused_schemes};
pub use replace::{NotReplaced, StagedFile, replace};
