//! Verification of the audit trail: finds the first row that differs from the row that was written.

mod chain;
mod ledgers;

use std::path::Path;

use gemj_access::{CapabilityKey, Job, Upkeep};

use super::checkpoint::{blocking, chain_of};
use crate::catalogue::{Catalogue, check_job};
use crate::disclosures;
use crate::error::CatalogueError;

/// The numbers of chains and rows that were verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// The number of chains that were read.
    pub chains: u64,
    /// The number of rows that were read.
    pub rows: u64,
}

/// The kind of difference between an audit row and the row that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The row's content differs from the content that was written.
    #[error("altered")]
    Altered,
    /// The row is absent, but later rows exist.
    #[error("missing")]
    Missing,
    /// The row that belongs here is at another position of the chain.
    #[error("reordered")]
    Reordered,
    /// The row and all later rows are absent, although the stored or signed head is beyond the last row.
    #[error("truncated")]
    Truncated,
    /// No writer of the gateway recorded the row: it is beyond the chain's head, has an impossible number, or belongs to no chain. Also reported
    /// for a disclosure without an audit row.
    #[error("added")]
    Added,
    /// The row's entries in another ledger (disclosures, consent events, an approval, a release) differ from the entries that were written. If
    /// the row number is 0, the ledger has entries that no row recorded.
    #[error("the ledger entries of this row were altered, removed or extended")]
    Ledger,
    /// The file with the signed head is malformed, or was not made for this chain with the installation's key.
    #[error("checkpoint forged or unreadable")]
    Checkpoint,
}

/// The first fault that the verification found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chain {chain}, row {sequence}: {fault}")]
pub struct AuditFault {
    /// The id of the chain with the fault.
    pub chain: String,
    /// The sequence number of the faulty row, from 1. For a fault that concerns no row: 0.
    pub sequence: u64,
    /// The kind of fault.
    pub fault: Fault,
}

/// The reasons why the audit trail could not be verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// The trail has a fault.
    #[error(transparent)]
    Fault(#[from] AuditFault),
    /// The trail could not be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

/// The number of rows that are read in one query.
const PAGE: i64 = 500;

/// Verifies every chain, its stored head and its signed head (job `Audit`). The chains are verified in the order in which they began. Each
/// chain is read in one snapshot and in pages, so the required memory does not grow with the trail. The verification may run while other
/// processes write.
///
/// # Errors
/// The first fault, or a database that does not answer.
pub async fn verify(
    catalogue: &Catalogue,
    upkeep: Upkeep,
    checkpoint_dir: Option<&Path>,
    key: &CapabilityKey,
) -> Result<AuditReport, AuditError> {
    check_job(upkeep, &[Job::Audit])?;
    let mut report = AuditReport::default();
    let (mut started, mut chain) = (i64::MIN, String::new());
    loop {
        let sql =
            "SELECT started, chain FROM audit_chain WHERE started > $1 OR (started = $1 AND chain > $2) ORDER BY started, chain LIMIT 1";
        let rows = catalogue
            .database
            .fetch_all(sql, vec![started.into(), chain.as_str().into()])
            .await?;
        let Some(row) = rows.first() else { break };
        started = row.int(0, "audit chain")?;
        chain = row.text(1, "audit chain")?;
        report.rows += chain::verify_chain(catalogue, &chain, checkpoint_dir, key).await?;
        report.chains += 1;
    }
    refuse_orphans(catalogue).await?;
    refuse_added_disclosures(catalogue).await?;
    if let Some(folder) = checkpoint_dir {
        refuse_vanished(catalogue, folder).await?;
    }
    Ok(report)
}

/// Fails if an audit row belongs to a chain that does not exist.
async fn refuse_orphans(catalogue: &Catalogue) -> Result<(), AuditError> {
    let sql = "SELECT r.chain, r.sequence FROM audit_row r WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.chain = r.chain) LIMIT 1";
    match catalogue.database.fetch_all(sql, Vec::new()).await?.first() {
        None => Ok(()),
        Some(row) => Err(AuditFault {
            chain: row.text(0, "audit row")?,
            sequence: row.count(1, "audit row").unwrap_or(0),
            fault: Fault::Added,
        }
        .into()),
    }
}

/// Fails if a disclosure belongs to an audit row that does not exist.
async fn refuse_added_disclosures(catalogue: &Catalogue) -> Result<(), AuditError> {
    let mut snapshot = catalogue.database.begin_snapshot().await?;
    match disclosures::refuse_orphans(&mut snapshot).await? {
        None => Ok(()),
        Some((chain, sequence)) => Err(AuditFault {
            chain,
            sequence,
            fault: Fault::Added,
        }
        .into()),
    }
}

/// Fails if a signed head belongs to a chain that does not exist.
async fn refuse_vanished(catalogue: &Catalogue, folder: &Path) -> Result<(), AuditError> {
    let folder = folder.to_owned();
    let mut files = blocking(move || match std::fs::read_dir(folder) {
        Ok(files) => Ok(Some(files)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    })
    .await?;
    while let Some(file) = files.as_mut().and_then(Iterator::next) {
        let path = file.map_err(|_| CatalogueError::Unavailable)?.path();
        let Some(chain) = chain_of(&path) else { continue };
        if !chain_exists(catalogue, chain).await? {
            return Err(whole_chain_gone(chain).into());
        }
    }
    Ok(())
}

async fn chain_exists(catalogue: &Catalogue, chain: &str) -> Result<bool, CatalogueError> {
    if chain.contains('\0') {
        return Ok(false);
    }
    let sql = "SELECT chain FROM audit_chain WHERE chain = $1";
    Ok(!catalogue.database.fetch_all(sql, vec![chain.into()]).await?.is_empty())
}

fn whole_chain_gone(chain: &str) -> AuditFault {
    AuditFault {
        chain: chain.to_owned(),
        sequence: 1,
        fault: Fault::Truncated,
    }
}
