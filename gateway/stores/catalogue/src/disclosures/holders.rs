//! The holders (recipients) of a participant's data, who may have to be notified of a withdrawal.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::{Action, Job, Upkeep};
use gemj_model::{ApprovalId, DatasetId, ObjectId, Ordinal, ParticipantId, Timestamp};

use super::read::disclosures_of;
use super::statement::{Projects, ordinal_of};
use crate::catalogue::{Catalogue, check_job};
use crate::database::Transaction;
use crate::error::CatalogueError;

/// An approval under which data of a participant was disclosed from a dataset. If a disclosure was based on several approvals, it is listed
/// under each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The approval's id.
    pub approval: ApprovalId,
    /// The title of the approved project.
    pub project: String,
    /// The dataset of the disclosed data.
    pub dataset: DatasetId,
    /// The domains of the organisations that received the data.
    pub organisations: Vec<String>,
    /// The countries in which the data is used (ISO 3166-1 alpha-2).
    pub countries: Vec<String>,
    /// The pseudonyms of the callers who received the data.
    pub users: Vec<String>,
    /// The files of which regions were viewed.
    pub viewed: Vec<ObjectId>,
    /// The files that were downloaded whole.
    pub downloaded: Vec<ObjectId>,
    /// The files that workflow runs read.
    pub computed: Vec<ObjectId>,
    /// Whether records about the participant were disclosed.
    pub records: bool,
    /// The first instant (UTC) of the last day on which data was disclosed.
    pub last_day: Timestamp,
}

impl Catalogue {
    /// The holders of a participant's data, in order of approval and dataset (job `Inventory`). Absent if the participant is not registered.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn holders_of(&self, upkeep: Upkeep, participant: &ParticipantId) -> Result<Option<Vec<Holder>>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        match ordinal_of(&mut snapshot, participant).await? {
            None => Ok(None),
            Some(ordinal) => holders_in(&mut snapshot, ordinal).await.map(Some),
        }
    }
}

#[derive(Default)]
struct Held {
    project: String,
    organisations: BTreeSet<String>,
    countries: BTreeSet<String>,
    users: BTreeSet<String>,
    viewed: BTreeSet<ObjectId>,
    downloaded: BTreeSet<ObjectId>,
    computed: BTreeSet<ObjectId>,
    records: bool,
    last_day: i64,
}

/// The holders of a participant's data, read in a transaction.
pub(crate) async fn holders_in(transaction: &mut Transaction, participant: Ordinal) -> Result<Vec<Holder>, CatalogueError> {
    let mut held: BTreeMap<(ApprovalId, DatasetId), Held> = BTreeMap::new();
    let mut projects = Projects::default();
    for row in disclosures_of(transaction, participant).await? {
        for value in &row.approvals {
            let Some(approved) = projects.of(transaction, value).await? else {
                continue;
            };
            let entry = held.entry((approved.id, row.dataset.clone())).or_default();
            entry.project = approved.project;
            entry.organisations.insert(row.organisation.clone());
            entry.countries.insert(row.country.clone());
            entry.users.insert(row.holder.clone());
            entry.last_day = entry.last_day.max(row.day);
            let Some(object) = row.object.clone() else {
                entry.records = true;
                continue;
            };
            if row.action == Action::FetchObject.as_str() {
                entry.downloaded.insert(object);
            } else if row.action == Action::ComputeOnObject.as_str() {
                entry.computed.insert(object);
            } else {
                entry.viewed.insert(object);
            }
        }
    }
    Ok(held
        .into_iter()
        .map(|((approval, dataset), held)| Holder {
            approval,
            dataset,
            project: held.project,
            organisations: held.organisations.into_iter().collect(),
            countries: held.countries.into_iter().collect(),
            users: held.users.into_iter().collect(),
            viewed: held.viewed.into_iter().collect(),
            downloaded: held.downloaded.into_iter().collect(),
            computed: held.computed.into_iter().collect(),
            records: held.records,
            last_day: Timestamp::from_seconds(held.last_day.saturating_mul(86_400)),
        })
        .collect())
}
