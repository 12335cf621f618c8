//! The rules of the basis `custody`: configured people of the programme. It opens no dataset.

use std::sync::Arc;

use super::Question;
use crate::action::Action;
use crate::caller::Caller;
use crate::consent::ConsentView;
use crate::denial::Rule;
use crate::grant::{Grant, Terms};
use crate::policy::Policy;
use crate::resource::{LocatedRecontact, LocatedRun, Resource};
use crate::role::RoleKind;

pub(super) fn decide(question: &Question<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    let run = match (question.action, &question.resource) {
        (Action::ReviewRunOutput, Resource::RunOutput(run)) => {
            let run = run.map(|(run, _)| run);
            may_review(question.caller, run)?;
            run.map(|run| run.id.clone())
        }
        (Action::ReviewRecontact, Resource::Recontact(request)) => {
            may_approve(question.caller, *request)?;
            None
        }
        _ => return Err(Rule::NotVisible),
    };
    Ok(Grant::seal(Terms {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run,
        action: question.action,
        datasets: Vec::new(),
        purpose: None,
        approvals: Vec::new(),
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        public_k: policy.public_k(),
        epoch: view.epoch(),
        not_after: question.caller.not_after.unwrap_or(question.now),
    }))
}

/// An output's reviewer has that role for every project of the run, and did not submit it.
pub(crate) fn may_review(caller: &Caller, run: Option<&LocatedRun>) -> Result<(), Rule> {
    if caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    let projects = caller.role_scopes(&[RoleKind::OutputReviewer]);
    if projects.is_empty() {
        return Err(Rule::RoleRequired);
    }
    let run = run.ok_or(Rule::NotVisible)?;
    if run.projects.is_empty() || !run.projects.iter().all(|p| projects.contains(&p.as_str())) {
        return Err(Rule::NotVisible);
    }
    if run.owner == caller.pseudonym {
        return Err(Rule::OwnRequest);
    }
    Ok(())
}

/// Whoever approves a request to ask participants again has that role and did not ask.
pub(crate) fn may_approve(caller: &Caller, request: Option<&LocatedRecontact>) -> Result<(), Rule> {
    if caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    if !caller.roles.iter().any(|role| role.kind == RoleKind::RecontactApprover) {
        return Err(Rule::RoleRequired);
    }
    let request = request.ok_or(Rule::NotVisible)?;
    if request.requester == caller.pseudonym {
        return Err(Rule::OwnRequest);
    }
    Ok(())
}
