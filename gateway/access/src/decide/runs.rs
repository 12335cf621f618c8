//! The rules for what a researcher asked for before: runs and their outputs, requests to ask participants again.

use std::sync::Arc;

use super::{Question, decide as decide_anew};
use crate::action::Action;
use crate::consent::ConsentView;
use crate::denial::Rule;
use crate::grant::{Grant, Terms};
use crate::policy::Policy;
use crate::resource::{LocatedRun, Resource};

pub(super) fn decide(question: &Question<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    if question.caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    let owns = |owner: &str| !owner.is_empty() && question.caller.pseudonym == owner;
    match (question.action, &question.resource) {
        (Action::ReadRun, Resource::Run(Some(run))) if owns(&run.owner) => Ok(own(question, view, Some(&run.id), Vec::new())),
        // A list of nobody's runs but the caller's: the store reads it by the holder that the Grant names.
        (Action::ReadRun, Resource::OwnRuns) => Ok(own(question, view, None, Vec::new())),
        (Action::ReadRunOutput, Resource::RunOutput(Some((run, released)))) if owns(&run.owner) => {
            if !released {
                return Err(Rule::Held);
            }
            // What was computed of somebody's data is theirs too: who left since takes the outputs along.
            Ok(own(question, view, Some(&run.id), inputs_anew(question, run, policy, view)?))
        }
        (Action::ReadRecontact, Resource::Recontact(Some(request))) if owns(&request.requester) => {
            Ok(own(question, view, None, Vec::new()))
        }
        _ => Err(Rule::NotVisible),
    }
}

/// Decides every input of a run at this moment.
pub(crate) fn inputs_anew(question: &Question<'_>, run: &LocatedRun, policy: &Policy, view: &ConsentView) -> Result<Vec<Grant>, Rule> {
    run.inputs
        .iter()
        .map(|input| {
            let about = Question {
                action: Action::ComputeOnObject,
                resource: Resource::Object(input.as_ref()),
                ..*question
            };
            decide_anew(&about, policy, view).map_err(|denial| denial.rule)
        })
        .collect()
}

fn own(question: &Question<'_>, view: &ConsentView, run: Option<&str>, inputs: Vec<Grant>) -> Grant {
    let end = question.caller.not_after.unwrap_or(question.now);
    let mut approvals: Vec<String> = inputs.iter().flat_map(|g| g.approvals().to_vec()).collect();
    approvals.sort();
    approvals.dedup();
    Grant::seal(Terms {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run: run.map(str::to_owned),
        action: question.action,
        datasets: Vec::new(),
        purpose: None,
        approvals,
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        public_k: u32::MAX,
        epoch: view.epoch(),
        not_after: inputs.iter().map(Grant::not_after).fold(end, std::cmp::min),
    })
}
