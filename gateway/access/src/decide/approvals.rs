//! The data that each of a caller's approvals opens in one dataset, and the data that all of them open together. Each visa is judged by itself: the
//! person that the visa is about, and that person's approvals. An identity that one visa proves does not count for another visa. If an approval names
//! users and the visa's subject is not one of them, the approval neither opens nor narrows anything.
//!
//! An ordinary client cannot state under which approval it makes a request. Without a declaration, a request therefore gets only the data that every
//! matching approval allows. A request that names an approval is judged under that approval alone.

mod meet;
mod obstacle;

pub(crate) use meet::{Approved, Outcome, approved};
pub use obstacle::Obstacle;

use std::sync::Arc;

use gemj_model::{Approval, DatasetId, Delivery, Organisation, Purpose, ReleaseId, Timestamp};
use roaring::RoaringBitmap;

use super::AccessRequest;
use super::data_use::{Judgement, Use, judge};
use crate::caller::{Caller, ControlledAccess};
use crate::consent::{Audience, ConsentView, ReleaseMembers};
use crate::policy::Policy;
use crate::regions::GrantedRegions;

/// One visa of a caller, one approval of the visa's value if there is one, and the result of that approval in a dataset.
pub(crate) struct Weighed<'a> {
    pub(crate) visa: &'a ControlledAccess,
    /// An approval that has the visa's value. Absent in these cases: the visa has ended, no approval is in force, or several approvals are in
    /// force and none of them belongs to the caller.
    pub(crate) approval: Option<&'a Approval>,
    pub(crate) outcome: Result<Opened<'a>, Obstacle>,
}

/// The data that one approval by itself opens in a dataset, and the limits of this right.
#[derive(Clone)]
pub(crate) struct Opened<'a> {
    pub(crate) people: Arc<RoaringBitmap>,
    pub(crate) whole_families: Arc<RoaringBitmap>,
    /// The release to which the approval is limited; absent if the approval is not limited to a release.
    pub(crate) release: Option<(&'a ReleaseId, &'a Arc<ReleaseMembers>)>,
    pub(crate) delivery: Delivery,
    pub(crate) purposes: &'a [Purpose],
    /// How many base pairs of each participant the caller may view in total under `region-view`; absent if views are not counted.
    pub(crate) region_budget_bp: Option<u64>,
    /// The regions to which the access is limited; absent for the whole genome.
    pub(crate) regions: Option<Arc<GrantedRegions>>,
    /// The earliest end of the visa, the approval and every condition that has an end.
    pub(crate) not_after: Timestamp,
}

/// One visa of a caller and one approval that has the visa's value.
pub(crate) struct Held<'a> {
    pub(crate) visa: &'a ControlledAccess,
    /// The approval. Absent if the visa has ended, if no approval is in force, or if several approvals are in
    /// force and none of them belongs to the caller.
    pub(crate) approval: Option<&'a Approval>,
    /// The end of the caller's right under the approval and the declaration, before any dataset is considered. An
    /// obstacle if the approval gives no right.
    pub(crate) outcome: Result<Timestamp, Obstacle>,
}

/// Pairs every visa of a caller with every approval that has the visa's value and belongs to the visa's subject. Each visa has at least one entry. An
/// anonymous caller has no entry, because the approval would have no holder and the audit trail no actor.
pub(crate) fn all_held<'a>(question: &AccessRequest<'a>, view: &'a ConsentView) -> Vec<Held<'a>> {
    if question.caller.is_anonymous() {
        return Vec::new();
    }
    question
        .caller
        .controlled
        .iter()
        .flat_map(|visa| held(question, visa, view))
        .collect()
}

fn held<'a>(question: &AccessRequest<'a>, visa: &'a ControlledAccess, view: &'a ConsentView) -> Vec<Held<'a>> {
    let one = |approval, outcome| Held { visa, approval, outcome };
    if visa.not_after <= question.now {
        return vec![one(None, Err(Obstacle::VisaEnded))];
    }
    let in_force = in_force(visa, view, question.now);
    let own: Vec<(&Approval, Timestamp)> = in_force
        .iter()
        .filter_map(|approval| {
            let named_until = match approval.users.as_slice() {
                // The approval names no users, so it belongs to the holder of the visa. The committee's system
                // chose the holder when it issued the visa.
                [] => Some(Timestamp(i64::MAX)),
                users => named_until(question.caller, visa, users, question.now),
            };
            Some((*approval, named_until?))
        })
        .collect();
    match (own.as_slice(), in_force.as_slice()) {
        ([], []) => vec![one(None, Err(Obstacle::NoApproval))],
        // An approval that names other users opens nothing, even for a caller who holds a visa of its value.
        ([], [only]) => vec![one(Some(only), Err(Obstacle::NotNamed))],
        ([], _) => vec![one(None, Err(Obstacle::NotNamed))],
        (own, _) => own
            .iter()
            .map(|(approval, named_until)| {
                let end = visa.not_after.min(approval.not_after).min(*named_until);
                one(Some(approval), holds(question, approval).map(|()| end))
            })
            .collect(),
    }
}

/// The approvals in force for a visa: the approvals with the visa's value, or the one approval to which the visa is bound.
fn in_force<'a>(visa: &ControlledAccess, view: &'a ConsentView, now: Timestamp) -> Vec<&'a Approval> {
    match &visa.subject.approval {
        None => view.approvals_of_value(&visa.value, now).collect(),
        // A capability of an earlier version binds the visa to a visa value instead of an approval id.
        Some(bound) => match view.approval_of_id(bound, now) {
            Some(approval) => vec![approval],
            None => view.approvals_of_value(bound, now).collect(),
        },
    }
}

/// The end of the proof that the visa's subject is one of these users. Absent if no identity of the subject is
/// among the users, or if the proof has ended.
pub(crate) fn named_until(caller: &Caller, visa: &ControlledAccess, users: &[String], now: Timestamp) -> Option<Timestamp> {
    let known_as = visa.subject.known_as.as_slice();
    if known_as.is_empty() {
        return caller.is_one_of(users).then_some(Timestamp(i64::MAX));
    }
    let named = known_as.iter().filter(|name| users.contains(&name.pseudonym));
    named.map(|name| name.until).max().filter(|until| *until > now)
}

fn holds(question: &AccessRequest<'_>, approval: &Approval) -> Result<(), Obstacle> {
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

/// Computes the result of every visa of a caller in one dataset, with every approval that has the visa's value.
pub(crate) fn weigh<'a>(question: &AccessRequest<'a>, dataset: &DatasetId, policy: &Policy, view: &'a ConsentView) -> Vec<Weighed<'a>> {
    let weighed = |Held { visa, approval, outcome }| Weighed {
        visa,
        approval,
        outcome: match (outcome, approval) {
            // The purposes of an approval matter only in the approval's own datasets. In every other dataset, a refusal by purpose would show
            // that the dataset exists, and it would close the dataset's public tier.
            (Err(Obstacle::Purpose | Obstacle::PurposeNever(_)), Some(approval)) if !approval.datasets.contains(dataset) => {
                Err(Obstacle::OtherDataset)
            }
            (Err(obstacle), _) => Err(obstacle),
            (Ok(_), None) => Err(Obstacle::NoApproval),
            (Ok(until), Some(approval)) => open(question, (visa, until), approval, dataset, policy, view),
        },
    };
    all_held(question, view).into_iter().map(weighed).collect()
}

fn open<'a>(
    question: &AccessRequest<'_>,
    (visa, until): (&ControlledAccess, Timestamp),
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
        visa,
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
        not_after: until.min(end),
    })
}

/// Returns the participants that an approved use may see, and the participants among them whose whole families it may see. If the data is used in a
/// country other than the organisation's country, consent must allow both countries.
pub(super) fn covered(
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

/// The participants in both bitmaps. If both arguments are the same bitmap, that bitmap is returned without a copy.
fn both(a: &Arc<RoaringBitmap>, b: &Arc<RoaringBitmap>) -> Arc<RoaringBitmap> {
    if Arc::ptr_eq(a, b) {
        Arc::clone(a)
    } else {
        Arc::new(a.as_ref() & b.as_ref())
    }
}
