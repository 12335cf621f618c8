//! The rules of the basis `research`: visas, approvals, data use conditions and research clauses.

pub(crate) mod object;
pub(crate) mod population;

use std::sync::Arc;

use gemj_model::{Delivery, ObjectId, Purpose, ReleaseId};

use super::approvals::Approved;
use super::{AccessRequest, runs};
use crate::action::Action;
use crate::consent::{ConsentView, ReleaseMembers};
use crate::denial::{Refused, Rule};
use crate::disclosure::{Granularity, Tier};
use crate::grant::{Contents, DatasetGrant, Grant, RestsOn};
use crate::policy::Policy;
use crate::resource::Resource;

pub(super) fn decide(question: &AccessRequest<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
    let population = matches!(question.resource, Resource::Population(_) | Resource::Cohort(_));
    if question.caller.is_anonymous() && !population {
        return Err(Rule::CredentialsRequired.into());
    }
    no_purpose_refused_always(question)?;
    match (question.action, &question.resource) {
        (Action::AskVariants | Action::AskIndividuals, Resource::Population(named)) => population::ask(question, named, policy, view),
        (Action::AskVariants | Action::AskIndividuals, Resource::Cohort(datasets)) => {
            population::ask_cohort(question, datasets, policy, view)
        }
        (
            Action::SliceReads | Action::SliceVariants | Action::DescribeObject | Action::FetchObject | Action::ComputeOnObject,
            Resource::Object(object),
        ) => object::open(question, *object, policy, view),
        (Action::ReadRun | Action::ReadRunOutput | Action::ReadRecontact, _) => runs::decide(question, policy, view),
        _ => Err(Rule::NotVisible.into()),
    }
}

/// Checks the declared purpose. A purpose that is always refused is refused before any data is looked up, so the
/// refusal reveals nothing about hidden data.
pub(crate) fn no_purpose_refused_always(question: &AccessRequest<'_>) -> Result<(), Rule> {
    match question.declared_purpose().filter(|purpose| purpose.is_always_refused()) {
        Some(never) => Err(Rule::PurposeRefused(never)),
        None => Ok(()),
    }
}

/// The decision for one dataset: the Grant for the dataset, and the approvals on which it rests.
pub(crate) struct DatasetDecision<'a> {
    grant: DatasetGrant,
    /// The approvals on which the answer rests; absent at the public and registered tiers, which need no approval.
    approved: Option<Approved<'a>>,
}

impl<'a> DatasetDecision<'a> {
    /// The part of the Grant for this dataset.
    pub(crate) fn grant(&self) -> &DatasetGrant {
        &self.grant
    }

    pub(crate) fn tier(&self) -> Tier {
        self.grant.tier()
    }

    /// Whether the approvals limit the answer to regions of the genome.
    pub(crate) fn is_limited_to_regions(&self) -> bool {
        self.grant.regions().is_some()
    }

    /// The answer for a dataset that the caller's approvals open.
    fn approved(dataset: &gemj_model::DatasetId, granularity: Granularity, approved: Approved<'a>, policy: &Policy) -> Self {
        let budget = approved.region_budget_bp.filter(|_| approved.delivery == Delivery::RegionView);
        let mut releases: Vec<(ReleaseId, Arc<ReleaseMembers>)> = approved
            .releases
            .iter()
            .map(|(id, members)| ((*id).clone(), Arc::clone(members)))
            .collect();
        releases.sort_by(|(a, _), (b, _)| a.cmp(b));
        releases.dedup_by(|(a, _), (b, _)| a == b);
        let people = Arc::clone(&approved.people);
        let grant = DatasetGrant::new(
            dataset.clone(),
            policy.terms(Tier::Controlled),
            granularity,
            Some(approved.delivery),
            people,
        )
        .with_whole_families(Arc::clone(&approved.whole_families))
        .with_region_budget(budget)
        .with_releases(releases)
        .with_regions(approved.regions.clone());
        Self {
            grant,
            approved: Some(approved),
        }
    }
}

/// Makes the Grant from the answers of all datasets. `object` is the file if the question is about one file. The Grant ends at the
/// earliest end of everything on which it rests.
///
/// # Errors
/// [`Rule::ApprovalNeeded`] if the approvals of the datasets have no purpose in common, because one question has one use.
pub(crate) fn seal(
    question: &AccessRequest<'_>,
    object: Option<&ObjectId>,
    answers: Vec<DatasetDecision<'_>>,
    policy: &Policy,
    view: &ConsentView,
) -> Result<Grant, Refused> {
    let mut not_after = question.end();
    let mut purposes: Option<Vec<Purpose>> = None;
    let mut approvals = RestsOn::default();
    let mut datasets = Vec::with_capacity(answers.len());
    for DatasetDecision { grant, approved } in answers {
        if grant.tier() == Tier::Registered {
            not_after = not_after.min(question.caller.registered_until.unwrap_or(question.now));
        }
        if let Some(approved) = approved {
            not_after = not_after.min(approved.not_after);
            purposes = Some(match purposes {
                None => approved.purposes,
                Some(so_far) => so_far.into_iter().filter(|p| approved.purposes.contains(p)).collect(),
            });
            for approval in approved.rests_on {
                approvals.add(grant.dataset(), approval);
            }
        }
        datasets.push(grant);
    }
    if purposes.as_ref().is_some_and(Vec::is_empty) {
        return Err(Rule::ApprovalNeeded.into());
    }
    Ok(Grant::seal(Contents {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run: None,
        recontact: None,
        object: object.cloned(),
        action: question.action,
        datasets,
        purposes: purposes.unwrap_or_default(),
        declared_purpose: question.declared_purpose(),
        approvals,
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        least_families: policy.public_k(),
        epoch: view.epoch(),
        not_after,
    }))
}
