//! Compares a ledger tail with the ledgers of a restored database, and finds the events that the database lacks.
//!
//! The two histories are equal up to a fork. The numbers after the fork say nothing, because both histories gave the same numbers to other events.
//! Therefore the events themselves are compared.

use std::collections::{BTreeSet, HashMap};

use gemj_access::{Job, Upkeep};
use gemj_model::{Approval, ApprovalId, ObjectId};

use super::write::{files_not_served, ledgers_since};
use super::{LedgerTail, TailApproval, TailConsent, TailFile};
use crate::approvals::SeenExport;
use crate::audit::{has_row, newest_write};
use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;
use crate::objects::ObjectStatus;

/// The part of a tail that a database lacks, in the order of the tail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LostEvents {
    /// The consent events.
    pub consents: Vec<TailConsent>,
    /// The numbers of the events that the database has: from the number in the tail to the number in the database.
    pub numbers: HashMap<u64, u64>,
    /// The states of approvals. A state that is already stored may be among them; recording it again changes nothing.
    pub approvals: Vec<TailApproval>,
    /// The seen exports that are newer than those of the database.
    pub exports: Vec<SeenExport>,
    /// The files that the lost database held or unloaded, and that the database has with a weaker status or does not have.
    pub files: Vec<TailFile>,
}

/// The reasons why a tail does not continue the ledgers of a database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Divergence {
    /// The tail was written for another database.
    #[error("the ledger tail belongs to another installation, or to another history of this installation")]
    OtherHistory,
    /// The database has consent events that the tail lacks.
    #[error(
        "the database has {count} consent events that the ledger tail lacks, because they were recorded after the restore or in another history"
    )]
    OwnConsents {
        /// The number of events in the database from the first event that differs.
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
}

impl Catalogue {
    /// The events of a tail that this database lacks (job `BackUp`).
    ///
    /// # Errors
    /// The inner error is a [`Divergence`]. The outer error: the database does not answer or cannot be read.
    pub async fn lost_events(&self, upkeep: Upkeep, tail: &LedgerTail) -> Result<Result<LostEvents, Divergence>, CatalogueError> {
        check_job(upkeep, &[Job::BackUp])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        if let Some((writes, hash)) = &tail.first_write {
            let hash = hex::decode(hash).unwrap_or_default();
            let is_older = newest_write(&mut snapshot).await? < *writes;
            if !is_older && !has_row(&mut snapshot, *writes, &hash).await? {
                return Ok(Err(Divergence::OtherHistory));
            }
        }
        let (consents, approvals) = ledgers_since(&mut snapshot, 0).await?;
        let exports = crate::approvals::register_in(&mut snapshot).await?.exports;
        let files = files_not_served(&mut snapshot).await?;
        Ok(lost(tail, &consents, &approvals, &exports).map(|lost| LostEvents {
            files: stricter(tail, &files),
            ..lost
        }))
    }
}

/// The events of a tail that are not in the ledgers of a database.
fn lost(tail: &LedgerTail, consents: &[TailConsent], approvals: &[TailApproval], exports: &[SeenExport]) -> Result<LostEvents, Divergence> {
    let mut numbers = HashMap::new();
    for (at, ours) in consents.iter().enumerate() {
        let theirs = tail.consents.get(at);
        let Some(theirs) = theirs.filter(|theirs| is_same_event(theirs, ours, &numbers)) else {
            let count = consents.len() - at;
            return Err(Divergence::OwnConsents { count });
        };
        numbers.insert(theirs.sequence, ours.sequence);
    }
    let mut own = BTreeSet::new();
    // For each approval of the database: the position in the tail from which its states are recorded again.
    let mut from: HashMap<&ApprovalId, usize> = HashMap::new();
    for ours in approvals {
        let id = &ours.approval.id;
        let is_same = |theirs: &&TailApproval| is_same_state(theirs, ours);
        let at = tail
            .approvals
            .iter()
            .position(|theirs| theirs.epoch == ours.epoch && is_same(&theirs))
            .or_else(|| tail.approvals.iter().position(|theirs| is_same(&theirs)));
        match at {
            Some(at) => {
                from.insert(id, at);
            }
            None => {
                own.insert(id.clone());
            }
        }
    }
    if !own.is_empty() {
        let ids = own.into_iter().collect();
        return Err(Divergence::OwnApprovals { ids });
    }
    let states = tail.approvals.iter().enumerate();
    let is_lost = |(at, state): &(usize, &TailApproval)| match from.get(&state.approval.id) {
        None => true,
        Some(stored) if at == stored => !approvals.iter().any(|ours| is_whole_state(state, ours)),
        Some(stored) => at > stored,
    };
    Ok(LostEvents {
        consents: tail.consents[consents.len()..].to_vec(),
        approvals: states.filter(is_lost).map(|(_, state)| state.clone()).collect(),
        exports: newer(&tail.exports, exports),
        files: Vec::new(),
        numbers,
    })
}

/// Whether two consent events state the same. An event that was replayed has another number and another time of recording.
fn is_same_event(theirs: &TailConsent, ours: &TailConsent, numbers: &HashMap<u64, u64>) -> bool {
    let mut event = theirs.event.clone();
    event.corrects = event.corrects.map(|number| numbers.get(&number).copied().unwrap_or(number));
    event == ours.event
}

/// Whether the database has a state of the tail, or has it without its revocation because a replay was interrupted.
fn is_same_state(theirs: &TailApproval, ours: &TailApproval) -> bool {
    let open = |approval: &Approval| Approval {
        revoked: None,
        ..approval.clone()
    };
    is_whole_state(theirs, ours) || (ours.approval.revoked.is_none() && open(&theirs.approval) == ours.approval)
}

fn is_whole_state(theirs: &TailApproval, ours: &TailApproval) -> bool {
    let because = |state: &TailApproval| state.because.clone().unwrap_or_default();
    theirs.approval == ours.approval && because(theirs) == because(ours)
}

/// The files of the tail whose status in the database is weaker. A file that only the database holds stays held.
fn stricter(tail: &LedgerTail, ours: &[TailFile]) -> Vec<TailFile> {
    let known: HashMap<&ObjectId, ObjectStatus> = ours.iter().map(|file| (&file.id, file.status)).collect();
    let is_known =
        |file: &&TailFile| matches!(known.get(&file.id), Some(status) if *status == file.status || *status == ObjectStatus::Unloaded);
    let files = tail.files.iter().flatten();
    files.filter(|file| !is_known(file)).cloned().collect()
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
