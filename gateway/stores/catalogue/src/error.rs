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
    /// A seal was closed and lifted since this process began. The process has an outdated state in memory and must be started again.
    #[error("the database was sealed and the seal was lifted, so this process has an outdated state: start it again")]
    OtherHistory,
    /// The files outside the database confirm writes that the database lacks. The database is now sealed.
    #[error(
        "the files in audit.checkpoint_dir confirm writes that the database lacks: the database was set back to an earlier state, and is now sealed. \
         `gemj-gateway seal status` shows the next step"
    )]
    SetBack,
    /// A restore into this database was interrupted. The database is not opened, because it and its files are incomplete.
    #[error(
        "{}: a restore of this installation was interrupted, so it is incomplete. Run `gemj-gateway restore` again with the same back-up: it continues",
        marker.display()
    )]
    RestoreInterrupted {
        /// The file that marks the unfinished restore.
        marker: std::path::PathBuf,
    },
    /// The signed head of the writes is damaged or belongs to another key. The write itself is recorded, and the ledger tail is complete.
    #[error(
        "audit.checkpoint_dir: operations.head is damaged, or was written with another key. The command's writes are recorded in the database and in \
         the ledger tail. Check the storage, move the damaged file away, and run any command that writes: it makes a new file"
    )]
    DamagedHead,
    /// The folder of signed heads cannot be used, or its ledger tail is damaged. The write itself is recorded in the database.
    #[error("audit.checkpoint_dir cannot be used ({kind}). The writes are recorded in the database, but not in the files outside it")]
    CheckpointFolder {
        /// The kind of error.
        kind: std::io::ErrorKind,
    },
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
