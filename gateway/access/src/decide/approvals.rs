//! What each of a caller's approvals comes to in one dataset, and what all of them together do.
//!
//! An ordinary client cannot say which approval it means. So without a declaration only what every approval that matches allows is allowed,
//! and the request that names one is judged under that one alone.

mod meet;
mod obstacle;

pub(crate) use meet::{Approved, Outcome, approved};
pub use obstacle::Obstacle;

use std::sync::Arc;

use gemj_model::{Approval, DatasetId, Delivery, Organisation, Purpose, ReleaseId, Timestamp};
use roaring::RoaringBitmap;

use super::Question;
use super::data_use::{Judgement, Use, judge};
use crate::caller::ControlledAccess;
use crate::consent::{Audience, ConsentView, ReleaseMembers};
use crate::policy::Policy;
use crate::regions::GrantedRegions;

/// One visa of a caller, and what its approval comes to in a dataset.
pub(crate) struct Weighed<'a> {
    pub(crate) visa: &'a ControlledAccess,
    /// The approval that it stands for; absent where there is none in force.
    pub(crate) approval: Option<&'a Approval>,
    pub(crate) outcome: Result<Opened<'a>, Obstacle>,
}

/// What one approval by itself opens in a dataset.
#[derive(Clone)]
pub(crate) struct Opened<'a> {
    pub(crate) people: Arc<RoaringBitmap>,
    pub(crate) whole_families: Arc<RoaringBitmap>,
    /// The release it is narrowed to; absent for the live dataset.
    pub(crate) release: Option<(&'a ReleaseId, &'a Arc<ReleaseMembers>)>,
    pub(crate) delivery: Delivery,
    pub(crate) purposes: &'a [Purpose],
    /// Base pairs of each participant under `region-view`.
    pub(crate) region_budget_bp: Option<u64>,
    /// The regions it is limited to; absent for the whole genome.
    pub(crate) regions: Option<Arc<GrantedRegions>>,
    /// The end of the visa, the approval and every condition that has one.
    pub(crate) not_after: Timestamp,
}

/// Whether one of a caller's visas is needless beside another of the same value that lasts longer; of two that last alike the first counts.
pub(crate) fn is_outlived<'a>(index: usize, visas: impl Iterator<Item = &'a ControlledAccess> + Clone) -> bool {
    let Some(one) = visas.clone().nth(index) else {
        return false;
    };
    visas.enumerate().any(|(other_index, other)| {
        other.value == one.value && (other.not_after > one.not_after || (other.not_after == one.not_after && other_index < index))
    })
}

/// The approval that a visa stands for, where it holds for this caller and this declaration, whatever the dataset.
pub(crate) fn held<'a>(
    question: &Question<'_>,
    visa: &ControlledAccess,
    view: &'a ConsentView,
) -> (Option<&'a Approval>, Result<(), Obstacle>) {
    if visa.not_after <= question.now {
        return (None, Err(Obstacle::VisaEnded));
    }
    let Some(approval) = view.approval(&visa.value, question.now) else {
        return (None, Err(Obstacle::NoApproval));
    };
    (Some(approval), holds(question, approval))
}

fn holds(question: &Question<'_>, approval: &Approval) -> Result<(), Obstacle> {
    // Somebody else's approval opens nothing, whoever was given a visa with its value.
    if !approval.users.is_empty() && !question.caller.is_one_of(&approval.users) {
        return Err(Obstacle::NotNamed);
    }
    if let Some(named) = question.declared.and_then(|d| d.approval.as_deref())
        && named != approval.id.as_str()
        && named != approval.visa_value
    {
        return Err(Obstacle::NotDeclared);
    }
    if let Some(never) = approval.purposes.iter().find(|p| p.is_always_refused()) {
        return Err(Obstacle::PurposeNever(*never));
    }
    if approval.purposes.is_empty() {
        return Err(Obstacle::NoPurpose);
    }
    match question.declared_purpose() {
        Some(declared) if !approval.purposes.contains(&declared) => Err(Obstacle::Purpose),
        _ => Ok(()),
    }
}

/// Weighs every visa of a caller in one dataset. An anonymous caller has none: without a name there is nobody to hold an approval, and nobody
/// for the audit trail.
pub(crate) fn weigh<'a>(question: &Question<'a>, dataset: &DatasetId, policy: &Policy, view: &'a ConsentView) -> Vec<Weighed<'a>> {
    let visas: &[ControlledAccess] = if question.caller.is_anonymous() {
        &[]
    } else {
        &question.caller.controlled
    };
    visas
        .iter()
        .map(|visa| {
            let (approval, standing) = held(question, visa, view);
            let outcome = match (standing, approval) {
                (Err(obstacle), _) => Err(obstacle),
                (Ok(()), None) => Err(Obstacle::NoApproval),
                (Ok(()), Some(approval)) => open(question, visa, approval, dataset, policy, view),
            };
            Weighed { visa, approval, outcome }
        })
        .collect()
}

fn open<'a>(
    question: &Question<'_>,
    visa: &ControlledAccess,
    approval: &'a Approval,
    dataset: &DatasetId,
    policy: &Policy,
    view: &'a ConsentView,
) -> Result<Opened<'a>, Obstacle> {
    if !approval.datasets.contains(dataset) {
        return Err(Obstacle::OtherDataset);
    }
    let release = match &approval.release {
        None => None,
        Some(id) => match view.release(id) {
            Some(members) if members.dataset == *dataset => Some((id, members)),
            _ => return Err(Obstacle::Release),
        },
    };
    let purposes = match question.declared_purpose() {
        Some(declared) => approval
            .purposes
            .iter()
            .position(|p| *p == declared)
            .map_or(&[][..], |i| &approval.purposes[i..=i]),
        None => &approval.purposes,
    };
    let organisation = policy.organisation(&approval.organisation);
    let used = Use {
        approval,
        organisation,
        purposes,
        caller: question.caller,
        now: question.now,
    };
    let end = match judge(policy.conditions(dataset), &used, policy.disease_descendants()) {
        Judgement::Allow(end) => end,
        Judgement::Deny(code) => return Err(Obstacle::DataUse { code: code.to_owned() }),
        Judgement::Refer(code) => return Err(Obstacle::DataUseReferred { code: code.to_owned() }),
    };
    let (people, whole_families) = covered(approval, organisation, dataset, view);
    Ok(Opened {
        people,
        whole_families,
        release,
        delivery: approval.delivery,
        purposes,
        region_budget_bp: match approval.delivery {
            Delivery::RegionView => approval.region_budget_bp.or(policy.region_budget_bp()),
            Delivery::TreOnly | Delivery::Download => None,
        },
        regions: view.approved_regions(approval),
        not_after: approval.not_after.min(visa.not_after).min(end),
    })
}

/// Whom an approved use may see. Where the data is used in another country than the organisation's, both have to be allowed.
fn covered(
    approval: &Approval,
    organisation: &Organisation,
    dataset: &DatasetId,
    view: &ConsentView,
) -> (Arc<RoaringBitmap>, Arc<RoaringBitmap>) {
    let of = |audience: &Audience| match &approval.release {
        None => (view.covered(dataset, audience), view.whole_families(dataset, audience)),
        Some(release) => (
            view.covered_in_release(release, audience),
            view.whole_families_in_release(release, audience),
        ),
    };
    let home = of(&Audience::of(organisation, approval.commercial));
    let Some(country) = approval.country.as_ref().filter(|c| **c != organisation.country) else {
        return home;
    };
    let abroad = Organisation {
        country: country.clone(),
        ..organisation.clone()
    };
    let there = of(&Audience::of(&abroad, approval.commercial));
    (both(&home.0, &there.0), both(&home.1, &there.1))
}

/// Who is in both; the one bitmap where they are one.
fn both(a: &Arc<RoaringBitmap>, b: &Arc<RoaringBitmap>) -> Arc<RoaringBitmap> {
    if Arc::ptr_eq(a, b) {
        Arc::clone(a)
    } else {
        Arc::new(a.as_ref() & b.as_ref())
    }
}
