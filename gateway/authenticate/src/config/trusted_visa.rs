//! The trust tuples: which visas an issuer is trusted to assert.

use serde::{Deserialize, Serialize};

/// One trust tuple: the issuer may assert visas of this type, with these sources, these levels of `by` and these values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedVisa {
    /// The visa type: a standard type, or the URL of a custom type.
    #[serde(rename = "type")]
    pub visa_type: String,
    /// The accepted values of `source`, as exact strings; at least one.
    pub sources: Vec<String>,
    /// The accepted values of `by`. The list is required for visa types that require `by`. If the list is empty, a visa may omit
    /// `by` or may have any value except `self`.
    #[serde(default)]
    pub by: Vec<AcceptedBy>,
    /// The accepted values of `value`, as exact strings. Prefixes and patterns are not supported.
    #[serde(default)]
    pub values: Vec<String>,
    /// For AffiliationAndRole: the accepted organisations (the part of the value after the first `@`), as exact strings. Any role is accepted.
    #[serde(default)]
    pub organizations: Vec<String>,
    /// For LinkedIdentities: the issuers whose identities this issuer may link to its own identities.
    #[serde(default)]
    pub link_issuers: Vec<String>,
    /// Whether every value is accepted. Exactly one of `values`, `organizations`, `link_issuers` and `any_value` must be given.
    #[serde(default)]
    pub any_value: bool,
    /// The longest time after `asserted` for which a visa gives access, in seconds, even if the visa expires later (`Passport 1.2.1 § Visa Expiry`,
    /// option A). If several tuples accept a visa, the longest time counts. If absent, the visa gives access until its `exp`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_authorization_s: Option<u32>,
}

/// A value of `by`, as the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AcceptedBy {
    /// The person themself asserted the visa (`self`).
    #[serde(rename = "self")]
    SelfAsserted,
    /// A peer of the person asserted the visa.
    Peer,
    /// A computer system asserted the visa.
    System,
    /// A signing official of the person's institution asserted the visa.
    So,
    /// A data access committee asserted the visa.
    Dac,
}
