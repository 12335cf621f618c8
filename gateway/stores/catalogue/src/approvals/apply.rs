//! Several changes of the register of approvals in one transaction: either all of them are stored, or none.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{Approval, ApprovalId, Timestamp};

use super::exports::{ApprovalRegister, SeenExport, register_in, store_export};
use super::{RecordedApproval, record, revoke};
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// The resource of the audit row of an import that noted exports.
pub(crate) const EXPORTS: &str = "approval-exports";

/// One change of the register of approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApprovalStep {
    /// The approval is recorded, as a new one or as a new version.
    Record(Box<Approval>),
    /// The approval is revoked.
    Revoke {
        /// The id of the approval.
        id: ApprovalId,
        /// The time of the revocation.
        at: Timestamp,
        /// The reason, for staff.
        reason: String,
    },
}

impl Catalogue {
    /// Stores the steps in their order, and the seen exports, in one transaction (action `RecordApproval`). Each step has its own audit row. The
    /// result has one entry for each `Record` step, in order. `basis` is the register from which the steps were computed.
    ///
    /// # Errors
    /// Nothing was written.
    /// * [`CatalogueError::Conflict`] `register` if the register differs from `basis`: another command has changed it. The steps must be computed
    ///   again.
    /// * The errors of [`Catalogue::record_approval`] and [`Catalogue::revoke_approval`].
    pub async fn apply_approvals(
        &self,
        mandate: &Mandate,
        basis: &ApprovalRegister,
        steps: &[ApprovalStep],
        exports: &[SeenExport],
    ) -> Result<Vec<RecordedApproval>, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordApproval]).await?;
        if register_in(&mut write.transaction).await? != *basis {
            return Err(CatalogueError::Conflict { field: "register" });
        }
        let mut recorded = Vec::new();
        for step in steps {
            match step {
                ApprovalStep::Record(approval) => {
                    let result = record(&mut write, approval).await?;
                    if result != RecordedApproval::NothingNew {
                        write.append_row(self, mandate, approval.id.as_str(), 1).await?;
                    }
                    recorded.push(result);
                }
                ApprovalStep::Revoke { id, at, reason } => {
                    if revoke(&mut write, id, *at, reason).await? {
                        write.append_row(self, mandate, id.as_str(), 1).await?;
                    }
                }
            }
        }
        for seen in exports {
            store_export(&mut write.transaction, seen).await?;
        }
        if !exports.is_empty() {
            write.append_row(self, mandate, EXPORTS, exports.len() as u64).await?;
        }
        write.finish().await?;
        Ok(recorded)
    }
}
