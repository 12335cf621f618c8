//! Recontact of participants: a researcher's request and an approver's decision.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use gemj_access::{Action, LocatedRecontact, Resource, WriteAction, WriteResource};
use gemj_catalogue::audit::AuditResource;
use gemj_catalogue::{CatalogueError, RecontactRequest, RecontactRequestState, RecontactVerdict};
use gemj_model::ErrorKind;
use gemj_services::ServiceError;
use gemj_services::recontact::{MAX_BODY_BYTES, Proposal, ReportedState, select, tell};
use serde_json::{Value, json};

use super::body;
use super::credentials;
use super::flow::{Granted, Refusal, look_up, permit_thing, permit_write};
use super::gateway::Gateway;
use super::problem::ProblemFailure;

type ProblemResult = Result<HttpResponse, ProblemFailure>;

/// `POST /recontact/requests`: records a researcher's request to contact participants.
pub(crate) async fn post_request(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Payload) -> ProblemResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let body = read_json(&request, body).await?;
    let proposal = Proposal::parse(&body).map_err(|fault| ProblemFailure::of(ErrorKind::Invalid, &fault.to_string()))?;
    let dataset = proposal.dataset.clone();
    // Only the id of a configured dataset is written to the audit trail, because any other text of the caller could contain anything.
    let about = match gateway.policy.dataset(&dataset) {
        Some(known) => AuditResource::Datasets(vec![known.id.clone()]),
        None => AuditResource::None,
    };
    let resource = WriteResource::Dataset(&dataset);
    let mandate = permit_write(&gateway, &caller, WriteAction::RequestRecontact, resource, about).await?;
    let new = proposal.made(gateway.clock.now());
    let id = gateway
        .stores
        .catalogue
        .request_recontact(&mandate, &new)
        .await
        .map_err(store_failure)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, gateway.url(&format!("/recontact/requests/{id}"))))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"id": id, "state": "requested"})))
}

/// `GET /recontact/requests/{request_id}`: the request's owner gets the result of the request, an approver gets the request's content.
pub(crate) async fn get_request(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> ProblemResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let located = look_up(gateway.stores.catalogue.locate_recontact(&id)).await?;
    let action = caller.action_on_request(located.as_ref());
    let permit = permit_thing(
        &gateway,
        caller,
        action,
        Resource::Recontact(located.as_ref()),
        about(located.as_ref()),
    )
    .await?;
    let body = async |permit: &Granted| {
        let found = gateway
            .stores
            .catalogue
            .recontact_request(&permit.grant, &id)
            .await
            .map_err(store_failure)?;
        let found = found.ok_or_else(|| permit.hidden(&gateway))?;
        if action == Action::ReviewRecontact {
            return Ok(for_review(&found));
        }
        let outcomes = gateway
            .stores
            .catalogue
            .recontact_outcomes(&permit.grant, &id)
            .await
            .map_err(store_failure)?;
        let told = (found.state == RecontactRequestState::Approved)
            .then(|| tell(&outcomes, &permit.grant, found.content.deadline, gateway.clock.now()));
        Ok::<_, ProblemFailure>(for_requester(&found, told))
    };
    let body = permit.answer(body).await?;
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body))
}

/// `POST /recontact/requests/{request_id}/decision`: records an approver's decision.
pub(crate) async fn post_decision(
    gateway: web::Data<Gateway>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Payload,
) -> ProblemResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let body = read_json(&request, body).await?;
    let located = look_up(gateway.stores.catalogue.locate_recontact(&id)).await?;
    let resource = WriteResource::Recontact(located.as_ref());
    let mandate = permit_write(&gateway, &caller, WriteAction::DecideRecontact, resource, about(located.as_ref())).await?;
    let approved = verdict(&body)?;
    let catalogue = &gateway.stores.catalogue;
    let state = if approved {
        let resource = Resource::Recontact(located.as_ref());
        let permit = permit_thing(&gateway, caller, Action::SelectForRecontact, resource, about(located.as_ref())).await?;
        let selected = async |permit: &Granted| {
            let found = catalogue.recontact_request(&permit.grant, &id).await.map_err(store_failure)?;
            let found = found.ok_or_else(|| permit.hidden(&gateway))?;
            let carriers = gateway.stores.carriers.at(permit.generation).await;
            let carriers = carriers.map_err(|error| Refusal::Service(ServiceError::Carriers(error)))?;
            Ok::<_, ProblemFailure>(select(&carriers, &permit.grant, &found).await.map_err(Refusal::Service)?)
        };
        let people = permit.answer(selected).await?;
        let verdict = RecontactVerdict::Approve(&people);
        catalogue
            .decide_recontact(&mandate, &id, verdict, gateway.clock.now())
            .await
            .map_err(store_failure)?;
        RecontactRequestState::Approved
    } else {
        catalogue
            .decide_recontact(&mandate, &id, RecontactVerdict::Refuse, gateway.clock.now())
            .await
            .map_err(store_failure)?;
        RecontactRequestState::Refused
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"id": id.as_str(), "state": state.as_str()})))
}

/// Reads `{"verdict": "approve" | "refuse", "reason": text}`. The approver must state a reason for the decision. The reason is not stored.
fn verdict(body: &[u8]) -> Result<bool, ProblemFailure> {
    let expected = || {
        ProblemFailure::of(
            ErrorKind::Invalid,
            "verdict (approve or refuse) and reason (a text of at most 500 characters) are expected",
        )
    };
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Err(expected());
    };
    let reason = members.get("reason").and_then(Value::as_str).map(str::trim);
    let reasoned = reason.is_some_and(|text| !text.is_empty() && text.chars().count() <= 500);
    if members.len() != 2 || !reasoned {
        return Err(expected());
    }
    match members.get("verdict").and_then(Value::as_str) {
        Some("approve") => Ok(true),
        Some("refuse") => Ok(false),
        _ => Err(expected()),
    }
}

fn for_review(request: &RecontactRequest) -> Value {
    let content = &request.content;
    json!({
        "id": request.id,
        "state": request.state.as_str(),
        "requester": request.requester,
        "dataset": content.dataset.as_str(),
        "assembly": content.assembly.as_str(),
        "referenceName": content.allele.contig.as_str(),
        "start": content.allele.start.0,
        "referenceBases": content.allele.reference,
        "alternateBases": content.allele.alternate,
        "reason": content.reason.as_str(),
        "message": content.message,
        "created": content.created.rfc3339(),
        "deadline": content.deadline.rfc3339(),
    })
}

fn for_requester(request: &RecontactRequest, told: Option<ReportedState>) -> Value {
    let mut body = json!({
        "id": request.id,
        "state": request.state.as_str(),
        "created": request.content.created.rfc3339(),
        "deadline": request.content.deadline.rfc3339(),
    });
    let Some(told) = told else { return body };
    body["asked"] = told.asked.to_string().into();
    body["closed"] = told.closed.into();
    body["outcome"] = match told.outcome {
        None if told.closed => "suppressed".into(),
        None => "after-deadline".into(),
        Some(outcome) => json!({
            "accepted": outcome.accepted.to_string(),
            "declined": outcome.declined.to_string(),
            "open": outcome.open.to_string(),
            "completed": {
                "agree": outcome.agree.to_string(),
                "decline": outcome.decline.to_string(),
                "no-answer": outcome.no_answer.to_string(),
                "unreachable": outcome.unreachable.to_string(),
            },
        }),
    };
    body
}

/// The audit resource of a recontact request. Only the id of an existing request is written to the audit trail.
fn about(located: Option<&LocatedRecontact>) -> AuditResource {
    located.map_or(AuditResource::None, |request| AuditResource::Thing {
        kind: "recontact",
        id: request.id.clone(),
    })
}

async fn read_json(request: &HttpRequest, content: web::Payload) -> Result<Bytes, ProblemFailure> {
    if body::media_type(request).is_some_and(|media_type| media_type != "application/json") {
        return Err(ProblemFailure::of(ErrorKind::UnsupportedMediaType, "application/json is expected"));
    }
    Ok(body::read(content, MAX_BODY_BYTES).await?)
}

/// The failure of a read or a change of a recontact request. The request may no longer be in the required state.
fn store_failure(error: CatalogueError) -> ProblemFailure {
    match error {
        CatalogueError::Conflict { field: "state" } => ProblemFailure::of(
            ErrorKind::Conflict,
            "this request has already been decided, or its deadline has passed",
        ),
        CatalogueError::Conflict { field: "waiting requests" } => {
            ProblemFailure::of(ErrorKind::TooManyRequests, "too many requests of this caller wait for approval")
        }
        CatalogueError::NotFound { .. } => Refusal::Service(ServiceError::NotFound).into(),
        other => Refusal::Service(ServiceError::Catalogue(other)).into(),
    }
}
