//! `create`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Caller, LocatedPatient, RoleKind, WriteAction, WriteResource};
use gemj_catalogue::audit::AuditResource;
use gemj_catalogue::{CatalogueError, FhirType, NewFhirResource};
use gemj_model::SiteId;
use gemj_services::fhir::{ConsentOutcome, PatientNamed, consent_outcome, identifier_digests, named_patient, receive, stamped};
use hl7_fhir::resource::{MAX_BYTES, ReceivedResource};
use hl7_fhir::{CONTENT_TYPE, FhirError, Interaction, Issue, IssueCode, ResourceType};

use super::patient::locate;
use super::read::kept;
use super::{Answer, header_text, scope};
use crate::http::credentials;
use crate::http::flow::permit_write;
use crate::http::gateway::Gateway;

/// `POST /{type}`
pub(crate) async fn create(gateway: web::Data<Gateway>, request: HttpRequest, kind: web::Path<String>, body: web::Payload) -> Answer {
    let kind = kept(&kind)?;
    let caller = credentials::caller(&gateway, &request).await?;
    scope::require(&caller, kind.as_str(), Interaction::Create)?;
    if caller
        .role_scopes(&[RoleKind::HospitalSystem, RoleKind::HospitalCoordinator])
        .is_empty()
    {
        // Whoever may write nothing at all is told so before the body is read.
        permit_write(&gateway, &caller, WriteAction::WriteFhir, WriteResource::Patient(None), about(kind)).await?;
    }
    let resource = read_resource(&gateway, &request, kind, body).await?;
    let (named, number) = named_patient(&resource)?;
    let located = locate(&gateway, &named).await?;
    if let Some(number) = number.filter(|n| n.system.is_some()) {
        let by_number = locate(&gateway, &PatientNamed::Number(number)).await?;
        if by_number != located {
            return Err(unprocessable(kind, "the reference and the number are not of one patient").into());
        }
    }
    match kind {
        FhirType::Consent => create_consent(&gateway, &caller, located.as_ref(), &resource).await,
        _ => create_kept(&gateway, &caller, kind, located.as_ref(), &resource).await,
    }
}

async fn create_kept(
    gateway: &Gateway,
    caller: &Caller,
    kind: FhirType,
    located: Option<&LocatedPatient>,
    resource: &ReceivedResource,
) -> Answer {
    let mandate = permit_write(
        gateway,
        caller,
        WriteAction::WriteFhir,
        WriteResource::Patient(located),
        about(kind),
    )
    .await?;
    let (patient, site) = patient_of(located)?;
    let id = match kind {
        FhirType::Patient => {
            gateway
                .stores
                .catalogue
                .fhir_patient_id(&mandate, site, patient.participant)
                .await?
        }
        _ => Some(new_id()),
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
            explanation: "there is one of this patient already".to_owned(),
        }
        .into()),
        Err(error) => Err(error.into()),
    }
}

async fn create_consent(gateway: &Gateway, caller: &Caller, located: Option<&LocatedPatient>, resource: &ReceivedResource) -> Answer {
    let kind = FhirType::Consent;
    let key = WriteResource::Patient(located);
    let mandate = permit_write(gateway, caller, WriteAction::RecordConsent, key, about(kind)).await?;
    let (patient, site) = patient_of(located)?;
    let read = hl7_fhir::consent::read(resource.value()).map_err(|error| unprocessable(kind, &error.to_string()))?;
    let now = gateway.clock.now();
    let event = match consent_outcome(&read, &gateway.fhir.forms, now) {
        ConsentOutcome::Recorded(event) => event,
        ConsentOutcome::NotInForce => return Err(unprocessable(kind, "only a consent that is in force, or that ends one, is taken").into()),
        ConsentOutcome::Blocked { event, reason } => {
            let catalogue = &gateway.stores.catalogue;
            catalogue.append_patient_consent(&mandate, patient.participant, event, now).await?;
            let text = format!("{reason}; until a Consent that can be read arrives, nothing of this participant is given out");
            return Err(unprocessable(kind, &text).into());
        }
    };
    let id = new_id();
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
    gateway
        .stores
        .catalogue
        .create_fhir_consent(&mandate, &new, vec![event], now)
        .await?;
    Ok(created(gateway, kind, &id, body))
}

async fn read_resource(
    gateway: &Gateway,
    request: &HttpRequest,
    kind: FhirType,
    body: web::Payload,
) -> Result<ReceivedResource, FhirError> {
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
    let bytes = match body.to_bytes_limited(MAX_BYTES).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return Err(FhirError::invalid(Issue::error(IssueCode::Structure, "the body could not be read")));
        }
        Err(_) => return Err(FhirError::TooLarge { limit_bytes: MAX_BYTES }),
    };
    let resource_type = ResourceType::parse(kind.as_str()).ok_or(FhirError::Internal)?;
    receive(gateway.fhir.schema.as_ref(), resource_type, &bytes)
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

/// A mandate for a patient was given, so there is one, with a site.
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

/// A random id of 128 bits.
fn new_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
