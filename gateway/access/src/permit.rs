//! Decisions about the writes that callers request. [`crate::decide()`] makes the decisions about reads.

use gemj_model::{DatasetId, SiteId, Timestamp};

use crate::action::Action;
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::decide::approvals::{Obstacle, all_held};
use crate::decide::custody::may_approve;
use crate::decide::hospital::{own_patient, own_site};
use crate::decide::research::no_purpose_refused_always;
use crate::decide::runs::{approved_anew, common_purposes, inputs_anew};
use crate::decide::{AccessRequest, decide};
use crate::declared::Declared;
use crate::denial::{Denial, Refused, Rule};
use crate::grant::{DecisionId, Grant};
use crate::mandate::{Mandate, NewRun, Scope, WriteAction};
use crate::policy::Policy;
use crate::resource::{LocatedPatient, LocatedRecontact, LocatedRun, Resource};
use crate::smart_scope;

/// The object of a write, as `locate` found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteResource<'a> {
    /// One patient of a hospital; absent if no patient has the number or id in the request.
    Patient(Option<&'a LocatedPatient>),
    /// The consent records of one hospital, without a patient: a receipt, and an alarm about a statement whose patient is not known.
    Site(&'a SiteId),
    /// A run that does not exist yet. The owner of the run is the caller. The projects of the run are those of the approvals used.
    NewRun(&'a LocatedRun),
    /// An existing run; absent if no run has this id.
    Run(Option<&'a LocatedRun>),
    /// The participants of a dataset.
    Dataset(&'a DatasetId),
    /// One recontact request; absent if no recontact request has this id.
    Recontact(Option<&'a LocatedRecontact>),
}

/// One write to decide: the caller, the write, the object of the write, and the time.
#[derive(Clone, Copy, Debug)]
pub struct WriteRequest<'a> {
    /// The id of this decision, which the resulting Mandate or Denial carries.
    pub decision: DecisionId,
    /// The caller who requests the write.
    pub caller: &'a Caller,
    /// The kind of write.
    pub action: WriteAction,
    /// The object of the write, as `locate` found it.
    pub resource: WriteResource<'a>,
    /// The use that the request declares; absent if the client cannot declare a use.
    pub declared: Option<&'a Declared>,
    /// The time of the decision.
    pub now: Timestamp,
}

/// Decides about a write. The function is pure. A write that no rule allows is denied.
///
/// # Errors
/// The [`Denial`] with the rule that denied the write.
pub fn permit(question: &WriteRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Mandate, Denial> {
    let scope = scope(question, policy, view).map_err(|refused| refused.denial(question.decision))?;
    Ok(Mandate::of_caller(
        &question.caller.pseudonym,
        question.action,
        scope,
        question.decision,
    ))
}

fn scope(question: &WriteRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Scope, Refused> {
    let caller = question.caller;
    if caller.not_after.is_some_and(|end| end <= question.now) || caller.is_anonymous() || policy.bans().bars(caller) {
        return Err(Rule::CredentialsRequired.into());
    }
    match (question.action, question.resource) {
        // These writes stay open after a withdrawal, so that a hospital can always record its patient's wishes.
        (WriteAction::WriteFhir | WriteAction::RecordConsent | WriteAction::AnswerRecontact, WriteResource::Patient(patient)) => {
            smart_scope::check(caller, question.declared)?;
            Ok(Scope::Patient(own_patient(caller, patient)?.participant))
        }
        (WriteAction::RecordConsent, WriteResource::Site(site)) => {
            smart_scope::check(caller, question.declared)?;
            own_site(caller, site)?;
            Ok(Scope::Site(site.clone()))
        }
        (WriteAction::SubmitRun, WriteResource::NewRun(run)) => new_run(question, run, policy, view).map(Scope::NewRun),
        (WriteAction::CancelRun, WriteResource::Run(Some(run))) if run.owner == caller.pseudonym => Ok(Scope::Run(run.id.clone())),
        (WriteAction::ReviewOutput, WriteResource::Run(run)) => {
            // A reviewer may decide only about an output that the reviewer may read.
            let read = as_read(question, Action::ReviewRunOutput, Resource::RunOutput(run.map(|run| (run, false))));
            decide(&read, policy, view)?;
            Ok(Scope::Run(run.map(|r| r.id.clone()).unwrap_or_default()))
        }
        (WriteAction::RequestRecontact, WriteResource::Dataset(dataset)) => {
            // Only a caller with an approved project may request recontact.
            let read = as_read(question, Action::AskVariants, Resource::Population(&[]));
            no_purpose_refused_always(&read)?;
            let grant = approved_anew(&read, dataset, policy, view)?;
            Ok(Scope::Dataset(dataset.clone(), grant.approval_ids_for(dataset).to_vec()))
        }
        (WriteAction::DecideRecontact, WriteResource::Recontact(request)) => {
            may_approve(caller, request)?;
            Ok(Scope::Recontact(request.map(|r| r.id.clone()).unwrap_or_default()))
        }
        _ => Err(Rule::NotVisible.into()),
    }
}

/// Decides about a new run. The caller must have an approved project. Every input must be open to the caller now, and
/// all inputs must have a purpose in common.
fn new_run(question: &WriteRequest<'_>, run: &LocatedRun, policy: &Policy, view: &ConsentView) -> Result<NewRun, Refused> {
    let read = as_read(question, Action::ComputeOnObject, Resource::Object(None));
    no_purpose_refused_always(&read)?;
    let grants = inputs_anew(&read, run, policy, view)?;
    common_purposes(&grants)?;
    let used: Vec<&str> = grants.iter().flat_map(|grant| grant.approval_ids()).map(String::as_str).collect();
    let (mut projects, mut approvals) = (Vec::new(), Vec::new());
    let mut not_after = grants.iter().map(Grant::not_after).fold(read.end(), std::cmp::min);
    let mut another_purpose = false;
    let all = all_held(&read, view);
    for (index, one) in all.iter().enumerate() {
        another_purpose |= one.outcome == Err(Obstacle::Purpose);
        let (Some(approval), Ok(until)) = (one.approval, &one.outcome) else {
            continue;
        };
        let outlived = all.iter().enumerate().any(|(other_index, other)| {
            let is_of_it = other.approval.is_some_and(|of| of.id == approval.id);
            is_of_it
                && other
                    .outcome
                    .as_ref()
                    .is_ok_and(|end| end > until || (end == until && other_index < index))
        });
        if !outlived && (run.inputs.is_empty() || used.contains(&approval.id.as_str())) {
            projects.push(approval.project.clone());
            approvals.push(approval.visa_value.clone());
            not_after = not_after.min(*until);
        }
    }
    if projects.is_empty() {
        let rule = if another_purpose { Rule::Purpose } else { Rule::RoleRequired };
        return Err(rule.into());
    }
    for list in [&mut projects, &mut approvals] {
        list.sort();
        list.dedup();
    }
    Ok(NewRun {
        projects,
        approvals,
        not_after,
    })
}

fn as_read<'a>(question: &WriteRequest<'a>, action: Action, resource: Resource<'a>) -> AccessRequest<'a> {
    AccessRequest {
        decision: question.decision,
        caller: question.caller,
        action,
        resource,
        declared: question.declared,
        now: question.now,
    }
}
