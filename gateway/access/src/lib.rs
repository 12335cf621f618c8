//! Decisions about access. One pure function, [`decide()`], combines a caller, the caller's approvals, a dataset's conditions and every participant's
//! consent at this moment. The function returns a [`Grant`] or a [`Denial`]. This crate has no async code, no I/O and no clock of its own.
//!
//! Only this crate makes the three keys: [`Grant`] for protected reads, [`Mandate`] for writes, [`Upkeep`] for maintenance.

pub mod action;
pub mod bans;
pub mod caller;
pub mod capability;
pub mod consent;
pub mod decide;
pub mod declared;
pub mod denial;
pub mod disclosure;
pub mod explain;
pub mod grant;
pub mod mandate;
mod operator_read;
mod own_things;
mod owners;
mod permit;
pub mod policy;
mod policy_in_force;
mod pseudonym;
pub mod regions;
pub mod resource;
pub mod role;
mod sealed_content;
pub mod smart_scope;
pub mod upkeep;
mod vault_key;
pub mod withdrawal;

pub use action::{Action, Basis};
pub use bans::{BanList, Bans, Mark};
pub use caller::{Caller, ControlledAccess, Identity, KnownAs, VisaPlace, VisaSays, VisaSubject, VisaVerdict};
pub use capability::{Capability, CapabilityError, CapabilityKey, Payload, Regions, SlicePart};
pub use consent::{AtMajority, Audience, ConsentLedger, ConsentRules, ConsentView, Joined, Merge, MergeState, Roster};
pub use decide::{AccessRequest, decide};
pub use declared::Declared;
pub use denial::{Denial, Language, Rule};
pub use disclosure::{Finding, Granularity, PublicNumber, Range, Terms, Tier};
pub use explain::{Explanation, explain};
pub use grant::{DatasetGrant, DecisionId, Grant};
pub use mandate::{Mandate, NewRun, Scope, WriteAction};
pub use operator_read::{OperatorListing, OperatorRead, OperatorReadAction, ReasonFault};
pub use owners::Owners;
pub use permit::{WriteRequest, WriteResource, permit};
pub use policy::Policy;
pub use policy_in_force::PolicyInForce;
pub use pseudonym::PseudonymKey;
pub use regions::GrantedRegions;
pub use resource::{LocatedObject, LocatedPatient, LocatedRecontact, LocatedRun, Resource};
pub use role::{Role, RoleKind};
pub use sealed_content::{NotSealed, open_content, seal_content};
pub use smart_scope::{FhirPermission, FhirUse};
pub use upkeep::{Job, Upkeep};
pub use vault_key::VaultKey;
