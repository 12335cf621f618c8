//! Reads and writes a hospital's recontact tasks as FHIR Tasks. A hospital may write only some changes.

use gemj_access::ConsentView;
use gemj_catalogue::{RecontactAnswer, RecontactTask, RecontactTaskState};
use gemj_model::Timestamp;
use hl7_fhir::task::{self, AnswerError, RecontactTask as FhirTask, TaskIntent, TaskStatus};
use serde_json::{Value, json};

/// The identifier system of recontact requests.
const REQUEST_SYSTEM: &str = "https://gemj.example/fhir/NamingSystem/recontact-request";

/// The single `businessStatus` of every cancelled task. It does not reveal the reason: a withdrawal, a death, a refusal of further contact, the
/// deadline or a cancellation by the hospital.
const NO_LONGER: &str = "no-longer-asked";

/// A change of a task that a hospital wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state of the task after the change.
    pub state: RecontactTaskState,
    /// The participant's answer; present only for `completed`.
    pub answer: Option<RecontactAnswer>,
    /// Whether the write differs from the stored task. A repeated write changes nothing.
    pub changes: bool,
}

/// Why a Task that a hospital wrote is refused. The text is public and repeats no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The hospital changed a member that it may not change.
    #[error("only status and output may differ from the task as read; reasons and notes are not stored")]
    OtherChange,
    /// The new status is not a code of the value set.
    #[error("status: a code of task-status is expected")]
    Status,
    /// The new status may not follow the present status of a recontact task.
    #[error("status: this status may not follow the present status")]
    Transition,
    /// The answer cannot be read, is missing with `completed`, or is present with another status.
    #[error("output: one answer (agree, decline, no-answer or unreachable) is expected with the status completed, and none with another")]
    Answer,
}

/// The current status of a task. The second value is whether the current status differs from the stored one, because of the deadline or the
/// participant's consent.
#[must_use]
fn standing(task: &RecontactTask, view: &ConsentView, now: Timestamp) -> (TaskStatus, bool) {
    let stored = status(task.state);
    if stored == TaskStatus::Cancelled {
        return (stored, false);
    }
    let over = now >= task.deadline && !stored.is_terminal();
    if over || !view.may_be_asked_again(task.participant) {
        return (TaskStatus::Cancelled, true);
    }
    (stored, false)
}

/// The value of `meta.versionId`, which is also the ETag. A task that the deadline or the participant's consent cancels has a version of
/// its own.
#[must_use]
pub fn version_id(task: &RecontactTask, view: &ConsentView, now: Timestamp) -> String {
    match standing(task, view, now) {
        (_, true) => format!("{}.closed", task.version),
        (_, false) => task.version.to_string(),
    }
}

/// The Task resource as its hospital reads it now; absent if the task cannot be a valid FHIR resource (an id, a time or a text is
/// not valid).
#[must_use]
pub fn task_json(task: &RecontactTask, view: &ConsentView, now: Timestamp) -> Option<Value> {
    let (status, _) = standing(task, view, now);
    let business_status = match status {
        TaskStatus::Cancelled => NO_LONGER,
        TaskStatus::Requested | TaskStatus::Received => "awaiting-hospital",
        TaskStatus::Completed | TaskStatus::Failed | TaskStatus::Rejected | TaskStatus::EnteredInError => "closed",
        TaskStatus::Accepted | TaskStatus::InProgress | TaskStatus::Draft | TaskStatus::Ready | TaskStatus::OnHold => "under-way",
    };
    let (authored, until) = (task.created.rfc3339(), task.deadline.rfc3339());
    let reason = format!("{}: {}", task.reason.as_str(), task.message);
    let made = FhirTask {
        id: &task.id,
        request: (REQUEST_SYSTEM, &task.request),
        intent: TaskIntent::Order,
        patient_id: &task.patient,
        owner_id: task.site.as_str(),
        reason: &reason,
        business_status,
        authored_on: &authored,
        until: &until,
    };
    let mut json = made.to_json().ok()?;
    json["status"] = status.as_str().into();
    json["lastModified"] = task.updated.rfc3339().into();
    json["meta"] = json!({"versionId": version_id(task, view, now), "lastUpdated": task.updated.rfc3339()});
    if let Some(answer) = task.answer.filter(|_| status == TaskStatus::Completed) {
        json["output"] = json!([task::answer_output(fhir_answer(answer))]);
    }
    Some(json)
}

/// Reads a Task that a hospital wrote, and compares it with the current task.
///
/// # Errors
/// [`StepError`]. A stored task that cannot be written as FHIR gives [`StepError::OtherChange`].
pub fn read_step(task: &RecontactTask, view: &ConsentView, now: Timestamp, written: &Value) -> Result<Step, StepError> {
    let served = task_json(task, view, now).ok_or(StepError::OtherChange)?;
    if fixed(written) != fixed(&served) {
        return Err(StepError::OtherChange);
    }
    let wanted = written.get("status").and_then(Value::as_str).and_then(TaskStatus::parse);
    let wanted = wanted.ok_or(StepError::Status)?;
    let answer = task::read_answer(written).map_err(|error| match error {
        AnswerError::UnknownCode | AnswerError::Several => StepError::Answer,
    })?;
    let outputs = match written.get("output") {
        None => 0,
        Some(output) => output.as_array().map_or(usize::MAX, Vec::len),
    };
    let expected = usize::from(wanted == TaskStatus::Completed);
    if outputs != expected || usize::from(answer.is_some()) != expected {
        return Err(StepError::Answer);
    }
    let answer = answer.map(stored_answer);
    let (present, _) = standing(task, view, now);
    if present == wanted && (task.answer == answer || present == TaskStatus::Cancelled) {
        return Ok(Step {
            state: task.state,
            answer: task.answer,
            changes: false,
        });
    }
    if !present.may_become(wanted) {
        return Err(StepError::Transition);
    }
    Ok(Step {
        state: state(wanted).ok_or(StepError::Transition)?,
        answer,
        changes: true,
    })
}

/// The members of a Task that a hospital may not change. The members that state the progress are removed before the comparison. All other
/// members remain, so a change that the gateway would not store is refused.
fn fixed(task: &Value) -> Option<serde_json::Map<String, Value>> {
    let mut members = task.as_object()?.clone();
    for name in ["status", "output", "businessStatus", "lastModified", "meta"] {
        members.remove(name);
    }
    Some(members)
}

fn status(state: RecontactTaskState) -> TaskStatus {
    match state {
        RecontactTaskState::Requested => TaskStatus::Requested,
        RecontactTaskState::Received => TaskStatus::Received,
        RecontactTaskState::Accepted => TaskStatus::Accepted,
        RecontactTaskState::Rejected => TaskStatus::Rejected,
        RecontactTaskState::InProgress => TaskStatus::InProgress,
        RecontactTaskState::Completed => TaskStatus::Completed,
        RecontactTaskState::Failed => TaskStatus::Failed,
        RecontactTaskState::Cancelled | RecontactTaskState::NotAskable => TaskStatus::Cancelled,
    }
}

fn state(status: TaskStatus) -> Option<RecontactTaskState> {
    match status {
        TaskStatus::Requested => Some(RecontactTaskState::Requested),
        TaskStatus::Received => Some(RecontactTaskState::Received),
        TaskStatus::Accepted => Some(RecontactTaskState::Accepted),
        TaskStatus::Rejected => Some(RecontactTaskState::Rejected),
        TaskStatus::InProgress => Some(RecontactTaskState::InProgress),
        TaskStatus::Completed => Some(RecontactTaskState::Completed),
        TaskStatus::Failed => Some(RecontactTaskState::Failed),
        TaskStatus::Cancelled => Some(RecontactTaskState::Cancelled),
        TaskStatus::Draft | TaskStatus::Ready | TaskStatus::OnHold | TaskStatus::EnteredInError => None,
    }
}

fn fhir_answer(answer: RecontactAnswer) -> task::RecontactAnswer {
    match answer {
        RecontactAnswer::Agree => task::RecontactAnswer::Agree,
        RecontactAnswer::Decline => task::RecontactAnswer::Decline,
        RecontactAnswer::NoAnswer => task::RecontactAnswer::NoAnswer,
        RecontactAnswer::Unreachable => task::RecontactAnswer::Unreachable,
    }
}

fn stored_answer(answer: task::RecontactAnswer) -> RecontactAnswer {
    match answer {
        task::RecontactAnswer::Agree => RecontactAnswer::Agree,
        task::RecontactAnswer::Decline => RecontactAnswer::Decline,
        task::RecontactAnswer::NoAnswer => RecontactAnswer::NoAnswer,
        task::RecontactAnswer::Unreachable => RecontactAnswer::Unreachable,
    }
}
