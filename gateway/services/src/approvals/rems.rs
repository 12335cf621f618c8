//! What CSC's REMS gives out: applications (`/api/applications/export`, `/api/applications/ID`) and entitlements (`/api/entitlements`).
//!
//! REMS says who may use which of its resources until when. What such a resource is here, for which purposes it may be used and how much may
//! leave is said by the installation's mapping. Names and addresses are read and not kept: a user becomes the pseudonym of issuer and user
//! id, an address only leads to its organisation.

pub mod application;
pub mod entitlement;
mod mapping;
mod terms;

use gemj_access::Identity;
use gemj_model::{Approval, ApprovalId};
use serde::Deserialize;

pub use mapping::{RemsMapping, RemsResource};

/// What becomes of one application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemsEntry {
    /// REMS's own number of it; absent where it cannot be read.
    pub application: Option<i64>,
    /// What it means here.
    pub outcome: RemsOutcome,
}

/// What an application means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemsOutcome {
    /// An approval to be recorded.
    Approval(Box<Approval>),
    /// It was approved and is over: approvals with this id, or with it and `:` before a dataset, are to be revoked.
    Over(ApprovalId),
    /// It is not decided, or was refused: nothing.
    Undecided,
    /// It cannot be taken in.
    Refused(RemsFault),
}

/// Why an application cannot be taken in. No text names a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemsFault {
    /// A member is absent or has another form than REMS gives.
    #[error("is not an entry as REMS writes it")]
    Form,
    /// A resource that the mapping does not have.
    #[error("the mapping has no resource '{0}'")]
    UnknownResource(String),
    /// A state that REMS did not have when this was written.
    #[error("the state '{0}' is not known")]
    UnknownState(String),
    /// Nobody of it has an address of an organisation that the mapping has.
    #[error("a member's address is of no organisation that the mapping has")]
    UnknownOrganisation,
    /// Its members are of several organisations: each needs its own approval.
    #[error("its members are of several organisations")]
    SeveralOrganisations,
    /// Everybody named is barred from the resource. An approval without users would be everybody's who holds the visa.
    #[error("nobody who may use it is left")]
    NobodyLeft,
    /// Neither REMS nor the mapping says when it ends.
    #[error("has no end, and the mapping gives none")]
    NoEnd,
    /// A time that cannot be read.
    #[error("has a time that cannot be read")]
    Time,
    /// Its resources are of different releases.
    #[error("its resources are of different releases")]
    SeveralReleases,
    /// Its resources are limited to regions that have no base in common.
    #[error("its resources have no region in common")]
    NoRegion,
    /// It cannot be made an approval's id.
    #[error("its number makes no id")]
    Id,
}

/// A user as REMS writes one. Only what leads to a pseudonym and an organisation is read.
#[derive(Clone, Deserialize)]
struct User {
    userid: String,
    #[serde(default)]
    email: Option<String>,
}

/// The pseudonyms of users, in order, and the one organisation that all are of.
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
