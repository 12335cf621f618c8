//! Finds the write at which the history of a ledger tail and the history of a database part.
//!
//! Both histories have the hash of each write, and each hash covers all writes before it. The histories are therefore equal up to the last number with
//! equal hashes. What follows in the tail was lost. What follows in the database was written after the restore: it begins with the closing of the seal.

use gemj_access::WriteAction;
use gemj_model::{ApprovalId, Timestamp};

use super::{LedgerTail, TailSeal, WriteHash};
use crate::audit::newest_write;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::seal::{CLOSED, LIFTED};

/// The text before the tail's end in the audit row of a replay.
const REPLAYED: &str = "ledger tail replayed: ";

/// The reasons why a tail does not continue the history of a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Divergence {
    /// The tail has no hashes of writes.
    #[error("the ledger tail was written by an earlier version and contains too little for a comparison with the database")]
    EarlierVersion,
    /// The tail and the database have no common write, or the database has writes of its own that do not begin with a closed seal.
    #[error("the ledger tail belongs to another installation, or to another history of this installation")]
    OtherHistory,
    /// The database has consent events that the tail lacks.
    #[error(
        "the database has {count} consent events that the ledger tail lacks, because they were recorded after the restore or in another history"
    )]
    OwnConsents {
        /// The number of these events.
        count: usize,
    },
    /// The database has merges, or reviews of merges, that the tail lacks.
    #[error(
        "the database has {count} merges or reviews of merges that the ledger tail lacks, because they were recorded after the restore or in another \
         history"
    )]
    OwnMerges {
        /// The number of these rows.
        count: usize,
    },
    /// The database has states of approvals that the tail lacks.
    #[error(
        "the database has changes of approvals that the ledger tail lacks, because they were recorded after the restore or in another history: {}",
        ids.iter().map(ApprovalId::as_str).collect::<Vec<_>>().join(", ")
    )]
    OwnApprovals {
        /// The ids of these approvals.
        ids: Vec<ApprovalId>,
    },
    /// The installation that wrote the tail was sealed itself after the point at which the histories part. It may have been a rehearsal.
    #[error(
        "the installation that wrote the ledger tail was itself sealed after the back-up, last at {}: {because}. If it was a rehearsal, use the tail of \
         the installation that was in use. If it was the installation in use, repeat the command with `--after-seal {id}`",
        closed.rfc3339()
    )]
    SealedMeanwhile {
        /// The id of the last one of these seals.
        id: String,
        /// The time at which it was closed.
        closed: Timestamp,
        /// The reason of this seal.
        because: String,
    },
}

/// The point up to which the histories of a tail and of a database are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fork {
    /// The number of the last common write.
    pub(super) writes: u64,
    /// The epoch after this write. Consent events and approvals with a higher number in the tail were lost.
    pub(super) epoch: u64,
    /// The epoch after which the database has no ledger entry of its own: the epoch after this write, or after the replay of this tail.
    pub(super) own_epoch: u64,
    /// Whether the tail was replayed already.
    pub(super) is_replayed: bool,
}

/// Finds the fork. `after_seal` is the id of a seal, as [`Divergence::SealedMeanwhile`] names it, if the operator has stated that the installation
/// of the tail was in use after this seal.
///
/// # Errors
/// The inner error is a [`Divergence`]. The outer error: the database does not answer or cannot be read.
pub(super) async fn find(
    snapshot: &mut Transaction,
    tail: &LedgerTail,
    after_seal: Option<&str>,
) -> Result<Result<Fork, Divergence>, CatalogueError> {
    if (tail.hashes.len() as u64) < tail.writes {
        return Ok(Err(Divergence::EarlierVersion));
    }
    let newest = newest_write(snapshot).await?;
    let writes = last_common(snapshot, tail, newest).await?;
    if writes == 0 {
        return Ok(Err(Divergence::OtherHistory));
    }
    let row = row_of(snapshot, writes).await?;
    let epoch = row.and_then(|row| row.epoch).ok_or(CatalogueError::Corrupt { what: "audit row" })?;
    let mut fork = Fork {
        writes,
        epoch,
        own_epoch: epoch,
        is_replayed: false,
    };
    if was_lifted_after(snapshot, writes).await? || is_own(snapshot, tail, writes).await? {
        return Ok(Err(Divergence::OtherHistory));
    }
    if let Some((resource, epoch)) = replay_after(snapshot, writes).await? {
        if resource != replayed(tail) {
            return Ok(Err(Divergence::OtherHistory));
        }
        (fork.own_epoch, fork.is_replayed) = (epoch, true);
    }
    if let Some(divergence) = own_entries(snapshot, fork.own_epoch).await? {
        return Ok(Err(divergence));
    }
    if newest > writes && !row_of(snapshot, writes + 1).await?.is_some_and(|row| row.is_seal) {
        return Ok(Err(Divergence::OtherHistory));
    }
    if let Some(seal) = tail.seals.iter().rfind(|seal| seal.write > writes) {
        let id = id_of(seal, &tail.hashes);
        if after_seal != Some(&id) {
            let (closed, because) = (seal.closed, seal.because.clone());
            return Ok(Err(Divergence::SealedMeanwhile { id, closed, because }));
        }
    }
    Ok(Ok(fork))
}

/// The id of a seal: the first digits of the hash of its write.
fn id_of(seal: &TailSeal, hashes: &[WriteHash]) -> String {
    let at = usize::try_from(seal.write).ok().and_then(|write| write.checked_sub(1));
    at.and_then(|at| hashes.get(at))
        .map(|hash| hex::encode(&hash[..4]))
        .unwrap_or_default()
}

/// The resource of the audit row of a replay of this tail. It names the end of the tail.
pub(super) fn replayed(tail: &LedgerTail) -> String {
    let end = tail.hashes.last().map(hex::encode).unwrap_or_default();
    format!("{REPLAYED}{} {end}", tail.writes)
}

/// The number of the last write that the tail and the database have in common; 0 without a common write.
async fn last_common(snapshot: &mut Transaction, tail: &LedgerTail, newest: u64) -> Result<u64, CatalogueError> {
    let (mut common, mut differs) = (0, newest.min(tail.hashes.len() as u64) + 1);
    while common + 1 < differs {
        let middle = common + (differs - common) / 2;
        let ours = row_of(snapshot, middle).await?.map(|row| row.hash);
        let theirs = usize::try_from(middle - 1).ok().and_then(|at| tail.hashes.get(at));
        if ours.is_some() && ours.as_ref() == theirs {
            common = middle;
        } else {
            differs = middle;
        }
    }
    Ok(common)
}

/// The part of an audit row of a write that a comparison needs.
struct WriteRow {
    hash: WriteHash,
    epoch: Option<u64>,
    is_seal: bool,
}

async fn row_of(snapshot: &mut Transaction, write: u64) -> Result<Option<WriteRow>, CatalogueError> {
    let what = "audit row";
    let sql = "SELECT hash, epoch, action, resource FROM audit_row WHERE chain = 'operations' AND sequence = $1";
    let row = snapshot.fetch_first(sql, vec![Value::count(write, "sequence")?]).await?;
    let read = |row: Row| -> Result<WriteRow, CatalogueError> {
        let hash = row.bytes(0, what)?;
        Ok(WriteRow {
            hash: *hash.first_chunk().ok_or(CatalogueError::Corrupt { what })?,
            epoch: row.maybe_int(1, what)?.and_then(|epoch| u64::try_from(epoch).ok()),
            is_seal: row.text(2, what)? == WriteAction::Restore.as_str() && row.text(3, what)?.starts_with(CLOSED),
        })
    };
    row.map(read).transpose()
}

/// Whether a seal was lifted after a write: the database was in use after this write, so the tail lacks the events of that time.
async fn was_lifted_after(snapshot: &mut Transaction, write: u64) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM audit_row WHERE chain = 'operations' AND sequence > $1 AND action = $2 AND resource LIKE $3 LIMIT 1";
    let lifted = format!("{LIFTED}%");
    let arguments = vec![
        Value::count(write, "sequence")?,
        WriteAction::Restore.as_str().into(),
        lifted.as_str().into(),
    ];
    Ok(snapshot.fetch_first(sql, arguments).await?.is_some())
}

/// Whether the tail began in this database after the seal was closed. Such a tail equals the database and proves nothing.
async fn is_own(snapshot: &mut Transaction, tail: &LedgerTail, common: u64) -> Result<bool, CatalogueError> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) FROM audit_row WHERE chain = 'operations' AND action = $1 AND resource LIKE $2";
    let closed = format!("{CLOSED}%");
    let arguments = vec![WriteAction::Restore.as_str().into(), closed.as_str().into()];
    let row = snapshot.fetch_first(sql, arguments).await?;
    let sealed = row.map(|row| row.count(0, "audit row")).transpose()?.unwrap_or(0);
    Ok(tail.begun <= common && tail.begun >= sealed)
}

/// The resource and the epoch of the last replay after a write. Absent without a replay.
async fn replay_after(snapshot: &mut Transaction, write: u64) -> Result<Option<(String, u64)>, CatalogueError> {
    let what = "audit row";
    let sql = "SELECT resource, epoch FROM audit_row WHERE chain = 'operations' AND sequence > $1 AND action = $2 AND resource LIKE $3 \
               ORDER BY sequence DESC LIMIT 1";
    let begin = format!("{REPLAYED}%");
    let arguments = vec![
        Value::count(write, "sequence")?,
        WriteAction::Restore.as_str().into(),
        begin.as_str().into(),
    ];
    let row = snapshot.fetch_first(sql, arguments).await?;
    row.map(|row| Ok((row.text(0, what)?, row.count(1, what)?))).transpose()
}

/// The consent events, merges or approvals that the database recorded after an epoch. Absent without such an entry.
async fn own_entries(snapshot: &mut Transaction, epoch: u64) -> Result<Option<Divergence>, CatalogueError> {
    let since = || Ok::<_, CatalogueError>(vec![Value::count(epoch, "epoch")?]);
    let sql = "SELECT COUNT(*) FROM consent_event WHERE sequence > $1";
    let row = snapshot.fetch_first(sql, since()?).await?;
    let count = row.map(|row| row.count(0, "consent events")).transpose()?.unwrap_or(0);
    if count > 0 {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        return Ok(Some(Divergence::OwnConsents { count }));
    }
    let sql = "SELECT COUNT(*) FROM merge_event WHERE sequence > $1";
    let row = snapshot.fetch_first(sql, since()?).await?;
    let count = row.map(|row| row.count(0, "merges")).transpose()?.unwrap_or(0);
    if count > 0 {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        return Ok(Some(Divergence::OwnMerges { count }));
    }
    let sql = "SELECT id FROM approval WHERE epoch > $1 ORDER BY id";
    let rows = snapshot.fetch_all(sql, since()?).await?;
    let ids: Vec<ApprovalId> = rows
        .iter()
        .map(|row| row.parsed(0, "approval id", ApprovalId::parse))
        .collect::<Result<_, _>>()?;
    Ok((!ids.is_empty()).then_some(Divergence::OwnApprovals { ids }))
}
