//! Stores a resource that a hospital sent about its own patient.

use gemj_access::{CapabilityKey, LocatedPatient, Mandate};
use gemj_catalogue::{Catalogue, CatalogueError, FhirType, NewFhirResource};
use gemj_model::{ConsentForm, SiteId, Timestamp};
use hl7_fhir::resource::ReceivedResource;
use hl7_fhir::{FhirError, Identifier, Issue, IssueCode};

use super::{ConsentOutcome, FhirFailure, FhirSites, consent_outcome, identifier_digests, patient_of_number, stamped};

/// A resource that a hospital sent, with the data to store it.
#[derive(Clone, Copy)]
pub struct Submitted<'a> {
    /// The type of the resource.
    pub kind: FhirType,
    /// The resource as received, after it was checked.
    pub resource: &'a ReceivedResource,
    /// The patient that the resource names by its reference or number; absent for an unknown patient.
    pub located: Option<&'a LocatedPatient>,
    /// The further patient numbers in the resource, which must belong to the same patient.
    pub numbers: &'a [Identifier],
    /// The id of the resource, if the gateway assigns a new id.
    pub new_id: &'a str,
    /// The time of the request.
    pub now: Timestamp,
}

/// A resource after it was stored.
pub struct Created {
    /// The id of the stored resource.
    pub id: String,
    /// The JSON text of the stored resource, with id, version and time.
    pub body: String,
}

impl<'a> Submitted<'a> {
    /// Refuses a resource whose reference and numbers are of different patients. This function is called only with a mandate for the
    /// referenced patient. Only numbers of the patient's own hospital are looked up. The answer would otherwise reveal to which patient a
    /// number of another hospital belongs.
    ///
    /// # Errors
    /// [`FhirError::Unprocessable`]; the catalogue does not answer.
    async fn names_one_patient(&self, catalogue: &Catalogue, key: &CapabilityKey, sites: &FhirSites) -> Result<(), FhirFailure> {
        let Some(patient) = self.located else { return Ok(()) };
        for number in self.numbers {
            let own = number.system.as_deref().and_then(|system| sites.of_system(system));
            let same = match own.filter(|site| Some(&site.site) == patient.site.as_ref()) {
                Some(_) => patient_of_number(catalogue, key, sites, number).await?.as_ref() == Some(patient),
                None => false,
            };
            if !same {
                let text = match self.kind {
                    FhirType::Patient => "the hospital's numbers do not all belong to one patient",
                    _ => "the reference and the number do not belong to one patient",
                };
                return Err(self.unprocessable(text).into());
            }
        }
        Ok(())
    }

    /// The patient and the patient's hospital. A mandate for a patient exists only for a patient of a hospital.
    fn patient(&self) -> Result<(&'a LocatedPatient, &'a SiteId), FhirError> {
        self.located
            .and_then(|patient| Some((patient, patient.site.as_ref()?)))
            .ok_or(FhirError::NotFound)
    }

    fn unprocessable(&self, text: &str) -> FhirError {
        FhirError::Unprocessable(vec![Issue::error(IssueCode::BusinessRule, text).at(self.kind.as_str())])
    }
}

/// Stores a resource other than a Consent (action `WriteFhir`).
///
/// # Errors
/// [`FhirError::Unprocessable`] for numbers of different patients, [`FhirError::Conflict`] for a second Patient; the catalogue does not answer.
pub async fn create_resource(
    catalogue: &Catalogue,
    key: &CapabilityKey,
    sites: &FhirSites,
    mandate: &Mandate,
    submitted: Submitted<'_>,
) -> Result<Created, FhirFailure> {
    submitted.names_one_patient(catalogue, key, sites).await?;
    let (patient, site) = submitted.patient()?;
    let id = match submitted.kind {
        FhirType::Patient => catalogue.fhir_patient_id(mandate, site, patient.participant).await?,
        _ => Some(submitted.new_id.to_owned()),
    };
    let id = id.ok_or(FhirError::NotFound)?;
    let body = stamped(submitted.resource, &id, submitted.now)?;
    let new = NewFhirResource {
        kind: submitted.kind,
        id: &id,
        participant: patient.participant,
        site,
        body: &body,
        tokens: &identifier_digests(key, &submitted.resource.identifiers()),
        updated: submitted.now,
    };
    match catalogue.create_fhir_resource(mandate, &new).await {
        Ok(()) => Ok(Created { id, body }),
        Err(CatalogueError::Conflict { .. }) => Err(FhirError::Conflict {
            explanation: "a resource of this patient already exists".to_owned(),
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

/// Stores a Consent and appends its events to the ledger (action `RecordConsent`). A Consent with an unclear meaning is refused, and it
/// blocks the participant's data.
///
/// # Errors
/// [`FhirError::Unprocessable`] for numbers of different patients and for a Consent that is not stored; the catalogue does not answer.
pub async fn create_consent(
    catalogue: &Catalogue,
    key: &CapabilityKey,
    (sites, forms): (&FhirSites, &[ConsentForm]),
    mandate: &Mandate,
    submitted: Submitted<'_>,
) -> Result<Created, FhirFailure> {
    submitted.names_one_patient(catalogue, key, sites).await?;
    let (patient, site) = submitted.patient()?;
    let now = submitted.now;
    let read = hl7_fhir::consent::read(submitted.resource.value()).map_err(|error| submitted.unprocessable(&error.to_string()))?;
    let events = match consent_outcome(&read, forms, now) {
        ConsentOutcome::Recorded(events) => events,
        ConsentOutcome::NotInForce => {
            return Err(submitted
                .unprocessable("the Consent must be in force, or end an earlier consent")
                .into());
        }
        ConsentOutcome::Blocked { event, reason } => {
            catalogue.append_patient_consent(mandate, patient.participant, event, now).await?;
            let text = format!("{reason}; until a readable Consent arrives, no data of this participant is disclosed");
            return Err(submitted.unprocessable(&text).into());
        }
    };
    let body = stamped(submitted.resource, submitted.new_id, now)?;
    let new = NewFhirResource {
        kind: FhirType::Consent,
        id: submitted.new_id,
        participant: patient.participant,
        site,
        body: &body,
        tokens: &identifier_digests(key, &submitted.resource.identifiers()),
        updated: now,
    };
    catalogue.create_fhir_consent(mandate, &new, events, now).await?;
    Ok(Created {
        id: submitted.new_id.to_owned(),
        body,
    })
}

/// Whether a body can be parsed as a Consent that gives permissions, and not as a withdrawal.
#[must_use]
pub fn is_grant(bytes: &[u8]) -> bool {
    let read = serde_json::from_slice(bytes)
        .ok()
        .and_then(|value| hl7_fhir::consent::read(&value).ok());
    read.is_some_and(|read| matches!(read.kind, hl7_fhir::consent::ConsentKind::Grant { .. }))
}
