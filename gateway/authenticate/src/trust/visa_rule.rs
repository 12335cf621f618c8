//! One trust tuple of an issuer.

use std::collections::HashSet;

use ga4gh_passport::{AffiliationAndRole, AssertedBy, Visa, VisaObject, VisaType};
use gemj_access::Mark;
use gemj_model::Timestamp;

use super::statements;
use crate::config::{AcceptedBy, TrustedVisa};

/// The visas that an issuer may assert: one type, with these sources, these levels of `by` and these values. All comparisons use whole strings.
pub(crate) struct VisaRule {
    /// The issuer and the rule as configured, for the marks of trust.
    issuer: String,
    config: TrustedVisa,
    visa_type: VisaType,
    sources: HashSet<String>,
    by: Vec<AssertedBy>,
    values: Values,
    link_issuers: HashSet<String>,
    max_authorization_s: Option<i64>,
}

enum Values {
    Any,
    Exactly(HashSet<String>),
    Organizations(HashSet<String>),
}

impl VisaRule {
    pub(crate) fn new(issuer: &str, config: &TrustedVisa) -> Self {
        let set = |list: &[String]| list.iter().cloned().collect::<HashSet<_>>();
        let values = if config.any_value || !config.link_issuers.is_empty() {
            Values::Any
        } else if config.organizations.is_empty() {
            Values::Exactly(set(&config.values))
        } else {
            Values::Organizations(set(&config.organizations))
        };
        Self {
            issuer: issuer.to_owned(),
            config: config.clone(),
            visa_type: VisaType::parse(&config.visa_type),
            sources: set(&config.sources),
            by: config.by.iter().map(|by| (*by).into()).collect(),
            values,
            link_issuers: set(&config.link_issuers),
            max_authorization_s: config.max_authorization_s.map(i64::from),
        }
    }

    pub(crate) fn is_for(&self, visa: &VisaObject) -> bool {
        self.visa_type == visa.visa_type
    }

    pub(crate) fn allows(&self, visa: &VisaObject) -> bool {
        self.is_for(visa) && self.misses(visa).is_empty()
    }

    /// The names of those members of a visa that the rule does not accept. The visa must be of the rule's type.
    pub(crate) fn misses(&self, visa: &VisaObject) -> &'static [&'static str] {
        let fits = (
            self.sources.contains(&visa.source),
            self.allows_by(visa.by),
            self.allows_value(&visa.value),
        );
        match fits {
            (true, true, true) => &[],
            (false, true, true) => &["source"],
            (true, false, true) => &["by"],
            (true, true, false) => &["value"],
            (false, false, true) => &["source", "by"],
            (false, true, false) => &["source", "value"],
            (true, false, false) => &["by", "value"],
            (false, false, false) => &["source", "by", "value"],
        }
    }

    /// The latest end of the access that a visa gives, counted from the visa's `asserted`.
    pub(crate) fn ends(&self, visa: &Visa) -> Timestamp {
        match self.max_authorization_s {
            Some(seconds) => Timestamp::from_seconds(visa.asserted().seconds()).plus_seconds(seconds),
            None => Timestamp(i64::MAX),
        }
    }

    /// The mark of the statement by which the rule allows a visa. The rule must allow the visa.
    pub(crate) fn mark(&self, visa: &VisaObject) -> Mark {
        let by = self.by.iter().position(|by| Some(*by) == visa.by);
        let value = match &self.values {
            Values::Any => None,
            Values::Exactly(_) => Some(visa.value.as_str()),
            Values::Organizations(_) => AffiliationAndRole::parse(&visa.value).map(|affiliation| affiliation.organization),
        };
        statements::of_visa(&self.issuer, &self.config, &visa.source, by, value)
    }

    pub(crate) fn may_link(&self, issuer: &str) -> bool {
        self.link_issuers.contains(issuer)
    }

    fn allows_by(&self, by: Option<AssertedBy>) -> bool {
        if self.by.is_empty() {
            return by != Some(AssertedBy::SelfAsserted);
        }
        by.is_some_and(|by| self.by.contains(&by))
    }

    fn allows_value(&self, value: &str) -> bool {
        match &self.values {
            Values::Any => true,
            Values::Exactly(values) => values.contains(value),
            Values::Organizations(organizations) => {
                AffiliationAndRole::parse(value).is_some_and(|affiliation| organizations.contains(affiliation.organization))
            }
        }
    }
}

impl From<AcceptedBy> for AssertedBy {
    fn from(by: AcceptedBy) -> Self {
        match by {
            AcceptedBy::SelfAsserted => Self::SelfAsserted,
            AcceptedBy::Peer => Self::Peer,
            AcceptedBy::System => Self::System,
            AcceptedBy::So => Self::So,
            AcceptedBy::Dac => Self::Dac,
        }
    }
}
