//! The rules for what a researcher asked for before: runs and their outputs, requests to ask participants again.

use std::sync::Arc;

use gemj_model::DatasetId;

use super::{Question, decide as decide_anew};
use crate::action::Action;
use crate::consent::ConsentView;
use crate::denial::Rule;
use crate::grant::{Grant, Terms, Tier};
use crate::policy::Policy;
use crate::resource::{LocatedRun, Resource};

pub(super) fn decide(question: &Question<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    if question.caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    let owns = |owner: &str| !owner.is_empty() && question.caller.pseudonym == owner;
    match (question.action, &question.resource) {
        (Action::ReadRun, Resource::Run(Some(run))) if owns(&run.owner) => Ok(own(question, view, Opened::Run(&run.id), &[])),
        // A list of nobody's runs but the caller's: the store reads it by the holder that the Grant names.
        (Action::ReadRun, Resource::OwnRuns) => Ok(own(question, view, Opened::OwnRuns, &[])),
        (Action::ReadRunOutput, Resource::RunOutput(Some((run, released)))) if owns(&run.owner) => {
            if !released {
                return Err(Rule::Held);
            }
            // What was computed of somebody's data is theirs too: who left since takes the outputs along.
            Ok(own(
                question,
                view,
                Opened::Run(&run.id),
                &inputs_anew(question, run, policy, view)?,
            ))
        }
        (Action::ReadRecontact, Resource::Recontact(Some(request))) if owns(&request.requester) => {
            // The numbers are of the dataset's people: they are told as long as the approval to ask about them holds.
            let asked = approved_anew(question, &request.dataset, policy, view)?;
            Ok(own(question, view, Opened::Recontact(&request.id), &[asked]))
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

/// Decides at this moment whether a caller is approved to ask about a dataset's people.
pub(crate) fn approved_anew(question: &Question<'_>, dataset: &DatasetId, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    let named = [dataset.clone()];
    let about = Question {
        action: Action::AskVariants,
        resource: Resource::Population(&named),
        ..*question
    };
    let grant = decide_anew(&about, policy, view).map_err(|denial| denial.rule)?;
    if grant.dataset(dataset).is_some_and(|d| d.tier() == Tier::Controlled) {
        Ok(grant)
    } else {
        Err(Rule::DatasetNotOpen(dataset.clone()))
    }
}

/// What of the caller's own is opened.
enum Opened<'a> {
    OwnRuns,
    Run(&'a str),
    Recontact(&'a str),
}

/// A Grant for something of the caller's own, which lasts as long as all that it rests on.
fn own(question: &Question<'_>, view: &ConsentView, opened: Opened<'_>, rests_on: &[Grant]) -> Grant {
    let (run, recontact) = match opened {
        Opened::OwnRuns => (None, None),
        Opened::Run(id) => (Some(id.to_owned()), None),
        Opened::Recontact(id) => (None, Some(id.to_owned())),
    };
    let mut approvals: Vec<String> = rests_on.iter().flat_map(|g| g.approvals().to_vec()).collect();
    approvals.sort();
    approvals.dedup();
    Grant::seal(Terms {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run,
        recontact,
        action: question.action,
        datasets: Vec::new(),
        purposes: Vec::new(),
        declared_purpose: None,
        approvals,
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        public_k: u32::MAX,
        epoch: view.epoch(),
        not_after: rests_on.iter().map(Grant::not_after).fold(question.end(), std::cmp::min),
    })
}
