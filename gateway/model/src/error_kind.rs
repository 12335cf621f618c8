//! The closed set of ways a request can fail. Every protocol's status code derives from it in one place of the server.

/// What went wrong, for the caller. Texts and details live in the errors of each operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// No credentials where some are needed, or credentials that do not hold.
    Unauthenticated,
    /// The caller is known and the thing may be known to them, but not this use of it.
    Forbidden,
    /// Not there, or not there for this caller: one answer.
    NotFound,
    /// The request is malformed or contradicts itself.
    Invalid,
    /// The path exists, not with this method.
    MethodNotAllowed,
    /// The request or the answer is larger than served.
    TooLarge,
    /// A byte range that the thing does not have.
    RangeNotSatisfiable,
    /// A media type that is not understood.
    UnsupportedMediaType,
    /// Too many requests of one caller.
    TooManyRequests,
    /// A store or an identity provider does not answer; never shown as "not found".
    Unavailable,
    /// A fault of ours.
    Internal,
}
