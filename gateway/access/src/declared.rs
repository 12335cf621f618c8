//! The use that a request declares. Ordinary clients declare no use. A declaration narrows the access that is allowed and never widens it.

use gemj_model::Purpose;

use crate::smart_scope::FhirUse;

/// The approval, purpose and FHIR use that a request declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The approval under which the request is made, by approval id or visa value. If absent, the request gets only the data
    /// that all of the caller's approvals allow.
    pub approval: Option<String>,
    /// The purpose of the request, which must be one of the approval's purposes. If absent, every purpose of the approval must be allowed.
    pub purpose: Option<Purpose>,
    /// The FHIR interaction of the request, which a SMART client's scopes must allow. Absent for requests that are not FHIR requests.
    pub fhir: Option<FhirUse>,
}
