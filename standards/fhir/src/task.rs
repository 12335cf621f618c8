//! Recontact Tasks. A Task carries the request to a hospital, its progress and the answer (FHIR R4 § Task).

use serde_json::{Value, json};

use crate::date::is_date_time;
use crate::reference::is_id;

/// The URI of the gateway's own code system for the result of a recontact.
pub const RECONTACT_ANSWER_SYSTEM: &str = "https://gemj.example/fhir/CodeSystem/recontact-answer";

/// The result of a recontact: the code in a Task's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecontactAnswer {
    /// `agree`: the participant may be contacted further.
    Agree,
    /// `decline`: the participant does not want further contact.
    Decline,
    /// `no-answer`: the hospital contacted the participant, but the participant did not answer.
    NoAnswer,
    /// `unreachable`: the hospital could not contact the participant.
    Unreachable,
}

impl RecontactAnswer {
    /// All possible results of a recontact.
    pub const ALL: [Self; 4] = [Self::Agree, Self::Decline, Self::NoAnswer, Self::Unreachable];

    /// The code of the result.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Decline => "decline",
            Self::NoAnswer => "no-answer",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Why the answer in a Task is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AnswerError {
    /// The output contains a code that the gateway's code system does not contain.
    #[error("the answer's code is unknown")]
    UnknownCode,
    /// The outputs contain several different answers.
    #[error("the task holds more than one answer")]
    Several,
}

/// Reads the answer from a Task: codings of [`RECONTACT_ANSWER_SYSTEM`] in any `output.valueCodeableConcept` (or `valueCoding`). `None` if no
/// output has an answer.
///
/// # Errors
/// [`AnswerError`] if the code is unknown, or if the outputs contain different answers.
pub fn read_answer(task: &Value) -> Result<Option<RecontactAnswer>, AnswerError> {
    let mut answer = None;
    for output in task.get("output").and_then(Value::as_array).into_iter().flatten() {
        let concept = output
            .get("valueCodeableConcept")
            .and_then(|concept| concept.get("coding"))
            .and_then(Value::as_array);
        for coding in concept.into_iter().flatten().chain(output.get("valueCoding")) {
            if coding.get("system").and_then(Value::as_str) != Some(RECONTACT_ANSWER_SYSTEM) {
                continue;
            }
            let code = coding.get("code").and_then(Value::as_str);
            let read = RecontactAnswer::ALL.into_iter().find(|answer| Some(answer.as_str()) == code);
            let read = read.ok_or(AnswerError::UnknownCode)?;
            if answer.replace(read).is_some_and(|other| other != read) {
                return Err(AnswerError::Several);
            }
        }
    }
    Ok(answer)
}

/// The status of a Task: `Task.status` (value set `task-status`, required binding).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// The status `draft`.
    Draft,
    /// The status `requested`: the hospital has not yet answered the request.
    Requested,
    /// The status `received`: the hospital has received the request.
    Received,
    /// The status `accepted`: the hospital has agreed to do the recontact.
    Accepted,
    /// The status `rejected`: the hospital has refused the recontact.
    Rejected,
    /// The status `ready`.
    Ready,
    /// The status `cancelled`: the request was cancelled.
    Cancelled,
    /// The status `in-progress`: the hospital is working on the recontact.
    InProgress,
    /// The status `on-hold`.
    OnHold,
    /// The status `failed`: the recontact could not be completed.
    Failed,
    /// The status `completed`: the recontact was completed.
    Completed,
    /// The status `entered-in-error`.
    EnteredInError,
}

impl TaskStatus {
    /// All statuses of a Task.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::Requested,
        Self::Received,
        Self::Accepted,
        Self::Rejected,
        Self::Ready,
        Self::Cancelled,
        Self::InProgress,
        Self::OnHold,
        Self::Failed,
        Self::Completed,
        Self::EnteredInError,
    ];

    /// The code of the status.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Requested => "requested",
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Ready => "ready",
            Self::Cancelled => "cancelled",
            Self::InProgress => "in-progress",
            Self::OnHold => "on-hold",
            Self::Failed => "failed",
            Self::Completed => "completed",
            Self::EnteredInError => "entered-in-error",
        }
    }

    /// Parses the code of a Task's status; `None` for any other text.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == code)
    }

    /// Whether the status is final, so that no other status can follow.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Cancelled | Self::Failed | Self::Completed | Self::EnteredInError
        )
    }

    /// Whether a recontact Task may change from this status to `next` in one step. A recontact uses a part of the Task state machine (FHIR R4 §
    /// 12.1.3):
    ///
    /// * The order is: requested, received, accepted or rejected, in-progress, completed or failed. `received` may be skipped.
    /// * A Task can be cancelled from every status that is not terminal.
    /// * The same status is not a step. No step leads back, and no step leads to `draft`, `ready`, `on-hold` or `entered-in-error`.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (_, Self::Cancelled) => !self.is_terminal(),
            (Self::Requested, Self::Received | Self::Accepted | Self::Rejected)
            | (Self::Received, Self::Accepted | Self::Rejected)
            | (Self::Accepted, Self::InProgress)
            | (Self::InProgress, Self::Completed | Self::Failed) => true,
            (_, _) => false,
        }
    }
}

/// The values of `Task.intent` that a recontact uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskIntent {
    /// `proposal`: the hospital decides whether to contact the participant.
    Proposal,
    /// `order`: the recontact is approved and must be done.
    Order,
}

/// A new request to a hospital to contact a participant again.
#[derive(Clone, Copy)]
pub struct RecontactTask<'a> {
    /// The id of the Task.
    pub id: &'a str,
    /// The number of the request to which the Task belongs, as an identifier's system and value (`groupIdentifier`).
    pub request: (&'a str, &'a str),
    /// Whether the Task is a proposal or an order.
    pub intent: TaskIntent,
    /// The id of the Patient resource of the participant.
    pub patient_id: &'a str,
    /// The id of the Organization resource of the hospital.
    pub owner_id: &'a str,
    /// The reason of the recontact, for the hospital's staff. It must not contain results or other persons.
    pub reason: &'a str,
    /// The state of the request in the gateway's own words (`businessStatus`).
    pub business_status: &'a str,
    /// The time of creation, a `dateTime`.
    pub authored_on: &'a str,
    /// The last time at which an answer is useful, a `dateTime`.
    pub until: &'a str,
}

/// Why a recontact Task cannot be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TaskError {
    /// One of the ids is not valid.
    #[error("not an id")]
    NotAnId,
    /// One of the times is not a `dateTime`.
    #[error("not a dateTime")]
    NotADateTime,
    /// A text that is required is empty.
    #[error("a text is empty")]
    Empty,
}

impl RecontactTask<'_> {
    /// Renders the Task resource, with the status `requested`.
    ///
    /// # Errors
    /// [`TaskError`] if an id or a time is not valid, or if a text is empty.
    pub fn to_json(&self) -> Result<Value, TaskError> {
        if ![self.id, self.patient_id, self.owner_id].into_iter().all(is_id) {
            return Err(TaskError::NotAnId);
        }
        if !is_date_time(self.authored_on) || !is_date_time(self.until) {
            return Err(TaskError::NotADateTime);
        }
        let texts = [self.reason, self.business_status, self.request.0, self.request.1];
        if texts.into_iter().any(|text| text.trim().is_empty()) {
            return Err(TaskError::Empty);
        }
        let intent = match self.intent {
            TaskIntent::Proposal => "proposal",
            TaskIntent::Order => "order",
        };
        Ok(json!({
            "resourceType": "Task",
            "id": self.id,
            "groupIdentifier": {"system": self.request.0, "value": self.request.1},
            "status": TaskStatus::Requested.as_str(),
            "businessStatus": {"text": self.business_status},
            "intent": intent,
            "code": {"text": "Recontact"},
            "focus": {"display": self.reason},
            "for": {"reference": format!("Patient/{}", self.patient_id)},
            "authoredOn": self.authored_on,
            "lastModified": self.authored_on,
            "owner": {"reference": format!("Organization/{}", self.owner_id)},
            "restriction": {"period": {"end": self.until}},
        }))
    }
}

/// Renders one `Task.output` with the answer, as a hospital writes it.
#[must_use]
pub fn answer_output(answer: RecontactAnswer) -> Value {
    let coding = json!({"system": RECONTACT_ANSWER_SYSTEM, "code": answer.as_str()});
    json!({"type": {"text": "Recontact answer"}, "valueCodeableConcept": {"coding": [coding]}})
}
