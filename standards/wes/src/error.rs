use serde::Serialize;
use serde_json::{Value, json};

use crate::{AttachmentNameError, WorkflowSourceError};

/// Every way in which a WES request can fail (WES 1.1.0 § responses), and the failures that a web server adds.
///
/// The `Display` text is the `msg` of the JSON body, and the caller may read it. It repeats nothing from the request except the names in the
/// pointer of [`BadRequest::RefusedReference`], and reveals nothing about runs that are hidden from the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WesError {
    /// 400: "The request is malformed."
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// 401: the request has no credential, or an invalid one. The server must add `WWW-Authenticate`.
    #[error("the request is unauthorized: {explanation}")]
    Unauthorized {
        /// The reason, worded for the caller.
        explanation: String,
    },
    /// 403: "The requester is not authorized to perform this action."
    #[error("this is not permitted: {explanation}")]
    Forbidden {
        /// The rule that denies the request, worded for the caller.
        explanation: String,
    },
    /// 404: the run, the task or the path does not exist.
    #[error("{0}")]
    NotFound(Missing),
    /// 405, not in the specification for these routes.
    #[error("this resource does not support the request's method")]
    MethodNotAllowed,
    /// 408, not in the specification: the body stopped arriving, or took too long to arrive.
    #[error("the request's body did not arrive in time")]
    RequestTimeout,
    /// 413, not in the specification: the request exceeds a limit of the server.
    #[error("the request is larger than {limit} {unit}")]
    RequestTooLarge {
        /// The largest value that the server accepts.
        limit: u64,
        /// The unit of the limit: `bytes` or `attachments`.
        unit: &'static str,
    },
    /// 415, not in the specification: RunWorkflow requires `multipart/form-data`.
    #[error("the request body must be multipart/form-data")]
    UnsupportedMediaType,
    /// 500: "An unexpected error occurred."
    #[error("an internal error occurred")]
    InternalServerError,
    /// 501, not in the specification: this server has no workflow engine.
    #[error("this gateway is not configured to run workflows")]
    NoWorkflows,
    /// 503, not in the specification: a store or the queue cannot process the request now. This is never "not found".
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// The thing that a request names and that was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// "The requested workflow run wasn't found." An unknown run and another caller's run get the same text.
    #[error("the requested workflow run was not found")]
    Run,
    /// "The requested task wasn't found."
    #[error("the requested task was not found")]
    Task,
    /// The path is not a path of WES.
    #[error("no such path")]
    Path,
}

/// Why a request is malformed, or which feature it requires that this server does not support. Indexes count from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadRequest {
    /// The multipart body cannot be parsed.
    #[error("the body is not well-formed multipart/form-data")]
    MalformedForm,
    /// A part of the form has a name that RunWorkflow does not define. If the server ignored the part, the run could differ from the intended
    /// run.
    #[error("part {index} of the form has a name that is not a field of a run request")]
    UnknownField {
        /// The index of the part in the form.
        index: usize,
    },
    /// A required field is absent.
    #[error("{field} is required")]
    MissingField {
        /// The name of the absent field.
        field: &'static str,
    },
    /// A field is present but empty.
    #[error("{field} is empty")]
    EmptyField {
        /// The name of the empty field.
        field: &'static str,
    },
    /// A field that allows one value has several values.
    #[error("{field} occurs more than once")]
    RepeatedField {
        /// The name of the repeated field.
        field: &'static str,
    },
    /// A field is not UTF-8 text, or a single-line field has control characters or is too long.
    #[error("{field} is not a valid text")]
    NotText {
        /// The name of the field.
        field: &'static str,
    },
    /// A field is not JSON.
    #[error("{field} is not JSON (line {line}, column {column})")]
    NotJson {
        /// The name of the field.
        field: &'static str,
        /// The 1-based line of the fault in the field; 0 if unknown.
        line: usize,
        /// The 1-based column of the fault in the field; 0 if unknown.
        column: usize,
    },
    /// A field is JSON, but not an object.
    #[error("{field} must be a JSON object")]
    NotAnObject {
        /// The name of the field.
        field: &'static str,
    },
    /// A field that must be a map of strings contains a value that is not a string.
    #[error("{field} must be a JSON object of strings")]
    NotStrings {
        /// The name of the field.
        field: &'static str,
    },
    /// A field, the number of entries of the map in a field, or a key or value of this map exceeds a limit of the server.
    #[error("{field} is larger than {limit} {unit}")]
    FieldTooLarge {
        /// The name of the field.
        field: &'static str,
        /// The largest value that the server accepts.
        limit: usize,
        /// The unit of the limit: `bytes` or `entries`.
        unit: &'static str,
    },
    /// The request has `workflow_engine_version` without `workflow_engine`: "Required if workflow_engine_version is provided."
    #[error("workflow_engine_version requires workflow_engine")]
    EngineVersionWithoutEngine,
    /// The name of an attachment is rejected.
    #[error("workflow_attachment {index}: {reason}")]
    Attachment {
        /// The index of the attachment among all attachments.
        index: usize,
        /// The reason why the name is rejected.
        reason: AttachmentNameError,
    },
    /// `workflow_url` is rejected.
    #[error("workflow_url: {0}")]
    WorkflowUrl(WorkflowSourceError),
    /// This server does not support the workflow language or its version.
    #[error("workflow_type and workflow_type_version must be among those of service-info")]
    UnsupportedWorkflowType,
    /// This server does not support the engine or its version.
    #[error("workflow_engine and workflow_engine_version must be among those of service-info")]
    UnsupportedEngine,
    /// This server does not support one of the requested engine parameters.
    #[error("workflow_engine_parameters may contain only those of service-info")]
    UnsupportedEngineParameter,
    /// A workflow parameter contains a reference that is not allowed in a run.
    #[error("workflow_params at {pointer}: only drs:// references and attached files can be inputs")]
    RefusedReference {
        /// The position of the reference in the parameters, as a JSON Pointer (RFC 6901). It repeats names from the caller's own request.
        pointer: String,
    },
    /// `page_size` is not a number of at least 1.
    #[error("page_size must be a whole number of at least 1")]
    PageSize,
    /// `page_token` was not made by this server.
    #[error("page_token is not one of this service")]
    PageToken,
    /// A query parameter occurs more than once.
    #[error("{parameter} occurs more than once")]
    ParameterRepeated {
        /// The name of the repeated parameter.
        parameter: &'static str,
    },
}

impl WesError {
    /// The HTTP status of this error.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::Unauthorized { .. } => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::RequestTooLarge { .. } => 413,
            Self::UnsupportedMediaType => 415,
            Self::InternalServerError => 500,
            Self::NoWorkflows => 501,
            Self::ServiceUnavailable => 503,
        }
    }

    /// The JSON body of this error: `{"msg": ..., "status_code": ...}` (WES 1.1.0 § ErrorResponse). Both members are optional in the
    /// specification. This server always writes both.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"msg": self.to_string(), "status_code": self.status()})
    }
}

impl Serialize for WesError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
