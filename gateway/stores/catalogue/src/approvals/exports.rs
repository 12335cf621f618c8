//! The register of approvals with the exports that were imported into it.

use gemj_access::{Job, Upkeep};
use gemj_model::{Approval, ApprovalId, Timestamp};

use super::{APPROVAL_COLUMNS, approval_of};
use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Transaction};
use crate::error::CatalogueError;

/// The newest export of an application system that was imported for one application. An import uses it to recognise an older export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenExport {
    /// The id of the application's approval, without the parts for datasets and organisations.
    pub application: ApprovalId,
    /// The time of the last activity in the application; absent if the export does not state it.
    pub activity: Option<Timestamp>,
    /// The time at which the export was made.
    pub exported: Timestamp,
    /// Whether the application has reached a final state (revoked or closed). Nothing is recorded for it any more.
    pub over: bool,
}

/// All approvals and all seen exports, read at one instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovalRegister {
    /// All approvals, including revoked and ended ones, in order of id.
    pub approvals: Vec<Approval>,
    /// The newest imported export of each application, in order of id.
    pub exports: Vec<SeenExport>,
}

impl Catalogue {
    /// All approvals and all seen exports (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn approval_register(&self, upkeep: Upkeep) -> Result<ApprovalRegister, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        register_in(&mut snapshot).await
    }
}

/// The register as a transaction sees it.
pub(crate) async fn register_in(transaction: &mut Transaction) -> Result<ApprovalRegister, CatalogueError> {
    let sql = format!("SELECT {APPROVAL_COLUMNS} FROM approval ORDER BY id");
    let approvals = transaction.fetch_all_of(sql, Vec::new()).await?;
    let sql = "SELECT application, activity, exported, is_over FROM approval_export ORDER BY application";
    let exports = transaction.fetch_all(sql, Vec::new()).await?;
    Ok(ApprovalRegister {
        approvals: approvals.iter().map(approval_of).collect::<Result<_, _>>()?,
        exports: exports.iter().map(export_of).collect::<Result<_, _>>()?,
    })
}

fn export_of(row: &Row) -> Result<SeenExport, CatalogueError> {
    Ok(SeenExport {
        application: row.parsed(0, "application", ApprovalId::parse)?,
        activity: row.maybe_time(1, "activity")?,
        exported: row.time(2, "export time")?,
        over: row.bool(3, "final state")?,
    })
}

/// Stores the newest export of an application.
pub(crate) async fn store_export(transaction: &mut Transaction, seen: &SeenExport) -> Result<(), CatalogueError> {
    let sql = "INSERT INTO approval_export (application, activity, exported, is_over) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (application) DO UPDATE SET activity = $2, exported = $3, is_over = $4";
    let arguments = vec![
        seen.application.as_str().into(),
        seen.activity.into(),
        seen.exported.into(),
        seen.over.into(),
    ];
    transaction.execute(sql, arguments).await?;
    Ok(())
}
