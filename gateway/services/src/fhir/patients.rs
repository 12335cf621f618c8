//! Reads Patient resources: as the hospital sent them, or built from the programme's register.

use gemj_access::{CapabilityKey, Grant, LocatedPatient};
use gemj_catalogue::{Catalogue, CatalogueError, FhirType};
use gemj_model::{Ordinal, Sex, SiteId, SiteNumber};
use hl7_fhir::{FhirError, Identifier};
use serde_json::json;

use super::failure::FhirFailure;
use super::sites::FhirSites;
use crate::ServiceError;
use crate::linkage::number_digests;
use crate::vault::{VaultError, own_number};

/// Finds the patient with a number of a hospital. The result contains only data that the access decision needs, and nothing protected.
/// Absent if the number's system is not configured, or if the number is not linked to a participant at that institution.
///
/// # Errors
/// The catalogue is unavailable.
pub async fn patient_of_number(
    catalogue: &Catalogue,
    key: &CapabilityKey,
    sites: &FhirSites,
    number: &Identifier,
) -> Result<Option<LocatedPatient>, CatalogueError> {
    let Some(site) = number.system.as_deref().and_then(|system| sites.of_system(system)) else {
        return Ok(None);
    };
    let number = SiteNumber {
        site: &site.site,
        namespace: &site.namespace,
        number: &number.value,
    };
    let digests = number_digests(key, number);
    let located = catalogue.locate_number(&site.site, &site.namespace, &digests).await?;
    Ok(located.filter(|patient| patient.site.as_ref() == Some(&site.site)))
}

/// The patient's own number at the hospital that enrolled the patient, from the vault, under the hospital's Grant. Absent if the vault does not keep it.
///
/// # Errors
/// A store failure; a number that cannot be opened.
pub async fn own_identifier(
    catalogue: &Catalogue,
    key: &CapabilityKey,
    sites: &FhirSites,
    grant: &Grant,
    site: &SiteId,
    participant: Ordinal,
) -> Result<Option<Identifier>, FhirFailure> {
    let Some(configured) = sites.of_site(site) else { return Ok(None) };
    let number = own_number(catalogue, key, grant, (site, &configured.namespace), participant).await;
    let number = number.map_err(|error| match error {
        VaultError::Catalogue(error) => FhirFailure::from(error),
        VaultError::Sealed(_) | VaultError::Restless => FhirError::Internal.into(),
    })?;
    Ok(number.map(|value| Identifier {
        system: Some(configured.patient_number_system.as_str().into()),
        value: value.into(),
    }))
}

/// The id and JSON text of a Patient. If the hospital sent no Patient, the text is built from the register: sex, month of birth, and the
/// number in the request or in the vault.
///
/// # Errors
/// Not found if the Grant does not cover the patient; a store failure.
pub async fn patient(
    catalogue: &Catalogue,
    grant: &Grant,
    site: &SiteId,
    participant: Ordinal,
    number: Option<&Identifier>,
) -> Result<(String, String), FhirFailure> {
    let id = catalogue
        .fhir_patient_id(grant, site, participant)
        .await?
        .ok_or(ServiceError::NotFound)?;
    if let Some(sent) = catalogue.fhir_resource(grant, FhirType::Patient, &id).await? {
        return Ok((id, sent.body));
    }
    let person = catalogue.patient(grant, participant).await?.ok_or(ServiceError::NotFound)?;
    let gender = match person.sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    };
    let mut text = json!({"resourceType": "Patient", "id": id, "gender": gender});
    if let Some(born) = person.born {
        text["birthDate"] = json!(born.as_str());
    }
    if let Some(number) = number {
        text["identifier"] = json!([{"system": number.system, "value": number.value.as_str()}]);
    }
    Ok((id, text.to_string()))
}
