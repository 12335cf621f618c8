//! What changed in policy since an epoch.

use gemj_access::{Job, Upkeep};
use gemj_model::{Approval, ConsentEvent, DatasetId, FamilyId, Ordinal, SiteId};

use crate::approvals::{APPROVAL_COLUMNS, approval_of};
use crate::catalogue::{Catalogue, check_job};
use crate::consent_ledger::{EVENT_COLUMNS, event_of};
use crate::database::Value;
use crate::error::CatalogueError;
use crate::programme_state::{READ_STATE, state_of};

/// Rows newer than an epoch, as of one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChanges {
    /// The epoch of the snapshot.
    pub epoch: u64,
    /// The generation of the snapshot.
    pub generation: u64,
    /// Consent events, by sequence.
    pub events: Vec<ConsentEvent>,
    /// Participants registered or changed, with their family and site.
    pub participants: Vec<(Ordinal, Option<FamilyId>, Option<SiteId>)>,
    /// Memberships added.
    pub memberships: Vec<(DatasetId, Ordinal)>,
    /// Approvals recorded or changed, as they stand now.
    pub approvals: Vec<Approval>,
}

impl Catalogue {
    /// Reads everything newer than `epoch` in one snapshot (job `FoldPolicy`). 0 reads all.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn policy_changes_since(&self, upkeep: Upkeep, epoch: u64) -> Result<PolicyChanges, CatalogueError> {
        check_job(upkeep, &[Job::FoldPolicy])?;
        let since = vec![Value::count(epoch, "epoch")?];
        let mut snapshot = self.database.begin_snapshot().await?;
        let state = state_of(snapshot.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
        let sql = format!("SELECT {EVENT_COLUMNS} FROM consent_event WHERE sequence > $1 ORDER BY sequence");
        let events = snapshot.fetch_all_of(sql, since.clone()).await?;
        let sql = "SELECT ordinal, family, site FROM participant WHERE epoch > $1 ORDER BY ordinal";
        let participants = snapshot.fetch_all(sql, since.clone()).await?;
        let sql = "SELECT dataset, ordinal FROM membership WHERE epoch > $1 ORDER BY ordinal";
        let memberships = snapshot.fetch_all(sql, since.clone()).await?;
        let sql = format!("SELECT {APPROVAL_COLUMNS} FROM approval WHERE epoch > $1");
        let approvals = snapshot.fetch_all_of(sql, since).await?;
        Ok(PolicyChanges {
            epoch: state.epoch,
            generation: state.generation,
            events: events.iter().map(event_of).collect::<Result<_, _>>()?,
            participants: participants
                .iter()
                .map(|row| {
                    let family = row.maybe_parsed(1, "family", FamilyId::parse)?;
                    Ok((row.ordinal(0)?, family, row.maybe_parsed(2, "site", SiteId::parse)?))
                })
                .collect::<Result<_, CatalogueError>>()?,
            memberships: memberships
                .iter()
                .map(|row| Ok((row.parsed(0, "dataset", DatasetId::parse)?, row.ordinal(1)?)))
                .collect::<Result<_, CatalogueError>>()?,
            approvals: approvals.iter().map(approval_of).collect::<Result<_, _>>()?,
        })
    }
}
