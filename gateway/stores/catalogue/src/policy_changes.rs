//! Reads the policy-relevant changes since an epoch.

use gemj_access::{Job, Merge, Upkeep};
use gemj_model::{Approval, ConsentEvent, DatasetId, FamilyId, Ordinal, PartialDate, Release, SiteId};

use crate::approvals::{APPROVAL_COLUMNS, approval_of};
use crate::catalogue::{Catalogue, check_job};
use crate::consent_ledger::{EVENT_COLUMNS, event_of};
use crate::database::Value;
use crate::error::CatalogueError;
use crate::merges::merges_in;
use crate::programme_state::{READ_STATE, state_of};
use crate::releases::releases_since;

/// The policy-relevant data of a new or changed participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedParticipant {
    /// The ordinal of the participant.
    pub ordinal: Ordinal,
    /// The participant's family; if absent, the participant counts as a family of one.
    pub family: Option<FamilyId>,
    /// The institution that enrolled the participant; absent if no feed and no sample sheet stated the institution.
    pub site: Option<SiteId>,
    /// The participant's date of birth, at most to the month; absent if no feed stated the date.
    pub born: Option<PartialDate>,
}

/// The policy-relevant rows that are newer than an epoch, read in one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChanges {
    /// The epoch of the snapshot.
    pub epoch: u64,
    /// The generation of the carrier index in the snapshot.
    pub generation: u64,
    /// The new consent events, in order of sequence number.
    pub events: Vec<ConsentEvent>,
    /// All merges in their current state, if one was stated or reviewed. Otherwise empty.
    pub merges: Vec<Merge>,
    /// The participants who were registered or changed, in their current state.
    pub participants: Vec<ChangedParticipant>,
    /// The memberships that began, or began again.
    pub memberships: Vec<(DatasetId, Ordinal)>,
    /// The memberships that ended, because the last data of the participant in the dataset was unloaded.
    pub departures: Vec<(DatasetId, Ordinal)>,
    /// The approvals that were recorded or changed, in their current state.
    pub approvals: Vec<Approval>,
    /// The releases that were created.
    pub releases: Vec<Release>,
}

impl Catalogue {
    /// Reads all policy-relevant rows newer than `epoch` in one snapshot (job `FoldPolicy`). For epoch 0, all rows are read.
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
        let newer = "SELECT 1 FROM merge_event WHERE sequence > $1 LIMIT 1";
        let merges = match snapshot.fetch_first(newer, since.clone()).await? {
            Some(_) => merges_in(&mut snapshot).await?,
            None => Vec::new(),
        };
        let sql = "SELECT ordinal, family, site, born FROM participant WHERE epoch > $1 ORDER BY ordinal";
        let participants = snapshot.fetch_all(sql, since.clone()).await?;
        let sql = "SELECT dataset, ordinal, ended FROM membership WHERE epoch > $1 ORDER BY ordinal";
        let (mut memberships, mut departures) = (Vec::new(), Vec::new());
        for row in snapshot.fetch_all(sql, since.clone()).await? {
            let side = if row.bool(2, "ended")? { &mut departures } else { &mut memberships };
            side.push((row.parsed(0, "dataset", DatasetId::parse)?, row.ordinal(1)?));
        }
        let sql = format!("SELECT {APPROVAL_COLUMNS} FROM approval WHERE epoch > $1");
        let approvals = snapshot.fetch_all_of(sql, since).await?;
        let releases = releases_since(&mut snapshot, epoch).await?;
        Ok(PolicyChanges {
            epoch: state.epoch,
            generation: state.generation,
            events: events.iter().map(event_of).collect::<Result<_, _>>()?,
            merges,
            participants: participants
                .iter()
                .map(|row| {
                    Ok(ChangedParticipant {
                        ordinal: row.ordinal(0)?,
                        family: row.maybe_parsed(1, "family", FamilyId::parse)?,
                        site: row.maybe_parsed(2, "site", SiteId::parse)?,
                        born: row.maybe_parsed(3, "born", PartialDate::parse)?,
                    })
                })
                .collect::<Result<_, CatalogueError>>()?,
            memberships,
            departures,
            approvals: approvals.iter().map(approval_of).collect::<Result<_, _>>()?,
            releases,
        })
    }
}
