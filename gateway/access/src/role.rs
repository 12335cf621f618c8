//! Roles of staff and systems. They come from configuration, never from a visa alone.

use serde::{Deserialize, Serialize};

/// The kind of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleKind {
    /// A hospital's record system; scope: its site.
    HospitalSystem,
    /// A coordinator at a hospital; scope: the site.
    HospitalCoordinator,
    /// A biobank; scope: the bank.
    Biobank,
    /// A data steward of the programme.
    Steward,
    /// The access committee.
    AccessCommittee,
    /// Approves recontact requests.
    RecontactApprover,
    /// Reviews outputs before release; scope: a project.
    OutputReviewer,
    /// Reads the audit trail.
    Auditor,
    /// Another programme's gateway; scope: its profile.
    Partner,
    /// A monitoring system.
    Monitor,
}

/// A role of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The kind.
    pub kind: RoleKind,
    /// Site, bank, project or profile; absent where the role has none.
    pub scope: Option<String>,
}
