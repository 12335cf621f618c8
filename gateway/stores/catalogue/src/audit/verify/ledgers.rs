//! Checks that the ledgers contain exactly the data whose hashes the chain `operations` recorded.

use std::collections::HashMap;

use gemj_access::WriteAction;
use gemj_model::{ConsentEvent, ReleaseId};

use crate::approvals::{APPROVAL_COLUMNS, approval_of};
use crate::audit::chain::ChainRow;
use crate::audit::covered;
use crate::consent_ledger::{EVENT_COLUMNS, event_of};
use crate::database::Transaction;
use crate::error::CatalogueError;
use crate::merges::merge_events_between;
use crate::releases::release_in;

/// The hashes of approvals and releases in the rows of `operations` that were processed so far, and the last epoch in these rows.
#[derive(Default)]
pub(super) struct Ledgers {
    epoch: i64,
    /// For each approval and release (by [`key`]): the last row that wrote it, and the hash in this row. The hash is absent if the row was
    /// written before hashes existed.
    written: HashMap<String, (u64, Option<Vec<u8>>)>,
}

impl Ledgers {
    /// Processes the next row of `operations`. Returns false if the consent events and merges that belong to the row differ from those that the row's
    /// write stored.
    pub(super) async fn take(&mut self, snapshot: &mut Transaction, row: &ChainRow) -> Result<bool, CatalogueError> {
        let epoch = row.epoch.unwrap_or(self.epoch).max(self.epoch);
        let events = events_between(snapshot, self.epoch, epoch).await;
        let merges = merge_events_between(snapshot, self.epoch, epoch).await;
        self.epoch = epoch;
        for action in [WriteAction::RecordApproval, WriteAction::CreateRelease] {
            if row.action == action.as_str() {
                self.written.insert(key(action, &row.resource), (row.sequence, row.covers.clone()));
            }
        }
        let (events, merges) = match events.and_then(|events| Ok((events, merges?))) {
            Ok(both) => both,
            Err(CatalogueError::Corrupt { .. }) => return Ok(false),
            Err(error) => return Err(error),
        };
        if row.action == WriteAction::RecordConsent.as_str() {
            // A consent write from before hashes existed has no hash in its row. Every later consent write has a hash.
            return Ok(merges.is_empty() && (row.covers.is_none() || row.covers == covered::of_events(&events)));
        }
        if row.action == WriteAction::MergeParticipants.as_str() {
            return Ok(events.is_empty() && row.covers == covered::of_merges(&merges));
        }
        Ok(events.is_empty() && merges.is_empty())
    }

    /// Compares the stored approvals and releases with the recorded hashes, after the last row of `operations` was processed. Returns the row
    /// that wrote an entry that is now different or absent; 0 if the ledgers contain an entry (also a consent event) that no row wrote. Absent if
    /// all entries are unchanged.
    pub(super) async fn first_fault(mut self, snapshot: &mut Transaction) -> Result<Option<u64>, CatalogueError> {
        let is_added = !events_between(snapshot, self.epoch, i64::MAX).await?.is_empty()
            || !merge_events_between(snapshot, self.epoch, i64::MAX).await?.is_empty();
        if is_added {
            return Ok(Some(0));
        }
        let mut stored: Vec<(String, Option<Vec<u8>>)> = Vec::new();
        let sql = format!("SELECT {APPROVAL_COLUMNS}, revoked_because FROM approval ORDER BY id");
        for row in snapshot.fetch_all_of(sql, Vec::new()).await? {
            let id = row.text(0, "approval id")?;
            let reason = row.maybe_text(19, "reason")?;
            let hash = approval_of(&row).map(|approval| covered::of_approval(&approval, reason.as_deref()));
            stored.push((key(WriteAction::RecordApproval, &id), hash.ok()));
        }
        for row in snapshot.fetch_all("SELECT id FROM dataset_release ORDER BY id", Vec::new()).await? {
            let id = row.text(0, "release")?;
            let hash = match ReleaseId::parse(&id) {
                Ok(id) => release_in(snapshot, &id)
                    .await
                    .ok()
                    .flatten()
                    .map(|release| covered::of_release(&release)),
                Err(_) => None,
            };
            stored.push((key(WriteAction::CreateRelease, &format!("release:{id}")), hash));
        }
        for (resource, hash) in stored {
            match self.written.remove(&resource) {
                None => return Ok(Some(0)),
                Some((_, None)) => {}
                Some((_, said)) if said == hash => {}
                Some((sequence, _)) => return Ok(Some(sequence)),
            }
        }
        // The remaining entries were written but are now absent. Rows without a hash are skipped, because such a row may concern something
        // else, for example an acknowledged notice.
        let gone = self.written.into_values().filter(|(_, said)| said.is_some());
        Ok(gone.map(|(sequence, _)| sequence).min())
    }
}

/// The key of an approval or a release in [`Ledgers`].
fn key(action: WriteAction, resource: &str) -> String {
    format!("{} {resource}", action.as_str())
}

async fn events_between(snapshot: &mut Transaction, after: i64, last: i64) -> Result<Vec<ConsentEvent>, CatalogueError> {
    if after == last {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {EVENT_COLUMNS} FROM consent_event WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence");
    let rows = snapshot.fetch_all_of(sql, vec![after.into(), last.into()]).await?;
    rows.iter().map(event_of).collect()
}
