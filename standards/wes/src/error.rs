use serde::Serialize;
use serde_json::{Value, json};

use crate::{AttachmentNameError, WorkflowSourceError};

/// Every way a WES request fails (WES 1.1.0 § responses), and the few a web server adds.
///
/// The `Display` text is the `msg` of the JSON body and may be read by the caller: it repeats nothing of the request and
/// says nothing of runs the caller may not know of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WesError {
    /// 400: "The request is malformed."
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// 401: no credential, or one that is not valid. Add `WWW-Authenticate`.
    #[error("the request is unauthorized: {explanation}")]
    Unauthorized {
        /// Why, in words fit for the caller.
        explanation: String,
    },
    /// 403: "The requester is not authorized to perform this action."
    #[error("this is not permitted: {explanation}")]
    Forbidden {
        /// Which rule denies it, in words fit for the caller.
        explanation: String,
    },
    /// 404.
    #[error("{0}")]
    NotFound(Missing),
    /// 405, not in the specification for these routes.
    #[error("this resource does not support the request's method")]
    MethodNotAllowed,
    /// 408, not in the specification: the body stopped arriving, or took too long.
    #[error("the request's body did not arrive in time")]
    RequestTimeout,
    /// 413, not in the specification: more than the server takes.
    #[error("the request is larger than {limit} {unit}")]
    RequestTooLarge {
        /// The most the server takes.
        limit: u64,
        /// Of what: `bytes` or `attachments`.
        unit: &'static str,
    },
    /// 415, not in the specification: RunWorkflow takes `multipart/form-data`.
    #[error("the request body must be multipart/form-data")]
    UnsupportedMediaType,
    /// 500: "An unexpected error occurred."
    #[error("an internal error occurred")]
    InternalServerError,
    /// 503, not in the specification: a store or the queue cannot take the request now, which is never "not found".
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// "The requested workflow run wasn't found." One text for what is unknown and what is another caller's.
    #[error("the requested workflow run was not found")]
    Run,
    /// "The requested task wasn't found."
    #[error("the requested task was not found")]
    Task,
    /// Nothing of WES is at this path.
    #[error("no such path")]
    Path,
}

/// How a request is malformed, or asks for what this server does not do. Indexes count from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadRequest {
    /// The multipart body cannot be taken apart.
    #[error("the body is not well-formed multipart/form-data")]
    MalformedForm,
    /// A part of a name that RunWorkflow does not have. Ignoring it would run something other than what was meant.
    #[error("part {index} of the form has a name that is not a field of a run request")]
    UnknownField {
        /// Which part.
        index: usize,
    },
    /// A required field is absent.
    #[error("{field} is required")]
    MissingField {
        /// Which.
        field: &'static str,
    },
    /// A required field is empty, or one that may be absent is there and empty.
    #[error("{field} is empty")]
    EmptyField {
        /// Which.
        field: &'static str,
    },
    /// A field that has one value has several.
    #[error("{field} is given more than once")]
    RepeatedField {
        /// Which.
        field: &'static str,
    },
    /// A field's bytes are no text, or text with control characters where a name is meant.
    #[error("{field} is not a text that can be its value")]
    NotText {
        /// Which.
        field: &'static str,
    },
    /// A field is not JSON.
    #[error("{field} is not JSON (line {line}, column {column})")]
    NotJson {
        /// Which.
        field: &'static str,
        /// 1-based line of the field; 0 if unknown.
        line: usize,
        /// 1-based column; 0 if unknown.
        column: usize,
    },
    /// A field is JSON but no object.
    #[error("{field} must be a JSON object")]
    NotAnObject {
        /// Which.
        field: &'static str,
    },
    /// A map of strings has another value.
    #[error("{field} must be a JSON object of strings")]
    NotStrings {
        /// Which.
        field: &'static str,
    },
    /// A field, a map or a key is larger than the server takes.
    #[error("{field} is larger than {limit} {unit}")]
    FieldTooLarge {
        /// Which.
        field: &'static str,
        /// The most the server takes.
        limit: usize,
        /// Of what: `bytes` or `entries`.
        unit: &'static str,
    },
    /// "workflow_engine: Required if workflow_engine_version is provided."
    #[error("workflow_engine_version is given without workflow_engine")]
    EngineVersionWithoutEngine,
    /// An attachment's name is refused.
    #[error("workflow_attachment {index}: {reason}")]
    Attachment {
        /// Which attachment.
        index: usize,
        /// Why.
        reason: AttachmentNameError,
    },
    /// `workflow_url` is refused.
    #[error("workflow_url: {0}")]
    WorkflowUrl(WorkflowSourceError),
    /// The workflow language or its version is not one of this server's.
    #[error("workflow_type and workflow_type_version must be among those of service-info")]
    UnsupportedWorkflowType,
    /// The engine or its version is not one of this server's.
    #[error("workflow_engine and workflow_engine_version must be among those of service-info")]
    UnsupportedEngine,
    /// An engine parameter is not one of this server's.
    #[error("workflow_engine_parameters may have those of service-info only")]
    UnsupportedEngineParameter,
    /// A parameter holds a reference that a run may not have.
    #[error("workflow_params at {pointer}: only drs:// references and attached files can be inputs")]
    RefusedReference {
        /// Where, as a JSON Pointer (RFC 6901). It repeats names of the caller's own making, to the caller.
        pointer: String,
    },
    /// `page_size` is no number of at least 1.
    #[error("page_size must be a whole number of at least 1")]
    PageSize,
    /// `page_token` is none that this server made.
    #[error("page_token is not one of this service")]
    PageToken,
    /// A query parameter is given more than once.
    #[error("{parameter} is given more than once")]
    ParameterRepeated {
        /// Which.
        parameter: &'static str,
    },
}

impl WesError {
    /// The HTTP status.
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
            Self::ServiceUnavailable => 503,
        }
    }

    /// The JSON body: `{"msg": ..., "status_code": ...}` (WES 1.1.0 § ErrorResponse). Both members are optional there and
    /// always written here.
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
