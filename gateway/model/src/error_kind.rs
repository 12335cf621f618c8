//! The closed set of kinds of failure of a request. One file of the server derives every protocol's status code from the kind.

/// The kind of an error, as the caller sees it. The errors of each operation contain texts and details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Credentials are required and absent, or the credentials are not valid.
    Unauthenticated,
    /// The caller is known and may know that the resource exists, but this use of the resource is denied.
    Forbidden,
    /// The resource does not exist, or does not exist for this caller. Both cases get the same answer.
    NotFound,
    /// The request is malformed or contradicts itself.
    Invalid,
    /// The resource is not, or no longer, in the state that the request requires.
    Conflict,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The request or the answer exceeds a size limit.
    TooLarge,
    /// The resource does not contain the requested byte range.
    RangeNotSatisfiable,
    /// The request uses a media type that the gateway does not support.
    UnsupportedMediaType,
    /// The caller has sent too many requests.
    TooManyRequests,
    /// A store or an identity provider does not answer. This failure is never shown as "not found".
    Unavailable,
    /// The gateway has a fault.
    Internal,
}
