//! The dry run: the datasets that a caller could query, for which purposes and until when, and the reasons why other datasets are closed.
//!
//! The dry run uses the same code as decisions. Each dataset's result is the decision that [`crate::decide()`] would make about a population
//! question that names only this dataset. The result describes the caller's own visas and approvals and the datasets' public conditions. It
//! contains no number of participants and no file.

use gemj_model::{ApprovalId, ApprovedRegion, DatasetId, Delivery, Purpose, ReleaseId, Timestamp};

use crate::action::Action;
use crate::caller::{Caller, VisaPlace, VisaVerdict};
use crate::consent::ConsentView;
use crate::decide::AccessRequest;
use crate::decide::approvals::{Weighed, named_until, weigh};
use crate::decide::research::{no_purpose_refused_always, population, seal};
use crate::declared::Declared;
use crate::denial::{Language, Refused, Rule};
use crate::disclosure::{Granularity, Tier};
use crate::grant::{DecisionId, Grant};
use crate::policy::Policy;
use crate::regions::GrantedRegions;
use crate::resource::Resource;

pub use crate::decide::approvals::Obstacle;

/// The result of a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The result for every configured dataset, in order of dataset id.
    pub datasets: Vec<DatasetExplanation>,
    /// The verdict for each visa that the caller presented.
    pub visas: Vec<VisaVerdict>,
}

/// The result of a dry run for one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetExplanation {
    /// The id of the dataset.
    pub dataset: DatasetId,
    /// The access that a question about the dataset gets under this declaration; absent if the question is denied.
    pub open: Option<Open>,
    /// The access that each of the caller's approvals opens by itself. A request that names the approval gets this access.
    pub approvals: Vec<OpenedByApproval>,
    /// The reasons why the dataset is not open at the controlled tier, or why the access is not wider. Empty if no such reason exists.
    pub reasons: Vec<Reason>,
}

/// The access to a dataset that is open to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The tier at which the dataset answers.
    pub tier: Tier,
    /// The granularity of answers to queries about variants. Under `region-view`, answers about participants can be finer.
    pub granularity: Granularity,
    /// How much data may leave the programme; absent if no bytes may leave.
    pub delivery: Option<Delivery>,
    /// The purposes for which the data may be used; empty at the public and registered tiers.
    pub purposes: Vec<Purpose>,
    /// The releases to which the access is limited; empty if no approval is limited to a release.
    pub releases: Vec<ReleaseId>,
    /// How many base pairs of each participant the caller may view in total under `region-view`; absent if views are not counted.
    pub region_budget_bp: Option<u64>,
    /// The regions to which the access is limited, with canonical contig names; absent for the whole genome.
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The instant at which the access ends; absent if the access has no end of its own.
    pub until: Option<Timestamp>,
    /// The visa values of the approvals on which the access rests.
    pub approvals: Vec<String>,
}

/// The access to a dataset that one approval opens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedByApproval {
    /// The approval's id in the committee's register.
    pub approval: ApprovalId,
    /// The visa value that belongs to the approval.
    pub visa_value: String,
    /// The visa's `jti`; absent if the visa has no `jti`.
    pub jti: Option<String>,
    /// The place where the visa was found.
    pub place: Option<VisaPlace>,
    /// How much data may leave the programme.
    pub delivery: Delivery,
    /// The purposes for which the data may be used: the declared purpose, or every purpose of the approval.
    pub purposes: Vec<Purpose>,
    /// The release to which the approval is limited; absent if the approval is not limited to a release.
    pub release: Option<ReleaseId>,
    /// The regions to which the approval is limited, with canonical contig names; absent for the whole genome.
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The instant at which the access ends: the earliest end of the visa, the approval and the conditions. The caller's token may end earlier.
    pub until: Timestamp,
}

/// One reason why a dataset is not open, or why the access is not wider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule or obstacle that is the reason.
    pub cause: Cause,
    /// The value of the visa that the reason is about; absent where the reason is about no visa.
    pub visa_value: Option<String>,
    /// The `jti` of the visa that the reason is about; absent if the visa has no `jti`, or the reason is about no visa.
    pub jti: Option<String>,
    /// The place where the visa was found; absent if the reason is about no visa.
    pub place: Option<VisaPlace>,
    /// The approval that the reason is about; absent if the reason is about no visa, or about no single approval.
    pub approval: Option<ApprovalId>,
    /// The state of an approval on record with the visa's value, if that approval is not in force. Absent in these cases:
    /// * the reason is about no visa;
    /// * the approval is in force;
    /// * no approval for this dataset is on record;
    /// * the caller is not one of the approval's users.
    pub lapse: Option<Lapse>,
}

/// The reason why an approval on record is not in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// The approval has not begun.
    NotBegun,
    /// The approval has ended.
    Ended,
    /// The approval was revoked.
    Revoked,
}

impl Lapse {
    /// The stable code of this reason, for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotBegun => "approval-not-begun",
            Self::Ended => "approval-ended",
            Self::Revoked => "approval-revoked",
        }
    }

    /// The short title of this reason, for people.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::NotBegun => ("承認の期間がまだ始まっていません", "The approval has not begun"),
            Self::Ended => ("承認の期間が終わっています", "The approval has ended"),
            Self::Revoked => ("承認が取り消されています", "The approval was revoked"),
        };
        language.of(ja, en)
    }
}

/// The cause that keeps a dataset closed, or that keeps the access narrower than possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// A rule that denies the question.
    #[error(transparent)]
    Rule(Rule),
    /// An obstacle: the reason why one visa opens nothing in the dataset.
    #[error(transparent)]
    Obstacle(Obstacle),
}

impl Cause {
    /// The stable code of the cause, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.code(),
            Self::Obstacle(obstacle) => obstacle.code(),
        }
    }

    /// The short title of the cause, for people.
    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        match self {
            Self::Rule(rule) => rule.title(language),
            Self::Obstacle(obstacle) => obstacle.title(language),
        }
    }

    /// The Data Use Ontology code of the condition; `none` if the dataset has no permission at all. Absent if the cause is not a condition.
    #[must_use]
    pub fn data_use(&self) -> Option<&str> {
        match self {
            Self::Rule(Rule::DataUse { code } | Rule::DataUseReferred { code }) => Some(code),
            Self::Rule(_) => None,
            Self::Obstacle(obstacle) => obstacle.data_use(),
        }
    }
}

/// Makes a dry run: explains which datasets a caller with this declaration could query.
#[must_use]
pub fn explain(caller: &Caller, declared: Option<&Declared>, policy: &Policy, view: &ConsentView, now: Timestamp) -> Explanation {
    let question = AccessRequest {
        // The dry run makes no decision: it opens nothing, and the audit trail contains no entry with this id.
        decision: DecisionId(0),
        caller,
        action: Action::AskVariants,
        resource: Resource::Population(&[]),
        declared,
        now,
    };
    Explanation {
        datasets: policy.datasets().into_iter().map(|d| of(&question, &d.id, policy, view)).collect(),
        visas: caller.visas.clone(),
    }
}

fn of(question: &AccessRequest<'_>, dataset: &DatasetId, policy: &Policy, view: &ConsentView) -> DatasetExplanation {
    let mut explained = DatasetExplanation {
        dataset: dataset.clone(),
        open: None,
        approvals: Vec::new(),
        reasons: Vec::new(),
    };
    let standing = question.has_not_ended().and_then(|()| no_purpose_refused_always(question));
    if let Err(rule) = standing {
        explained.reasons.push(Reason::of_rule(rule));
        return explained;
    }
    match grant(question, dataset, policy, view) {
        Ok(grant) => explained.open = open(&grant, dataset),
        // If one visa or approval causes the refusal, the loop below reports the reason together with that visa.
        Err(refused) if refused.rule.is_of_one_approval() => {}
        Err(refused) => explained.reasons.push(Reason::of_rule(refused.rule)),
    }
    for weighed in weigh(question, dataset, policy, view) {
        match explained_approval(question, &weighed, dataset, view) {
            Ok(opened) => explained.approvals.push(opened),
            Err(reason) => explained.reasons.push(*reason),
        }
    }
    explained
}

/// The decision about a population question that names only this dataset.
fn grant(question: &AccessRequest<'_>, dataset: &DatasetId, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
    let configured = policy.dataset(dataset).ok_or_else(|| Rule::DatasetNotOpen(dataset.clone()))?;
    let answer = population::answer(question, configured, policy, view)?.ok_or_else(|| Rule::DatasetNotOpen(dataset.clone()))?;
    seal(question, None, vec![answer], policy, view)
}

fn open(grant: &Grant, dataset: &DatasetId) -> Option<Open> {
    let of_dataset = grant.dataset(dataset)?;
    Some(Open {
        tier: of_dataset.tier(),
        granularity: of_dataset.granularity(),
        delivery: of_dataset.delivery(),
        purposes: grant.purposes().to_vec(),
        releases: of_dataset.releases().to_vec(),
        region_budget_bp: of_dataset.region_budget_bp(),
        regions: of_dataset.regions().map(GrantedRegions::to_approved),
        until: Some(grant.not_after()).filter(|end| end.0 < i64::MAX),
        approvals: grant.approvals().to_vec(),
    })
}

fn explained_approval(
    question: &AccessRequest<'_>,
    weighed: &Weighed<'_>,
    dataset: &DatasetId,
    view: &ConsentView,
) -> Result<OpenedByApproval, Box<Reason>> {
    let reason = |obstacle| Reason {
        cause: Cause::Obstacle(obstacle),
        visa_value: Some(weighed.visa.value.clone()),
        jti: weighed.visa.jti.clone(),
        place: weighed.visa.subject.place,
        approval: weighed.approval.map(|approval| approval.id.clone()),
        lapse: None,
    };
    match (&weighed.outcome, weighed.approval) {
        (Ok(opened), Some(approval)) => Ok(OpenedByApproval {
            approval: approval.id.clone(),
            visa_value: weighed.visa.value.clone(),
            jti: weighed.visa.jti.clone(),
            place: weighed.visa.subject.place,
            delivery: opened.delivery,
            purposes: opened.purposes.to_vec(),
            release: opened.release.map(|(id, _)| id.clone()),
            regions: opened.regions.as_deref().map(GrantedRegions::to_approved),
            until: opened.not_after,
        }),
        (Ok(_), None) => Err(Box::new(reason(Obstacle::NoApproval))),
        (Err(Obstacle::NoApproval), _) => Err(Box::new(Reason {
            lapse: lapse(question, weighed, dataset, view),
            ..reason(Obstacle::NoApproval)
        })),
        (Err(obstacle), _) => Err(Box::new(reason(obstacle.clone()))),
    }
}

/// The reason why an approval on record for the dataset is not in force. The reason is reported only to the users of the approval. If the approval
/// names no users, every holder of a visa with the approval's visa value counts as a user.
fn lapse(question: &AccessRequest<'_>, weighed: &Weighed<'_>, dataset: &DatasetId, view: &ConsentView) -> Option<Lapse> {
    let (caller, visa) = (question.caller, weighed.visa);
    let own = |users: &[String]| users.is_empty() || named_until(caller, visa, users, question.now).is_some();
    let of_value = view.approvals().filter(|approval| approval.visa_value == visa.value);
    let approval = of_value
        .filter(|approval| own(&approval.users) && approval.datasets.contains(dataset))
        .max_by_key(|approval| (approval.not_after, &approval.id))?;
    if approval.revoked.is_some() {
        Some(Lapse::Revoked)
    } else if approval.not_after <= question.now {
        Some(Lapse::Ended)
    } else {
        Some(Lapse::NotBegun)
    }
}

impl Reason {
    fn of_rule(rule: Rule) -> Self {
        Self {
            cause: Cause::Rule(rule),
            visa_value: None,
            jti: None,
            place: None,
            approval: None,
            lapse: None,
        }
    }
}
