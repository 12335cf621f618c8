//! The disclosure statement that a participant may request through their hospital.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gemj_access::{Action, Grant};
use gemj_model::{ApprovalId, ObjectId, Ordinal, ParticipantId, Purpose, Timestamp};

use super::read::{Found, disclosures_of};
use crate::catalogue::Catalogue;
use crate::database::Transaction;
use crate::error::CatalogueError;

/// An approval as shown in a statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApprovedProject {
    /// The approval's id in the committee's register.
    pub id: ApprovalId,
    /// The project's title.
    pub project: String,
}

/// One line: the receiver of a participant's data, the purposes, the action and the days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureLine {
    /// First instant of the first day, UTC.
    pub first_day: Timestamp,
    /// First instant of the last day, UTC.
    pub last_day: Timestamp,
    /// The approvals, by id.
    pub approvals: Vec<ApprovedProject>,
    /// The domain of the organisation.
    pub organisation: String,
    /// The country of use.
    pub country: String,
    /// The purposes.
    pub purposes: Vec<Purpose>,
    /// The word of the action (`slice-reads`, `fetch-object`, `compute-on-object`, ...).
    pub action: String,
    /// The number of files with data of the participant; 0 if records were disclosed and no file.
    pub object_count: u64,
}

impl Catalogue {
    /// The disclosures of the data of a hospital's own patient, latest first. Absent if the Grant is not for the action `ReadDisclosures` or does not open the patient.
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

/// A participant's ordinal; absent if the participant is not registered.
pub(crate) async fn ordinal_of(transaction: &mut Transaction, participant: &ParticipantId) -> Result<Option<Ordinal>, CatalogueError> {
    let sql = "SELECT ordinal FROM participant WHERE id = $1";
    let row = transaction.fetch_first(sql, vec![participant.as_str().into()]).await?;
    row.map(|row| row.ordinal(0)).transpose()
}

/// Rows with the same key become one line.
type Key = (Vec<String>, String, String, Vec<Purpose>, String);

#[derive(Default)]
struct Line {
    days: Option<(i64, i64)>,
    objects: BTreeSet<ObjectId>,
}

pub(crate) async fn statement(transaction: &mut Transaction, participant: Ordinal) -> Result<Vec<DisclosureLine>, CatalogueError> {
    let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
    for row in disclosures_of(transaction, participant).await? {
        let Found { day, object, .. } = row;
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

/// The approvals that disclosures name, each looked up once by id. Lines written before approvals could share a visa value name the visa
/// value instead.
#[derive(Default)]
pub(super) struct Projects(HashMap<String, Option<ApprovedProject>>);

impl Projects {
    /// The approval with this id or visa value; absent if the register does not contain it.
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
