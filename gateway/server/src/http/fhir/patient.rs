//! Identification of the patient of a FHIR request. The identification reveals no protected data: unknown patients, hidden patients and other
//! hospitals' patients are treated alike.

use gemj_access::LocatedPatient;
use gemj_services::fhir::{PatientNamed, patient_of_number};
use hl7_fhir::Identifier;
use hl7_fhir::search::{PatientTarget, Token, TokenSystem};

use crate::http::flow::{Refusal, look_up};
use crate::http::gateway::Gateway;

/// Locates the patient that a received resource names. Absent if the patient is unknown.
pub(super) async fn locate(gateway: &Gateway, named: &PatientNamed) -> Result<Option<LocatedPatient>, Refusal> {
    let catalogue = &gateway.stores.catalogue;
    match named {
        PatientNamed::Id(id) => look_up(catalogue.locate_fhir_patient(id)).await,
        PatientNamed::Number(number) => look_up(patient_of_number(catalogue, &gateway.key, &gateway.fhir.sites, number)).await,
    }
}

/// Locates the patient that a query names. Absent if the patient is unknown.
pub(crate) async fn locate_target(gateway: &Gateway, target: &PatientTarget) -> Result<Option<LocatedPatient>, Refusal> {
    let base = gateway.url("/fhir/Patient/");
    match target {
        PatientTarget::Id(id) => locate(gateway, &PatientNamed::Id(id.clone())).await,
        PatientTarget::Url(url) => match url.strip_prefix(&base) {
            Some(id) => locate(gateway, &PatientNamed::Id(id.into())).await,
            None => Ok(None),
        },
        PatientTarget::Identifier(token) => match number_of(token) {
            Some(number) => locate(gateway, &PatientNamed::Number(number)).await,
            None => Ok(None),
        },
    }
}

/// A patient number together with its numbering system. Absent for a number without a system, because the number could belong to any hospital.
pub(super) fn number_of(token: &Token) -> Option<Identifier> {
    match (&token.system, &token.code) {
        (TokenSystem::Is(system), Some(value)) => Some(Identifier {
            system: Some(system.clone()),
            value: value.clone(),
        }),
        _ => None,
    }
}
