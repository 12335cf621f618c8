//! How hospitals number their patients.

use gemj_model::SiteId;

/// One hospital's numbering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FhirSite {
    /// The institution.
    pub site: SiteId,
    /// `Identifier.system` of its patient numbers, such as JP Core's `urn:oid:1.2.392.100495.20.3.51.1` and the institution's number.
    pub patient_number_system: String,
    /// The namespace under which its numbers are linked.
    pub namespace: String,
}

/// All configured ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FhirSites(Vec<FhirSite>);

impl FhirSites {
    /// Takes the configured ones.
    #[must_use]
    pub fn new(sites: Vec<FhirSite>) -> Self {
        Self(sites)
    }

    /// Whose numbers a system is; absent for one that is not configured.
    #[must_use]
    pub fn of_system(&self, system: &str) -> Option<&FhirSite> {
        self.0.iter().find(|site| site.patient_number_system == system)
    }
}
