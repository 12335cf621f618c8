//! The use that a request declares. Ordinary clients declare nothing. A declaration narrows what is allowed and never widens it.

use gemj_model::Purpose;

use crate::smart_scope::FhirUse;

/// The declaration of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The approval under which the request is made, by approval id or visa value. Absent: the request gets only what all of the caller's approvals
    /// allow.
    pub approval: Option<String>,
    /// The purpose of the request, which must be one of the approval's purposes. Absent: every purpose of the approval.
    pub purpose: Option<Purpose>,
    /// What a FHIR request does. A SMART client's scopes must allow it. Absent for requests that are not FHIR requests.
    pub fhir: Option<FhirUse>,
}
