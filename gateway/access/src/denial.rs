//! A denial of a request, and the rule that caused it.

mod title;

pub use title::Language;

use gemj_model::{DatasetId, Delivery, ErrorKind, Purpose};

use crate::grant::DecisionId;
use crate::smart_scope::FhirUse;

/// The rule that denied a question. Public text never reveals whether a hidden thing exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// Credentials are required, and the caller presented none. Ended and banned credentials count as none.
    #[error("credentials are required")]
    CredentialsRequired,
    /// The requested thing is unknown, hidden, withdrawn or not covered. All four cases have the same answer.
    #[error("not found")]
    NotVisible,
    /// The dataset is unknown, or not open to the caller.
    #[error("dataset '{0}' is unknown or not open to this caller")]
    DatasetNotOpen(DatasetId),
    /// One query names datasets that answer the caller at different tiers. An answer over all of them would reveal data that the less detailed tiers
    /// hide.
    #[error("the named datasets answer this caller at different tiers; query each dataset by itself")]
    MixedTiers,
    /// The approval's delivery is less than the request requires.
    #[error("the approval's delivery is '{}', which does not allow this", allowed.as_str())]
    Delivery {
        /// The delivery that the approval allows.
        allowed: Delivery,
    },
    /// The request requires a role that the caller does not have.
    #[error("this requires a role that the caller does not have")]
    RoleRequired,
    /// The token's scopes do not allow the FHIR interaction of the request.
    #[error("the token's scopes do not allow {}", allowed_use(asked.as_ref()))]
    Scope {
        /// The FHIR interaction of the request; absent if the request is not a FHIR request.
        asked: Option<FhirUse>,
    },
    /// A caller cannot approve or review their own request.
    #[error("a caller cannot decide about their own request")]
    OwnRequest,
    /// The requested output of a run has not been released by a reviewer.
    #[error("this output is held until it is reviewed")]
    Held,
    /// The request declares a purpose that no approval covers.
    #[error("the declared purpose is not covered by an approval")]
    Purpose,
    /// The purpose of the use is never allowed, under any approval.
    #[error("use for {} is never allowed", .0.as_str())]
    PurposeRefused(Purpose),
    /// The request must name an approval. Several approvals match, and no purpose is allowed under all of them.
    #[error("several approvals match and no purpose is allowed under all of them; name the approval under which the request is made")]
    ApprovalNeeded,
    /// The approved use does not meet a condition of the dataset.
    #[error("the dataset's condition {code} does not allow the approved use")]
    DataUse {
        /// The Data Use Ontology code of the condition; `none` if the dataset has no permission at all.
        code: String,
    },
    /// The committee must decide whether a condition of the dataset allows the use.
    #[error("the dataset's condition {code} has to be referred to the access committee")]
    DataUseReferred {
        /// The Data Use Ontology code of the condition.
        code: String,
    },
    /// The approval's budget of base pairs that may be viewed of each participant is used up.
    #[error("the request exceeds the approval's budget of base pairs")]
    RegionBudget,
    /// The approval is limited to regions, and the request is not within these regions. A whole file is never within them.
    #[error("the approval is limited to regions of the genome, and the request is not within them")]
    Regions,
}

/// The use that the scopes do not allow, for messages: for example `read of Patient`.
fn allowed_use(asked: Option<&FhirUse>) -> String {
    asked.map_or_else(
        || "this".to_owned(),
        |asked| format!("{} of {}", asked.permission.as_str(), asked.resource_type),
    )
}

impl Rule {
    /// The codes of all rules, in the order of the enumeration. The codes are the labels of metrics.
    pub const CODES: [&str; 16] = [
        "credentials-required",
        "not-visible",
        "dataset-not-open",
        "mixed-tiers",
        "delivery",
        "role-required",
        "scope",
        "own-request",
        "held",
        "purpose",
        "purpose-refused",
        "approval-needed",
        "data-use",
        "data-use-referred",
        "region-budget",
        "regions",
    ];

    /// The stable code of the rule, for machines.
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
    /// Whether the rule is about a defect of one of the caller's approvals: the approval's purpose, or a data use condition that the approval does
    /// not meet.
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

/// The negative result of [`crate::decide()`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The decision's id, for the audit trail. A caller can quote the id in later enquiries.
    pub decision: DecisionId,
    /// The rule that denied the question.
    pub rule: Rule,
    /// The `jti` of the caller's visa that the rule is about. Absent if the rule is about no visa, or if the visa has no
    /// `jti`. The value never depends on hidden data.
    pub visa: Option<String>,
}

/// The rule and the visa of a refusal, before the decision's id is added to make a [`Denial`].
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
    /// The error kind that determines the status code of the response.
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
