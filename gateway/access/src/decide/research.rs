//! The rules of the basis `research`: visas, approvals, data use conditions and research clauses.

use std::sync::Arc;

use gemj_model::{DatasetId, DatasetPolicy, Delivery, Organisation, Purpose, Timestamp};
use roaring::RoaringBitmap;

use super::{Question, data_use, runs};
use crate::action::Action;
use crate::consent::{Audience, ConsentView};
use crate::denial::Rule;
use crate::grant::{DatasetGrant, Grant, Granularity, Terms, Tier};
use crate::policy::Policy;
use crate::resource::{LocatedObject, Resource};

/// What the caller's approvals allow in one dataset: the meet of all that match, since an ordinary client cannot say which one it means.
struct Approved {
    people: RoaringBitmap,
    delivery: Delivery,
    purposes: Vec<Purpose>,
    visa_values: Vec<String>,
    not_after: Timestamp,
}

pub(super) fn decide(question: &Question<'_>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    match (question.action, &question.resource) {
        (Action::AskVariants | Action::AskIndividuals, Resource::Population(named)) => ask(question, named, policy, view),
        (
            Action::SliceReads | Action::SliceVariants | Action::DescribeObject | Action::FetchObject | Action::ComputeOnObject,
            Resource::Object(object),
        ) => open(question, *object, policy, view),
        (Action::ReadRun | Action::ReadRunOutput | Action::ReadRecontact, _) => runs::decide(question, policy, view),
        _ => Err(Rule::NotVisible),
    }
}

fn ask(question: &Question<'_>, named: &[DatasetId], policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    let mut best: Vec<(DatasetGrant, Option<Approved>)> = Vec::new();
    if named.is_empty() {
        for dataset in policy.datasets() {
            best.extend(ask_one(question, dataset, policy, view)?);
        }
        let widest = best.iter().map(|(g, _)| g.tier()).max();
        best.retain(|(g, _)| Some(g.tier()) == widest);
    } else {
        let mut wanted: Vec<&DatasetId> = named.iter().collect();
        wanted.sort();
        wanted.dedup();
        for id in wanted {
            let answer = match policy.dataset(id) {
                Some(dataset) => ask_one(question, dataset, policy, view)?,
                None => None,
            };
            best.push(answer.ok_or_else(|| Rule::DatasetNotOpen(id.clone()))?);
        }
    }
    if best.windows(2).any(|pair| pair[0].0.tier() != pair[1].0.tier()) {
        return Err(Rule::MixedTiers);
    }
    if best.is_empty() {
        return Err(if question.caller.is_anonymous() {
            Rule::CredentialsRequired
        } else {
            Rule::NotVisible
        });
    }
    Ok(seal(question, best, policy, view))
}

/// How one dataset answers a population question; absent where it does not.
fn ask_one(
    question: &Question<'_>,
    dataset: &DatasetPolicy,
    policy: &Policy,
    view: &ConsentView,
) -> Result<Option<(DatasetGrant, Option<Approved>)>, Rule> {
    if let Some(approved) = approved(question, dataset, policy, view)? {
        let people = Arc::new(approved.people.clone());
        let grant = DatasetGrant::new(
            dataset.id.clone(),
            Tier::Controlled,
            Granularity::Count,
            Some(approved.delivery),
            people,
        );
        return Ok(Some((grant, Some(approved))));
    }
    let registered = !question.caller.is_anonymous() && question.caller.registered_until.is_some_and(|end| end > question.now);
    if !registered && !dataset.public_boolean {
        return Ok(None);
    }
    let audience = if registered {
        registered_audience(question, policy)
    } else {
        Audience::World
    };
    let (tier, granularity) = if registered {
        (Tier::Registered, Granularity::Count)
    } else {
        (Tier::Public, Granularity::Boolean)
    };
    let people = view.covered(&dataset.id, &audience);
    Ok(Some((DatasetGrant::new(dataset.id.clone(), tier, granularity, None, people), None)))
}

/// A registered researcher counts as their organisation when exactly one configured one is named, else as the world.
fn registered_audience(question: &Question<'_>, policy: &Policy) -> Audience {
    match question.caller.affiliations.as_slice() {
        [domain] if policy.organisation(domain) != Organisation::unknown() => Audience::of(&policy.organisation(domain), false),
        _ => Audience::World,
    }
}

fn open(question: &Question<'_>, object: Option<&LocatedObject>, policy: &Policy, view: &ConsentView) -> Result<Grant, Rule> {
    if question.caller.is_anonymous() {
        return Err(Rule::CredentialsRequired);
    }
    let object = object.ok_or(Rule::NotVisible)?;
    let dataset = policy.dataset(&object.dataset).ok_or(Rule::NotVisible)?;
    let mut approved = approved(question, dataset, policy, view)?.ok_or(Rule::NotVisible)?;
    let owners: RoaringBitmap = object.samples.iter().flatten().map(|o| o.0).collect();
    approved.people &= owners;
    if approved.people.is_empty() {
        return Err(Rule::NotVisible);
    }
    let least = match question.action {
        Action::DescribeObject | Action::ComputeOnObject => Delivery::TreOnly,
        Action::SliceReads | Action::SliceVariants => Delivery::RegionView,
        Action::FetchObject => Delivery::Download,
        _ => return Err(Rule::NotVisible),
    };
    let whole = object.samples.iter().all(|s| s.is_some_and(|o| approved.people.contains(o.0)));
    if matches!(question.action, Action::FetchObject | Action::ComputeOnObject) && !whole {
        // A file of several people opens whole only to somebody who may see all of them.
        return Err(Rule::NotVisible);
    }
    if approved.delivery < least {
        return Err(Rule::Delivery {
            allowed: approved.delivery,
        });
    }
    let people = Arc::new(approved.people.clone());
    let grant = DatasetGrant::new(
        dataset.id.clone(),
        Tier::Controlled,
        Granularity::Record,
        Some(approved.delivery),
        people,
    );
    Ok(seal(question, vec![(grant, Some(approved))], policy, view))
}

fn approved(question: &Question<'_>, dataset: &DatasetPolicy, policy: &Policy, view: &ConsentView) -> Result<Option<Approved>, Rule> {
    if question.caller.is_anonymous() {
        // Approvals are somebody's; without a name there is nobody to hold them, and nobody for the audit trail.
        return Ok(None);
    }
    let mut meet: Option<Approved> = None;
    let mut purpose_refused = false;
    for visa in question.caller.controlled.iter().filter(|v| v.not_after > question.now) {
        let Some(approval) = view.approval(&visa.value, question.now) else {
            continue;
        };
        if !approval.datasets.contains(&dataset.id) {
            continue;
        }
        let organisation = policy.organisation(&approval.organisation);
        if question
            .declared
            .and_then(|d| d.purpose)
            .is_some_and(|declared| !approval.purposes.contains(&declared))
        {
            purpose_refused = true;
            continue;
        }
        if !data_use::allows(dataset, &organisation, approval) {
            continue;
        }
        let people = view.covered(&dataset.id, &Audience::of(&organisation, approval.commercial));
        let not_after = approval.not_after.min(visa.not_after);
        meet = Some(match meet {
            None => Approved {
                people: people.as_ref().clone(),
                delivery: approval.delivery,
                purposes: approval.purposes.clone(),
                visa_values: vec![visa.value.clone()],
                not_after,
            },
            Some(so_far) => Approved {
                people: so_far.people & people.as_ref(),
                delivery: so_far.delivery.min(approval.delivery),
                purposes: so_far.purposes.into_iter().filter(|p| approval.purposes.contains(p)).collect(),
                visa_values: so_far.visa_values.into_iter().chain([visa.value.clone()]).collect(),
                not_after: so_far.not_after.min(not_after),
            },
        });
    }
    if meet.is_none() && purpose_refused {
        return Err(Rule::Purpose);
    }
    Ok(meet)
}

fn seal(question: &Question<'_>, allowed: Vec<(DatasetGrant, Option<Approved>)>, policy: &Policy, view: &ConsentView) -> Grant {
    let mut not_after = question.end();
    let mut purposes: Option<Vec<Purpose>> = None;
    let mut approvals = Vec::new();
    let mut datasets = Vec::with_capacity(allowed.len());
    for (grant, approved) in allowed {
        if grant.tier() == Tier::Registered {
            not_after = not_after.min(question.caller.registered_until.unwrap_or(question.now));
        }
        if let Some(approved) = approved {
            not_after = not_after.min(approved.not_after);
            purposes = Some(match purposes {
                None => approved.purposes,
                Some(so_far) => so_far.into_iter().filter(|p| approved.purposes.contains(p)).collect(),
            });
            approvals.extend(approved.visa_values);
        }
        datasets.push(grant);
    }
    approvals.sort();
    approvals.dedup();
    Grant::seal(Terms {
        decision: question.decision,
        holder: question.caller.pseudonym.clone(),
        run: None,
        recontact: None,
        action: question.action,
        datasets,
        purposes: purposes.unwrap_or_default(),
        declared_purpose: question.declared.and_then(|d| d.purpose),
        approvals,
        families: Arc::clone(view.families()),
        patients: Arc::default(),
        public_k: policy.public_k(),
        epoch: view.epoch(),
        not_after,
    })
}
