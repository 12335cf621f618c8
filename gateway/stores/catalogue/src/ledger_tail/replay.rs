//! Records the part of a ledger tail that a restored database lacks. Everything is recorded in one transaction, so a replay is complete or has not begun.

use std::collections::{HashMap, HashSet};

use gemj_access::{Mandate, WriteAction};
use gemj_model::{Approval, Timestamp};

use super::{LostEvents, TailApproval, TailConsent, TailFile, TailMerge};
use crate::approvals::{self, EXPORTS, RecordedApproval};
use crate::audit::newest_write;
use crate::catalogue::Catalogue;
use crate::consent_ledger::append_new;
use crate::error::CatalogueError;
use crate::merges::{MergeEventKind, ReviewedMerge, restate, review_in};
use crate::objects::{self, ObjectStatus};
use crate::write::Write;

/// The numbers of what a replay recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Consent events.
    pub consents: usize,
    /// Statements and reviews of merges.
    pub merges: usize,
    /// New approvals and new versions of approvals.
    pub approvals: usize,
    /// Revocations.
    pub revocations: usize,
    /// Approvals that were recorded as ended, because they open a release that the restored database lacks.
    pub ended: usize,
    /// Files that are held or unloaded again.
    pub files: usize,
    /// Ids of files that the restored database does not have. A later load of such a file is refused, or puts the file on hold.
    pub blocked: usize,
}

/// The reason of a status whose reason is not known.
const NO_REASON: &str = "ledger tail";

/// A replay in progress: the write, and the Mandates of its parts.
struct Replay<'a> {
    catalogue: &'a Catalogue,
    write: Write,
    of_consents: Mandate,
    of_merges: Mandate,
    of_approvals: Mandate,
    of_files: Mandate,
    recorded: Timestamp,
    /// The numbers that replayed consent events and merges have here, by their numbers in the tail.
    new_numbers: HashMap<u64, u64>,
    done: Replayed,
}

impl Catalogue {
    /// Records the lost part of a tail in one transaction (action `Restore`). Consent events get new numbers and the time `recorded`. Unknown
    /// participants are registered, in no dataset. A file that the database does not have is blocked.
    ///
    /// # Errors
    /// Nothing is recorded on an error: [`CatalogueError::Conflict`] `writes` if the database was written since the comparison; the errors of
    /// [`Catalogue::append_consent`], [`Catalogue::record_approval`] and [`Catalogue::set_object_status`]; the database does not answer.
    pub async fn replay(&self, mandate: &Mandate, lost: &LostEvents, recorded: Timestamp) -> Result<Replayed, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Restore]).await?;
        if newest_write(&mut write.transaction).await? != lost.newest_write {
            return Err(CatalogueError::Conflict { field: "writes" });
        }
        let part = |action| mandate.part_of_restore(action).ok_or(CatalogueError::WrongKey);
        let mut replay = Replay {
            catalogue: self,
            write,
            of_consents: part(WriteAction::RecordConsent)?,
            of_merges: part(WriteAction::MergeParticipants)?,
            of_approvals: part(WriteAction::RecordApproval)?,
            of_files: part(WriteAction::ChangeObjectStatus)?,
            recorded,
            new_numbers: HashMap::new(),
            done: Replayed::default(),
        };
        // A consent after the review of a merge counts differently from one before it, so both ledgers are replayed in their common order.
        let mut rest = &lost.consents[..];
        for merge in &lost.merges {
            let before = rest.partition_point(|consent| consent.sequence < merge.event.sequence);
            let (earlier, later) = rest.split_at(before);
            replay.consents(earlier).await?;
            replay.merge(merge).await?;
            rest = later;
        }
        replay.consents(rest).await?;
        replay.approvals(&lost.approvals).await?;
        replay.exports(lost).await?;
        for file in &lost.files {
            replay.file(file).await?;
        }
        let done = replay.done;
        replay.write.commit(self, mandate, &lost.tail, 1).await?;
        Ok(done)
    }
}

impl Replay<'_> {
    async fn consents(&mut self, consents: &[TailConsent]) -> Result<(), CatalogueError> {
        let mut rest = consents;
        while !rest.is_empty() {
            // An event that corrects an event of the same batch begins the next batch, because it needs the new number.
            let corrects_batch = |at: &usize| {
                let corrects = rest[*at].event.corrects;
                corrects.is_some_and(|number| rest[..*at].iter().any(|before| before.sequence == number))
            };
            let length = (1..rest.len()).find(corrects_batch).unwrap_or(rest.len());
            let (batch, later) = rest.split_at(length);
            let events: Vec<_> = batch
                .iter()
                .map(|consent| {
                    let mut event = consent.event.clone();
                    event.corrects = event
                        .corrects
                        .map(|number| self.new_numbers.get(&number).copied().unwrap_or(number));
                    event
                })
                .collect();
            let first = append_new(&mut self.write, &self.of_consents, &events, self.recorded).await?;
            self.new_numbers.extend(batch.iter().map(|consent| consent.sequence).zip(first..));
            self.row(&self.of_consents.clone(), "consent-ledger", batch.len() as u64).await?;
            self.done.consents += batch.len();
            rest = later;
        }
        Ok(())
    }

    /// Records a row of the ledger of merges. A review that contradicts what the restored database states about the two participants is not recorded:
    /// the merge stays open, which closes more.
    async fn merge(&mut self, merge: &TailMerge) -> Result<(), CatalogueError> {
        let (event, mandate) = (&merge.event, self.of_merges.clone());
        let case = match event.kind {
            MergeEventKind::Stated => {
                let case = restate(&mut self.write, &mandate, merge, self.recorded).await?;
                self.new_numbers.insert(event.case, case);
                case
            }
            MergeEventKind::Same | MergeEventKind::Different => {
                let case = self.new_numbers.get(&event.case).copied().unwrap_or(event.case);
                let is_same = event.kind == MergeEventKind::Same;
                match review_in(&mut self.write, &mandate, case, is_same, &event.reason, self.recorded).await {
                    Ok(ReviewedMerge::Recorded(_)) => case,
                    Ok(_) | Err(CatalogueError::Conflict { .. }) => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
        };
        self.done.merges += 1;
        self.row(&mandate, &format!("merge:{case} {}", event.kind.as_str()), 1).await
    }

    /// Records the states in the order of the tail. The tail contains the last state of an approval at each of its writes, so a state can need that
    /// another approval, which comes later in the tail, no longer has its visa value. Such a state is recorded after the others.
    async fn approvals(&mut self, states: &[TailApproval]) -> Result<(), CatalogueError> {
        let mut waiting: Vec<&TailApproval> = states.iter().collect();
        while !waiting.is_empty() {
            let mut later = Vec::new();
            // Later states of an approval wait for its earlier ones.
            let mut ids = HashSet::new();
            let before = waiting.len();
            for state in waiting {
                if ids.contains(&state.approval.id) {
                    later.push(state);
                    continue;
                }
                match self.approval(state).await {
                    Err(CatalogueError::Conflict { field: "visa_value" }) => {
                        ids.insert(&state.approval.id);
                        later.push(state);
                    }
                    recorded => recorded?,
                }
            }
            if later.len() == before {
                return Err(CatalogueError::Conflict { field: "visa_value" });
            }
            waiting = later;
        }
        Ok(())
    }

    async fn approval(&mut self, state: &TailApproval) -> Result<(), CatalogueError> {
        let mut open = Approval {
            revoked: None,
            ..state.approval.clone()
        };
        let mandate = self.of_approvals.clone();
        let recorded = match approvals::record(&mut self.write, &open).await {
            Err(CatalogueError::NotFound { what: "release" }) => {
                // The earlier version must not stay in force, because the lost one may open less.
                open.release = None;
                open.not_after = open.not_after.min(self.recorded);
                self.done.ended += 1;
                approvals::record(&mut self.write, &open).await?
            }
            recorded => recorded?,
        };
        if recorded != RecordedApproval::NothingNew {
            self.row(&mandate, open.id.as_str(), 1).await?;
            self.done.approvals += 1;
        }
        let Some(at) = state.approval.revoked else { return Ok(()) };
        let because = state.because.as_deref().unwrap_or_default();
        if approvals::revoke(&mut self.write, &open.id, at, because).await? {
            self.row(&mandate, open.id.as_str(), 1).await?;
            self.done.revocations += 1;
        }
        Ok(())
    }

    async fn exports(&mut self, lost: &LostEvents) -> Result<(), CatalogueError> {
        for seen in &lost.exports {
            approvals::store_export(&mut self.write.transaction, seen).await?;
        }
        if !lost.exports.is_empty() {
            self.row(&self.of_approvals.clone(), EXPORTS, lost.exports.len() as u64).await?;
        }
        Ok(())
    }

    /// Holds or unloads a file again, or blocks the id of a file that the database does not have.
    async fn file(&mut self, file: &TailFile) -> Result<(), CatalogueError> {
        let reason = Some(file.reason.as_str())
            .filter(|reason| !reason.trim().is_empty())
            .unwrap_or(NO_REASON);
        let to = match file.status {
            ObjectStatus::Unloaded => ObjectStatus::Unloaded,
            ObjectStatus::Held | ObjectStatus::Served => ObjectStatus::Held,
        };
        match objects::change_status(&mut self.write, &file.id, to, reason, self.recorded).await {
            Ok(_) => self.done.files += 1,
            Err(CatalogueError::NotFound { .. }) => {
                objects::block(&mut self.write, file, to, reason).await?;
                self.done.blocked += 1;
            }
            Err(error) => return Err(error),
        }
        let resource = format!("{} {}", file.id.as_str(), to.as_str());
        self.row(&self.of_files.clone(), &resource, 1).await
    }

    async fn row(&mut self, mandate: &Mandate, resource: &str, rows: u64) -> Result<(), CatalogueError> {
        self.write.append_row(self.catalogue, mandate, resource, rows).await
    }
}
