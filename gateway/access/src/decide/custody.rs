//! The rules of the basis `custody`: configured staff of the programme. This basis opens a dataset in one case only: to select the participants for a
//! recontact request at its approval. No caller sees these participants.

use std::sync::Arc;

use gemj_model::{Clause, Timestamp};

use super::AccessRequest;
use super::approvals::covered;
use crate::action::Action;
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::denial::Rule;
use crate::disclosure::{Granularity, Tier};
use crate::grant::{Contents, DatasetGrant, Grant, RestsOn};
use crate::policy::Policy;
use crate::resource::{LocatedObject, LocatedRecontact, LocatedRun, Resource};
use crate::role::RoleKind;

pub(super) fn decide(question: &AccessRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    let mut datasets = Vec::new();
    let (run, recontact) = match (question.action, &question.resource) {
        (Action::ReviewRunOutput, Resource::RunOutput(run)) => {
            let run = run.map(|(run, _)| run);
            may_review(question.caller, run)?;
            if !run.is_some_and(|run| all_in_study(run, view)) {
                return Err(Rule::NotVisible);
            }
            (run.map(|run| run.id.clone()), None)
        }
        (Action::ReviewRecontact, Resource::Recontact(request)) => {
            may_approve(question.caller, *request)?;
            (None, request.map(|r| r.id.clone()))
        }
        (Action::SelectForRecontact, Resource::Recontact(request)) => {
            may_approve(question.caller, *request)?;
            datasets.extend(request.and_then(|r| askable(r, policy, view, question.now)));
            (None, request.map(|r| r.id.clone()))
        }
        (Action::ReadHeldObjects, Resource::HeldObjects) => {
            is_steward(question.caller)?;
            (None, None)
        }
        _ => return Err(Rule::NotVisible),
    };
    Ok(Grant::seal(Contents {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run,
        recontact,
        object: None,
        action: question.action,
        datasets,
        purposes: Vec::new(),
        declared_purpose: None,
        approvals: RestsOn::default(),
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        least_families: policy.public_k(),
        epoch: view.epoch(),
        not_after: question.end(),
    }))
}

/// Whether every participant whose data a run used is in the study now. Results that were computed from a participant's data also
/// concern that participant. After the participant leaves the study, no reviewer sees the run's outputs. False if an input no longer
/// exists, has no sample, or has an unmapped sample.
fn all_in_study(run: &LocatedRun, view: &ConsentView) -> bool {
    let people = view.holding(Clause::StudyUse);
    let known = |file: &LocatedObject| !file.samples.is_empty() && file.samples.iter().all(|s| s.is_some_and(|o| people.contains(o.0)));
    run.inputs.iter().all(|input| input.as_ref().is_some_and(known))
}

/// The participants of a recontact request who may be contacted again now. They are members of the request's dataset and agreed to be
/// contacted again. The requester may see them under the request's approvals, as these are now. The request and its numbers therefore
/// reveal nothing about other participants.
///
/// If an approval is limited to a release, only the release's files count as evidence that a participant is a carrier. Participants who died or
/// withdrew from the study are not included. Absent in these cases:
/// * the dataset is not configured or has no members;
/// * the request has no approval;
/// * one of the request's approvals is not in force for the dataset, or its release is not one of the dataset.
pub(super) fn askable(request: &LocatedRecontact, policy: &Policy, view: &ConsentView, now: Timestamp) -> Option<DatasetGrant> {
    policy.dataset(&request.dataset)?;
    if request.approvals.is_empty() {
        return None;
    }
    let mut people = view.members(&request.dataset)? & view.askable_again();
    let mut releases = Vec::new();
    for id in &request.approvals {
        let approval = view
            .approval_of_id(id, now)
            .filter(|approval| approval.datasets.contains(&request.dataset))?;
        if let Some(release) = &approval.release {
            let members = view.release(release).filter(|members| members.dataset == request.dataset)?;
            people &= &members.participants;
            releases.push((release.clone(), Arc::clone(members)));
        }
        let (covered, _) = covered(approval, policy.organisation(&approval.organisation), &request.dataset, view);
        people &= covered.as_ref();
    }
    let (terms, granularity) = (policy.terms(Tier::Controlled), Granularity::Record);
    let granted = DatasetGrant::new(request.dataset.clone(), terms, granularity, None, Arc::new(people));
    Some(granted.with_releases(releases))
}

/// Checks that the caller is a steward. Stewards handle the files on hold of the whole programme.
fn is_steward(caller: &Caller) -> Result<(), Rule> {
    if caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    if !caller.has_role(RoleKind::Steward) {
        return Err(Rule::RoleRequired);
    }
    Ok(())
}

/// Checks that the caller may review an output of a run. The caller must be a reviewer for every project of the
/// run and must not have submitted the run.
pub(crate) fn may_review(caller: &Caller, run: Option<&LocatedRun>) -> Result<(), Rule> {
    if caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    let projects = caller.role_scopes(&[RoleKind::OutputReviewer]);
    if projects.is_empty() {
        return Err(Rule::RoleRequired);
    }
    let run = run.ok_or(Rule::NotVisible)?;
    // If the run has no known owner, the check below cannot recognise a reviewer who submitted the run.
    if run.owner.is_empty() || run.projects.is_empty() || !run.projects.iter().all(|p| projects.contains(&p.as_str())) {
        return Err(Rule::NotVisible);
    }
    if caller.is_one_of(std::slice::from_ref(&run.owner)) {
        return Err(Rule::OwnRequest);
    }
    Ok(())
}

/// Checks that the caller may approve a recontact request. The caller must be an approver and must not have made the request.
pub(crate) fn may_approve(caller: &Caller, request: Option<&LocatedRecontact>) -> Result<(), Rule> {
    if caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    if !caller.has_role(RoleKind::RecontactApprover) {
        return Err(Rule::RoleRequired);
    }
    let request = request.ok_or(Rule::NotVisible)?;
    // If the request has no known requester, the check below cannot recognise an approver who made the request.
    if request.requester.is_empty() {
        return Err(Rule::NotVisible);
    }
    if caller.is_one_of(std::slice::from_ref(&request.requester)) {
        return Err(Rule::OwnRequest);
    }
    Ok(())
}
