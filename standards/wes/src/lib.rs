//! GA4GH Workflow Execution Service (WES) 1.1.0: run requests, states, answers and errors.
//!
//! * The parts of a `POST /runs` become a [`RunSubmission`] ([`parse_run_workflow`]): a [`RunRequest`], the files attached,
//!   and where the workflow is. An attachment whose name is not a plain relative path is refused, never renamed.
//! * References in the parameters are found by [`drs_references`], put in place by [`replace`], and whatever else would reach
//!   out of the run is named by [`refused_references`].
//! * A run's [`State`] only moves forward: a terminal state never changes.
//! * An answer is a [`RunId`], [`RunLog`], [`RunStatus`], [`RunListResponse`], [`TaskLog`], [`TaskListResponse`] or a service
//!   description with [`WesServiceInfo`]. Absent members are left out of the JSON, never null.
//! * A failure is a [`WesError`], from a closed list; status and body derive from it.
//!
//! The crate does no input or output and knows no clock. Citations are to the OpenAPI document
//! `workflow_execution_service` 1.1.0 (ga4gh/workflow-execution-service-schemas).

mod attachment;
mod error;
mod identifier;
mod log;
mod operation;
mod page;
mod params;
mod run_list;
mod run_log;
mod run_request;
mod service_info;
mod state;
mod submission;
mod task_log;
mod utc_seconds;
mod workflow_source;

pub use attachment::{Attachment, AttachmentName, AttachmentNameError};
pub use error::{BadRequest, Missing, WesError};
pub use identifier::{RunId, TaskId};
pub use log::Log;
pub use operation::Operation;
pub use page::{PageRequest, PageSizes, PageToken};
pub use params::{
    DrsInput, DrsPlace, NotReplaced, Refusal, RefusedReference, StagedFile, drs_references, refused_references, refused_schemes, replace,
};
pub use run_list::{RunListResponse, RunStatus, RunSummary};
pub use run_log::RunLog;
pub use run_request::RunRequest;
pub use service_info::{DefaultWorkflowEngineParameter, WesServiceInfo};
pub use state::{IllegalTransition, State};
pub use submission::{FormPart, RunSubmission, SubmissionLimits, parse_run_workflow};
pub use task_log::{TaskListResponse, TaskLog};
pub use utc_seconds::UtcSeconds;
pub use workflow_source::{WorkflowSource, WorkflowSourceError};

/// The version of the specification implemented here, as service-info states it.
pub const VERSION: &str = "1.1.0";

/// The fixed prefix of every path (WES 1.1.0 § servers: `ga4gh/wes`, `v1`).
pub const BASE_PATH: &str = "/ga4gh/wes/v1";

/// The content type of every JSON answer, errors included.
pub const CONTENT_TYPE: &str = "application/json";
