//! The other half of the one decision: writes that callers ask for.

use gemj_model::{DatasetId, Timestamp};

use crate::action::Action;
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::decide::custody::may_approve;
use crate::decide::hospital::own_patient;
use crate::decide::runs::{approved_anew, inputs_anew};
use crate::decide::{Question, decide};
use crate::declared::Declared;
use crate::denial::{Denial, Rule};
use crate::grant::DecisionId;
use crate::mandate::{Mandate, NewRun, Scope, WriteAction};
use crate::policy::Policy;
use crate::resource::{LocatedPatient, LocatedRecontact, LocatedRun, Resource};

/// What a write is about, as `locate` found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteResource<'a> {
    /// One patient of a hospital; absent where nobody has the number or id.
    Patient(Option<&'a LocatedPatient>),
    /// A run that is to be: its owner is the caller, its projects are those of the approvals used.
    NewRun(&'a LocatedRun),
    /// A run that is there; absent where no such id exists.
    Run(Option<&'a LocatedRun>),
    /// A dataset's participants.
    Dataset(&'a DatasetId),
    /// One request to ask participants again; absent where no such id exists.
    Recontact(Option<&'a LocatedRecontact>),
}

/// One question: who wants to write what, and when.
#[derive(Clone, Copy, Debug)]
pub struct WriteQuestion<'a> {
    /// The id this decision is to have.
    pub decision: DecisionId,
    /// Who asks.
    pub caller: &'a Caller,
    /// What for a write.
    pub action: WriteAction,
    /// Of what.
    pub resource: WriteResource<'a>,
    /// What the request says of its use; absent where the client cannot say anything.
    pub declared: Option<&'a Declared>,
    /// When.
    pub now: Timestamp,
}

/// Decides about a write. Pure; what no rule allows is refused.
///
/// # Errors
/// The [`Denial`] with the rule that refused.
pub fn permit(question: &WriteQuestion<'_>, policy: &Policy, view: &ConsentView) -> Result<Mandate, Denial> {
    let deny = |rule| Denial {
        decision: question.decision,
        rule,
    };
    if question.caller.not_after.is_some_and(|end| end <= question.now) || question.caller.is_anonymous() {
        return Err(deny(Rule::CredentialsRequired));
    }
    let scope = scope(question, policy, view).map_err(deny)?;
    Ok(Mandate::of_caller(
        &question.caller.pseudonym,
        question.action,
        scope,
        question.decision,
    ))
}

fn scope(question: &WriteQuestion<'_>, policy: &Policy, view: &ConsentView) -> Result<Scope, Rule> {
    let caller = question.caller;
    match (question.action, question.resource) {
        // Open after withdrawal too: a hospital can always say what its patient wants.
        (WriteAction::WriteFhir | WriteAction::RecordConsent | WriteAction::AnswerRecontact, WriteResource::Patient(patient)) => {
            own_patient(caller, patient).map(|p| Scope::Patient(p.participant))
        }
        (WriteAction::SubmitRun, WriteResource::NewRun(run)) => new_run(question, run, policy, view).map(Scope::NewRun),
        (WriteAction::CancelRun, WriteResource::Run(Some(run))) if run.owner == caller.pseudonym => Ok(Scope::Run(run.id.clone())),
        (WriteAction::ReviewOutput, WriteResource::Run(run)) => {
            // Nobody decides about what they may not see.
            let read = as_read(question, Action::ReviewRunOutput, Resource::RunOutput(run.map(|run| (run, false))));
            decide(&read, policy, view).map_err(|denial| denial.rule)?;
            Ok(Scope::Run(run.map(|r| r.id.clone()).unwrap_or_default()))
        }
        (WriteAction::RequestRecontact, WriteResource::Dataset(dataset)) => {
            // Only an approved project asks for participants to be asked again.
            let read = as_read(question, Action::AskVariants, Resource::Population(&[]));
            approved_anew(&read, dataset, policy, view)?;
            Ok(Scope::Dataset(dataset.clone()))
        }
        (WriteAction::DecideRecontact, WriteResource::Recontact(request)) => {
            may_approve(caller, request)?;
            Ok(Scope::Recontact(request.map(|r| r.id.clone()).unwrap_or_default()))
        }
        _ => Err(Rule::NotVisible),
    }
}

/// A run needs an approved project; with inputs, every one of them must be open to it now.
fn new_run(question: &WriteQuestion<'_>, run: &LocatedRun, policy: &Policy, view: &ConsentView) -> Result<NewRun, Rule> {
    let caller = question.caller;
    let read = as_read(question, Action::ComputeOnObject, Resource::Object(None));
    let grants = inputs_anew(&read, run, policy, view)?;
    let mut not_after = read.end();
    let mut approvals: Vec<String> = if run.inputs.is_empty() {
        caller
            .controlled
            .iter()
            .filter(|visa| visa.not_after > question.now)
            .map(|visa| visa.value.clone())
            .collect()
    } else {
        grants.iter().flat_map(|grant| grant.approvals().to_vec()).collect()
    };
    approvals.sort();
    approvals.dedup();
    let mut projects = Vec::new();
    approvals.retain(|value| match view.approval(value, question.now) {
        Some(approval) => {
            projects.push(approval.project.clone());
            not_after = not_after.min(approval.not_after);
            true
        }
        None => false,
    });
    if projects.is_empty() {
        return Err(Rule::RoleRequired);
    }
    projects.sort();
    projects.dedup();
    for visa in caller
        .controlled
        .iter()
        .filter(|visa| visa.not_after > question.now && approvals.contains(&visa.value))
    {
        not_after = not_after.min(visa.not_after);
    }
    for grant in &grants {
        not_after = not_after.min(grant.not_after());
    }
    Ok(NewRun {
        projects,
        approvals,
        not_after,
    })
}

fn as_read<'a>(question: &WriteQuestion<'a>, action: Action, resource: Resource<'a>) -> Question<'a> {
    Question {
        decision: question.decision,
        caller: question.caller,
        action,
        resource,
        declared: question.declared,
        now: question.now,
    }
}
