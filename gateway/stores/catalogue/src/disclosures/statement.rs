//! The disclosure statement, which a participant can request through the participant's hospital.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gemj_access::{Action, Grant};
use gemj_model::{ApprovalId, ObjectId, Ordinal, ParticipantId, Purpose, Timestamp};

use super::read::{DisclosedRow, disclosures_of};
use crate::catalogue::Catalogue;
use crate::database::Transaction;
use crate::error::CatalogueError;

/// An approval as the disclosure statement shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApprovedProject {
    /// The approval's id in the committee's register.
    pub id: ApprovalId,
    /// The title of the approved project.
    pub project: String,
}

/// One line of a disclosure statement: the recipient of the participant's data, the purposes, the action and the days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureLine {
    /// The first instant (UTC) of the first day on which data was disclosed.
    pub first_day: Timestamp,
    /// The first instant (UTC) of the last day on which data was disclosed.
    pub last_day: Timestamp,
    /// The approvals under which data was disclosed, in order of id.
    pub approvals: Vec<ApprovedProject>,
    /// The domain of the organisation that received the data.
    pub organisation: String,
    /// The country in which the data is used (ISO 3166-1 alpha-2).
    pub country: String,
    /// The purposes for which the data is used.
    pub purposes: Vec<Purpose>,
    /// The name of the action by which the data was disclosed (`slice-reads`, `fetch-object`, `compute-on-object`, ...).
    pub action: String,
    /// The number of disclosed files with data of the participant; 0 if records were disclosed and no file.
    pub object_count: u64,
}

impl Catalogue {
    /// The disclosure statement for a patient of the caller's hospital: the disclosures of the patient's data, latest first. Absent if the
    /// Grant is not for the action `ReadDisclosures` or does not cover the patient.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn patient_disclosures(&self, grant: &Grant, patient: Ordinal) -> Result<Option<Vec<DisclosureLine>>, CatalogueError> {
        if grant.action() != Action::ReadDisclosures || !grant.patients().contains(patient.0) {
            return Ok(None);
        }
        let mut snapshot = self.database.begin_snapshot().await?;
        statement(&mut snapshot, patient).await.map(Some)
    }
}

/// The ordinal of a participant. Absent if the participant is not registered.
pub(crate) async fn ordinal_of(transaction: &mut Transaction, participant: &ParticipantId) -> Result<Option<Ordinal>, CatalogueError> {
    let sql = "SELECT ordinal FROM participant WHERE id = $1";
    let row = transaction.fetch_first(sql, vec![participant.as_str().into()]).await?;
    row.map(|row| row.ordinal(0)).transpose()
}

/// The columns of disclosures that become one line of the statement if they are equal: approvals, organisation, country, purposes and action.
type Key = (Vec<String>, String, String, Vec<Purpose>, String);

#[derive(Default)]
struct Line {
    days: Option<(i64, i64)>,
    objects: BTreeSet<ObjectId>,
}

pub(crate) async fn statement(transaction: &mut Transaction, participant: Ordinal) -> Result<Vec<DisclosureLine>, CatalogueError> {
    let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
    for row in disclosures_of(transaction, participant).await? {
        let DisclosedRow { day, object, .. } = row;
        let line = lines
            .entry((row.approvals, row.organisation, row.country, row.purposes, row.action))
            .or_default();
        let (first, last) = line.days.unwrap_or((day, day));
        line.days = Some((first.min(day), last.max(day)));
        line.objects.extend(object);
    }
    let mut projects = Projects::default();
    let mut statement = Vec::with_capacity(lines.len());
    for ((visa_values, organisation, country, purposes, action), line) in lines {
        let mut approvals = Vec::new();
        for value in &visa_values {
            approvals.extend(projects.of(transaction, value).await?);
        }
        approvals.sort();
        let (first, last) = line.days.unwrap_or_default();
        statement.push(DisclosureLine {
            first_day: Timestamp::from_seconds(first.saturating_mul(86_400)),
            last_day: Timestamp::from_seconds(last.saturating_mul(86_400)),
            approvals,
            organisation,
            country,
            purposes,
            action,
            object_count: line.objects.len() as u64,
        });
    }
    statement.sort_by_key(|line| std::cmp::Reverse(line.last_day));
    Ok(statement)
}

/// A cache of the approvals that disclosures name. Each approval is looked up once. Newer disclosures name the approval's id. Disclosures that
/// were written before several approvals could share a visa value name the visa value.
#[derive(Default)]
pub(super) struct Projects(HashMap<String, Option<ApprovedProject>>);

impl Projects {
    /// The approval with this id or visa value. Absent if the register contains no matching approval.
    pub(super) async fn of(&mut self, transaction: &mut Transaction, value: &str) -> Result<Option<ApprovedProject>, CatalogueError> {
        if let Some(known) = self.0.get(value) {
            return Ok(known.clone());
        }
        let sql =
            "SELECT id, project FROM approval WHERE id = $1 OR visa_value = $1 ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id LIMIT 1";
        let row = transaction.fetch_first(sql, vec![value.into()]).await?;
        let project = row
            .map(|row| {
                Ok::<_, CatalogueError>(ApprovedProject {
                    id: row.parsed(0, "approval id", ApprovalId::parse)?,
                    project: row.text(1, "project")?,
                })
            })
            .transpose()?;
        self.0.insert(value.to_owned(), project.clone());
        Ok(project)
    }
}
