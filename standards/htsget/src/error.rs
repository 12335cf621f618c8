use serde::Serialize;
use serde_json::{Value, json};

use crate::Parameter;

/// Every way in which an htsget request can fail (htsget 1.3 § Errors), and the failures that a web server adds.
///
/// The `Display` text is the `message` of the JSON body, and the caller may read it. It repeats only parameter names from the request. It
/// reveals nothing about data that is hidden from the caller.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HtsgetError {
    /// 401: "Authorization provided is invalid".
    #[error("the credential presented is not valid: {explanation}")]
    InvalidAuthentication {
        /// The reason, worded for the caller.
        explanation: String,
    },
    /// 403: "Authorization is required to access the resource". Also used if the caller's credentials are not sufficient.
    #[error("access is not permitted: {explanation}")]
    PermissionDenied {
        /// The rule that denies the request, worded for the caller.
        explanation: String,
    },
    /// 404: "The resource requested was not found".
    #[error("{0}")]
    NotFound(Missing),
    /// 413: "POST request size is too large".
    #[error("the request body is larger than {limit_bytes} bytes")]
    PayloadTooLarge {
        /// The server's limit.
        limit_bytes: u64,
    },
    /// 413: the body is not too large, but it has more regions than the server's data block URLs can contain.
    #[error("the request has more regions than one ticket can contain (about {limit_bytes} bytes); split it into several requests")]
    TooManyRegions {
        /// The approximate size of the regions that a ticket can contain, in bytes.
        limit_bytes: u64,
    },
    /// 400: "The requested file format is not supported by the server".
    #[error("the requested format is not supported: {explanation}")]
    UnsupportedFormat {
        /// The reason, worded for the caller.
        explanation: &'static str,
    },
    /// 400: "The request parameters do not adhere to the specification".
    #[error(transparent)]
    InvalidInput(#[from] InvalidInput),
    /// 400: "The requested range cannot be satisfied".
    #[error(transparent)]
    InvalidRange(#[from] InvalidRange),
    /// 405. Not in the specification's table. The body has the nearest type, `InvalidInput`, and HTTP's own status.
    #[error("this resource does not support the request's method")]
    MethodNotAllowed,
    /// 415. As for 405.
    #[error("the request body must be JSON, of the media type application/json; use GET to request a single region")]
    UnsupportedMediaType,
    /// 500, as in the specification's OpenAPI description.
    #[error("an internal error occurred")]
    InternalServerError,
    /// 503: a store cannot be reached. Clients retry on this status ("transient server errors, (e.g., 503 ...)"). A store failure is never
    /// "not found". The table has no type for this error, so the type is `InternalServerError`, with HTTP's own status.
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// The thing that was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// The id. An unknown, a hidden and a withdrawn id get the same text.
    #[error("no such resource")]
    Resource,
    /// The reference sequence, in a file that the caller may read.
    #[error("the resource has no such reference sequence")]
    Reference,
    /// The path is not a path of htsget.
    #[error("no such path")]
    Path,
}

/// How a request violates the rules for parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidInput {
    /// A parameter occurs more than once.
    #[error("{parameter} occurs more than once")]
    Repeated {
        /// The parameter.
        parameter: Parameter,
    },
    /// A parameter or a member of the body that htsget does not define. If the server ignored it, the answer could contain more than was
    /// requested.
    #[error(
        "the request has a parameter that htsget 1.3 does not define; the parameters of GET are format, class, referenceName, start, end, fields, tags and notags"
    )]
    Unknown,
    /// As [`Self::Unknown`], but the name differs from a name of htsget only in case.
    #[error("parameter names are case-sensitive: {parameter} is expected")]
    Misspelt {
        /// The parameter of that name.
        parameter: Parameter,
    },
    /// A position is not a 32-bit unsigned decimal integer.
    #[error("{parameter} is not an unsigned 32-bit decimal integer")]
    NotAPosition {
        /// The parameter.
        parameter: Parameter,
    },
    /// A position without a reference name.
    #[error("{parameter} requires referenceName")]
    PositionWithoutReference {
        /// The parameter.
        parameter: Parameter,
    },
    /// A position with the reference name `*`.
    #[error("{parameter} cannot be combined with the reference name *")]
    PositionOfUnplaced {
        /// The parameter.
        parameter: Parameter,
    },
    /// An empty reference name.
    #[error("referenceName is empty")]
    EmptyReferenceName,
    /// A class other than `header`.
    #[error("class must be header or absent")]
    UnknownClass,
    /// `class=header` with a parameter that applies to bodies only.
    #[error("{parameter} cannot be combined with class=header")]
    HeaderClassWithOther {
        /// The other parameter.
        parameter: Parameter,
    },
    /// A name in `fields` that is not a BAM column.
    #[error("fields must be names of BAM columns")]
    UnknownField,
    /// A list with an empty element between two commas, or an empty string in an array.
    #[error("{parameter} has an empty element")]
    EmptyListElement {
        /// The parameter of the list.
        parameter: Parameter,
    },
    /// A tag in both `tags` and `notags`.
    #[error("tags and notags have a tag in common")]
    TagsIntersectNotags,
    /// A POST with htsget parameters in its URL.
    #[error("a POST must have its parameters in the body, not in the URL")]
    QueryOnPost,
    /// A POST body that is not JSON, or does not have the members and types of a request.
    #[error("the body is not a valid htsget request (line {line}, column {column})")]
    MalformedBody {
        /// 1-based line of the body; 0 if unknown.
        line: usize,
        /// 1-based column; 0 if unknown.
        column: usize,
    },
    /// `regions` is an empty array.
    #[error("regions is empty; omit it to request everything")]
    NoRegions,
    /// A region without `referenceName`.
    #[error("a region has no referenceName")]
    RegionWithoutReference,
    /// A parameter of GET at the top level of a POST body.
    #[error("{parameter} is only allowed inside regions")]
    OutsideRegions {
        /// The parameter.
        parameter: Parameter,
    },
}

/// How an interval is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidRange {
    /// GET: start > end.
    #[error("start is greater than end")]
    StartAfterEnd,
    /// POST: start >= end.
    #[error("a region's start is not less than its end")]
    StartNotBeforeEnd,
    /// A request for bytes of a data block after the block's end: 416, as HTTP defines.
    #[error("the range is outside the block")]
    OutsideBlock,
}

impl HtsgetError {
    /// The `error` member of the body, from the specification's table (and `InternalServerError` from its OpenAPI
    /// description).
    #[must_use]
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::InvalidAuthentication { .. } => "InvalidAuthentication",
            Self::PermissionDenied { .. } => "PermissionDenied",
            Self::NotFound(_) => "NotFound",
            Self::PayloadTooLarge { .. } | Self::TooManyRegions { .. } => "PayloadTooLarge",
            Self::UnsupportedFormat { .. } => "UnsupportedFormat",
            Self::InvalidInput(_) | Self::MethodNotAllowed | Self::UnsupportedMediaType => "InvalidInput",
            Self::InvalidRange(_) => "InvalidRange",
            Self::InternalServerError | Self::ServiceUnavailable => "InternalServerError",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::InvalidRange(InvalidRange::OutsideBlock) => 416,
            Self::UnsupportedFormat { .. } | Self::InvalidInput(_) | Self::InvalidRange(_) => 400,
            Self::InvalidAuthentication { .. } => 401,
            Self::PermissionDenied { .. } => 403,
            Self::NotFound(_) => 404,
            Self::MethodNotAllowed => 405,
            Self::PayloadTooLarge { .. } | Self::TooManyRegions { .. } => 413,
            Self::UnsupportedMediaType => 415,
            Self::InternalServerError => 500,
            Self::ServiceUnavailable => 503,
        }
    }

    /// The JSON body: `{"htsget": {"error": ..., "message": ...}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"htsget": {"error": self.error_type(), "message": self.to_string()}})
    }
}

impl Serialize for HtsgetError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
