//! Recontact tasks. A task requests a hospital to contact one of its own patients.

use std::fmt;

use gemj_access::{Action, DatasetGrant, Grant, LocatedPatient, Mandate, WriteAction};
use gemj_model::{Ordinal, SiteId, Timestamp};

use super::vocabulary::{RecontactAnswer, RecontactReason, RecontactTaskState};
use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;

/// One recontact task, as its hospital sees it. The task contains neither the allele nor the requester.
#[derive(Clone, PartialEq, Eq)]
pub struct RecontactTask {
    /// The id of the task: 32 hex digits.
    pub id: String,
    /// The id of the recontact request.
    pub request: String,
    /// The ordinal of the participant to contact.
    pub participant: Ordinal,
    /// The hospital that receives the task.
    pub site: SiteId,
    /// The id of the FHIR Patient by which the hospital refers to the participant.
    pub patient: String,
    /// The state as it was last written. The state does not show whether the participant may still be contacted.
    pub state: RecontactTaskState,
    /// The participant's answer; absent until the task is completed.
    pub answer: Option<RecontactAnswer>,
    /// The version of the task: 1 for a new task, one more after each write.
    pub version: u64,
    /// The time at which the task was created.
    pub created: Timestamp,
    /// The time at which the task was last changed.
    pub updated: Timestamp,
    /// The reason for the contact.
    pub reason: RecontactReason,
    /// The message to the hospital.
    pub message: String,
    /// The time until which the hospital can answer.
    pub deadline: Timestamp,
}

impl fmt::Debug for RecontactTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecontactTask").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The outcome of a recontact request for one participant, for counting.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecontactOutcome {
    /// The ordinal of the participant to contact.
    pub participant: Ordinal,
    /// The state of the participant's task.
    pub state: RecontactTaskState,
    /// The participant's answer; absent until the task is completed.
    pub answer: Option<RecontactAnswer>,
}

const TASK: &str = "SELECT t.id, t.request, t.ordinal, t.site, f.id, t.state, t.answer, t.version, t.created, t.updated, r.reason, r.message, \
                    r.deadline FROM recontact_task t JOIN recontact_request r ON r.id = t.request \
                    JOIN fhir_patient f ON f.ordinal = t.ordinal AND f.site = t.site \
                    JOIN participant p ON p.ordinal = t.ordinal AND p.site = t.site";

impl Catalogue {
    /// Finds the participant of a recontact task, for a decision. Absent for an unknown id, and if the participant now belongs to another
    /// hospital.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_recontact_task(&self, id: &str) -> Result<Option<LocatedPatient>, CatalogueError> {
        let Ok(id) = Value::outside(id, "task id") else { return Ok(None) };
        let sql = "SELECT t.ordinal, t.site FROM recontact_task t JOIN participant p ON p.ordinal = t.ordinal AND p.site = t.site WHERE t.id = $1";
        let rows = self.database.fetch_all(sql, vec![id]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(LocatedPatient {
            participant: row.ordinal(0)?,
            site: Some(row.parsed(1, "site", SiteId::parse)?),
        }))
    }

    /// The recontact tasks of the Grant's patients (action `ReadPatient`). Newer tasks come first, and tasks of the same time are in order of
    /// id.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn recontact_tasks(&self, grant: &Grant) -> Result<Vec<RecontactTask>, CatalogueError> {
        check(grant, Action::ReadPatient)?;
        let people: Vec<u32> = grant.patients().iter().collect();
        let mut tasks = Vec::new();
        for chunk in people.chunks(MAX_PARAMETERS) {
            let sql = format!("{TASK} WHERE t.ordinal IN ({})", placeholders(1, chunk.len()));
            let rows = self
                .database
                .fetch_all_of(sql, chunk.iter().map(|o| Value::from(*o)).collect())
                .await?;
            for row in &rows {
                tasks.push(task_of(row)?);
            }
        }
        tasks.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
        Ok(tasks)
    }

    /// One recontact task of the Grant's patients (action `ReadPatient`). Absent if the Grant does not cover the task's patient.
    ///
    /// # Errors
    /// The errors of [`Catalogue::recontact_tasks`].
    pub async fn recontact_task(&self, grant: &Grant, id: &str) -> Result<Option<RecontactTask>, CatalogueError> {
        check(grant, Action::ReadPatient)?;
        let rows = self
            .database
            .fetch_all_of(format!("{TASK} WHERE t.id = $1"), vec![Value::outside(id, "task id")?])
            .await?;
        let task = rows.first().map(task_of).transpose()?;
        Ok(task.filter(|task| grant.patients().contains(task.participant.0)))
    }

    /// The outcomes of the tasks of a recontact request that the Grant's holder made (action `ReadRecontact`), in order of participant. Only
    /// the Grant's participants are included. The outcomes may be used only for counting.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn recontact_outcomes(&self, grant: &Grant, request: &str) -> Result<Vec<RecontactOutcome>, CatalogueError> {
        check(grant, Action::ReadRecontact)?;
        let asked = grant.datasets().first().filter(|_| grant.recontact() == Some(request));
        let Some(people) = asked.map(DatasetGrant::participants) else {
            return Ok(Vec::new());
        };
        let sql = "SELECT t.ordinal, t.state, t.answer FROM recontact_task t JOIN recontact_request r ON r.id = t.request \
                   WHERE r.id = $1 AND r.requester = $2 ORDER BY t.ordinal";
        let rows = self.database.fetch_all(sql, vec![request.into(), grant.holder().into()]).await?;
        let mut outcomes: Vec<RecontactOutcome> = rows
            .iter()
            .map(|row| {
                Ok(RecontactOutcome {
                    participant: row.ordinal(0)?,
                    state: row.parsed(1, "state", |text| RecontactTaskState::parse(text).ok_or(()))?,
                    answer: row.maybe_parsed(2, "answer", |text| RecontactAnswer::parse(text).ok_or(()))?,
                })
            })
            .collect::<Result<_, CatalogueError>>()?;
        outcomes.retain(|outcome| people.contains(outcome.participant.0));
        Ok(outcomes)
    }

    /// Changes the state of a recontact task of the mandate's patient (action `AnswerRecontact`), if the task still has the version
    /// `from_version`. The calling code must check that the change of state is allowed.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `version` if the task has another version, [`CatalogueError::NotFound`] for an unknown task or if the mandate
    /// does not cover the patient.
    pub async fn answer_recontact(
        &self,
        mandate: &Mandate,
        id: &str,
        from_version: u64,
        state: RecontactTaskState,
        answer: Option<RecontactAnswer>,
        now: Timestamp,
    ) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::AnswerRecontact]).await?;
        let find = "SELECT ordinal, version FROM recontact_task WHERE id = $1";
        let row = write.transaction.fetch_first(find, vec![Value::outside(id, "task id")?]).await?;
        let absent = CatalogueError::NotFound { what: "task" };
        let row = row.ok_or(absent.clone())?;
        if !mandate.reaches_patient(row.ordinal(0)?) {
            return Err(absent);
        }
        if row.count(1, "version")? != from_version {
            return Err(CatalogueError::Conflict { field: "version" });
        }
        let update = "UPDATE recontact_task SET state = $2, answer = $3, version = version + 1, updated = $4 WHERE id = $1";
        let arguments = vec![
            id.into(),
            state.as_str().into(),
            answer.map(RecontactAnswer::as_str).into(),
            now.into(),
        ];
        write.transaction.execute(update, arguments).await?;
        write.commit(self, mandate, &format!("recontact-task:{id}"), 1).await?;
        Ok(())
    }
}

fn check(grant: &Grant, action: Action) -> Result<(), CatalogueError> {
    if grant.action() == action {
        Ok(())
    } else {
        Err(CatalogueError::WrongKey)
    }
}

fn task_of(row: &Row) -> Result<RecontactTask, CatalogueError> {
    Ok(RecontactTask {
        id: row.text(0, "task id")?,
        request: row.text(1, "request id")?,
        participant: row.ordinal(2)?,
        site: row.parsed(3, "site", SiteId::parse)?,
        patient: row.text(4, "patient id")?,
        state: row.parsed(5, "state", |text| RecontactTaskState::parse(text).ok_or(()))?,
        answer: row.maybe_parsed(6, "answer", |text| RecontactAnswer::parse(text).ok_or(()))?,
        version: row.count(7, "version")?,
        created: row.time(8, "created")?,
        updated: row.time(9, "updated")?,
        reason: row.parsed(10, "reason", |text| RecontactReason::parse(text).ok_or(()))?,
        message: row.text(11, "message")?,
        deadline: row.time(12, "deadline")?,
    })
}
