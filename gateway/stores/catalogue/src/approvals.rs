//! The register of the access committee's approvals.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{Approval, ApprovalId, DatasetId, Delivery, Purpose, Timestamp};

use crate::catalogue::Catalogue;
use crate::database::{Row, Value};
use crate::error::CatalogueError;

impl Catalogue {
    /// Records an approval (action `RecordApproval`). The same approval twice changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `approval` where the id stands for another content or was revoked, `visa_value` where it stands for another approval.
    pub async fn record_approval(&self, mandate: &Mandate, approval: &Approval) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordApproval]).await?;
        let sql = format!("SELECT {APPROVAL_COLUMNS} FROM approval WHERE id = $1 OR visa_value = $2");
        let arguments = vec![approval.id.as_str().into(), Value::outside(&approval.visa_value, "visa_value")?];
        let stored = write.transaction.fetch_all_of(sql, arguments).await?;
        let stored = stored.iter().map(approval_of).collect::<Result<Vec<_>, _>>()?;
        if stored.iter().any(|other| other.id != approval.id) {
            return Err(CatalogueError::Conflict { field: "visa_value" });
        }
        match stored.first() {
            None => {}
            Some(same) if same == approval => return Ok(()),
            Some(_) => return Err(CatalogueError::Conflict { field: "approval" }),
        }
        let datasets: Vec<_> = approval.datasets.iter().map(DatasetId::as_str).collect();
        let epoch = write.policy_changes();
        let row = [
            approval.id.as_str().into(),
            Value::outside(&approval.visa_value, "visa_value")?,
            Value::outside(&approval.project, "project")?,
            Value::outside(&approval.organisation, "organisation")?,
            datasets.join("\n").as_str().into(),
            if approval.commercial { "commercial" } else { "research" }.into(),
            approval.delivery.as_str().into(),
            approval.not_after.into(),
            approval.revoked.map(|t| t.0).into(),
            epoch.into(),
        ];
        let into = "approval (id, visa_value, project, organisation, datasets, purpose, delivery, not_after, revoked, epoch)";
        write.transaction.insert(into, [row]).await?;
        write.commit(self, mandate, approval.id.as_str(), 1).await?;
        Ok(())
    }

    /// Revokes an approval, effective at once whatever `at` says (action `RecordApproval`). A second revocation changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `approval`.
    pub async fn revoke_approval(&self, mandate: &Mandate, id: &ApprovalId, at: Timestamp) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordApproval]).await?;
        let find = "SELECT revoked FROM approval WHERE id = $1";
        let row = write.transaction.fetch_first(find, vec![id.as_str().into()]).await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "approval" })?;
        if row.maybe_int(0, "revoked")?.is_some() {
            return Ok(());
        }
        let epoch = write.policy_changes();
        let update = "UPDATE approval SET revoked = $2, epoch = $3 WHERE id = $1";
        let arguments = vec![id.as_str().into(), at.into(), epoch.into()];
        write.transaction.execute(update, arguments).await?;
        write.commit(self, mandate, id.as_str(), 1).await?;
        Ok(())
    }
}

/// The columns that `approval_of` reads.
pub(crate) const APPROVAL_COLUMNS: &str = "id, visa_value, project, organisation, datasets, purpose, delivery, not_after, revoked";

/// Reads [`APPROVAL_COLUMNS`].
pub(crate) fn approval_of(row: &Row) -> Result<Approval, CatalogueError> {
    let datasets = row.text(4, "approval datasets")?;
    let datasets = datasets.split('\n').filter(|line| !line.is_empty()).map(DatasetId::parse);
    Ok(Approval {
        id: row.parsed(0, "approval id", ApprovalId::parse)?,
        visa_value: row.text(1, "visa value")?,
        project: row.text(2, "project")?,
        organisation: row.text(3, "organisation")?,
        datasets: datasets
            .collect::<Result<_, _>>()
            .map_err(|_| CatalogueError::Corrupt { what: "approval datasets" })?,
        commercial: row.parsed(5, "purpose", commercial)?,
        purposes: vec![Purpose::BiomedicalResearch],
        applicant: String::new(),
        users: Vec::new(),
        country: None,
        release: None,
        diseases: Vec::new(),
        meets: Vec::new(),
        region_budget_bp: None,
        not_before: None,
        delivery: row.parsed(6, "delivery", delivery)?,
        not_after: row.time(7, "approval end")?,
        revoked: row.maybe_int(8, "revoked")?.map(Timestamp),
    })
}

fn commercial(text: &str) -> Result<bool, ()> {
    match text {
        "research" => Ok(false),
        "commercial" => Ok(true),
        _ => Err(()),
    }
}

fn delivery(text: &str) -> Result<Delivery, ()> {
    let all = [Delivery::TreOnly, Delivery::RegionView, Delivery::Download];
    all.into_iter().find(|d| d.as_str() == text).ok_or(())
}
