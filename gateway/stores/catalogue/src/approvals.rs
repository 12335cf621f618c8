//! The register of the access committee's approvals.

mod apply;
mod exports;
mod row;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{Approval, ApprovalId, DatasetId, ReleaseId, Timestamp};

use crate::audit::covered;
use crate::catalogue::{Catalogue, check_job};
use crate::database::Value;
use crate::error::CatalogueError;
use crate::write::Write;

pub use apply::ApprovalStep;
pub(crate) use apply::EXPORTS;
pub use exports::{ApprovalRegister, SeenExport};
pub(crate) use exports::{register_in, store_export};
pub(crate) use row::{APPROVAL_COLUMNS, approval_of};
use row::{INTO_APPROVAL, UPDATE_APPROVAL, values_of};

/// The result of recording an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedApproval {
    /// The approval is recorded for the first time.
    New,
    /// An approval with the same id and the same content was recorded before.
    NothingNew,
    /// The approval replaces the earlier version with the same id. The number is the number of the new version, from 2.
    Version(i64),
}

impl Catalogue {
    /// Records an approval (action `RecordApproval`). If the same approval is already recorded, nothing changes. Different content under the
    /// same id is a new version. The new version replaces the earlier one for every request that begins afterwards. The earlier version is kept
    /// in the database.
    ///
    /// Several approvals may have the same visa value if each of them names its users. The user then determines the approval that the visa
    /// stands for.
    ///
    /// # Errors
    /// * [`CatalogueError::Conflict`] `approval` if the stored approval with this id is revoked and has other content.
    /// * [`CatalogueError::Conflict`] `visa_value` if another approval that was not revoked has this visa value and at least one of the two
    ///   approvals names no users.
    /// * [`CatalogueError::NotFound`] `release` if the release does not exist.
    /// * [`CatalogueError::Invalid`] `release` if the release belongs to a dataset that the approval does not open; `purposes` if a purpose is
    ///   never allowed; `regions` if the list is empty, a region contains no base, or a contig has an impossible name; or the name of a field
    ///   that cannot be stored.
    pub async fn record_approval(&self, mandate: &Mandate, approval: &Approval) -> Result<RecordedApproval, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordApproval]).await?;
        let recorded = record(&mut write, approval).await?;
        if recorded != RecordedApproval::NothingNew {
            write.commit(self, mandate, approval.id.as_str(), 1).await?;
        }
        Ok(recorded)
    }

    /// Revokes an approval (action `RecordApproval`). The revocation takes effect at once, even if `at` is later. The reason is kept for staff.
    /// The revocation of a revoked approval changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `approval` if no approval has this id.
    pub async fn revoke_approval(&self, mandate: &Mandate, id: &ApprovalId, at: Timestamp, reason: &str) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordApproval]).await?;
        if revoke(&mut write, id, at, reason).await? {
            write.commit(self, mandate, id.as_str(), 1).await?;
        }
        Ok(())
    }

    /// All approvals, including revoked and ended ones, in order of id (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn list_approvals(&self, upkeep: Upkeep) -> Result<Vec<Approval>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = format!("SELECT {APPROVAL_COLUMNS} FROM approval ORDER BY id");
        let rows = self.database.fetch_all_of(sql, Vec::new()).await?;
        rows.iter().map(approval_of).collect()
    }

    /// The approval with this id or this visa value (job `Inventory`). Absent if no approval matches. An approval with this id has priority
    /// over approvals with this visa value. If several approvals have the visa value, the first one in order of id is returned.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn approval(&self, upkeep: Upkeep, id_or_visa_value: &str) -> Result<Option<Approval>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = format!(
            "SELECT {APPROVAL_COLUMNS} FROM approval WHERE id = $1 OR visa_value = $1 ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id LIMIT 1"
        );
        let named = Value::outside(id_or_visa_value, "approval")?;
        let rows = self.database.fetch_all_of(sql, vec![named]).await?;
        rows.first().map(approval_of).transpose()
    }

    /// The reason for which an approval was revoked, for staff (job `Inventory`). Absent if the approval is not revoked or no reason was
    /// recorded.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn revocation_reason(&self, upkeep: Upkeep, id: &ApprovalId) -> Result<Option<String>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT revoked_because FROM approval WHERE id = $1";
        let rows = self.database.fetch_all(sql, vec![id.as_str().into()]).await?;
        let reason = rows.first().map(|row| row.maybe_text(0, "reason")).transpose()?.flatten();
        Ok(reason.filter(|reason| !reason.is_empty()))
    }
}

/// Stores an approval within a write, without its audit row. [`Catalogue::record_approval`] describes the results and the errors.
pub(crate) async fn record(write: &mut Write, approval: &Approval) -> Result<RecordedApproval, CatalogueError> {
    if approval.purposes.iter().any(|purpose| purpose.is_always_refused()) {
        return Err(CatalogueError::Invalid { field: "purposes" });
    }
    let sql = format!("SELECT {APPROVAL_COLUMNS}, version FROM approval WHERE id = $1 OR visa_value = $2");
    let arguments = vec![approval.id.as_str().into(), Value::outside(&approval.visa_value, "visa_value")?];
    let mut before = None;
    for row in write.transaction.fetch_all_of(sql, arguments).await? {
        let stored = approval_of(&row)?;
        if stored.id == approval.id {
            before = Some((stored, row.int(19, "approval version")?));
        } else if stored.revoked.is_none() && (stored.users.is_empty() || approval.users.is_empty()) {
            return Err(CatalogueError::Conflict { field: "visa_value" });
        }
    }
    match &before {
        Some((same, _)) if same == approval => return Ok(RecordedApproval::NothingNew),
        Some((stored, _)) if stored.revoked.is_some() => return Err(CatalogueError::Conflict { field: "approval" }),
        Some(_) | None => {}
    }
    if let Some(release) = &approval.release {
        release_is_of(write, release, &approval.datasets).await?;
    }
    let epoch = write.policy_changes();
    let values = values_of(approval, epoch)?;
    let recorded = match before {
        None => {
            write.transaction.insert(INTO_APPROVAL, [values]).await?;
            RecordedApproval::New
        }
        Some((stored, version)) => {
            let document = serde_json::to_string(&stored).map_err(|_| CatalogueError::Corrupt { what: "approval" })?;
            let kept = [stored.id.as_str().into(), version.into(), document.as_str().into(), epoch.into()];
            let into = "approval_version (approval, version, document, epoch)";
            write.transaction.insert(into, [kept]).await?;
            write.transaction.execute(UPDATE_APPROVAL, values.into()).await?;
            RecordedApproval::Version(version.saturating_add(1))
        }
    };
    write.vouch(Some(covered::of_approval(approval, None)));
    Ok(recorded)
}

/// Revokes an approval within a write, without its audit row. Returns false if the approval was already revoked and nothing changed.
pub(crate) async fn revoke(write: &mut Write, id: &ApprovalId, at: Timestamp, reason: &str) -> Result<bool, CatalogueError> {
    let find = format!("SELECT {APPROVAL_COLUMNS} FROM approval WHERE id = $1");
    let rows = write.transaction.fetch_all_of(find, vec![id.as_str().into()]).await?;
    let row = rows.first().ok_or(CatalogueError::NotFound { what: "approval" })?;
    let mut approval = approval_of(row)?;
    if approval.revoked.is_some() {
        return Ok(false);
    }
    approval.revoked = Some(at);
    let epoch = write.policy_changes();
    let update = "UPDATE approval SET revoked = $2, epoch = $3, revoked_because = $4 WHERE id = $1";
    let arguments = vec![id.as_str().into(), at.into(), epoch.into(), Value::outside(reason, "reason")?];
    write.transaction.execute(update, arguments).await?;
    write.vouch(Some(covered::of_approval(&approval, Some(reason))));
    Ok(true)
}

/// Checks that the release belongs to one of the approval's datasets.
async fn release_is_of(write: &mut Write, release: &ReleaseId, datasets: &[DatasetId]) -> Result<(), CatalogueError> {
    let sql = "SELECT dataset FROM dataset_release WHERE id = $1";
    let row = write.transaction.fetch_first(sql, vec![release.as_str().into()]).await?;
    let row = row.ok_or(CatalogueError::NotFound { what: "release" })?;
    let dataset = row.parsed(0, "dataset", DatasetId::parse)?;
    if datasets.contains(&dataset) {
        Ok(())
    } else {
        Err(CatalogueError::Invalid { field: "release" })
    }
}
