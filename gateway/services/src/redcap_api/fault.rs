//! Why a pull cannot be done. No text contains the token, a record id, or a text of the server.

use gemj_catalogue::CatalogueError;

use crate::ingest::IngestFailure;

/// What was asked of the server, as the API names it (`content`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The project.
    Project,
    /// The data dictionary.
    Metadata,
    /// The names of the columns of an export.
    ExportFieldNames,
    /// The records.
    Record,
    /// The logging.
    Log,
}

impl Content {
    /// The name in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Metadata => "metadata",
            Self::ExportFieldNames => "exportFieldNames",
            Self::Record => "record",
            Self::Log => "log",
        }
    }
}

/// Why an answer of the server is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// The server is not reachable, TLS failed, a time limit passed, or the transfer broke off.
    #[error("the server did not answer in time or at all, or the transfer broke off")]
    Transfer,
    /// The gateway has no TLS client, for example because the machine has no certificate authorities.
    #[error("no TLS client could be set up")]
    NoTls,
    /// The server refused the request: 400 or 403.
    #[error("the server refused the request (status {0}): check the token, and the rights of its user in the project")]
    Refused(u16),
    /// The server answered with another status than 200. Redirects are not followed.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is not JSON, for example a page for logging in.
    #[error("the answer is not JSON of the API, but for example a page of the web server: check the address, which ends with /api/")]
    NotJson,
    /// The answer ends before its end.
    #[error("the answer is cut short")]
    CutShort,
    /// The answer has another form than the API defines.
    #[error("the answer does not have the form that the API defines")]
    Form,
    /// The answer is larger than the limit.
    #[error("the answer is too large; for records, ask for fewer at a time (--batch)")]
    TooLarge,
    /// The answer contains records that were not asked for.
    #[error("the answer contains records that were not asked for")]
    OtherRecords,
    /// Two answers have different columns.
    #[error("the columns changed between two answers; pull again")]
    Columns,
    /// The file of the answer cannot be written.
    #[error("the answer cannot be written to the temporary folder (TMPDIR)")]
    Disk,
}

impl AnswerFault {
    /// Whether the same request can have another answer.
    pub(super) fn is_passing(self) -> bool {
        match self {
            Self::Transfer | Self::CutShort => true,
            Self::Status(status) => matches!(status, 429 | 500..=599),
            Self::NoTls
            | Self::Refused(_)
            | Self::NotJson
            | Self::Form
            | Self::TooLarge
            | Self::OtherRecords
            | Self::Columns
            | Self::Disk => false,
        }
    }
}

/// Why a pull stopped. The units that were committed before remain committed. A repeated pull gives the same state.
#[derive(Debug, thiserror::Error)]
pub enum PullFailure {
    /// The address is not https and not http on this machine, or it contains a user, a password, a query or a fragment.
    #[error("--url: https is expected, or http on this machine, without user, password, query and fragment")]
    Url,
    /// The token is not a token of one project.
    #[error("--token-file: a token of one project is expected: 32 hexadecimal digits")]
    Token,
    /// The file with certificate authorities cannot be read.
    #[error("authentication.ca_file: the file of certificate authorities cannot be read")]
    CaFile,
    /// The HTTP client cannot be created.
    #[error("the HTTP client cannot be created")]
    Client,
    /// The profile reads another format.
    #[error("the profile {profile} does not read the format redcap; nothing was pulled")]
    OtherFormat {
        /// The name of the profile.
        profile: String,
    },
    /// An earlier pull of the namespace was of another project.
    #[error(
        "the token is of another project than the last pull of this site and namespace, and record ids of two projects would be confused; use another \
         namespace, or state with --new-project that the project replaces the earlier one. Nothing was ingested"
    )]
    OtherProject,
    /// No earlier pull states since when records changed.
    #[error("--changed: the namespace was not pulled before; pull all records first. Nothing was ingested")]
    NothingBefore,
    /// The list contains too many records.
    #[error("the project has more than {most} records")]
    TooManyRecords {
        /// The most records of a pull.
        most: usize,
    },
    /// An answer of the server is not used.
    #[error("content={}: {fault}; nothing was ingested", content.as_str())]
    Answer {
        /// What was asked.
        content: Content,
        /// Why the answer is not used.
        fault: AnswerFault,
    },
    /// The folder for the pulled files cannot be made.
    #[error("the temporary folder (TMPDIR) cannot be written; nothing was ingested")]
    Folder,
    /// The ingest of the pulled records failed.
    #[error(transparent)]
    Ingest(#[from] IngestFailure),
    /// The catalogue failed.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
}
