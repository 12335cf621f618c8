//! Verification of one audit chain.

use std::path::Path;

use gemj_access::CapabilityKey;

use super::ledgers::Ledgers;
use super::{AuditError, AuditFault, Fault, PAGE, chain_exists, whole_chain_gone};
use crate::audit::chain::{ChainRow, Hash, Head, ROW_COLUMNS, head_of, row_of};
use crate::audit::checkpoint::{self, Checkpoint, blocking};
use crate::audit::operation::{CHAIN_RESOURCE, OPEN_CHAIN, OPERATIONS};
use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::disclosures::covers_by_row;
use crate::error::CatalogueError;

/// Verifies one chain and returns the number of its rows.
pub(super) async fn verify_chain(
    catalogue: &Catalogue,
    chain: &str,
    folder: Option<&Path>,
    key: &CapabilityKey,
) -> Result<u64, AuditError> {
    let fault = |sequence, fault| {
        AuditError::from(AuditFault {
            chain: chain.to_owned(),
            sequence,
            fault,
        })
    };
    // The file with the signed head is read before the snapshot is taken. The file is written after its rows, so the snapshot contains all rows
    // up to the signed head.
    let signed = signed_head(chain, folder, key).await?.map_err(|f| fault(0, f))?;
    let mut snapshot = catalogue.database.begin_snapshot().await?;
    let Ok(head) = head_of(&mut snapshot, chain).await else {
        return Err(fault(0, Fault::Altered));
    };
    let head = head.ok_or_else(|| AuditError::from(whole_chain_gone(chain)))?;
    let mut last = Head::genesis(chain);
    let mut after = i64::MIN;
    let mut ledgers = Ledgers::default();
    loop {
        let page = page(&mut snapshot, chain, after).await?;
        let Some(end) = page.last() else { break };
        let behind = after;
        after = end.int(0, "audit row")?;
        let disclosed = covers_by_row(&mut snapshot, chain, behind, after).await?;
        for row in &page {
            let expected = last.sequence + 1;
            let stands_at = row.int(0, "audit row")?;
            let Ok(stands_at) = u64::try_from(stands_at) else {
                return Err(fault(0, Fault::Added));
            };
            if stands_at < expected {
                return Err(fault(stands_at, Fault::Added));
            }
            if expected > head.sequence {
                return Err(fault(stands_at, Fault::Added));
            }
            if stands_at > expected {
                let moved = stands_elsewhere(&mut snapshot, chain, &last).await?;
                return Err(fault(expected, if moved { Fault::Reordered } else { Fault::Missing }));
            }
            match row_of(row) {
                Ok((read, stored)) if stored == read.hash(&last.hash) => {
                    last = Head {
                        sequence: expected,
                        hash: read.hash(&last.hash),
                    };
                    if signed.as_ref().is_some_and(|s| s.sequence == expected && s.hash != last.hash) {
                        return Err(fault(expected, Fault::Altered));
                    }
                    let whole = if chain == OPERATIONS {
                        ledgers.take(&mut snapshot, &read).await?
                    } else {
                        read.covers.as_ref() == disclosed.get(&expected)
                    };
                    if !whole {
                        return Err(fault(expected, Fault::Ledger));
                    }
                    opened_chain_is_there(catalogue, chain, &read).await?;
                }
                Ok(_) | Err(CatalogueError::Corrupt { .. }) => {
                    let moved = stands_elsewhere(&mut snapshot, chain, &last).await?;
                    return Err(fault(expected, if moved { Fault::Reordered } else { Fault::Altered }));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let furthest = head.sequence.max(signed.map_or(0, |s| s.sequence));
    if last.sequence < furthest {
        return Err(fault(last.sequence + 1, Fault::Truncated));
    }
    if last != head {
        return Err(fault(last.sequence, Fault::Altered));
    }
    if chain == OPERATIONS
        && let Some(row) = ledgers.first_fault(&mut snapshot).await?
    {
        return Err(fault(row, Fault::Ledger));
    }
    Ok(last.sequence)
}

async fn signed_head(chain: &str, folder: Option<&Path>, key: &CapabilityKey) -> Result<Result<Option<Head>, Fault>, CatalogueError> {
    let Some(folder) = folder else { return Ok(Ok(None)) };
    if chain.is_empty() || !chain.bytes().all(|b| b.is_ascii_alphanumeric()) {
        // The name of a chain is `operations` or consists of hex digits. The gateway did not write any other name, and such a name must not
        // become part of a path.
        return Ok(Err(Fault::Added));
    }
    let (folder, name, key) = (folder.to_owned(), chain.to_owned(), key.clone());
    Ok(match blocking(move || checkpoint::read(&folder, &name, &key)).await? {
        Checkpoint::Absent => Ok(None),
        Checkpoint::Forged => Err(Fault::Checkpoint),
        Checkpoint::Signed(head) => Ok(Some(head)),
    })
}

async fn page(snapshot: &mut Transaction, chain: &str, after: i64) -> Result<Vec<Row>, CatalogueError> {
    let sql = format!("SELECT {ROW_COLUMNS} FROM audit_row WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3");
    snapshot.fetch_all_of(sql, vec![chain.into(), after.into(), Value::Int(PAGE)]).await
}

/// Whether the row that belongs directly after `last` is at another position of the chain.
async fn stands_elsewhere(snapshot: &mut Transaction, chain: &str, last: &Head) -> Result<bool, CatalogueError> {
    let belongs = |read: &ChainRow, stored: &[u8], hash: &Hash| stored == read.hash_at(hash, last.sequence + 1);
    let mut after = i64::MIN;
    loop {
        let rows = page(snapshot, chain, after).await?;
        let Some(end) = rows.last() else { return Ok(false) };
        after = end.int(0, "audit row")?;
        if rows
            .iter()
            .filter_map(|row| row_of(row).ok())
            .any(|(read, stored)| belongs(&read, &stored, &last.hash))
        {
            return Ok(true);
        }
    }
}

/// Checks a row that records the start of a chain: the started chain must still exist.
async fn opened_chain_is_there(catalogue: &Catalogue, chain: &str, row: &ChainRow) -> Result<(), AuditError> {
    if chain != OPERATIONS || row.action != OPEN_CHAIN {
        return Ok(());
    }
    let opened = row.resource.strip_prefix(CHAIN_RESOURCE).unwrap_or_default();
    if chain_exists(catalogue, opened).await? {
        return Ok(());
    }
    Err(whole_chain_gone(opened).into())
}
