//! Why the catalogue did not do what it was asked. No text here names or quotes a subject.

/// A failure of the catalogue. `Unavailable` and `Corrupt` are never "not found": a caller that meets them must refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The database does not answer, or not in time. Whether a write that ends so was kept is not known; every write may be repeated.
    #[error("the database does not answer")]
    Unavailable,
    /// What is stored cannot be read back as what it should be.
    #[error("the catalogue's {what} cannot be read")]
    Corrupt {
        /// The column or structure, never its value.
        what: &'static str,
    },
    /// The write contradicts what is stored. Nothing of it was kept.
    #[error("contradicts what is stored: {field}")]
    Conflict {
        /// The field, never its value.
        field: &'static str,
    },
    /// A value that cannot be stored at all (a NUL character, a number out of range). Nothing of the write was kept.
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
    /// An entry speaks of a participant who is not registered, where that was to be refused. Nothing was kept.
    #[error("the participant of entry {position} is not registered")]
    UnknownParticipant {
        /// 0-based position of the first such entry in the slice given.
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
