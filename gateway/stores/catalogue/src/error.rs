//! The errors of the catalogue. No error text names a participant or quotes participant data.

/// A failure of the catalogue. `Unavailable` and `Corrupt` never mean "not found". After these errors the calling code must refuse the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The database does not answer, or answers too late. A write may have been stored or not. Every write may be repeated.
    #[error("the database does not answer")]
    Unavailable,
    /// No connection to the database server could be made when the catalogue was opened.
    #[error("the database does not answer: {why}")]
    NotConnected {
        /// The reason in words, without the server's own text.
        why: &'static str,
    },
    /// A stored value cannot be read as its type, or stored rows contradict each other.
    #[error("the catalogue's {what} cannot be read")]
    Corrupt {
        /// The name of the column or structure that cannot be read, never its value.
        what: &'static str,
    },
    /// The write contradicts stored data or itself. Nothing was written.
    #[error("contradicts what is stored: {field}")]
    Conflict {
        /// The name of the contradicting field, never its value.
        field: &'static str,
    },
    /// The call passed a value that is not allowed or that no column can store (for example a NUL character or a number out of range). Nothing
    /// was written.
    #[error("has a value that cannot be stored: {field}")]
    Invalid {
        /// The name of the field, never its value.
        field: &'static str,
    },
    /// A row that the call changes or refers to does not exist.
    #[error("there is no such {what}")]
    NotFound {
        /// The kind of row that does not exist, for example `file`.
        what: &'static str,
    },
    /// An entry names a participant that is not registered, in a call that rejects unknown participants. Nothing was written.
    #[error("the participant of entry {position} is not registered")]
    UnknownParticipant {
        /// The 0-based position of the first entry with an unknown participant, in the passed slice.
        position: usize,
    },
    /// The key (Grant, Mandate or Upkeep) was made for another action or job, or does not cover the requested resource.
    #[error("the key is for another action")]
    WrongKey,
    /// The database URL is neither `sqlite:PATH` nor `postgres://...`.
    #[error("the database URL is neither sqlite:PATH nor postgres://HOST/DATABASE")]
    BadUrl,
    /// The database was restored from a copy, and its ledgers may lack the withdrawals that were recorded after the copy. No request is decided
    /// until an operator has lifted the seal.
    #[error("the database is sealed: `gemj-gateway seal status` shows the reason and the next step")]
    Sealed,
    /// The database has a migration whose text differs from this program's, or a migration failed.
    #[error(
        "the database's schema does not fit this program: a schema step was changed after it was applied, or failed. Use a released version of \
         gemj-gateway; `gemj-gateway migrate --check` names the step"
    )]
    Schema,
    /// A newer version of the gateway has migrated the database. Nothing was changed.
    #[error(
        "a newer version of gemj-gateway has upgraded the database to schema {database}, and this program knows schemas up to {program}. Nothing \
         was changed. Install the newer version again: a schema never goes back"
    )]
    NewerSchema {
        /// A schema of the database that this program does not know.
        database: i64,
        /// The newest schema that this program knows.
        program: i64,
    },
}
