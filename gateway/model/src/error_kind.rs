//! The closed set of ways a request can fail. One file of the server derives every protocol's status code from it.

/// The kind of an error, for the caller. Texts and details are in the errors of each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Credentials are required and absent, or the credentials are not valid.
    Unauthenticated,
    /// The caller is known and may know of the resource, but this use of it is denied.
    Forbidden,
    /// The resource does not exist, or does not exist for this caller. Both get the same answer.
    NotFound,
    /// The request is malformed or contradicts itself.
    Invalid,
    /// The resource is not, or no longer, in the state that the request requires.
    Conflict,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The request or the answer exceeds the limit.
    TooLarge,
    /// The resource does not contain the requested byte range.
    RangeNotSatisfiable,
    /// A media type that the gateway does not support.
    UnsupportedMediaType,
    /// Too many requests from one caller.
    TooManyRequests,
    /// A store or an identity provider does not answer. Never shown as "not found".
    Unavailable,
    /// A fault in the gateway.
    Internal,
}
