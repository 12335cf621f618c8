//! Questions about the participants of datasets. The names of datasets are public, so a refusal may name its rule.

use std::sync::Arc;

use gemj_model::{DatasetId, DatasetPolicy, Delivery};
use roaring::RoaringBitmap;

use super::{DatasetDecision, seal};
use crate::action::Action;
use crate::consent::{Audience, ConsentView};
use crate::decide::AccessRequest;
use crate::decide::approvals::{Outcome, approved, weigh};
use crate::decide::data_use::has_permission;
use crate::denial::{Refused, Rule};
use crate::disclosure::{Granularity, Tier};
use crate::grant::{DatasetGrant, Grant};
use crate::policy::Policy;

pub(super) fn ask(question: &AccessRequest<'_>, named: &[DatasetId], policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
    let answers = if named.is_empty() {
        at_the_best_tier(question, policy, view)?
    } else {
        of_each(question, named, policy, view)?
    };
    seal(question, None, answers, policy, view)
}

/// Decides a question about a cohort. The Grant opens the cohort's datasets that answer at the most detailed tier at which any of them answers. If no
/// dataset of the cohort answers, the question is decided by [`at_the_best_tier`], as if no cohort had been named.
pub(super) fn ask_cohort(
    question: &AccessRequest<'_>,
    cohort: &[DatasetId],
    policy: &Policy,
    view: &ConsentView,
) -> Result<Grant, Refused> {
    let datasets = policy.datasets().into_iter().filter(|dataset| cohort.contains(&dataset.id));
    let answers = match widest(answer_each(question, datasets, policy, view))? {
        Ok(answers) => answers,
        Err(_) => at_the_best_tier(question, policy, view)?,
    };
    seal(question, None, answers, policy, view)
}

/// The answers of all datasets that answer at the most detailed tier at which any dataset answers the caller.
fn at_the_best_tier<'a>(question: &AccessRequest<'a>, policy: &Policy, view: &'a ConsentView) -> Result<Vec<DatasetDecision<'a>>, Refused> {
    let answers = widest(answer_each(question, policy.datasets(), policy, view))?;
    answers.map_err(|refused| {
        let nothing = if question.caller.is_anonymous() {
            Rule::CredentialsRequired
        } else {
            Rule::NotVisible
        };
        refused.unwrap_or(nothing.into())
    })
}

/// The answers of several datasets, each decided by itself, and the first refusals.
#[derive(Default)]
struct Each<'a> {
    answers: Vec<DatasetDecision<'a>>,
    /// The first refusal that another declaration could turn into an answer.
    undeclared: Option<Refused>,
    /// The first refusal that no declaration could turn into an answer.
    refused: Option<Refused>,
}

fn answer_each<'a, 'p>(
    question: &AccessRequest<'a>,
    datasets: impl IntoIterator<Item = &'p DatasetPolicy>,
    policy: &Policy,
    view: &'a ConsentView,
) -> Each<'a> {
    let mut each = Each::default();
    for dataset in datasets {
        match answer(question, dataset, policy, view) {
            Ok(one) => each.answers.extend(one),
            Err(refusal) if is_about_the_declaration(&refusal.rule) => drop(each.undeclared.get_or_insert(refusal)),
            Err(refusal) => drop(each.refused.get_or_insert(refusal)),
        }
    }
    each
}

/// Keeps the answers at the most detailed tier. If no dataset answers, the inner error contains the first refusal, if any.
///
/// # Errors
/// The outer error is a refusal that is about the declaration. It is returned if no dataset answers at the controlled tier. A caller who has
/// approvals but named none of them gets this refusal, and not the answer of a caller without approvals.
fn widest<'a>(each: Each<'a>) -> Result<Result<Vec<DatasetDecision<'a>>, Option<Refused>>, Refused> {
    let Each {
        mut answers,
        undeclared,
        refused,
    } = each;
    let widest = answers.iter().map(DatasetDecision::tier).max();
    if widest != Some(Tier::Controlled)
        && let Some(refusal) = undeclared
    {
        return Err(refusal);
    }
    answers.retain(|answer| Some(answer.tier()) == widest);
    Ok(if answers.is_empty() { Err(refused) } else { Ok(answers) })
}

/// The answer of each named dataset. All of them must answer at the same tier.
fn of_each<'a>(
    question: &AccessRequest<'a>,
    named: &[DatasetId],
    policy: &Policy,
    view: &'a ConsentView,
) -> Result<Vec<DatasetDecision<'a>>, Refused> {
    let mut wanted: Vec<&DatasetId> = named.iter().collect();
    wanted.sort();
    wanted.dedup();
    let mut answers: Vec<DatasetDecision<'a>> = Vec::with_capacity(wanted.len());
    for id in wanted {
        let one = match policy.dataset(id) {
            Some(dataset) => answer(question, dataset, policy, view)?,
            None => None,
        };
        answers.push(one.ok_or_else(|| Rule::DatasetNotOpen(id.clone()))?);
    }
    if answers.windows(2).any(|pair| pair[0].tier() != pair[1].tier()) {
        return Err(Rule::MixedTiers.into());
    }
    Ok(answers)
}

/// Whether the question could be answered if the request declared another purpose or approval.
fn is_about_the_declaration(rule: &Rule) -> bool {
    matches!(rule, Rule::Purpose | Rule::ApprovalNeeded)
}

/// The answer of one dataset; absent if the dataset does not answer the caller at any tier.
///
/// # Errors
/// The rule for which the caller's approvals do not open the dataset, if no other tier opens the dataset. A refusal that is about the declaration is
/// returned even if another tier would answer.
pub(crate) fn answer<'a>(
    question: &AccessRequest<'a>,
    dataset: &DatasetPolicy,
    policy: &Policy,
    view: &'a ConsentView,
) -> Result<Option<DatasetDecision<'a>>, Refused> {
    let refused = match approved(&weigh(question, &dataset.id, policy, view)) {
        Outcome::Approved(approved) => {
            return Ok(Some(DatasetDecision::approved(
                &dataset.id,
                finest(question.action, approved.delivery),
                approved,
                policy,
            )));
        }
        Outcome::Refused(refused) if is_about_the_declaration(&refused.rule) => return Err(refused),
        Outcome::Refused(refused) => Some(refused),
        Outcome::Nothing => None,
    };
    match (without_approval(question, dataset, policy, view), refused) {
        (None, Some(refused)) => Err(refused),
        (answer, _) => Ok(answer),
    }
}

/// The finest granularity that a project's approved delivery allows. Under `tre-only`, only numbers may leave, because a record is data
/// that leaves. Under `region-view`, genotypes leave within a budget of base pairs. Beacon's lists of variants would bypass this
/// budget, so variant queries get numbers only.
fn finest(action: Action, delivery: Delivery) -> Granularity {
    match delivery {
        Delivery::TreOnly => Granularity::Count,
        Delivery::RegionView if action == Action::AskIndividuals => Granularity::Record,
        Delivery::RegionView => Granularity::Count,
        Delivery::Download => Granularity::Record,
    }
}

/// The answer that the caller's approvals alone open in a dataset. Other tiers are not considered.
///
/// # Errors
/// The reason why the approvals open nothing.
pub(crate) fn controlled<'a>(
    question: &AccessRequest<'a>,
    dataset: &DatasetId,
    policy: &Policy,
    view: &'a ConsentView,
) -> Result<DatasetDecision<'a>, Refused> {
    match approved(&weigh(question, dataset, policy, view)) {
        Outcome::Approved(approved) => Ok(DatasetDecision::approved(
            dataset,
            finest(question.action, approved.delivery),
            approved,
            policy,
        )),
        Outcome::Refused(refused) => Err(refused),
        Outcome::Nothing => Err(Rule::DatasetNotOpen(dataset.clone()).into()),
    }
}

/// The answer of a dataset without an approval. A registered researcher gets the registered tier if the dataset has a permission. Otherwise a caller
/// gets the public tier if the dataset is configured for it.
fn without_approval<'a>(
    question: &AccessRequest<'_>,
    dataset: &DatasetPolicy,
    policy: &Policy,
    view: &ConsentView,
) -> Option<DatasetDecision<'a>> {
    let registered = !question.caller.is_anonymous()
        && question.caller.registered_until.is_some_and(|end| end > question.now)
        && has_permission(policy.conditions(&dataset.id));
    let (audiences, tier, granularity) = if registered {
        (registered_audiences(question, policy), Tier::Registered, Granularity::Count)
    } else if dataset.public_boolean {
        (vec![Audience::World], Tier::Public, Granularity::Boolean)
    } else {
        return None;
    };
    let any = |of: &dyn Fn(&Audience) -> Arc<RoaringBitmap>| match audiences.as_slice() {
        [only] => of(only),
        several => Arc::new(
            several
                .iter()
                .fold(RoaringBitmap::new(), |all, audience| all | of(audience).as_ref()),
        ),
    };
    let people = any(&|audience| view.covered(&dataset.id, audience));
    let grant = DatasetGrant::new(dataset.id.clone(), policy.terms(tier), granularity, None, people)
        .with_whole_families(any(&|audience| view.whole_families(&dataset.id, audience)));
    Some(DatasetDecision { grant, approved: None })
}

/// The audiences of a registered researcher: each configured organisation that the researcher's visas name, or the world if the visas name no
/// configured organisation. A researcher with several organisations gets everything that any of these organisations alone would get. A passport that
/// omits one of them therefore never opens more.
fn registered_audiences(question: &AccessRequest<'_>, policy: &Policy) -> Vec<Audience> {
    let known = question.caller.affiliations.iter().filter(|domain| policy.knows(domain));
    let mut audiences: Vec<Audience> = Vec::new();
    for audience in known.map(|domain| Audience::of(policy.organisation(domain), false)) {
        if !audiences.contains(&audience) {
            audiences.push(audience);
        }
    }
    if audiences.is_empty() {
        audiences.push(Audience::World);
    }
    audiences
}
