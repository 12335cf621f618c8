//! The configured patient numbers of hospitals.

use gemj_model::SiteId;

/// The configuration of one hospital's patient numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FhirSite {
    /// The hospital as an institution of the programme.
    pub site: SiteId,
    /// The `Identifier.system` of the hospital's patient numbers, for example JP Core's `urn:oid:1.2.392.100495.20.3.51.1` and the institution's
    /// number.
    pub patient_number_system: String,
    /// The namespace under which the hospital's patient numbers are linked to participants.
    pub namespace: String,
}

/// All configured hospitals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FhirSites(Vec<FhirSite>);

impl FhirSites {
    /// The list of these configured hospitals.
    #[must_use]
    pub fn new(sites: Vec<FhirSite>) -> Self {
        Self(sites)
    }

    /// The configuration of a hospital; absent if the hospital is not configured, or is configured several times.
    #[must_use]
    pub fn of_site(&self, id: &SiteId) -> Option<&FhirSite> {
        let mut found = self.0.iter().filter(|site| site.site == *id);
        found.next().filter(|_| found.next().is_none())
    }

    /// The hospital whose patient numbers have this `Identifier.system`; absent if the system is not configured.
    #[must_use]
    pub fn of_system(&self, system: &str) -> Option<&FhirSite> {
        self.0.iter().find(|site| site.patient_number_system == system)
    }
}
