//! Questions about one file. A caller without any right to the file gets the same answer for every id.

use std::sync::Arc;

use gemj_model::Delivery;
use roaring::RoaringBitmap;

use super::{DatasetDecision, seal};
use crate::action::Action;
use crate::consent::ConsentView;
use crate::decide::AccessRequest;
use crate::decide::approvals::{Opened, Outcome, Weighed, approved, weigh};
use crate::declared::Declared;
use crate::denial::{Refused, Rule};
use crate::disclosure::Granularity;
use crate::disclosure::whole_file::least_delivery;
use crate::grant::Grant;
use crate::policy::Policy;
use crate::resource::LocatedObject;

pub(super) fn open(
    question: &AccessRequest<'_>,
    object: Option<&LocatedObject>,
    policy: &Policy,
    view: &ConsentView,
) -> Result<Grant, Refused> {
    let least = match question.action {
        Action::DescribeObject => Delivery::TreOnly,
        Action::SliceReads | Action::SliceVariants => Delivery::RegionView,
        action => least_delivery(action).ok_or(Rule::NotVisible)?,
    };
    let object = object.ok_or(Rule::NotVisible)?;
    policy.dataset(&object.dataset).ok_or(Rule::NotVisible)?;
    let owners = object.samples.people();
    let weighed = weigh(question, &object.dataset, policy, view);
    let mut approved = match approved(&weighed) {
        Outcome::Approved(approved) => approved,
        Outcome::Refused(refused) => return Err(told(question, object, owners, &weighed, refused, policy, view)),
        Outcome::Nothing => return Err(Rule::NotVisible.into()),
    };
    let people = approved.people.as_ref() & owners;
    if people.is_empty() || !approved.has(&object.id) {
        return Err(Rule::NotVisible.into());
    }
    // For a slice, only the covered participants of the file are shown. For a whole file, all participants in the
    // file must be covered; this is checked below.
    approved.whole_families = Arc::new(approved.whole_families.as_ref() & &people);
    approved.people = Arc::new(people);
    let answer = DatasetDecision::approved(&object.dataset, Granularity::Record, approved, policy);
    match (least_delivery(question.action), answer.grant().delivery()) {
        (Some(least), _) => answer
            .grant()
            .check_whole_file(&object.id, object.kind, object.samples.iter().copied(), least)?,
        (None, Some(allowed)) if allowed < least => return Err(Rule::Delivery { allowed }.into()),
        (None, _) => {}
    }
    seal(question, Some(&object.id), vec![answer], policy, view)
}

/// The refusal that the caller gets. If the caller could open part of the file with another declaration, the refusal names the declaration as the
/// reason. Otherwise the refusal is [`Rule::NotVisible`].
fn told(
    question: &AccessRequest<'_>,
    object: &LocatedObject,
    owners: &RoaringBitmap,
    weighed: &[Weighed<'_>],
    refused: Refused,
    policy: &Policy,
    view: &ConsentView,
) -> Refused {
    let sees = |opened: &Opened<'_>| {
        let released = opened.release.is_none_or(|(_, members)| members.objects.contains(&object.id));
        released && !opened.people.is_disjoint(owners)
    };
    let any_sees = |weighed: &[Weighed<'_>]| weighed.iter().any(|one| one.outcome.as_ref().is_ok_and(&sees));
    let has_a_right = match &refused.rule {
        Rule::ApprovalNeeded => any_sees(weighed),
        Rule::Purpose => {
            let without_purpose = question.declared.map(|declared| Declared {
                purpose: None,
                ..declared.clone()
            });
            let about = AccessRequest {
                declared: without_purpose.as_ref(),
                ..*question
            };
            any_sees(&weigh(&about, &object.dataset, policy, view))
        }
        _ => false,
    };
    if has_a_right { refused } else { Rule::NotVisible.into() }
}
