//! The data that several approvals of a caller allow together.

use std::sync::Arc;

use gemj_model::{Approval, Delivery, ObjectId, Purpose, ReleaseId, Timestamp};
use roaring::RoaringBitmap;

use super::{Obstacle, Opened, Weighed, both};
use crate::consent::ReleaseMembers;
use crate::denial::{Refused, Rule};
use crate::regions::GrantedRegions;

/// The data that all matching approvals of a caller allow together in one dataset, and the limits of this right.
pub(crate) struct Approved<'a> {
    pub(crate) people: Arc<RoaringBitmap>,
    pub(crate) whole_families: Arc<RoaringBitmap>,
    pub(crate) releases: Vec<(&'a ReleaseId, &'a Arc<ReleaseMembers>)>,
    pub(crate) delivery: Delivery,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) region_budget_bp: Option<u64>,
    pub(crate) regions: Option<Arc<GrantedRegions>>,
    pub(crate) rests_on: Vec<&'a Approval>,
    pub(crate) not_after: Timestamp,
}

impl Approved<'_> {
    /// Whether a file is in every release to which the approvals are limited. True if no approval is limited to a release.
    pub(crate) fn has(&self, object: &ObjectId) -> bool {
        self.releases.iter().all(|(_, members)| members.objects.contains(object))
    }
}

/// The combined result of a caller's approvals in a dataset.
pub(crate) enum Outcome<'a> {
    /// The approvals open data in the dataset.
    Approved(Approved<'a>),
    /// Approvals of the caller match, but they open nothing for the request as declared.
    Refused(Refused),
    /// No approval of the caller matches.
    Nothing,
}

/// Combines a caller's approvals in one dataset: the result is the data that all of them allow. If the dataset's conditions refuse one approval and
/// another approval is allowed, the request must name an approval.
pub(crate) fn approved<'a>(weighed: &[Weighed<'a>]) -> Outcome<'a> {
    let mut meet: Option<Approved<'a>> = None;
    let mut conditions_refuse = false;
    let mut told: Option<(u8, &Weighed<'a>, &Obstacle)> = None;
    for (index, one) in weighed.iter().enumerate() {
        match &one.outcome {
            // If two visas open the same approval, the right lasts as long as the visa that ends last.
            Ok(opened) if is_outlived(index, one, opened, weighed) => {}
            Ok(opened) => {
                meet = Some(match meet {
                    None => first(one, opened),
                    Some(so_far) => and(so_far, one, opened),
                });
            }
            Err(obstacle) => {
                let Some(weight) = weight(obstacle) else { continue };
                conditions_refuse |= obstacle.data_use().is_some();
                if told.is_none_or(|(heaviest, ..)| weight > heaviest) {
                    told = Some((weight, one, obstacle));
                }
            }
        }
    }
    match (meet, told) {
        (Some(meet), _) if !meet.purposes.is_empty() && !conditions_refuse => Outcome::Approved(meet),
        (Some(_), _) => Outcome::Refused(Rule::ApprovalNeeded.into()),
        (None, Some((_, one, obstacle))) => obstacle.rule().map_or(Outcome::Nothing, |rule| {
            Outcome::Refused(Refused {
                rule,
                visa: one.visa.jti.clone(),
            })
        }),
        (None, None) => Outcome::Nothing,
    }
}

/// Whether a visa is redundant because another visa opens the same approval for longer. Of two visas that end
/// at the same time, the first visa counts.
fn is_outlived(index: usize, one: &Weighed<'_>, opened: &Opened<'_>, weighed: &[Weighed<'_>]) -> bool {
    weighed.iter().enumerate().any(|(other_index, other)| {
        let is_of_it = matches!((one.approval, other.approval), (Some(a), Some(b)) if a.id == b.id);
        is_of_it
            && other
                .outcome
                .as_ref()
                .is_ok_and(|other| other.not_after > opened.not_after || (other.not_after == opened.not_after && other_index < index))
    })
}

/// The rank of an obstacle. The obstacle with the highest rank is reported, because its approval came nearest to opening the dataset. Absent for
/// obstacles that only mean that the visa does not count for this dataset.
fn weight(obstacle: &Obstacle) -> Option<u8> {
    match obstacle {
        Obstacle::DataUse { .. } => Some(4),
        Obstacle::DataUseReferred { .. } => Some(3),
        Obstacle::Purpose => Some(2),
        Obstacle::PurposeNever(_) => Some(1),
        Obstacle::VisaEnded
        | Obstacle::NoApproval
        | Obstacle::NotNamed
        | Obstacle::NotDeclared
        | Obstacle::OtherDataset
        | Obstacle::Release
        | Obstacle::NoPurpose => None,
    }
}

fn first<'a>(one: &Weighed<'a>, opened: &Opened<'a>) -> Approved<'a> {
    Approved {
        people: Arc::clone(&opened.people),
        whole_families: Arc::clone(&opened.whole_families),
        releases: opened.release.into_iter().collect(),
        delivery: opened.delivery,
        purposes: opened.purposes.to_vec(),
        region_budget_bp: opened.region_budget_bp,
        regions: opened.regions.clone(),
        rests_on: one.approval.into_iter().collect(),
        not_after: opened.not_after,
    }
}

fn and<'a>(mut so_far: Approved<'a>, one: &Weighed<'a>, opened: &Opened<'a>) -> Approved<'a> {
    so_far.people = both(&so_far.people, &opened.people);
    so_far.whole_families = both(&so_far.whole_families, &opened.whole_families);
    so_far.releases.extend(opened.release);
    so_far.delivery = so_far.delivery.min(opened.delivery);
    so_far.purposes.retain(|purpose| opened.purposes.contains(purpose));
    so_far.region_budget_bp = match (so_far.region_budget_bp, opened.region_budget_bp) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    so_far.regions = match (so_far.regions, &opened.regions) {
        (Some(a), Some(b)) => Some(Arc::new(a.meet(b))),
        (a, b) => a.or_else(|| b.clone()),
    };
    so_far.rests_on.extend(one.approval);
    so_far.not_after = so_far.not_after.min(opened.not_after);
    so_far
}
