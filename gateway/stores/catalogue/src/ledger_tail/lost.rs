//! Finds the part of a ledger tail that a restored database lacks.

use std::collections::{BTreeSet, HashMap};

use gemj_access::{Job, Upkeep};
use gemj_model::{ApprovalId, ObjectId};

use super::fork::{self, Divergence, Fork};
use super::write::files_not_served;
use super::{LedgerTail, TailApproval, TailConsent, TailFile, TailMerge};
use crate::approvals::SeenExport;
use crate::audit::newest_write;
use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;
use crate::objects::ObjectStatus;

/// The part of a tail that a database lacks, in the order of the tail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostEvents {
    /// The consent events.
    pub consents: Vec<TailConsent>,
    /// The rows of the ledger of merges.
    pub merges: Vec<TailMerge>,
    /// The states of approvals.
    pub approvals: Vec<TailApproval>,
    /// The seen exports that are newer than those of the database.
    pub exports: Vec<SeenExport>,
    /// The files that the lost database held or unloaded, and that the database has with a weaker status or does not have.
    pub files: Vec<TailFile>,
    /// The text that names the tail in the audit row of its replay.
    pub(super) tail: String,
    /// The number of the last write of the database at the time of the comparison.
    pub(super) newest_write: u64,
}

impl Catalogue {
    /// The part of a tail that this database lacks (job `BackUp`). After a replay of the same tail, nothing is missing. `after_seal` states that the
    /// installation of the tail was in use after a seal; [`Divergence::SealedMeanwhile`] names its id.
    ///
    /// # Errors
    /// The inner error is a [`Divergence`]. The outer error: the database does not answer or cannot be read.
    pub async fn lost_events(
        &self,
        upkeep: Upkeep,
        tail: &LedgerTail,
        after_seal: Option<&str>,
    ) -> Result<Result<LostEvents, Divergence>, CatalogueError> {
        check_job(upkeep, &[Job::BackUp])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let fork = match fork::find(&mut snapshot, tail, after_seal).await? {
            Ok(fork) => fork,
            Err(divergence) => return Ok(Err(divergence)),
        };
        let exports = crate::approvals::register_in(&mut snapshot).await?.exports;
        let files = files_not_served(&mut snapshot).await?;
        let (consents, approvals) = ledgers_after(tail, fork);
        let merges = tail
            .merges
            .iter()
            .filter(|merge| !fork.is_replayed && merge.event.sequence > fork.epoch);
        Ok(Ok(LostEvents {
            consents,
            merges: merges.cloned().collect(),
            approvals,
            exports: newer(&tail.exports, &exports),
            files: stricter(tail, &files),
            tail: fork::replayed(tail),
            newest_write: newest_write(&mut snapshot).await?,
        }))
    }
}

/// The consent events and the states of approvals of the tail after the fork.
fn ledgers_after(tail: &LedgerTail, fork: Fork) -> (Vec<TailConsent>, Vec<TailApproval>) {
    if fork.is_replayed {
        return (Vec::new(), Vec::new());
    }
    let consents = tail.consents.iter().filter(|consent| consent.sequence > fork.epoch);
    let approvals = tail.approvals.iter().filter(|state| state.epoch > fork.epoch);
    (consents.cloned().collect(), approvals.cloned().collect())
}

/// The files of the tail whose status in the database is weaker. A file that only the database holds stays held.
fn stricter(tail: &LedgerTail, ours: &[TailFile]) -> Vec<TailFile> {
    let known: HashMap<&ObjectId, ObjectStatus> = ours.iter().map(|file| (&file.id, file.status)).collect();
    let is_known =
        |file: &&TailFile| matches!(known.get(&file.id), Some(status) if *status == file.status || *status == ObjectStatus::Unloaded);
    tail.files.iter().filter(|file| !is_known(file)).cloned().collect()
}

/// The exports of the tail that are newer than those of the database. A final state is never taken back.
fn newer(theirs: &[SeenExport], ours: &[SeenExport]) -> Vec<SeenExport> {
    let mut newest: HashMap<&ApprovalId, &SeenExport> = ours.iter().map(|seen| (&seen.application, seen)).collect();
    let mut changed = BTreeSet::new();
    for seen in theirs {
        let is_newer = newest
            .get(&seen.application)
            .is_none_or(|known| (seen.over, seen.exported) > (known.over, known.exported));
        if is_newer {
            newest.insert(&seen.application, seen);
            changed.insert(&seen.application);
        }
    }
    changed
        .iter()
        .filter_map(|id| newest.get(*id).map(|seen| (*seen).clone()))
        .collect()
}
