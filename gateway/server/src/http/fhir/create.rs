//! The FHIR interaction `create`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use gemj_access::{WriteAction, WriteResource};
use gemj_catalogue::FhirType;
use gemj_catalogue::audit::AuditResource;
use gemj_services::fhir::create::{Submitted, create_consent, create_resource, is_grant};
use gemj_services::fhir::{blocking_event, named_patient, patient_element, receive};
use hl7_fhir::resource::ReceivedResource;
use hl7_fhir::{CONTENT_TYPE, FhirError, Interaction, ResourceType};

use super::body::read_resource;
use super::conditions::refuse_on_write;
use super::patient::locate;
use super::read::kept;
use super::{FhirResult, OutcomeFailure};
use crate::http::credentials;
use crate::http::flow::{Refusal, permit_write};
use crate::http::gateway::Gateway;
use crate::http::request_caller::RequestCaller;

/// `POST /{type}`: stores a new resource.
pub(crate) async fn create(gateway: web::Data<Gateway>, request: HttpRequest, kind: web::Path<String>, body: web::Payload) -> FhirResult {
    let kind = kept(&kind)?;
    let caller = credentials::caller(&gateway, &request)
        .await?
        .doing(Interaction::Create, kind.as_str());
    let condition = refuse_on_write(&request, &[]);
    if kind != FhirType::Consent {
        condition.clone()?;
    }
    if !caller.may_write_for_a_hospital(&caller.declared) {
        // A caller who may not write any resource is refused before the body is read.
        permit_write(&gateway, &caller, WriteAction::WriteFhir, WriteResource::Patient(None), about(kind)).await?;
    }
    let bytes = read_resource(&request, body).await?;
    if let Err(condition) = condition {
        // A Consent with an unsupported condition is refused. The Consent may nevertheless be a withdrawal, so the patient is blocked.
        if !is_grant(&bytes) {
            close_who_may_have_withdrawn(&gateway, &caller, &bytes).await?;
        }
        return Err(condition.into());
    }
    let received = checked(&gateway, kind, bytes.clone()).await;
    let resource = match received {
        Ok(resource) => resource,
        Err(error) => {
            if kind == FhirType::Consent {
                close_who_may_have_withdrawn(&gateway, &caller, &bytes).await?;
            }
            return Err(error.into());
        }
    };
    let (named, numbers) = named_patient(&resource, &gateway.fhir.sites)?;
    let located = locate(&gateway, &named).await?;
    let action = match kind {
        FhirType::Consent => WriteAction::RecordConsent,
        _ => WriteAction::WriteFhir,
    };
    let mandate = permit_write(&gateway, &caller, action, WriteResource::Patient(located.as_ref()), about(kind)).await?;
    let submitted = Submitted {
        kind,
        resource: &resource,
        located: located.as_ref(),
        numbers: &numbers,
        new_id: &gateway.entropy.id(),
        now: gateway.clock.now(),
    };
    let (catalogue, key, sites) = (&gateway.stores.catalogue, &gateway.key, &gateway.fhir.sites);
    let stored = match kind {
        FhirType::Consent => {
            let created = create_consent(catalogue, key, (sites, &gateway.fhir.forms), &mandate, submitted).await;
            // A refused Consent can block the participant, so the ledger may have a new event in both cases.
            gateway.keep_consents_outside().await;
            created?
        }
        _ => create_resource(catalogue, key, sites, &mandate, submitted).await?,
    };
    Ok(created(&gateway, kind, &stored.id, stored.body))
}

/// Blocks the patient of a refused Consent, because the Consent may be a withdrawal. If the patient is identified and the caller may record
/// the patient's consent, no data of the patient is disclosed until a readable Consent arrives. A Consent with the status `draft` or
/// `proposed` blocks no patient.
async fn close_who_may_have_withdrawn(gateway: &Gateway, caller: &RequestCaller, bytes: &[u8]) -> Result<(), OutcomeFailure> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return Ok(());
    };
    let drafted = matches!(value.get("status").and_then(|s| s.as_str()), Some("draft" | "proposed"));
    let Some(named) = patient_element(&value).filter(|_| !drafted) else {
        return Ok(());
    };
    let located = locate(gateway, &named).await?;
    let key = WriteResource::Patient(located.as_ref());
    let mandate = match permit_write(gateway, caller, WriteAction::RecordConsent, key, about(FhirType::Consent)).await {
        Ok(mandate) => mandate,
        Err(Refusal::Denied(_)) => return Ok(()),
        Err(refusal) => return Err(refusal.into()),
    };
    let patient = located.ok_or(FhirError::NotFound)?;
    let now = gateway.clock.now();
    gateway
        .stores
        .catalogue
        .append_patient_consent(&mandate, patient.participant, blocking_event(now), now)
        .await?;
    gateway.keep_consents_outside().await;
    Ok(())
}

/// Validates a body on a separate thread, because the validation of a large body would delay other requests.
async fn checked(gateway: &web::Data<Gateway>, kind: FhirType, bytes: Bytes) -> Result<ReceivedResource, FhirError> {
    let resource_type = ResourceType::parse(kind.as_str()).ok_or(FhirError::Internal)?;
    let gateway = gateway.clone();
    web::block(move || receive(gateway.fhir.schema.as_deref(), resource_type, &bytes))
        .await
        .unwrap_or(Err(FhirError::Internal))
}

fn created(gateway: &Gateway, kind: FhirType, id: &str, body: String) -> HttpResponse {
    let location = gateway.url(&format!("/fhir/{}/{id}", kind.as_str()));
    HttpResponse::Created()
        .content_type(CONTENT_TYPE)
        .insert_header((header::LOCATION, location))
        .insert_header((header::ETAG, "W/\"1\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}

fn about(kind: FhirType) -> AuditResource {
    AuditResource::Thing {
        kind: "fhir",
        id: kind.as_str().to_owned(),
    }
}
