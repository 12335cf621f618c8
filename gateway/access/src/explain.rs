//! The dry run: the datasets that a caller could query, for which purposes and until when, and the reasons why other datasets are closed.
//!
//! The dry run uses the same code as decisions. Each dataset's answer is the answer that [`crate::decide()`] would give to a population question that
//! names only this dataset. The answer describes the caller's own visas and approvals and the datasets' public conditions. It contains no number of
//! participants and no file.

use gemj_model::{ApprovalId, ApprovedRegion, DatasetId, Delivery, Purpose, ReleaseId, Timestamp};

use crate::action::Action;
use crate::caller::{Caller, VisaPlace, VisaVerdict};
use crate::consent::ConsentView;
use crate::decide::Question;
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

/// The answer of a dry run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Every configured dataset, in order of id.
    pub datasets: Vec<DatasetExplanation>,
    /// The result for each visa that was presented.
    pub visas: Vec<VisaVerdict>,
}

/// One dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetExplanation {
    /// The dataset.
    pub dataset: DatasetId,
    /// What a question about the dataset opens under this declaration; absent where the question is denied.
    pub open: Option<Open>,
    /// What each of the caller's approvals opens by itself: what a request gets that names the approval.
    pub approvals: Vec<OpenedByApproval>,
    /// Why the dataset is not open at the controlled tier, or not wider. Empty if there is no such reason.
    pub reasons: Vec<Reason>,
}

/// What is open in a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The tier.
    pub tier: Tier,
    /// How fine the answers to questions about variants are. Answers about participants can be finer under `region-view`.
    pub granularity: Granularity,
    /// How much data may leave; absent where no bytes may leave.
    pub delivery: Option<Delivery>,
    /// The purposes; none at the public and registered tiers.
    pub purposes: Vec<Purpose>,
    /// The releases to which the access is limited; none for the live dataset.
    pub releases: Vec<ReleaseId>,
    /// Base pairs of each participant that may be viewed in total under `region-view`; absent where views are not counted.
    pub region_budget_bp: Option<u64>,
    /// The regions to which the access is limited, contigs by their canonical names; absent for the whole genome.
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The last instant; absent where the access has no end of its own.
    pub until: Option<Timestamp>,
    /// Visa values of the approvals on which the access rests.
    pub approvals: Vec<String>,
}

/// What one approval opens by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedByApproval {
    /// Its id in the committee's register.
    pub approval: ApprovalId,
    /// The visa value that stands for the approval.
    pub visa_value: String,
    /// The visa's `jti`; absent where it had none.
    pub jti: Option<String>,
    /// The place where the visa was found.
    pub place: Option<VisaPlace>,
    /// How much data may leave.
    pub delivery: Delivery,
    /// The purposes: the declared purpose, or every purpose of the approval.
    pub purposes: Vec<Purpose>,
    /// The release to which the approval is limited; absent for the live dataset.
    pub release: Option<ReleaseId>,
    /// The regions to which the approval is limited, contigs by their canonical names; absent for the whole genome.
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The last instant: the earliest end of visa, approval and conditions. The caller's token may end earlier.
    pub until: Timestamp,
}

/// One reason why a dataset is not open, or not wider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The obstacle.
    pub cause: Cause,
    /// The value of the visa that the reason is about; absent where the reason is about no visa.
    pub visa_value: Option<String>,
    /// The visa's `jti`; absent where it had none.
    pub jti: Option<String>,
    /// The place where the visa was found; absent where the reason is about no visa.
    pub place: Option<VisaPlace>,
    /// The approval that the reason is about; absent where no approval is in force.
    pub approval: Option<ApprovalId>,
    /// Why the approval for which the visa's value stands is not in force. Absent in these cases:
    /// * the approval is in force;
    /// * no approval for this dataset is on record;
    /// * the caller is not one of the approval's users.
    pub lapse: Option<Lapse>,
}

/// Why an approval on record is not in force.
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
    /// A stable code for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotBegun => "approval-not-begun",
            Self::Ended => "approval-ended",
            Self::Revoked => "approval-revoked",
        }
    }

    /// A short title for people.
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

/// What keeps a dataset closed, or narrower than possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The rule that denies the question.
    #[error(transparent)]
    Rule(Rule),
    /// The reason why one visa does not count.
    #[error(transparent)]
    Obstacle(Obstacle),
}

impl Cause {
    /// A stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.code(),
            Self::Obstacle(obstacle) => obstacle.code(),
        }
    }

    /// A short title for people.
    #[must_use]
    pub fn title(&self, language: Language) -> &'static str {
        match self {
            Self::Rule(rule) => rule.title(language),
            Self::Obstacle(obstacle) => obstacle.title(language),
        }
    }

    /// The Data Use Ontology code of the condition; `none` where the dataset has no permission; absent where no condition is concerned.
    #[must_use]
    pub fn data_use(&self) -> Option<&str> {
        match self {
            Self::Rule(Rule::DataUse { code } | Rule::DataUseReferred { code }) => Some(code),
            Self::Rule(_) => None,
            Self::Obstacle(obstacle) => obstacle.data_use(),
        }
    }
}

/// Explains which datasets a caller with this declaration could query.
#[must_use]
pub fn explain(caller: &Caller, declared: Option<&Declared>, policy: &Policy, view: &ConsentView, now: Timestamp) -> Explanation {
    let question = Question {
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

fn of(question: &Question<'_>, dataset: &DatasetId, policy: &Policy, view: &ConsentView) -> DatasetExplanation {
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
        // A refusal that one visa causes is reported with that visa, below.
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

/// The decision about a question that names only this dataset.
fn grant(question: &Question<'_>, dataset: &DatasetId, policy: &Policy, view: &ConsentView) -> Result<Grant, Refused> {
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
    question: &Question<'_>,
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

/// Why an approval on record for the dataset is not in force. The reason is reported only to users of the approval. If the approval names no users,
/// every holder of its visa is a user.
fn lapse(question: &Question<'_>, weighed: &Weighed<'_>, dataset: &DatasetId, view: &ConsentView) -> Option<Lapse> {
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
