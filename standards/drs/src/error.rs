use serde::Serialize;
use serde_json::{Value, json};

use crate::IdError;

/// Every way in which a DRS request can fail (DRS 1.5 § responses), and the failures that a web server adds.
///
/// The `Display` text is the `msg` of the JSON body, and the caller may read it. It repeats nothing from the request, and reveals nothing
/// about data that is hidden from the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrsError {
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
    #[error("access is not permitted: {explanation}")]
    Forbidden {
        /// The rule that denies the request, worded for the caller.
        explanation: String,
    },
    /// 404: the object, the access URL or the path does not exist.
    #[error("{0}")]
    NotFound(Missing),
    /// 405, not in the specification for these routes.
    #[error("this resource does not support the request's method")]
    MethodNotAllowed,
    /// 413: "The bulk request is too large.", or the body is too large.
    #[error("the request is larger than {limit} {unit}")]
    RequestTooLarge {
        /// The largest value that the server accepts.
        limit: u64,
        /// The unit of the limit: `ids` or `bytes`.
        unit: &'static str,
    },
    /// 415: the Content-Type of the body is not JSON. A body that cannot be parsed as JSON gives 400.
    #[error("the request body must be JSON")]
    UnsupportedMediaType,
    /// 500: "An unexpected error occurred."
    #[error("an internal error occurred")]
    InternalServerError,
    /// 503: a store cannot be reached. A store failure is never reported as "not found".
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// The thing that a request names and that was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// "The requested `DrsObject` wasn't found." An unknown, a hidden and a withdrawn object get the same text.
    #[error("the requested DrsObject was not found")]
    Object,
    /// "The requested `AccessURL` wasn't found."
    #[error("the requested AccessURL was not found")]
    AccessUrl,
    /// The path is not a path of DRS.
    #[error("no such path")]
    Path,
}

/// Why a request is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadRequest {
    /// The text is not a valid object id.
    #[error("object_id: {0}")]
    ObjectId(IdError),
    /// The text is not a valid access id.
    #[error("access_id: {0}")]
    AccessId(IdError),
    /// `expand` is not a boolean.
    #[error("expand must be true or false")]
    Expand,
    /// `expand` occurs more than once.
    #[error("expand occurs more than once")]
    ExpandRepeated,
    /// The body is not JSON, or does not have the members and types of a request.
    #[error("the body is not a valid request (line {line}, column {column})")]
    MalformedBody {
        /// The 1-based line of the fault in the body; 0 if unknown.
        line: usize,
        /// The 1-based column of the fault in the body; 0 if unknown.
        column: usize,
    },
    /// A bulk request lists no objects, or lists an object without access ids.
    #[error("the bulk request names no object")]
    EmptyBulk,
}

impl DrsError {
    /// The HTTP status of this error.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::Unauthorized { .. } => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTooLarge { .. } => 413,
            Self::UnsupportedMediaType => 415,
            Self::InternalServerError => 500,
            Self::ServiceUnavailable => 503,
        }
    }

    /// The JSON body of this error: `{"msg": ..., "status_code": ...}` (DRS 1.5 § Error).
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"msg": self.to_string(), "status_code": self.status()})
    }
}

impl Serialize for DrsError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
