//! The caller of a request, with the declared use and the language of the answer.

use std::ops::Deref;

use gemj_access::{Caller, Capability, Declared, FhirPermission, FhirUse, Language};
use hl7_fhir::Interaction;

/// A caller, together with the properties of the request that are not credentials.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestCaller {
    caller: Caller,
    /// The declaration of use (approval and purpose) in the request. Empty if the client declares nothing.
    pub(crate) declared: Declared,
    /// The language of the titles in the answer.
    pub(crate) language: Language,
    /// A digest of an anonymous caller's approximate network location. Empty if the location is unknown.
    pub(crate) place: String,
}

impl RequestCaller {
    pub(crate) fn new(caller: Caller, declared: Declared, language: Language) -> Self {
        Self {
            caller,
            declared,
            language,
            place: String::new(),
        }
    }

    /// Adds the digest of an approximate network location to this caller.
    pub(crate) fn at_place(self, place: String) -> Self {
        Self { place, ..self }
    }

    /// Adds a FHIR interaction with a resource type to this caller's declaration of use.
    pub(crate) fn doing(mut self, interaction: Interaction, resource_type: &'static str) -> Self {
        let permission = match interaction {
            Interaction::Create => FhirPermission::Create,
            Interaction::Read | Interaction::Vread | Interaction::HistoryInstance => FhirPermission::Read,
            Interaction::Update | Interaction::Patch => FhirPermission::Update,
            Interaction::Delete => FhirPermission::Delete,
            Interaction::SearchType | Interaction::HistoryType => FhirPermission::Search,
        };
        self.declared.fhir = Some(FhirUse { resource_type, permission });
        self
    }

    /// A caller without credentials and without a declaration.
    pub(crate) fn anonymous() -> Self {
        Self::default()
    }

    /// The holder of a signed URL, with the declaration under which the URL was issued.
    pub(crate) fn holder(capability: &Capability, language: Language) -> Self {
        Self::new(capability.holder(), capability.declared(), language)
    }
}

impl Deref for RequestCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}
