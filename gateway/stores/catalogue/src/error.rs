//! The errors of the catalogue. No error text names a participant or quotes participant data.

/// A failure of the catalogue. `Unavailable` and `Corrupt` never mean "not found": on these errors the caller must refuse the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The database does not answer, or answers too late. The write may or may not be stored. Every write may be repeated.
    #[error("the database does not answer")]
    Unavailable,
    /// A stored value cannot be read as its type.
    #[error("the catalogue's {what} cannot be read")]
    Corrupt {
        /// The column or structure, never its value.
        what: &'static str,
    },
    /// The write contradicts stored data. Nothing was written.
    #[error("contradicts what is stored: {field}")]
    Conflict {
        /// The field, never its value.
        field: &'static str,
    },
    /// A value that no column can store (a NUL character, a number out of range). Nothing was written.
    #[error("has a value that cannot be stored: {field}")]
    Invalid {
        /// The field, never its value.
        field: &'static str,
    },
    /// The thing to be changed does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
    },
    /// An entry names a participant that is not registered, in a call that rejects unknown participants. Nothing was written.
    #[error("the participant of entry {position} is not registered")]
    UnknownParticipant {
        /// 0-based position of the first of these entries in the caller's slice.
        position: usize,
    },
    /// The key is for another action or job.
    #[error("the key is for another action")]
    WrongKey,
    /// The database URL is neither `sqlite:PATH` nor `postgres://...`.
    #[error("the database URL is neither sqlite:PATH nor postgres://HOST/DATABASE")]
    BadUrl,
    /// The database was written by another version whose schema this one does not know, or a migration failed.
    #[error("the database's schema does not fit this version")]
    Schema,
}
