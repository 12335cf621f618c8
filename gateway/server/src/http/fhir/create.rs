//! `create`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use gemj_access::{LocatedPatient, WriteAction, WriteResource};
use gemj_catalogue::audit::AuditResource;
use gemj_catalogue::{CatalogueError, FhirType, NewFhirResource};
use gemj_model::SiteId;
use gemj_services::fhir::{
    ConsentOutcome, PatientNamed, blocking_event, consent_outcome, identifier_digests, named_patient, patient_element, receive, stamped,
};
use hl7_fhir::resource::{MAX_BYTES, ReceivedResource};
use hl7_fhir::{CONTENT_TYPE, FhirError, Identifier, Interaction, Issue, IssueCode, ResourceType};

use super::conditions::refuse_on_write;
use super::patient::locate;
use super::read::kept;
use super::{Answer, Failure, header_text};
use crate::http::asker::Asker;
use crate::http::credentials;
use crate::http::flow::{Refusal, permit_write};
use crate::http::gateway::Gateway;

/// `POST /{type}`
pub(crate) async fn create(gateway: web::Data<Gateway>, request: HttpRequest, kind: web::Path<String>, body: web::Payload) -> Answer {
    let kind = kept(&kind)?;
    let caller = credentials::caller(&gateway, &request)
        .await?
        .doing(Interaction::Create, kind.as_str());
    let condition = refuse_on_write(&request, &[]);
    if kind != FhirType::Consent {
        condition.clone()?;
    }
    if !caller.may_write_for_a_hospital(&caller.declared) {
        // A caller who may write nothing at all is refused before the body is read.
        permit_write(&gateway, &caller, WriteAction::WriteFhir, WriteResource::Patient(None), about(kind)).await?;
    }
    let bytes = read_body(&request, body).await?;
    if let Err(condition) = condition {
        // A Consent that is refused because of a condition may be a withdrawal.
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
    let about_whom = Named {
        located: located.as_ref(),
        numbers: &numbers,
    };
    match kind {
        FhirType::Consent => create_consent(&gateway, &caller, about_whom, &resource).await,
        _ => create_kept(&gateway, &caller, kind, about_whom, &resource).await,
    }
}

/// Whether a body can be parsed as a Consent that grants.
fn is_grant(bytes: &[u8]) -> bool {
    let read = serde_json::from_slice(bytes)
        .ok()
        .and_then(|value| hl7_fhir::consent::read(&value).ok());
    read.is_some_and(|read| matches!(read.kind, hl7_fhir::consent::ConsentKind::Grant { .. }))
}

/// The patient of a resource: the patient located by the reference or number, and the further numbers in the resource.
#[derive(Clone, Copy)]
struct Named<'a> {
    located: Option<&'a LocatedPatient>,
    numbers: &'a [Identifier],
}

impl Named<'_> {
    /// Refuses a reference and numbers of different patients. Called only after the caller was permitted to write for the referenced patient. Only numbers of
    /// the patient's own hospital are looked up, because the answer would otherwise reveal whose number another hospital's number is.
    async fn agree(self, gateway: &Gateway, kind: FhirType) -> Result<(), Failure> {
        let Some(patient) = self.located else { return Ok(()) };
        for number in self.numbers {
            let own = number.system.as_deref().and_then(|system| gateway.fhir.sites.of_system(system));
            let same = match own.filter(|site| Some(&site.site) == patient.site.as_ref()) {
                Some(_) => locate(gateway, &PatientNamed::Number(number.clone())).await?.as_ref() == Some(patient),
                None => false,
            };
            if !same {
                let text = match kind {
                    FhirType::Patient => "the hospital's numbers do not all belong to one patient",
                    _ => "the reference and the number do not belong to one patient",
                };
                return Err(unprocessable(kind, text).into());
            }
        }
        Ok(())
    }
}

/// Blocks the patient of a refused Consent, because the Consent may be a withdrawal. If the patient is identified and the caller may record the patient's
/// consent, no data of the patient is disclosed until a readable Consent arrives.
async fn close_who_may_have_withdrawn(gateway: &Gateway, caller: &Asker, bytes: &[u8]) -> Result<(), Failure> {
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
    let (patient, _) = patient_of(located.as_ref())?;
    let now = gateway.clock.now();
    gateway
        .stores
        .catalogue
        .append_patient_consent(&mandate, patient.participant, blocking_event(now), now)
        .await?;
    Ok(())
}

async fn create_kept(gateway: &Gateway, caller: &Asker, kind: FhirType, named: Named<'_>, resource: &ReceivedResource) -> Answer {
    let key = WriteResource::Patient(named.located);
    let mandate = permit_write(gateway, caller, WriteAction::WriteFhir, key, about(kind)).await?;
    named.agree(gateway, kind).await?;
    let (patient, site) = patient_of(named.located)?;
    let id = match kind {
        FhirType::Patient => {
            gateway
                .stores
                .catalogue
                .fhir_patient_id(&mandate, site, patient.participant)
                .await?
        }
        _ => Some(gateway.entropy.id()),
    };
    let id = id.ok_or(FhirError::NotFound)?;
    let now = gateway.clock.now();
    let body = stamped(resource, &id, now)?;
    let new = NewFhirResource {
        kind,
        id: &id,
        participant: patient.participant,
        site,
        body: &body,
        tokens: &identifier_digests(&gateway.key, &resource.identifiers()),
        updated: now,
    };
    match gateway.stores.catalogue.create_fhir_resource(&mandate, &new).await {
        Ok(()) => Ok(created(gateway, kind, &id, body)),
        Err(CatalogueError::Conflict { .. }) => Err(FhirError::Conflict {
            explanation: "a resource of this patient already exists".to_owned(),
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

async fn create_consent(gateway: &Gateway, caller: &Asker, named: Named<'_>, resource: &ReceivedResource) -> Answer {
    let kind = FhirType::Consent;
    let key = WriteResource::Patient(named.located);
    let mandate = permit_write(gateway, caller, WriteAction::RecordConsent, key, about(kind)).await?;
    named.agree(gateway, kind).await?;
    let (patient, site) = patient_of(named.located)?;
    let read = hl7_fhir::consent::read(resource.value()).map_err(|error| unprocessable(kind, &error.to_string()))?;
    let now = gateway.clock.now();
    let events = match consent_outcome(&read, &gateway.fhir.forms, now) {
        ConsentOutcome::Recorded(events) => events,
        ConsentOutcome::NotInForce => return Err(unprocessable(kind, "the Consent must be in force, or end an earlier consent").into()),
        ConsentOutcome::Blocked { event, reason } => {
            let catalogue = &gateway.stores.catalogue;
            catalogue.append_patient_consent(&mandate, patient.participant, event, now).await?;
            let text = format!("{reason}; until a readable Consent arrives, no data of this participant is disclosed");
            return Err(unprocessable(kind, &text).into());
        }
    };
    let id = gateway.entropy.id();
    let body = stamped(resource, &id, now)?;
    let new = NewFhirResource {
        kind,
        id: &id,
        participant: patient.participant,
        site,
        body: &body,
        tokens: &identifier_digests(&gateway.key, &resource.identifiers()),
        updated: now,
    };
    gateway.stores.catalogue.create_fhir_consent(&mandate, &new, events, now).await?;
    Ok(created(gateway, kind, &id, body))
}

async fn read_body(request: &HttpRequest, body: web::Payload) -> Result<Bytes, FhirError> {
    let media_type = header_text(request, &header::CONTENT_TYPE)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    if !["application/fhir+json", "application/json"]
        .iter()
        .any(|known| media_type.eq_ignore_ascii_case(known))
    {
        return Err(FhirError::UnsupportedMediaType);
    }
    match crate::http::body::read(body, MAX_BYTES).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(FhirError::invalid(Issue::error(IssueCode::Structure, "the body could not be read"))),
        Err(_) => Err(FhirError::TooLarge { limit_bytes: MAX_BYTES }),
    }
}

/// Validates a body on a separate thread, because the validation of a large body would delay other requests.
async fn checked(gateway: &web::Data<Gateway>, kind: FhirType, bytes: Bytes) -> Result<ReceivedResource, FhirError> {
    let resource_type = ResourceType::parse(kind.as_str()).ok_or(FhirError::Internal)?;
    let gateway = gateway.clone();
    web::block(move || receive(gateway.fhir.schema.as_ref(), resource_type, &bytes))
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

/// The patient and the site. Both exist after a Mandate for the patient was issued.
fn patient_of(located: Option<&LocatedPatient>) -> Result<(&LocatedPatient, &SiteId), FhirError> {
    located.and_then(|p| Some((p, p.site.as_ref()?))).ok_or(FhirError::NotFound)
}

fn unprocessable(kind: FhirType, text: &str) -> FhirError {
    FhirError::Unprocessable(vec![Issue::error(IssueCode::BusinessRule, text).at(kind.as_str())])
}

fn about(kind: FhirType) -> AuditResource {
    AuditResource::Thing {
        kind: "fhir",
        id: kind.as_str().to_owned(),
    }
}
