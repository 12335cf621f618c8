use serde::Serialize;
use serde_json::{Value, json};

use crate::IdError;

/// Every way a DRS request fails (DRS 1.5 § responses), and the few a web server adds.
///
/// The `Display` text is the `msg` of the JSON body and may be read by the caller: it repeats nothing of the request and
/// says nothing of data the caller may not know of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrsError {
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
    #[error("access is not permitted: {explanation}")]
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
    /// 413: "The bulk request is too large."; also a body that is.
    #[error("the request is larger than {limit} {unit}")]
    RequestTooLarge {
        /// The most the server takes.
        limit: u64,
        /// Of what: `ids` or `bytes`.
        unit: &'static str,
    },
    /// 415: the body is not JSON.
    #[error("the request body must be JSON")]
    UnsupportedMediaType,
    /// 500: "An unexpected error occurred."
    #[error("an internal error occurred")]
    InternalServerError,
    /// 503: a store cannot be reached, which is never "not found".
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// "The requested `DrsObject` wasn't found." One text for what is unknown, hidden or withdrawn.
    #[error("the requested DrsObject was not found")]
    Object,
    /// "The requested `AccessURL` wasn't found."
    #[error("the requested AccessURL was not found")]
    AccessUrl,
    /// Nothing of DRS is at this path.
    #[error("no such path")]
    Path,
}

/// How a request is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum BadRequest {
    /// The object id cannot be one.
    #[error("object_id: {0}")]
    ObjectId(IdError),
    /// The access id cannot be one.
    #[error("access_id: {0}")]
    AccessId(IdError),
    /// `expand` is no boolean.
    #[error("expand must be true or false")]
    Expand,
    /// `expand` came more than once.
    #[error("expand is given more than once")]
    ExpandRepeated,
    /// The body is not JSON or not of the right shape.
    #[error("the body is not a valid request (line {line}, column {column})")]
    MalformedBody {
        /// 1-based line of the body; 0 if unknown.
        line: usize,
        /// 1-based column; 0 if unknown.
        column: usize,
    },
    /// A bulk request for nothing.
    #[error("the bulk request names no object")]
    EmptyBulk,
}

impl DrsError {
    /// The HTTP status.
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

    /// The JSON body: `{"msg": ..., "status_code": ...}` (DRS 1.5 § Error).
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
