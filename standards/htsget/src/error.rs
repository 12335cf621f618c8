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
    /// 404: "The resource requested was not found". The value states which thing is missing.
    #[error("{0}")]
    NotFound(Missing),
    /// 413: "POST request size is too large".
    #[error("the request body is larger than {limit_bytes} bytes")]
    PayloadTooLarge {
        /// The largest body that the server accepts, in bytes.
        limit_bytes: u64,
    },
    /// 413: the body is not too large, but it has more regions than the server can write into the URLs of the data blocks.
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
    /// 405. The specification's table has no type for this error. The body has the nearest type, `InvalidInput`. The status is that of HTTP.
    #[error("this resource does not support the request's method")]
    MethodNotAllowed,
    /// 415. The specification's table has no type for this error. The body has the nearest type, `InvalidInput`. The status is that of HTTP.
    #[error("the request body must be JSON, of the media type application/json; use GET to request a single region")]
    UnsupportedMediaType,
    /// 500, as in the specification's OpenAPI description.
    #[error("an internal error occurred")]
    InternalServerError,
    /// 503: a store cannot be reached. Clients retry on this status ("transient server errors, (e.g., 503 ...)"). A store failure is never
    /// reported as "not found". The specification's table has no type for this error. The body has the type `InternalServerError`, and the
    /// status is that of HTTP.
    #[error("the service is temporarily unable to answer; try again later")]
    ServiceUnavailable,
}

/// The thing that a request names and that was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// The file with the requested id. An unknown, a hidden and a withdrawn id get the same text.
    #[error("no such resource")]
    Resource,
    /// The requested reference sequence. The caller may read the file, but the file does not contain the sequence.
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
        /// The repeated parameter.
        parameter: Parameter,
    },
    /// The request has a parameter or a member of the body that htsget does not define. If the server ignored it, the answer could contain more
    /// than was requested.
    #[error(
        "the request has a parameter that htsget 1.3 does not define; the parameters of GET are format, class, referenceName, start, end, fields, tags and notags"
    )]
    Unknown,
    /// htsget does not define the parameter, but the name differs only in case from the name of a parameter.
    #[error("parameter names are case-sensitive: {parameter} is expected")]
    Misspelt {
        /// The parameter whose name was probably intended.
        parameter: Parameter,
    },
    /// A position is not a 32-bit unsigned decimal integer.
    #[error("{parameter} is not an unsigned 32-bit decimal integer")]
    NotAPosition {
        /// The parameter with the invalid position.
        parameter: Parameter,
    },
    /// The request has a position, but no reference name.
    #[error("{parameter} requires referenceName")]
    PositionWithoutReference {
        /// The parameter with the position.
        parameter: Parameter,
    },
    /// The request has a position together with the reference name `*` (unplaced reads).
    #[error("{parameter} cannot be combined with the reference name *")]
    PositionOfUnplaced {
        /// The parameter with the position.
        parameter: Parameter,
    },
    /// The reference name is empty.
    #[error("referenceName is empty")]
    EmptyReferenceName,
    /// The class is not `header`.
    #[error("class must be header or absent")]
    UnknownClass,
    /// The request has `class=header` and a parameter that applies to bodies only.
    #[error("{parameter} cannot be combined with class=header")]
    HeaderClassWithOther {
        /// The parameter that `class=header` excludes.
        parameter: Parameter,
    },
    /// `fields` contains a name that is not a BAM column.
    #[error("fields must be names of BAM columns")]
    UnknownField,
    /// A list has an empty element between two commas, or an array contains an empty string.
    #[error("{parameter} has an empty element")]
    EmptyListElement {
        /// The parameter that contains the list.
        parameter: Parameter,
    },
    /// A tag is in both `tags` and `notags`.
    #[error("tags and notags have a tag in common")]
    TagsIntersectNotags,
    /// A POST has htsget parameters in its URL.
    #[error("a POST must have its parameters in the body, not in the URL")]
    QueryOnPost,
    /// The body of a POST is not JSON, or does not have the members and types of a request.
    #[error("the body is not a valid htsget request (line {line}, column {column})")]
    MalformedBody {
        /// The 1-based line of the fault in the body; 0 if unknown.
        line: usize,
        /// The 1-based column of the fault in the body; 0 if unknown.
        column: usize,
    },
    /// `regions` in the body of a POST is an empty array.
    #[error("regions is empty; omit it to request everything")]
    NoRegions,
    /// A region in the body of a POST has no `referenceName`.
    #[error("a region has no referenceName")]
    RegionWithoutReference,
    /// The body of a POST has, at its top level, a parameter that is allowed only inside the items of `regions`.
    #[error("{parameter} is only allowed inside regions")]
    OutsideRegions {
        /// The misplaced parameter.
        parameter: Parameter,
    },
}

/// Why the interval of a request is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum InvalidRange {
    /// The start of a GET is greater than the end. Equal values are legal in a GET.
    #[error("start is greater than end")]
    StartAfterEnd,
    /// The start of a region in a POST is greater than or equal to the end.
    #[error("a region's start is not less than its end")]
    StartNotBeforeEnd,
    /// The request is for bytes of a data block after the block's end. The status is 416, as HTTP defines.
    #[error("the range is outside the block")]
    OutsideBlock,
}

impl HtsgetError {
    /// The `error` member of the JSON body: a type of the specification's table, or `InternalServerError` of its OpenAPI description.
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

    /// The HTTP status of this error.
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

    /// The JSON body of this error: `{"htsget": {"error": ..., "message": ...}}`.
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
