//! Requests to ask participants again, and one task a participant for their hospital.

mod request;
mod task;
mod vocabulary;

pub use request::{NewRecontact, RecontactRequest, RecontactVerdict};
pub use task::{RecontactOutcome, RecontactTask};
pub use vocabulary::{RecontactAnswer, RecontactReason, RecontactRequestState, RecontactTaskState};
