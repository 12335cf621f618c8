//! What a request says of its own use. Ordinary clients say nothing; what is said narrows, never widens.

use gemj_model::Purpose;

use crate::smart_scope::FhirUse;

/// A request's own statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The approval it is made under, by its id or its visa value; absent: only what all of the caller's approvals allow.
    pub approval: Option<String>,
    /// The purpose it is made for, which must be one of the approval's; absent: any of them.
    pub purpose: Option<Purpose>,
    /// What a FHIR request does, which a SMART client's scopes must allow. Absent for requests that are not FHIR's.
    pub fhir: Option<FhirUse>,
}
