//! Every way in which a FHIR request can fail.

use serde::Serialize;
use serde_json::Value;

use crate::operation_outcome::{Issue, IssueCode, operation_outcome};

/// A closed list of failures of FHIR requests. The status and the body derive from the failure (FHIR R4 § 3.1.0.1.3, § 3.1.0.8.1 "Common HTTP
/// status codes").
///
/// The texts repeat nothing from the request. They reveal nothing about data that is hidden from the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FhirError {
    /// 400: the request is not valid.
    #[error("the request is not valid")]
    Invalid(Vec<Issue>),
    /// 401: the request has no credential, or an invalid one. The server must add `WWW-Authenticate`.
    #[error("the request is unauthorized: {explanation}")]
    Unauthorized {
        /// The reason, worded for the caller.
        explanation: String,
    },
    /// 403: the caller has no right to this request.
    #[error("access is not permitted: {explanation}")]
    Forbidden {
        /// The rule that denies the request, worded for the caller.
        explanation: String,
    },
    /// 404: the resource does not exist for this caller. An unknown, a hidden and a withdrawn resource get the same text.
    #[error("not found")]
    NotFound,
    /// 405: the path does not support the request's method.
    #[error("this interaction is not supported here")]
    MethodNotAllowed,
    /// 406: the server renders only `application/fhir+json`.
    #[error("only application/fhir+json is available")]
    NotAcceptable,
    /// 409: the request conflicts with the present state of the resource.
    #[error("the request conflicts with the resource's state: {explanation}")]
    Conflict {
        /// The cause of the conflict.
        explanation: String,
    },
    /// 410: the resource was deleted. Only a caller who may know that the resource existed gets this status.
    #[error("the resource was deleted")]
    Deleted,
    /// 412: the condition in `If-Match` or `If-None-Exist` is not met.
    #[error("the precondition does not hold")]
    PreconditionFailed,
    /// 412: the header of a write contains a condition that this server does not evaluate. The server cannot know whether the condition is met,
    /// so it refuses the write.
    #[error("{header} is not supported here, and nothing was written: verify the condition, then send the request without the header")]
    ConditionNotEvaluated {
        /// The name of the header.
        header: &'static str,
    },
    /// 501: the header of a read contains a condition that this server does not evaluate.
    #[error("{header} is not supported here: send the request without the header")]
    ConditionalReadNotSupported {
        /// The name of the header.
        header: &'static str,
    },
    /// 413: the body is larger than the limit.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// 415: the media type of the body is not JSON (`application/fhir+json`).
    #[error("the body must be application/fhir+json")]
    UnsupportedMediaType,
    /// 422: the body is JSON, but not a valid resource.
    #[error("the resource is not valid")]
    Unprocessable(Vec<Issue>),
    /// 429: the caller has sent too many requests.
    #[error("too many requests; try again later")]
    TooManyRequests,
    /// 500: the server has an internal error.
    #[error("an internal error occurred")]
    Internal,
    /// 503: a store cannot be reached. A store failure is never reported as "not found".
    #[error("the service is temporarily unable to answer; try again later")]
    Unavailable,
}

impl FhirError {
    /// The failure 400 with one issue.
    #[must_use]
    pub fn invalid(issue: Issue) -> Self {
        Self::Invalid(vec![issue])
    }

    /// The HTTP status of this failure.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid(_) => 400,
            Self::Unauthorized { .. } => 401,
            Self::Forbidden { .. } => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::NotAcceptable => 406,
            Self::Conflict { .. } => 409,
            Self::Deleted => 410,
            Self::PreconditionFailed | Self::ConditionNotEvaluated { .. } => 412,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedMediaType => 415,
            Self::Unprocessable(_) => 422,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::ConditionalReadNotSupported { .. } => 501,
            Self::Unavailable => 503,
        }
    }

    const fn code(&self) -> IssueCode {
        match self {
            Self::Invalid(_) | Self::Unprocessable(_) => IssueCode::Invalid,
            Self::Unauthorized { .. } => IssueCode::Login,
            Self::Forbidden { .. } => IssueCode::Forbidden,
            Self::NotFound => IssueCode::NotFound,
            Self::MethodNotAllowed
            | Self::NotAcceptable
            | Self::UnsupportedMediaType
            | Self::ConditionNotEvaluated { .. }
            | Self::ConditionalReadNotSupported { .. } => IssueCode::NotSupported,
            Self::Conflict { .. } | Self::PreconditionFailed => IssueCode::Conflict,
            Self::Deleted => IssueCode::Deleted,
            Self::TooLarge { .. } => IssueCode::TooLong,
            Self::TooManyRequests => IssueCode::Throttled,
            Self::Internal => IssueCode::Exception,
            Self::Unavailable => IssueCode::Transient,
        }
    }

    /// The issues that were found. For a failure without issues, one issue with the failure's own text.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        match self {
            Self::Invalid(issues) | Self::Unprocessable(issues) if !issues.is_empty() => issues.clone(),
            _ => vec![Issue::error(self.code(), self.to_string())],
        }
    }

    /// The JSON body of this failure: an OperationOutcome.
    #[must_use]
    pub fn to_json(&self) -> Value {
        operation_outcome(&self.issues())
    }
}

impl Serialize for FhirError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
