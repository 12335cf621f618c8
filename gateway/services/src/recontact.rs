//! Recontact of participants: the researcher's proposal, the selection after an approval, the hospitals' answers, and the reported outcome.

pub mod fhir_task;
pub mod outcome;
pub mod proposal;
pub mod select;

pub use fhir_task::{StepError, read_step, task_json, version_id};
pub use outcome::{Outcome, Range, ReportedState, tell};
pub use proposal::{MAX_BODY_BYTES, Proposal, ProposalError};
pub use select::select;
