//! Recontact: requests to contact participants again, and one task for each participant at the participant's hospital.

mod request;
mod task;
mod vocabulary;

pub use request::{NewRecontact, RecontactRequest, RecontactVerdict};
pub use task::{RecontactOutcome, RecontactTask};
pub use vocabulary::{RecontactAnswer, RecontactReason, RecontactRequestState, RecontactTaskState};
