//! The member `type` of a visa object.

use std::fmt;

/// The kind of assertion of a visa (`Passport 1.2.1 § GA4GH Standard Visa Type Definitions`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VisaType {
    /// A role within an organisation; see [`crate::AffiliationAndRole`].
    AffiliationAndRole,
    /// The acceptance of a policy. The visa's value is the URL of the policy.
    AcceptedTermsAndPolicies,
    /// The status of a bona fide researcher. The visa's value is the URL of the definition of this status.
    ResearcherStatus,
    /// Access to a dataset, granted by the source. The visa's value is the URL of the dataset.
    ControlledAccessGrants,
    /// Other identities of the same person; see [`crate::parse_linked_identities`].
    LinkedIdentities,
    /// A custom type. The text is the URL that names the type.
    Custom(String),
}

impl VisaType {
    /// The value of `type` in the JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::AffiliationAndRole => "AffiliationAndRole",
            Self::AcceptedTermsAndPolicies => "AcceptedTermsAndPolicies",
            Self::ResearcherStatus => "ResearcherStatus",
            Self::ControlledAccessGrants => "ControlledAccessGrants",
            Self::LinkedIdentities => "LinkedIdentities",
            Self::Custom(name) => name,
        }
    }

    /// Parses the value of `type`, which is case-sensitive. A text that is not a standard type is a custom type. A custom type has an effect
    /// only if it is configured.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "AffiliationAndRole" => Self::AffiliationAndRole,
            "AcceptedTermsAndPolicies" => Self::AcceptedTermsAndPolicies,
            "ResearcherStatus" => Self::ResearcherStatus,
            "ControlledAccessGrants" => Self::ControlledAccessGrants,
            "LinkedIdentities" => Self::LinkedIdentities,
            other => Self::Custom(other.to_owned()),
        }
    }

    /// Whether the specification requires `by` for visas of this type.
    #[must_use]
    pub fn requires_by(&self) -> bool {
        match self {
            Self::AcceptedTermsAndPolicies | Self::ControlledAccessGrants => true,
            Self::AffiliationAndRole | Self::ResearcherStatus | Self::LinkedIdentities | Self::Custom(_) => false,
        }
    }
}

impl fmt::Debug for VisaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A custom type is text from a token, so it is redacted.
            Self::Custom(_) => f.write_str("Custom(redacted)"),
            Self::AffiliationAndRole
            | Self::AcceptedTermsAndPolicies
            | Self::ResearcherStatus
            | Self::ControlledAccessGrants
            | Self::LinkedIdentities => f.write_str(self.as_str()),
        }
    }
}
