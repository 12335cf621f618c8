//! Roles of staff and systems. Roles come from configuration, never from a visa alone.

use serde::{Deserialize, Serialize};

/// The kind of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleKind {
    /// The record system of a hospital. The scope is the hospital's site.
    HospitalSystem,
    /// A coordinator at a hospital. The scope is the hospital's site.
    HospitalCoordinator,
    /// A biobank. The scope is the bank.
    Biobank,
    /// A data steward of the programme.
    Steward,
    /// A member of the access committee.
    AccessCommittee,
    /// A person who approves recontact requests.
    RecontactApprover,
    /// A person who reviews outputs of runs before their release. The scope is a project.
    OutputReviewer,
    /// A person who reads the audit trail.
    Auditor,
    /// Another programme's gateway. The scope is its profile.
    Partner,
    /// A monitoring system.
    Monitor,
}

impl RoleKind {
    /// Whether the scope of the role is a hospital's site.
    #[must_use]
    pub const fn has_site_as_scope(self) -> bool {
        matches!(self, Self::HospitalSystem | Self::HospitalCoordinator)
    }
}

/// A role of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The kind of the role.
    pub kind: RoleKind,
    /// The scope of the role: a site, bank, project or profile. Absent if the role has no scope.
    pub scope: Option<String>,
}
