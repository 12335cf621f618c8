//! The register of the access committee's approvals.

use gemj_access::Mandate;
use gemj_model::{Approval, ApprovalId, Timestamp};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

impl Catalogue {
    /// Records an approval (action `RecordApproval`). The same approval twice changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `approval` where the id stands for another content or was revoked, `visa_value` where it stands for another approval.
    pub async fn record_approval(&self, mandate: &Mandate, approval: &Approval) -> Result<(), CatalogueError> {
        let _ = (mandate, approval);
        Err(CatalogueError::Unavailable)
    }

    /// Revokes an approval, effective at once whatever `at` says (action `RecordApproval`). A second revocation changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `approval`.
    pub async fn revoke_approval(&self, mandate: &Mandate, id: &ApprovalId, at: Timestamp) -> Result<(), CatalogueError> {
        let _ = (mandate, id, at);
        Err(CatalogueError::Unavailable)
    }
}
