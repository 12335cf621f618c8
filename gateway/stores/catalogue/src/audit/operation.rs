//! The chain `operations`, which records all writes under a `Mandate`: each write appends one row in its own transaction. The chain also records
//! the starts of the processes' own chains, and the operator's reads of a participant's records.

use gemj_access::{Mandate, OperatorListing, OperatorRead};
use gemj_model::{Ordinal, Timestamp};

use super::chain::{self, ChainRow};
use crate::database::Transaction;
use crate::error::CatalogueError;

/// The id of the chain that records all writes under a `Mandate`.
pub(super) const OPERATIONS: &str = "operations";

/// The action of the row of `operations` that records the start of a process's own chain. The resource of this row is `audit-chain:ID`.
pub(super) const OPEN_CHAIN: &str = "open-audit-chain";

/// The text before the chain's id in the resource of an [`OPEN_CHAIN`] row.
pub(super) const CHAIN_RESOURCE: &str = "audit-chain:";

/// Appends the row of a write to `operations`. `covers` is the hash over the data that the write stored in a ledger. The state row must be
/// locked, because its lock determines the order of this chain.
pub(crate) async fn append(
    transaction: &mut Transaction,
    now: Timestamp,
    mandate: &Mandate,
    resource: &str,
    epoch: u64,
    rows: u64,
    covers: Option<Vec<u8>>,
) -> Result<(), CatalogueError> {
    let mut row = row_of_write(now, mandate.actor(), mandate.action().as_str(), resource, epoch, Some(rows));
    row.covers = covers;
    row.decision = mandate.decision().map(|id| id.to_string()).unwrap_or_default();
    append_row(transaction, now, row).await
}

/// Appends the row that records the start of a process's own chain.
pub(super) async fn append_opening(transaction: &mut Transaction, now: Timestamp, id: &str, epoch: u64) -> Result<(), CatalogueError> {
    let resource = format!("{CHAIN_RESOURCE}{id}");
    append_row(transaction, now, row_of_write(now, "gateway", OPEN_CHAIN, &resource, epoch, None)).await
}

/// Appends the row of a seal that the gateway closed by itself. The state row must be locked.
pub(crate) async fn append_seal(transaction: &mut Transaction, now: Timestamp, resource: &str, epoch: u64) -> Result<(), CatalogueError> {
    let action = gemj_access::WriteAction::Restore.as_str();
    append_row(transaction, now, row_of_write(now, "gateway", action, resource, epoch, Some(1))).await
}

/// Appends the row of an operator's read to `operations`. The resource consists of the participant's ordinal (`unknown` for a participant who is
/// not registered) and the reason. The state row must be locked.
pub(crate) async fn append_read(
    transaction: &mut Transaction,
    now: Timestamp,
    read: &OperatorRead,
    participant: Option<Ordinal>,
    epoch: u64,
) -> Result<(), CatalogueError> {
    let number = participant.map_or_else(|| "unknown".to_owned(), |ordinal| ordinal.0.to_string());
    let resource = format!("participant:{number} reason:{}", read.reason());
    append_row(
        transaction,
        now,
        row_of_write(now, "operator", read.action().as_str(), &resource, epoch, None),
    )
    .await
}

/// Appends the row of the operator's list of all participants to `operations`. The state row must be locked.
pub(crate) async fn append_listing(
    transaction: &mut Transaction,
    now: Timestamp,
    listing: &OperatorListing,
    epoch: u64,
) -> Result<(), CatalogueError> {
    let resource = format!("participants reason:{}", listing.reason());
    let row = row_of_write(now, "operator", OperatorListing::ACTION, &resource, epoch, None);
    append_row(transaction, now, row).await
}

fn row_of_write(now: Timestamp, actor: &str, action: &str, resource: &str, epoch: u64, rows: Option<u64>) -> ChainRow {
    ChainRow {
        sequence: 0,
        recorded: now,
        decision: String::new(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        verdict: "allow".to_owned(),
        rule: String::new(),
        approvals: "[]".to_owned(),
        visas: "[]".to_owned(),
        epoch: i64::try_from(epoch).ok(),
        rows: rows.map(|n| i64::try_from(n).unwrap_or(i64::MAX)),
        bytes: None,
        covers: None,
    }
    .storable()
}

async fn append_row(transaction: &mut Transaction, now: Timestamp, row: ChainRow) -> Result<(), CatalogueError> {
    let head = match chain::head_of(transaction, OPERATIONS).await? {
        Some(head) => head,
        None => chain::begin(transaction, OPERATIONS, now).await?,
    };
    chain::append(transaction, OPERATIONS, &head, &mut [row]).await?;
    Ok(())
}
