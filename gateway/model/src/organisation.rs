//! Who a caller works for. Country and kind come from configuration; an organisation that is not there is an overseas company.

use serde::{Deserialize, Serialize};

/// What kind of body an organisation is.
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
    /// Its domain, as in the part of an affiliation behind `@`.
    pub domain: String,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// Academic or company.
    pub kind: OrganisationKind,
}

impl Organisation {
    /// The organisation assumed where none is known: a company outside Japan, the strictest case.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            domain: String::new(),
            country: "ZZ".to_owned(),
            kind: OrganisationKind::Company,
        }
    }

    /// Whether its country is Japan.
    #[must_use]
    pub fn is_domestic(&self) -> bool {
        self.country == "JP"
    }
}
