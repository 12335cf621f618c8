//! The organisations of callers. The country and kind of an organisation come from configuration. An organisation that is not
//! configured counts as an overseas company.

use serde::{Deserialize, Serialize};

/// The kind of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// A university, hospital or public research body.
    Academic,
    /// A company.
    Company,
}

/// An organisation as configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// The organisation's domain: the part of an affiliation after `@`.
    pub domain: String,
    /// The country of the organisation, as ISO 3166-1 alpha-2 in upper case.
    pub country: String,
    /// The kind of the organisation: academic or company.
    pub kind: OrganisationKind,
}

impl Organisation {
    /// The organisation that is assumed for a domain that is not configured: a company outside Japan, the strictest case.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            domain: String::new(),
            country: "ZZ".to_owned(),
            kind: OrganisationKind::Company,
        }
    }
}
