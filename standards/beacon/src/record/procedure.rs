//! Medical procedures in Beacon records.

use serde::Serialize;

use super::ontology_term::OntologyTerm;
use super::time::{Date, TimeElement};

/// A medical procedure (`common/procedure.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Procedure {
    procedure_code: OntologyTerm,
    /// The site of the body; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_site: Option<OntologyTerm>,
    /// The age of the participant at the procedure; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_at_procedure: Option<TimeElement>,
    /// The date of the procedure; absent if not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_procedure: Option<Date>,
}

impl Procedure {
    /// A procedure by the term of its code.
    #[must_use]
    pub fn new(procedure_code: OntologyTerm) -> Self {
        Self {
            procedure_code,
            body_site: None,
            age_at_procedure: None,
            date_of_procedure: None,
        }
    }
}
