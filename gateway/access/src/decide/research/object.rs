//! Questions about one file. Whoever has no right to it at all is told the same of every id.

use std::sync::Arc;

use gemj_model::{DataKind, Delivery};
use roaring::RoaringBitmap;

use super::{Answer, seal};
use crate::action::Action;
use crate::consent::ConsentView;
use crate::decide::Question;
use crate::decide::approvals::{Opened, Outcome, Weighed, approved, weigh};
use crate::declared::Declared;
use crate::denial::{Refused, Rule};
use crate::disclosure::Granularity;
use crate::grant::Grant;
use crate::policy::Policy;
use crate::resource::LocatedObject;

pub(super) fn open(question: &Question<'_>, object: Option<&LocatedObject>, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
    let least = match question.action {
        Action::DescribeObject | Action::ComputeOnObject => Delivery::TreOnly,
        Action::SliceReads | Action::SliceVariants => Delivery::RegionView,
        Action::FetchObject => Delivery::Download,
        _ => return Err(Rule::NotVisible.into()),
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
    // A column that is nobody's is in `samples` and in nobody's bitmap.
    let whole = object.samples.iter().all(Option::is_some) && people.len() == owners.len();
    let whole_file = matches!(question.action, Action::FetchObject | Action::ComputeOnObject);
    if whole_file && !whole {
        // A file of several people opens whole only to somebody who may see all of them.
        return Err(Rule::NotVisible.into());
    }
    if whole_file && object.kind == DataKind::Variants && !people.is_subset(&approved.whole_families) {
        // Whole, a variant file has phase and inheritance as it was made; slices leave them out.
        return Err(Rule::NotVisible.into());
    }
    if approved.delivery < least {
        return Err(Rule::Delivery {
            allowed: approved.delivery,
        }
        .into());
    }
    if whole_file && approved.regions.is_some() {
        // A whole file is the whole genome.
        return Err(Rule::Regions.into());
    }
    approved.whole_families = Arc::new(approved.whole_families.as_ref() & &people);
    approved.people = Arc::new(people);
    let answer = Answer::approved(&object.dataset, Granularity::Record, approved, policy);
    seal(question, vec![answer], policy, view)
}

/// What is said of a refusal. That the declaration is at fault is told to those alone who could open something of the file with another one.
fn told(
    question: &Question<'_>,
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
            let about = Question {
                declared: without_purpose.as_ref(),
                ..*question
            };
            any_sees(&weigh(&about, &object.dataset, policy, view))
        }
        _ => false,
    };
    if has_a_right { refused } else { Rule::NotVisible.into() }
}
