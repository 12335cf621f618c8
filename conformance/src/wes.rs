//! Checks of WES 1.1.0.

use crate::check::{Check, Standard};

mod get_run;
mod get_service_info;
mod list_runs;
mod run_workflow;
mod submission;

const STANDARD: Standard = Standard::Wes;

/// The checks of WES, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "get_service_info-artifact-is-wes",
        title: "The description is that of a WES, with every member that WES adds.",
        reference: "WES 1.1.0, ServiceInfo, required",
        expected: "200 JSON with type.group org.ga4gh, type.artifact wes, and the eight members of WES",
        run: get_service_info::artifact_is_wes,
    },
    Check {
        id: "get_service_info-schema",
        title: "The description satisfies the official schema.",
        reference: "WES 1.1.0, components.schemas.ServiceInfo",
        expected: "valid",
        run: get_service_info::schema,
    },
    Check {
        id: "list_runs-shape",
        title: "The list of runs has runs, and a next_page_token that is a string.",
        reference: "WES 1.1.0, RunListResponse: an empty string indicates there are no more items",
        expected: "200 JSON with runs[{run_id}] and next_page_token",
        run: list_runs::shape,
    },
    Check {
        id: "list_runs-schema",
        title: "The list of runs satisfies the official schema.",
        reference: "WES 1.1.0, components.schemas.RunListResponse",
        expected: "valid",
        run: list_runs::schema,
    },
    Check {
        id: "list_runs-pages",
        title: "A page contains at most the requested number of runs, and the next page contains other runs.",
        reference: "WES 1.1.0, ListRuns: must not return more items than page_size; page_token",
        expected: "at most one run for page_size=1, another on the next page",
        run: list_runs::pages,
    },
    Check {
        id: "get_run_status-unknown-id",
        title: "State, log and cancellation of an unknown run get 404 or 403 in the WES error shape.",
        reference: "WES 1.1.0, GetRunStatus, GetRunLog, CancelRun: 403, 404, ErrorResponse{msg,status_code}",
        expected: "404 or 403 JSON {msg, status_code}, the same for all three",
        run: get_run::unknown_id,
    },
    Check {
        id: "run_workflow-without-required-members",
        title: "A run without workflow type, version and URL gets 400 in the WES error shape.",
        reference: "WES 1.1.0, RunWorkflow 400; RunRequest, required",
        expected: "400 JSON {msg, status_code: 400}",
        run: run_workflow::without_required_members,
    },
    Check {
        id: "run_workflow-attachment-outside-the-run",
        title: "An attachment whose name leads out of the run is rejected.",
        reference: "WES 1.1.0, RunWorkflow: must not include references to parent directories with '..'",
        expected: "400",
        run: run_workflow::attachment_outside_the_run,
    },
    Check {
        id: "run_workflow-lifecycle",
        title: "A workflow is accepted, passes through the states of the specification, and stays in its last state.",
        reference: "WES 1.1.0, RunWorkflow, GetRunStatus, State",
        expected: "200 {run_id}, known states, COMPLETE, and COMPLETE again",
        run: run_workflow::lifecycle,
    },
    Check {
        id: "get_run_log-schema",
        title: "The log of a run satisfies the official schema and names the run.",
        reference: "WES 1.1.0, GetRunLog, components.schemas.RunLog",
        expected: "valid, with the run's id",
        run: get_run::log_schema,
    },
];
