//! References in `workflow_params`. The modules find the references to resolve, reject other references, and replace references by staged
//! files.

mod drs;
mod refused;
mod replace;
mod walk;

pub use drs::{DrsInput, DrsPlace, drs_references};
pub use refused::{Refusal, RefusedReference, refused_references, refused_schemes};
pub use replace::{NotReplaced, StagedFile, replace};
