//! Tests of recontact Tasks: rendering, answers and status changes.

use hl7_fhir::task::{
    AnswerError, RECONTACT_ANSWER_SYSTEM, RecontactAnswer, RecontactTask, TaskError, TaskIntent, TaskStatus, answer_output, read_answer,
};
use serde_json::json;

use crate::official;

const TASK: RecontactTask<'_> = RecontactTask {
    id: "t-1",
    request: ("https://gemj.example/recontact", "r-1"),
    intent: TaskIntent::Order,
    patient_id: "p-1",
    owner_id: "hospital-a",
    reason: "A finding may matter for care",
    business_status: "waiting for the hospital",
    authored_on: "2026-01-02T03:04:05+09:00",
    until: "2026-06-30",
};

#[test]
fn a_new_task_is_valid_and_names_patient_and_hospital() {
    for intent in [TaskIntent::Proposal, TaskIntent::Order] {
        official::accepts(&RecontactTask { intent, ..TASK }.to_json().unwrap());
    }
    let task = TASK.to_json().unwrap();
    hl7_fhir::resource::parse(&serde_json::to_vec(&task).unwrap()).unwrap();
    assert_eq!(
        (&task["status"], &task["for"]["reference"], &task["owner"]["reference"]),
        (&json!("requested"), &json!("Patient/p-1"), &json!("Organization/hospital-a"))
    );
    assert_eq!(task["restriction"]["period"]["end"], "2026-06-30");
}

#[test]
fn a_task_with_an_invalid_id_time_or_text_is_an_error() {
    let error = |task: RecontactTask<'_>| task.to_json().unwrap_err();
    assert_eq!(error(RecontactTask { patient_id: "p/1", ..TASK }), TaskError::NotAnId);
    assert_eq!(error(RecontactTask { until: "soon", ..TASK }), TaskError::NotADateTime);
    assert_eq!(error(RecontactTask { reason: " ", ..TASK }), TaskError::Empty);
}

#[test]
fn a_task_only_moves_forward() {
    use TaskStatus::{Accepted, Cancelled, Completed, Failed, InProgress, Received, Rejected, Requested};
    let steps = [
        (Requested, Received),
        (Requested, Accepted),
        (Requested, Rejected),
        (Requested, Cancelled),
        (Received, Accepted),
        (Received, Rejected),
        (Received, Cancelled),
        (Accepted, InProgress),
        (Accepted, Cancelled),
        (InProgress, Completed),
        (InProgress, Failed),
        (InProgress, Cancelled),
    ];
    for from in [Requested, Received, Accepted, Rejected, InProgress, Completed, Failed, Cancelled] {
        for to in TaskStatus::ALL {
            assert_eq!(from.may_become(to), steps.contains(&(from, to)), "{from:?} to {to:?}");
        }
    }
    for status in TaskStatus::ALL {
        assert_eq!(TaskStatus::parse(status.as_str()), Some(status));
        official::accepts(&json!({"resourceType": "Task", "status": status.as_str(), "intent": "order"}));
    }
}

#[test]
fn an_answer_parses_only_from_the_gateways_own_codes() {
    for answer in RecontactAnswer::ALL {
        let mut task = TASK.to_json().unwrap();
        assert_eq!(read_answer(&task), Ok(None));
        task["output"] = json!([{"type": {"text": "note"}, "valueString": "agree"}, answer_output(answer)]);
        official::accepts(&task);
        assert_eq!(read_answer(&task), Ok(Some(answer)));
    }
    let output =
        |system: &str, code: &str| json!({"type": {"text": "x"}, "valueCodeableConcept": {"coding": [{"system": system, "code": code}]}});
    let read = |outputs: serde_json::Value| read_answer(&json!({"output": outputs}));
    assert_eq!(read(json!([output("https://other.example", "agree")])), Ok(None));
    assert_eq!(
        read(json!([output(RECONTACT_ANSWER_SYSTEM, "maybe")])),
        Err(AnswerError::UnknownCode)
    );
    assert_eq!(
        read(json!([
            answer_output(RecontactAnswer::Agree),
            answer_output(RecontactAnswer::Decline)
        ])),
        Err(AnswerError::Several)
    );
    assert_eq!(
        read(json!([
            answer_output(RecontactAnswer::Agree),
            answer_output(RecontactAnswer::Agree)
        ])),
        Ok(Some(RecontactAnswer::Agree))
    );
    assert_eq!(read(json!({"not": "an array"})), Ok(None));
}
