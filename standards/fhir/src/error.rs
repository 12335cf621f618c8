//! Every way a FHIR request fails.

use serde::Serialize;
use serde_json::Value;

use crate::operation_outcome::{Issue, IssueCode, operation_outcome};

/// A closed list of failures; status and body derive from it (FHIR R4 § 3.1.0.1.3, § 3.1.0.8.1 "Common HTTP status codes").
///
/// The texts repeat nothing of the request and say nothing of data that the caller may not know of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FhirError {
    /// 400: the request or its syntax.
    #[error("the request is not valid")]
    Invalid(Vec<Issue>),
    /// 401: no credential, or one that is not valid. Add `WWW-Authenticate`.
    #[error("the request is unauthorized: {explanation}")]
    Unauthorized {
        /// Why, in words fit for the caller.
        explanation: String,
    },
    /// 403.
    #[error("access is not permitted: {explanation}")]
    Forbidden {
        /// Which rule denies it, in words fit for the caller.
        explanation: String,
    },
    /// 404. One text for what is unknown, hidden or withdrawn.
    #[error("not found")]
    NotFound,
    /// 405.
    #[error("this interaction is not supported here")]
    MethodNotAllowed,
    /// 406: nothing but `application/fhir+json` is made.
    #[error("only application/fhir+json is made")]
    NotAcceptable,
    /// 409.
    #[error("the request conflicts with the resource's state: {explanation}")]
    Conflict {
        /// With what.
        explanation: String,
    },
    /// 410, for callers who may know that it was there.
    #[error("the resource was deleted")]
    Deleted,
    /// 412: `If-Match` or `If-None-Exist` does not hold.
    #[error("the precondition does not hold")]
    PreconditionFailed,
    /// 412: a write under a condition that this server does not evaluate, so that it cannot be known to hold.
    #[error("{header} is not supported here, and nothing was written: send the request without it once its condition is known to hold")]
    ConditionNotEvaluated {
        /// The header.
        header: &'static str,
    },
    /// 501: a read under a condition that this server does not evaluate.
    #[error("{header} is not supported here: send the request without it")]
    ConditionalReadNotSupported {
        /// The header.
        header: &'static str,
    },
    /// 413.
    #[error("the body is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken, in bytes.
        limit_bytes: usize,
    },
    /// 415: the body is not `application/fhir+json`.
    #[error("the body must be application/fhir+json")]
    UnsupportedMediaType,
    /// 422: JSON it is, a valid resource it is not.
    #[error("the resource is not valid")]
    Unprocessable(Vec<Issue>),
    /// 429.
    #[error("too many requests; try again later")]
    TooManyRequests,
    /// 500.
    #[error("an internal error occurred")]
    Internal,
    /// 503: a store cannot be reached, which is never "not found".
    #[error("the service is temporarily unable to answer; try again later")]
    Unavailable,
}

impl FhirError {
    /// 400 for one reason.
    #[must_use]
    pub fn invalid(issue: Issue) -> Self {
        Self::Invalid(vec![issue])
    }

    /// The HTTP status.
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

    /// The issues: those found, or one with the failure's own text.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        match self {
            Self::Invalid(issues) | Self::Unprocessable(issues) if !issues.is_empty() => issues.clone(),
            _ => vec![Issue::error(self.code(), self.to_string())],
        }
    }

    /// The JSON body: an OperationOutcome.
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
