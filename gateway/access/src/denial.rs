//! A refusal and its reason.

mod title;

pub use title::Language;

use gemj_model::{DatasetId, Delivery, ErrorKind, Purpose};

use crate::grant::DecisionId;
use crate::smart_scope::FhirUse;

/// The rule that refused. Public text never says whether a hidden thing exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Nothing was presented where something is needed.
    #[error("credentials are required")]
    CredentialsRequired,
    /// Unknown, hidden, withdrawn or not covered: one answer.
    #[error("not found")]
    NotVisible,
    /// The dataset is not one the caller may ask.
    #[error("dataset '{0}' is unknown or not open to this caller")]
    DatasetNotOpen(DatasetId),
    /// Datasets of different tiers in one question: from an answer over all of them, what the narrower ones hide could be worked out.
    #[error("the datasets named answer this caller at different tiers; ask them one by one")]
    MixedTiers,
    /// The approval lets less leave than was asked for.
    #[error("the approval's delivery is '{}', which does not allow this", allowed.as_str())]
    Delivery {
        /// What it allows.
        allowed: Delivery,
    },
    /// The caller has no role that allows this.
    #[error("this needs a role that the caller does not have")]
    RoleRequired,
    /// The token's scopes do not allow what a FHIR request does.
    #[error("the token's scopes do not allow {}", allowed_use(asked.as_ref()))]
    Scope {
        /// What the request does; absent where it is no FHIR request.
        asked: Option<FhirUse>,
    },
    /// Nobody approves or reviews what they asked for themselves.
    #[error("nobody decides about their own request")]
    OwnRequest,
    /// An output that no reviewer has released.
    #[error("this output is held until it is reviewed")]
    Held,
    /// A declared purpose that no approval covers.
    #[error("the declared purpose is not covered by an approval")]
    Purpose,
    /// A purpose for which nothing is ever opened.
    #[error("use for {} is never allowed", .0.as_str())]
    PurposeRefused(Purpose),
    /// Several approvals match and have no purpose in common.
    #[error("several approvals match and have no purpose in common; name the one that the request is made under")]
    ApprovalNeeded,
    /// A dataset's condition that the approved use does not meet.
    #[error("the dataset's condition {code} does not allow the approved use")]
    DataUse {
        /// The Data Use Ontology code; `none` where the dataset has no permission at all.
        code: String,
    },
    /// A dataset's condition about which the committee has to decide first.
    #[error("the dataset's condition {code} has to be referred to the access committee")]
    DataUseReferred {
        /// The Data Use Ontology code.
        code: String,
    },
    /// What may be viewed of a participant under the approval is used up.
    #[error("the request is beyond the approval's budget of base pairs")]
    RegionBudget,
    /// The approval is limited to regions, and what was asked for is not within them; a whole file never is.
    #[error("the approval is limited to regions of the genome, and this is not within them")]
    Regions,
}

/// `read of Patient`.
fn allowed_use(asked: Option<&FhirUse>) -> String {
    asked.map_or_else(
        || "this".to_owned(),
        |asked| format!("{} of {}", asked.permission.as_str(), asked.resource_type),
    )
}

impl Rule {
    /// A stable code for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CredentialsRequired => "credentials-required",
            Self::NotVisible => "not-visible",
            Self::DatasetNotOpen(_) => "dataset-not-open",
            Self::MixedTiers => "mixed-tiers",
            Self::Delivery { .. } => "delivery",
            Self::RoleRequired => "role-required",
            Self::Scope { .. } => "scope",
            Self::OwnRequest => "own-request",
            Self::Held => "held",
            Self::Purpose => "purpose",
            Self::PurposeRefused(_) => "purpose-refused",
            Self::ApprovalNeeded => "approval-needed",
            Self::DataUse { .. } => "data-use",
            Self::DataUseReferred { .. } => "data-use-referred",
            Self::RegionBudget => "region-budget",
            Self::Regions => "regions",
        }
    }
}

impl Rule {
    /// Whether it says what one approval of the caller's lacks.
    pub(crate) fn is_of_one_approval(&self) -> bool {
        match self {
            Self::Purpose | Self::PurposeRefused(_) | Self::DataUse { .. } | Self::DataUseReferred { .. } => true,
            Self::CredentialsRequired
            | Self::NotVisible
            | Self::DatasetNotOpen(_)
            | Self::MixedTiers
            | Self::Delivery { .. }
            | Self::RoleRequired
            | Self::Scope { .. }
            | Self::OwnRequest
            | Self::Held
            | Self::ApprovalNeeded
            | Self::RegionBudget
            | Self::Regions => false,
        }
    }
}

/// The other answer of [`crate::decide()`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The decision, for the audit trail and for the caller's questions.
    pub decision: DecisionId,
    /// The rule that refused.
    pub rule: Rule,
    /// The `jti` of the caller's visa that the rule is about; absent where it is about none, or the visa has none. It never depends on
    /// anything hidden.
    pub visa: Option<String>,
}

/// A refusal on its way to become a [`Denial`].
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) rule: Rule,
    pub(crate) visa: Option<String>,
}

impl From<Rule> for Refused {
    fn from(rule: Rule) -> Self {
        Self { rule, visa: None }
    }
}

impl From<Denial> for Refused {
    fn from(denial: Denial) -> Self {
        Self {
            rule: denial.rule,
            visa: denial.visa,
        }
    }
}

impl Refused {
    pub(crate) fn denial(self, decision: DecisionId) -> Denial {
        Denial {
            decision,
            rule: self.rule,
            visa: self.visa,
        }
    }
}

impl Denial {
    /// How the refusal looks to the caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match &self.rule {
            Rule::CredentialsRequired => ErrorKind::Unauthenticated,
            Rule::NotVisible => ErrorKind::NotFound,
            Rule::DatasetNotOpen(_)
            | Rule::MixedTiers
            | Rule::Delivery { .. }
            | Rule::RoleRequired
            | Rule::Scope { .. }
            | Rule::OwnRequest
            | Rule::Held
            | Rule::Purpose
            | Rule::PurposeRefused(_)
            | Rule::ApprovalNeeded
            | Rule::DataUse { .. }
            | Rule::DataUseReferred { .. }
            | Rule::RegionBudget
            | Rule::Regions => ErrorKind::Forbidden,
        }
    }
}
