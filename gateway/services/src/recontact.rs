//! Asking participants again: what a researcher proposes, whom an approval selects, what hospitals answer, what of it may be told.

pub mod fhir_task;
pub mod outcome;
pub mod proposal;
pub mod select;

pub use fhir_task::{StepError, read_step, task_json, version_id};
pub use outcome::{Outcome, Range, Told, tell};
pub use proposal::{MAX_BODY_BYTES, Proposal, ProposalError};
pub use select::select;
