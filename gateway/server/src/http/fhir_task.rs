//! FHIR Task: hospitals read the recontact tasks for their own patients, and report the results.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Action, LocatedPatient, Resource, WriteAction, WriteResource};
use gemj_catalogue::CatalogueError;
use gemj_catalogue::audit::AuditResource;
use gemj_services::fhir::matches;
use gemj_services::recontact::{StepError, read_step, task_json, version_id};
use hl7_fhir::bundle::{Entry, SearchMode, searchset};
use hl7_fhir::resource;
use hl7_fhir::search::{self, Criterion, Handling, Search};
use hl7_fhir::task::TaskStatus;
use hl7_fhir::{CONTENT_TYPE, FhirError, Interaction, Issue, IssueCode, ResourceType};
use serde_json::Value;

use super::credentials;
use super::fhir::body::read_resource;
use super::fhir::conditions::{refuse_on_read, refuse_on_write, refuse_parameters};
use super::fhir::patient::locate_target;
use super::fhir::search::patient_asked_for;
use super::fhir::{FhirResult, OutcomeFailure};
use super::flow::{Granted, Permit, Refusal, look_up, permit_thing, permit_write};
use super::gateway::Gateway;
use super::query::query_pairs;
use super::request_caller::RequestCaller;

/// The number of tasks on a page if the search has no `_count`.
const DEFAULT_COUNT: usize = 50;

/// `GET /fhir/Task`: searches tasks by status, patient, identifier, owner or code.
pub(crate) async fn search(gateway: web::Data<Gateway>, request: HttpRequest) -> FhirResult {
    let caller = credentials::caller(&gateway, &request)
        .await?
        .doing(Interaction::SearchType, ResourceType::Task.as_str());
    refuse_on_read(&request)?;
    let search = search::parse(ResourceType::Task, &query_pairs(&request), Handling::Strict)?;
    let (count, offset) = page_of(&search)?;
    let permit = match patient_asked_for(&search)? {
        None => open_all(&gateway, caller).await,
        Some(target) => {
            let located = locate_target(&gateway, &target).await?;
            permit_thing(
                &gateway,
                caller,
                Action::ReadPatient,
                Resource::Patient(located.as_ref()),
                about(None, ""),
            )
            .await
        }
    };
    let permit = match permit {
        Ok(permit) => permit,
        // A search for tasks of a hidden or unknown patient returns an empty Bundle.
        Err(refusal) if refusal.is_hidden() => return bundle(&gateway, &search, &[], 0, None),
        Err(refusal) => return Err(refusal.into()),
    };
    let answer = async |permit: &Granted| {
        let tasks = gateway.stores.catalogue.recontact_tasks(&permit.grant).await?;
        // The consent view is read after the tasks. If a participant has withdrawn by now, the answer therefore shows the participant's
        // task as cancelled, and the hospital does not contact the participant.
        let view = gateway.watch.current().await.map_err(Refusal::Store)?.view;
        let now = gateway.clock.now();
        let mut matching = Vec::new();
        for task in &tasks {
            let text = task_json(task, &view, now).ok_or(FhirError::Internal)?.to_string();
            if matches(&task.id, &text, &search)? {
                matching.push((task.id.as_str(), text));
            }
        }
        let page: Vec<_> = matching.iter().skip(offset).take(count).cloned().collect();
        let next = offset.saturating_add(count);
        bundle(&gateway, &search, &page, matching.len(), (next < matching.len()).then_some(next))
    };
    permit.answer(answer).await
}

async fn open_all(gateway: &Gateway, caller: RequestCaller) -> Result<Permit, Refusal> {
    permit_thing(gateway, caller, Action::ReadPatient, Resource::OwnPatients, about(None, "")).await
}

/// A Bundle with one page of tasks. `total` is the number of all matching tasks, and `next` is the offset of the next page.
fn bundle(gateway: &Gateway, search: &Search, page: &[(&str, String)], total: usize, next: Option<usize>) -> FhirResult {
    let url = |query: String| match query.as_str() {
        "" => gateway.url("/fhir/Task"),
        query => gateway.url(&format!("/fhir/Task?{query}")),
    };
    let entries = page
        .iter()
        .map(|(id, text)| Entry::new(Some(gateway.url(&format!("/fhir/Task/{id}"))), text, SearchMode::Match))
        .collect::<Result<Vec<_>, _>>()?;
    let next_url = next.map(|at| url(search.next_query(&at.to_string())));
    let bundle = searchset(Some(total as u64), &url(search.self_query()), next_url.as_deref(), &entries)?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(bundle))
}

/// The size of a page and the offset of its first task.
fn page_of(search: &Search) -> Result<(usize, usize), FhirError> {
    let wrong = |name: &str, text: &str| FhirError::invalid(Issue::error(IssueCode::Value, text).at(format!("http.{name}")));
    for criterion in &search.criteria {
        if let Criterion::Status(tokens) = criterion
            && !tokens
                .iter()
                .all(|token| token.code.as_deref().is_some_and(|code| TaskStatus::parse(code).is_some()))
        {
            return Err(wrong("status", "codes of task-status, joined by commas, are expected"));
        }
    }
    let offset = match &search.page {
        None => 0,
        Some(page) => page.parse().map_err(|_| wrong("_page", "not a page of this server"))?,
    };
    match search.count {
        None => Ok((DEFAULT_COUNT, offset)),
        Some(0) => Err(wrong("_count", "a positive number is expected")),
        Some(count) => Ok((count as usize, offset)),
    }
}

/// `GET /fhir/Task/{id}`: one recontact task.
pub(crate) async fn read(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> FhirResult {
    let permit = open(&gateway, &request, Interaction::Read, &id).await?;
    refuse_on_read(&request)?;
    refuse_parameters(&request)?;
    permit.answer(async |permit| served(&gateway, permit, &id).await).await
}

/// `PUT /fhir/Task/{id}`: updates only the task's status and output.
pub(crate) async fn update(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>, body: web::Payload) -> FhirResult {
    let if_match = if_match(&request)?;
    refuse_on_write(&request, &["if-match"])?;
    let permit = open(&gateway, &request, Interaction::Update, &id).await?;
    let catalogue = &gateway.stores.catalogue;
    let located = look_up(catalogue.locate_recontact_task(&id)).await?;
    let resource = WriteResource::Patient(located.as_ref());
    let about = about(located.as_ref(), &id);
    let mandate = permit_write(&gateway, permit.caller(), WriteAction::AnswerRecontact, resource, about).await?;
    let written = read_task(&request, body).await?;
    if written.get("id").and_then(Value::as_str) != Some(id.as_str()) {
        let issue = Issue::error(IssueCode::Invalid, "the id of the resource and the id in the URL differ").at("Task.id");
        return Err(FhirError::invalid(issue).into());
    }
    let answer = async |permit: &Granted| {
        let task = catalogue.recontact_task(&permit.grant, &id).await?.ok_or(FhirError::NotFound)?;
        let view = gateway.watch.current().await.map_err(Refusal::Store)?.view;
        let now = gateway.clock.now();
        if if_match.is_some_and(|wanted| wanted != version_id(&task, &view, now)) {
            return Err(FhirError::PreconditionFailed.into());
        }
        let step = read_step(&task, &view, now, &written).map_err(|fault| unprocessable(&fault))?;
        if step.changes {
            let written = catalogue
                .answer_recontact(&mandate, &id, task.version, step.state, step.answer, now)
                .await;
            written.map_err(not_written)?;
        }
        served(&gateway, permit, &id).await
    };
    permit.answer(answer).await
}

/// Permission to read a task of the caller's own patients, with the scopes that the interaction needs.
async fn open(gateway: &Gateway, request: &HttpRequest, interaction: Interaction, id: &str) -> Result<Permit, OutcomeFailure> {
    let caller = credentials::caller(gateway, request)
        .await?
        .doing(interaction, ResourceType::Task.as_str());
    let located = look_up(gateway.stores.catalogue.locate_recontact_task(id)).await?;
    let about = about(located.as_ref(), id);
    Ok(permit_thing(gateway, caller, Action::ReadPatient, Resource::Patient(located.as_ref()), about).await?)
}

async fn served(gateway: &Gateway, permit: &Granted, id: &str) -> FhirResult {
    let task = gateway.stores.catalogue.recontact_task(&permit.grant, id).await?;
    let task = task.ok_or(FhirError::NotFound)?;
    let view = gateway.watch.current().await.map_err(Refusal::Store)?.view;
    let now = gateway.clock.now();
    let json = task_json(&task, &view, now).ok_or(FhirError::Internal)?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::ETAG, format!("W/\"{}\"", version_id(&task, &view, now))))
        .body(json.to_string()))
}

/// The audit resource of a task. Only the id of an existing task is written to the audit trail.
fn about(located: Option<&LocatedPatient>, id: &str) -> AuditResource {
    AuditResource::Thing {
        kind: "fhir-task",
        id: located.map(|_| id.to_owned()).unwrap_or_default(),
    }
}

/// The version in `If-Match`, for example `W/"3"`; absent if the header is absent.
fn if_match(request: &HttpRequest) -> Result<Option<String>, FhirError> {
    let mut values = request.headers().get_all(header::IF_MATCH);
    let (Some(value), None) = (values.next(), values.next()) else {
        return match request.headers().contains_key(header::IF_MATCH) {
            true => Err(FhirError::PreconditionFailed),
            false => Ok(None),
        };
    };
    let text = value.to_str().map_err(|_| FhirError::PreconditionFailed)?.trim();
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let version = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    version.map(|v| Some(v.to_owned())).ok_or(FhirError::PreconditionFailed)
}

async fn read_task(request: &HttpRequest, body: web::Payload) -> Result<Value, FhirError> {
    let bytes = read_resource(request, body).await?;
    let received = resource::parse(&bytes)?;
    if received.resource_type() != ResourceType::Task {
        return Err(FhirError::invalid(
            Issue::error(IssueCode::Invalid, "a Task is expected").at("resourceType"),
        ));
    }
    Ok(received.value().clone())
}

fn unprocessable(fault: &StepError) -> FhirError {
    let element = match fault {
        StepError::OtherChange => "Task",
        StepError::Status | StepError::Transition => "Task.status",
        StepError::Answer => "Task.output",
    };
    FhirError::Unprocessable(vec![Issue::error(IssueCode::BusinessRule, fault.to_string()).at(element)])
}

fn not_written(error: CatalogueError) -> OutcomeFailure {
    match error {
        CatalogueError::Conflict { .. } => FhirError::Conflict {
            explanation: "the task has changed in the meantime; read it again".to_owned(),
        }
        .into(),
        CatalogueError::NotFound { .. } => FhirError::NotFound.into(),
        other => other.into(),
    }
}
