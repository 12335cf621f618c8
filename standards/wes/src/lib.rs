//! GA4GH Workflow Execution Service (WES) 1.1.0: run requests, states, answers and errors.
//!
//! * [`parse_run_workflow`] parses the parts of a `POST /runs` into a [`RunSubmission`]: a [`RunRequest`], the attached files, and the
//!   location of the workflow. An attachment whose name is not a plain relative path is rejected, never renamed.
//! * [`drs_references`] finds the `drs://` references in the workflow parameters, and [`replace`] replaces them with staged files.
//!   [`refused_references`] names every other reference that would reach outside the run.
//! * A run's [`State`] changes only as [`State::can_become`] allows. A terminal state never changes.
//! * An answer is a [`RunId`], [`RunLog`], [`RunStatus`], [`RunListResponse`], [`TaskLog`], [`TaskListResponse`] or a service description with
//!   [`WesServiceInfo`]. Absent members are omitted from the JSON, never null.
//! * A failure is a [`WesError`], from a closed list. The status and the body derive from the error.
//!
//! The crate does no I/O and has no clock. Citations refer to the OpenAPI document `workflow_execution_service` 1.1.0
//! (ga4gh/workflow-execution-service-schemas).

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

/// The version of the implemented WES specification, as service-info states it.
pub const VERSION: &str = "1.1.0";

/// The fixed prefix of every path (WES 1.1.0 § servers: `ga4gh/wes`, `v1`).
pub const BASE_PATH: &str = "/ga4gh/wes/v1";

/// The content type of every JSON answer, including errors.
pub const CONTENT_TYPE: &str = "application/json";
