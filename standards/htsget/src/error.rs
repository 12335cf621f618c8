use serde::Serialize;
use serde_json::{Value, json};

use crate::Parameter;

/// Every way an htsget request fails (htsget 1.3 § Errors), and the few a web server adds.
///
/// The `Display` text is the `message` of the JSON body and may be read by the caller: it repeats nothing of the request
/// but parameter names, and says nothing of data the caller may not know of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HtsgetError {
    /// 401: "Authorization provided is invalid".
    #[error("the credential presented is not valid: {explanation}")]
    InvalidAuthentication {
        /// Why, in words fit for the caller.
        explanation: String,
    },
    /// 403: "Authorization is required to access the resource"; also where what was shown is not enough.
    #[error("access is not permitted: {explanation}")]
    PermissionDenied {
        /// Which rule denies it, in words fit for the caller.
        explanation: String,
    },
    /// 404: "The resource requested was not found".
    #[error("{0}")]
    NotFound(Missing),
    /// 413: "POST request size is too large".
    #[error("the request body is larger than {limit_bytes} bytes")]
    PayloadTooLarge {
        /// The most the server takes.
        limit_bytes: u64,
    },
    /// 413: a body that is not too large, with more regions than the server's data block URLs can carry.
    #[error(
        "the request has more regions than one ticket can carry, which is about {limit_bytes} bytes of them; ask for them in several requests"
    )]
    TooManyRegions {
        /// About how many bytes of regions a ticket carries.
        limit_bytes: u64,
    },
    /// 400: "The requested file format is not supported by the server".
    #[error("the format asked for is not offered: {explanation}")]
    UnsupportedFormat {
        /// Why, in words fit for the caller.
        explanation: &'static str,
    },
    /// 400: "The request parameters do not adhere to the specification".
    #[error(transparent)]
    InvalidInput(#[from] InvalidInput),
    /// 400: "The requested range cannot be satisfied".
    #[error(transparent)]
    InvalidRange(#[from] InvalidRange),
    /// 405. Not in the specification's table: the nearest type, `InvalidInput`, with HTTP's own status.
    #[error("this resource does not support the request's method")]
    MethodNotAllowed,
    /// 415. As for 405.
    #[error("the request body must be JSON, of the media type application/json; a single region can be asked for with GET")]
    UnsupportedMediaType,
    /// 500, as the specification's OpenAPI description has it.
    #[error("an internal error occurred")]
    InternalServerError,
    /// 503: a store cannot be reached, so that clients retry ("transient server errors, (e.g., 503 ...)"). A failed store
    /// is never "not found". The table has no type for it; it is called `InternalServerError`, with its own status.
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// What was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// The id. One text for what is unknown, hidden or withdrawn.
    #[error("no such resource")]
    Resource,
    /// The reference sequence, in a file the caller may read.
    #[error("the resource has no such reference sequence")]
    Reference,
    /// The path: nothing of htsget is there.
    #[error("no such path")]
    Path,
}

/// How a request breaks the rules for parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidInput {
    /// A parameter came more than once.
    #[error("{parameter} is given more than once")]
    Repeated {
        /// Which.
        parameter: Parameter,
    },
    /// A parameter or a member of the body that htsget does not have. Ignoring it would answer with more than was asked for.
    #[error(
        "the request has a parameter that htsget 1.3 does not have; those of GET are format, class, referenceName, start, end, fields, tags and notags"
    )]
    Unknown,
    /// The same, where the name is one of htsget's in other letters.
    #[error("parameter names are case-sensitive: {parameter} is expected")]
    Misspelt {
        /// Which was meant.
        parameter: Parameter,
    },
    /// A position is not a 32-bit unsigned decimal integer.
    #[error("{parameter} is not an unsigned 32-bit decimal integer")]
    NotAPosition {
        /// Which.
        parameter: Parameter,
    },
    /// A position without a reference.
    #[error("{parameter} requires referenceName")]
    PositionWithoutReference {
        /// Which.
        parameter: Parameter,
    },
    /// A position with the reference `*`.
    #[error("{parameter} cannot be combined with the reference name *")]
    PositionOfUnplaced {
        /// Which.
        parameter: Parameter,
    },
    /// A reference name of no characters.
    #[error("referenceName is empty")]
    EmptyReferenceName,
    /// A class other than `header`.
    #[error("class must be header if given")]
    UnknownClass,
    /// `class=header` with something that only bodies have.
    #[error("{parameter} cannot be combined with class=header")]
    HeaderClassWithOther {
        /// What.
        parameter: Parameter,
    },
    /// A name in `fields` that is no BAM column.
    #[error("fields must be names of BAM columns")]
    UnknownField,
    /// A list with nothing between two commas, or an empty string in an array.
    #[error("{parameter} has an empty element")]
    EmptyListElement {
        /// Which list.
        parameter: Parameter,
    },
    /// A tag both wanted and not.
    #[error("tags and notags have a tag in common")]
    TagsIntersectNotags,
    /// A POST whose URL has htsget parameters.
    #[error("a POST takes its parameters in the body, not in the URL")]
    QueryOnPost,
    /// A POST body that is not JSON or not of the right shape.
    #[error("the body is not a valid htsget request (line {line}, column {column})")]
    MalformedBody {
        /// 1-based line of the body; 0 if unknown.
        line: usize,
        /// 1-based column; 0 if unknown.
        column: usize,
    },
    /// `regions` is an empty array.
    #[error("regions is empty; leave it out to request everything")]
    NoRegions,
    /// A region without `referenceName`.
    #[error("a region has no referenceName")]
    RegionWithoutReference,
    /// A GET's parameter at the top level of a POST body.
    #[error("{parameter} belongs into regions")]
    OutsideRegions {
        /// Which.
        parameter: Parameter,
    },
}

/// How an interval is impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidRange {
    /// GET: start > end.
    #[error("start is greater than end")]
    StartAfterEnd,
    /// POST: start >= end.
    #[error("a region's start is not less than its end")]
    StartNotBeforeEnd,
    /// A data block asked for bytes behind its end: 416, as HTTP has it.
    #[error("the range does not lie in the block")]
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
