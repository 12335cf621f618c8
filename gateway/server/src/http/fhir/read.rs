//! The FHIR interaction `read`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Action, LocatedPatient, Resource};
use gemj_catalogue::FhirType;
use gemj_catalogue::audit::AuditResource;
use gemj_services::fhir::{genomics, own_identifier, patient};
use hl7_fhir::{CONTENT_TYPE, FhirError, Interaction};

use super::conditions::{refuse_on_read, refuse_parameters};
use super::findings::read_finding;
use super::{FhirResult, OutcomeFailure, text};
use crate::http::credentials;
use crate::http::flow::{Permit, Refusal, look_up, permit_thing};
use crate::http::gateway::Gateway;
use crate::http::request_caller::RequestCaller;

/// `GET /{type}/{id}`: one resource.
pub(crate) async fn read(gateway: web::Data<Gateway>, request: HttpRequest, path: web::Path<(String, String)>) -> FhirResult {
    let (kind, id) = path.into_inner();
    let kind = kept(&kind)?;
    let caller = credentials::caller(&gateway, &request)
        .await?
        .doing(Interaction::Read, kind.as_str());
    refuse_on_read(&request)?;
    refuse_parameters(&request)?;
    if kind == FhirType::Patient {
        return read_patient(&gateway, caller, &id).await;
    }
    if let Some(patient_id) = genomics::patient_of(kind, &id) {
        return read_finding(&gateway, caller, kind, &id, patient_id).await;
    }
    let located = look_up(gateway.stores.catalogue.locate_fhir_resource(kind, &id)).await?;
    let permit = permit_patient(&gateway, caller, kind.read_action(), located.as_ref(), kind).await?;
    let found = permit
        .answer(async |permit| Ok::<_, OutcomeFailure>(gateway.stores.catalogue.fhir_resource(&permit.grant, kind, &id).await?))
        .await?;
    let found = found.ok_or(FhirError::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::ETAG, format!("W/\"{}\"", found.version)))
        .body(found.body))
}

async fn read_patient(gateway: &Gateway, caller: RequestCaller, id: &str) -> FhirResult {
    let located = look_up(gateway.stores.catalogue.locate_fhir_patient(id)).await?;
    let permit = permit_patient(gateway, caller, Action::ReadPatient, located.as_ref(), FhirType::Patient).await?;
    let Some((participant, site)) = located.and_then(|p| Some((p.participant, p.site?))) else {
        return Err(FhirError::NotFound.into());
    };
    let (_, body) = permit
        .answer(async |permit| {
            let (catalogue, grant) = (&gateway.stores.catalogue, &permit.grant);
            let number = own_identifier(catalogue, &gateway.key, &gateway.fhir.sites, grant, &site, participant).await?;
            Ok::<_, OutcomeFailure>(patient(catalogue, grant, &site, participant, number.as_ref()).await?)
        })
        .await?;
    Ok(text(body))
}

/// Permission to read the data of one patient.
pub(super) async fn permit_patient(
    gateway: &Gateway,
    caller: RequestCaller,
    action: Action,
    located: Option<&LocatedPatient>,
    kind: FhirType,
) -> Result<Permit, Refusal> {
    let about = AuditResource::Thing {
        kind: "fhir",
        id: kind.as_str().to_owned(),
    };
    permit_thing(gateway, caller, action, Resource::Patient(located), about).await
}

/// The resource type with this name, if the server stores resources of the type.
///
/// # Errors
/// 404 for every other name (FHIR R4 § 3.1.0.1.3: "resource type not supported").
pub(super) fn kept(name: &str) -> Result<FhirType, FhirError> {
    [
        FhirType::Patient,
        FhirType::Consent,
        FhirType::Observation,
        FhirType::DiagnosticReport,
        FhirType::Specimen,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == name)
    .ok_or(FhirError::NotFound)
}
