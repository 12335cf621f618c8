//! WES: runs of workflows on the programme's files, under the rights of the submitter.
//!
//! * The access to the inputs of a run is decided when the run is submitted, and again when it starts.
//! * While the run is active, the gateway checks every second whether policy has changed. The inputs are decided again after a change, and
//!   at least every 30 seconds.
//! * The outputs are held until a reviewer releases them ([`crate::airlock`]).

mod answers;
mod owners_outputs;
mod page_token;
mod removal;
mod request;
mod run_files;
mod sandbox;
mod service_info;
mod steps;
mod submission;
mod supervisor;
mod uploads;
mod workflows;

pub use answers::{PAGE_SIZES, View, get_run_log, get_task, list_runs, list_tasks, run_id, run_state};
pub use request::StoredRequest;
pub use sandbox::SandboxOptions;
pub use service_info::service_info;
pub use steps::Steps;
pub use submission::{InputReference, LIMITS, Submitted, check};
pub use supervisor::{Supervision, supervise};
pub use uploads::{Arrived, MAX_BODY_BYTES, Turn, Upload, UploadFault, Uploads};
pub use workflows::{SubmitFault, WorkflowOptions, Workflows, WorkflowsError};
