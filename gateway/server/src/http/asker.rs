//! Who asks, what they declare of their use, and in which language they are answered.

use std::ops::Deref;

use gemj_access::{Caller, Capability, Declared, FhirPermission, FhirUse, Language};
use hl7_fhir::Interaction;

/// A caller with what the request says beside its credentials.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asker {
    caller: Caller,
    /// What the request declares; nothing where its client cannot say anything.
    pub(crate) declared: Declared,
    /// The language of titles.
    pub(crate) language: Language,
    /// About where an anonymous caller asks from, as a digest; empty where that is not known.
    pub(crate) place: String,
}

impl Asker {
    pub(crate) fn new(caller: Caller, declared: Declared, language: Language) -> Self {
        Self {
            caller,
            declared,
            language,
            place: String::new(),
        }
    }

    /// The same, asking from about there.
    pub(crate) fn at_place(self, place: String) -> Self {
        Self { place, ..self }
    }

    /// The same, for a FHIR request that does this to a type of resource.
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

    /// Somebody who presented nothing and declares nothing.
    pub(crate) fn anonymous() -> Self {
        Self::default()
    }

    /// The holder of a signed URL, who declares again what was declared for it.
    pub(crate) fn holder(capability: &Capability, language: Language) -> Self {
        Self::new(capability.holder(), capability.declared(), language)
    }
}

impl Deref for Asker {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}
