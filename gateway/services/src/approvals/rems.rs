//! Reads exports of CSC's REMS: applications (`/api/applications/ID`, `/api/applications/ID/raw`), entitlements (`/api/entitlements`) and the CSV of
//! `/api/applications/export`.
//!
//! REMS states which user may use which REMS resource until when. The installation's mapping states the dataset of each resource, its
//! purposes and how much data may leave. The gateway reads names and addresses but does not store them. A user becomes the pseudonym of
//! issuer and user id, and an address only determines the user's organisation.

pub mod application;
mod content;
pub mod entitlement;
mod fault;
mod mapping;
mod people;
pub mod sheet;
mod terms;

use gemj_model::{Approval, ApprovalId, Timestamp};

use super::place::Place;

pub use content::ContentDigest;
pub use fault::{RemsFault, Whose};
pub use mapping::{MappingFault, RemsMapping, RemsResource};

/// The result of reading one application of REMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemsEntry {
    /// The place of the application in the file. For entitlements, the place of the application's first row.
    pub place: Place,
    /// The application number of REMS; absent if it cannot be read.
    pub application: Option<i64>,
    /// The id of the application's approval, without the parts for datasets and organisations; absent if the number cannot be read.
    pub base: Option<ApprovalId>,
    /// The time of the last activity in the application; absent if the export does not state it.
    pub activity: Option<Timestamp>,
    /// The digest of what the file states about the application. Absent for an application with faults, and for a sheet, which gives no access.
    pub content: Option<ContentDigest>,
    /// What the application means for the gateway.
    pub outcome: RemsOutcome,
}

/// What an application of REMS means for the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemsOutcome {
    /// The application is approved and has exactly these approvals, in order of id. The list is empty if no user is left who may use the data.
    Approved(Vec<Approval>),
    /// The application has reached a final state of REMS (`revoked` or `closed`). Its approvals must be revoked.
    Over(&'static str),
    /// All entitlements of the application have ended, the last one at this time. The application can get entitlements again.
    Ended(Timestamp),
    /// The application is undecided or was rejected, so nothing is recorded. The text is its state.
    Undecided(&'static str),
    /// The application is approved, but the file does not state its users. Nothing can be recorded from it.
    Listed,
    /// The application cannot be imported, for these reasons.
    Refused(Vec<RemsFault>),
}

/// What a state of REMS means for the gateway.
enum State {
    Approved,
    Over(&'static str),
    Undecided(&'static str),
}

impl State {
    /// Reads the word of a state (`application.state/approved`, `approved`); absent if REMS 2.39 has no such state.
    fn of(word: &str) -> Option<Self> {
        match word.strip_prefix("application.state/").unwrap_or(word) {
            "approved" => Some(Self::Approved),
            "closed" => Some(Self::Over("closed")),
            "revoked" => Some(Self::Over("revoked")),
            "draft" => Some(Self::Undecided("draft")),
            "submitted" => Some(Self::Undecided("submitted")),
            "returned" => Some(Self::Undecided("returned")),
            "rejected" => Some(Self::Undecided("rejected")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
