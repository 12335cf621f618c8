//! The rules for a researcher's own earlier requests: workflow runs with their outputs, and recontact requests.

use std::sync::Arc;

use gemj_model::{DatasetId, Purpose};

use super::custody::askable;
use super::research::{population, seal};
use super::{AccessRequest, decide as decide_anew};
use crate::action::Action;
use crate::consent::ConsentView;
use crate::denial::{Refused, Rule};
use crate::grant::{Contents, DatasetGrant, Grant, RestsOn};
use crate::policy::Policy;
use crate::resource::{LocatedRun, Resource};

pub(super) fn decide(question: &AccessRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
    let caller = question.caller;
    match (question.action, &question.resource) {
        (Action::ReadRun, Resource::Run(Some(run))) if caller.owns_run(run) => own(question, policy, view, Opened::Run(&run.id), &[]),
        // The list contains only the caller's own runs: the store selects them by the holder that the Grant names.
        (Action::ReadRun, Resource::OwnRuns) => own(question, policy, view, Opened::OwnRuns, &[]),
        (Action::ReadRunOutput, Resource::RunOutput(Some((run, released)))) if caller.owns_run(run) => {
            if !released {
                return Err(Rule::Held.into());
            }
            // Results that were computed from a participant's data also concern that participant. If the participant has left the
            // study since the run, the outputs are closed.
            own(
                question,
                policy,
                view,
                Opened::Run(&run.id),
                &inputs_anew(question, run, policy, view)?,
            )
        }
        (Action::ReadRecontact, Resource::Recontact(Some(request))) if caller.owns_request(request) => {
            // The numbers of a recontact request count participants of the dataset. They are returned only while the
            // caller's approval for this dataset holds.
            let asked = approved_anew(question, &request.dataset, policy, view)?;
            let people = askable(request, policy, view, question.now).into_iter().collect();
            own(question, policy, view, Opened::Recontact(&request.id, people), &[asked])
        }
        _ => Err(Rule::NotVisible.into()),
    }
}

/// Decides every input of a run again, at this moment.
pub(crate) fn inputs_anew(
    question: &AccessRequest<'_>,
    run: &LocatedRun,
    policy: &Policy,
    view: &ConsentView,
) -> Result<Vec<Grant>, Refused> {
    run.inputs
        .iter()
        .map(|input| {
            let about = AccessRequest {
                action: Action::ComputeOnObject,
                resource: Resource::Object(input.as_ref()),
                ..*question
            };
            Ok(decide_anew(&about, policy, view)?)
        })
        .collect()
}

/// Decides again, at this moment, whether a caller's approvals open queries about a dataset's participants, anywhere in the genome.
pub(crate) fn approved_anew(
    question: &AccessRequest<'_>,
    dataset: &DatasetId,
    policy: &Policy,
    view: &ConsentView,
) -> Result<Grant, Refused> {
    if policy.dataset(dataset).is_none() {
        return Err(Rule::DatasetNotOpen(dataset.clone()).into());
    }
    let named = [dataset.clone()];
    let about = AccessRequest {
        action: Action::AskVariants,
        resource: Resource::Population(&named),
        ..*question
    };
    about.has_not_ended()?;
    let answer = population::controlled(&about, dataset, policy, view)?;
    if answer.is_limited_to_regions() {
        // The position of the recontact request's allele is unknown here. An approval that is limited to regions is therefore refused.
        return Err(Rule::Regions.into());
    }
    seal(&about, None, vec![answer], policy, view)
}

/// The purposes that all given Grants have in common; empty if there is no Grant.
///
/// # Errors
/// [`Rule::ApprovalNeeded`] if the Grants have no purpose in common.
pub(crate) fn common_purposes(rests_on: &[Grant]) -> Result<Vec<Purpose>, Rule> {
    let mut grants = rests_on.iter();
    let mut purposes = grants.next().map(|grant| grant.purposes().to_vec()).unwrap_or_default();
    for grant in grants {
        purposes.retain(|purpose| grant.purposes().contains(purpose));
    }
    if purposes.is_empty() && !rests_on.is_empty() {
        return Err(Rule::ApprovalNeeded);
    }
    Ok(purposes)
}

/// The run, list of runs or recontact request that the caller opens as its owner.
enum Opened<'a> {
    OwnRuns,
    Run(&'a str),
    /// A recontact request, and the participants that its numbers count.
    Recontact(&'a str, Vec<DatasetGrant>),
}

/// Makes a Grant for a run, list of runs or recontact request that the caller owns. The Grant ends at the
/// earliest end of everything on which it rests.
fn own(
    question: &AccessRequest<'_>,
    policy: &Policy,
    view: &ConsentView,
    opened: Opened<'_>,
    rests_on: &[Grant],
) -> Result<Grant, Refused> {
    let (run, recontact, datasets) = match opened {
        Opened::OwnRuns => (None, None, Vec::new()),
        Opened::Run(id) => (Some(id.to_owned()), None, Vec::new()),
        Opened::Recontact(id, people) => (None, Some(id.to_owned()), people),
    };
    let mut approvals = RestsOn::default();
    for grant in rests_on {
        approvals.extend(grant.rests_on());
    }
    Ok(Grant::seal(Contents {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run,
        recontact,
        object: None,
        action: question.action,
        datasets,
        purposes: common_purposes(rests_on)?,
        declared_purpose: question.declared_purpose(),
        approvals,
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        least_families: policy.public_k(),
        epoch: view.epoch(),
        not_after: rests_on.iter().map(Grant::not_after).fold(question.end(), std::cmp::min),
    }))
}
