//! Reads exports of CSC's REMS: applications (`/api/applications/export`, `/api/applications/ID`) and entitlements (`/api/entitlements`).
//!
//! REMS states which user may use which REMS resource until when. The installation's mapping states the dataset of each resource, its
//! purposes and how much data may leave. The gateway reads names and addresses but does not store them. A user becomes the pseudonym of
//! issuer and user id, and an address only determines the user's organisation.

pub mod application;
pub mod entitlement;
mod mapping;
mod terms;

use gemj_access::Identity;
use gemj_model::{Approval, ApprovalId};
use serde::Deserialize;

pub use mapping::{RemsMapping, RemsResource};

/// The result of reading one application of REMS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemsEntry {
    /// The application number of REMS; absent if it cannot be read.
    pub application: Option<i64>,
    /// What the application means for the gateway.
    pub outcome: RemsOutcome,
}

/// What an application of REMS means for the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemsOutcome {
    /// The application was approved, and this approval must be recorded.
    Approval(Box<Approval>),
    /// The application was approved and has ended. Approvals with this id, or with this id followed by `:` and a dataset, must be revoked.
    Over(ApprovalId),
    /// The application is undecided or was refused, so nothing is recorded.
    Undecided,
    /// The application cannot be imported, for this reason.
    Refused(RemsFault),
}

/// Why an application of REMS cannot be imported. No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemsFault {
    /// A member of the application is absent or does not have the format of REMS.
    #[error("is not an entry in the format of REMS")]
    Form,
    /// The application is for a resource that is not in the mapping.
    #[error("the mapping has no resource '{0}'")]
    UnknownResource(String),
    /// The application has a state that REMS 2.39 does not have.
    #[error("the state '{0}' is unknown")]
    UnknownState(String),
    /// The domain of a user's address is not in the mapping.
    #[error("a member's address belongs to no organisation of the mapping")]
    UnknownOrganisation,
    /// The members of the application belong to several organisations. Each organisation requires its own approval.
    #[error("its members belong to several organisations")]
    SeveralOrganisations,
    /// All users of the application are barred from the resource. An approval without users would apply to every holder of the visa, so it
    /// is refused.
    #[error("no user is left who may use it")]
    NobodyLeft,
    /// Neither REMS nor the mapping states an end date.
    #[error("has no end date, and the mapping has none")]
    NoEnd,
    /// The application contains a time that cannot be read.
    #[error("has a time that cannot be read")]
    Time,
    /// The resources of the application belong to different releases.
    #[error("its resources belong to different releases")]
    SeveralReleases,
    /// The resources of the application are limited to regions without a common base.
    #[error("its resources have no region in common")]
    NoRegion,
    /// The application's number does not form a valid approval id.
    #[error("its number does not form a valid approval id")]
    Id,
}

/// A user of REMS. Only the members that determine the pseudonym and the organisation are read.
#[derive(Clone, Deserialize)]
struct User {
    userid: String,
    #[serde(default)]
    email: Option<String>,
}

/// The sorted pseudonyms of users, and the one organisation of all users.
fn people(users: &[User], mapping: &RemsMapping) -> Result<(Vec<String>, String), RemsFault> {
    let mut pseudonyms: Vec<String> = Vec::with_capacity(users.len());
    let mut organisation: Option<&str> = None;
    for user in users {
        let domain = user
            .email
            .as_deref()
            .and_then(|mail| mail.rsplit_once('@'))
            .map(|(_, domain)| domain);
        let own = domain
            .and_then(|domain| mapping.organisation(domain))
            .ok_or(RemsFault::UnknownOrganisation)?;
        if organisation.is_some_and(|other| other != own) {
            return Err(RemsFault::SeveralOrganisations);
        }
        organisation = Some(own);
        let identity = Identity {
            issuer: mapping.issuer.clone(),
            subject: user.userid.clone(),
        };
        pseudonyms.push(identity.pseudonym());
    }
    pseudonyms.sort_unstable();
    pseudonyms.dedup();
    let organisation = organisation.ok_or(RemsFault::NobodyLeft)?;
    Ok((pseudonyms, organisation.to_owned()))
}

#[cfg(test)]
mod tests;
