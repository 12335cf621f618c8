//! Why an application of REMS cannot be imported.

use std::fmt;

use crate::approvals::place::Place;

/// The user whom a fault concerns, by the place in the file. The text names no person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The applicant of an application.
    Applicant,
    /// A member of an application: the number in `application/members`, from 1.
    Member(usize),
    /// The user of a row of entitlements.
    Row(Place),
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applicant => f.write_str("the applicant's address"),
            Self::Member(number) => write!(f, "the address of member {number}"),
            Self::Row(place) => write!(f, "the address of {place}"),
        }
    }
}

/// Why an application of REMS cannot be imported. No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemsFault {
    /// A member of the application is absent or does not have the format of REMS.
    #[error("is not an entry in the format of REMS 2.39 (column {column} of the entry)")]
    Form {
        /// The column within the entry's text, from 1; 0 if the entry as a whole is concerned.
        column: usize,
    },
    /// A row of entitlements of the application has a fault.
    #[error("{0}: {1}")]
    InRow(Place, Box<RemsFault>),
    /// A row of a CSV export has no number or no state.
    #[error("is not a row of /api/applications/export: the first column is the number and the fifth the state")]
    Row,
    /// The application names no resource.
    #[error("names no resource")]
    NoResource,
    /// The application is for a resource that is not in the mapping.
    #[error("the mapping has no resource '{0}': add a table [[resource]] for it")]
    UnknownResource(String),
    /// The application has a state that REMS 2.39 does not have.
    #[error("the state '{0}' is unknown; REMS 2.39 has draft, submitted, returned, rejected, approved, closed and revoked")]
    UnknownState(String),
    /// The domain of a user's address is not in the mapping.
    #[error("{0} belongs to no organisation of the mapping: add its domain to [organisations], or remove the user in REMS")]
    UnknownOrganisation(Whose),
    /// A user has no id.
    #[error("{0} has no 'userid', so its user cannot be recognised: correct the user in REMS")]
    NoUser(Whose),
    /// An approved application without its approval event.
    #[error(
        "has no event of its approval: export /api/applications/ID or /api/applications/ID/raw, because lists of applications omit events"
    )]
    NoEvent,
    /// Neither REMS nor the mapping states an end date.
    #[error("has no end date, and the mapping has none: set 'not_after' of the resource in the mapping")]
    NoEnd,
    /// The application contains a time that cannot be read.
    #[error("the time in '{0}' cannot be read")]
    Time(&'static str),
    /// The resources of the application belong to different releases.
    #[error("its resources belong to different releases: give each of these resources its own 'visa_value' in the mapping")]
    SeveralReleases,
    /// The resources of the application are limited to regions without a common base.
    #[error("its resources have no region in common: give each of these resources its own 'visa_value' in the mapping")]
    NoRegion,
    /// The application's number is below 1 or does not form a valid approval id.
    #[error("its number is below 1, or does not form a valid approval id: shorten 'id_prefix' of the mapping")]
    Id,
}
