//! FHIR Task: what hospitals are asked to do for their own patients, and what came of it.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_access::{Action, LocatedPatient, Resource, WriteAction, WriteResource};
use gemj_catalogue::audit::AuditResource;
use gemj_catalogue::{CatalogueError, RecontactTask};
use gemj_services::recontact::fhir_task::status_code;
use gemj_services::recontact::{StepError, read_step, task_json, version_id};
use hl7_fhir::bundle::{Entry, SearchMode, searchset};
use hl7_fhir::resource::{self, MAX_BYTES};
use hl7_fhir::task::TaskStatus;
use hl7_fhir::{CONTENT_TYPE, FhirError, Interaction, Issue, IssueCode, ResourceType};
use serde_json::Value;

use super::credentials;
use super::fhir::scope::require;
use super::fhir::{Answer, Failure};
use super::flow::{Permit, Refusal, permit_thing, permit_write};
use super::gateway::Gateway;
use super::htsget::query_pairs;

/// How many tasks a page has where nothing is said.
const DEFAULT_COUNT: usize = 50;
/// The most that a page has.
const MAX_COUNT: usize = 200;

/// `GET /fhir/Task`
pub(crate) async fn search(gateway: web::Data<Gateway>, request: HttpRequest) -> Answer {
    let search = Search::of(&query_pairs(&request))?;
    let permit = open(&gateway, &request, Interaction::SearchType, None).await?;
    let tasks = gateway.stores.catalogue.recontact_tasks(&permit.grant).await?;
    // Read after the tasks: who withdrew until now is asked nothing any more.
    let view = gateway.watch.current().await.map_err(Refusal::Store)?.view;
    let now = gateway.clock.now();
    let wanted =
        |task: &&RecontactTask| search.statuses.is_empty() || search.statuses.iter().any(|s| s.as_str() == status_code(task, &view, now));
    let matching: Vec<&RecontactTask> = tasks.iter().filter(wanted).collect();
    let page = matching.iter().skip(search.offset).take(search.count);
    let mut texts = Vec::new();
    for task in page {
        let json = task_json(task, &view, now).ok_or(FhirError::Internal)?;
        texts.push((gateway.url(&format!("/fhir/Task/{}", task.id)), json.to_string()));
    }
    let entries = texts
        .iter()
        .map(|(url, text)| Entry::new(Some(url.clone()), text, SearchMode::Match))
        .collect::<Result<Vec<_>, _>>()?;
    let own_url = gateway.url(&search.path(search.offset));
    let next = search.offset.saturating_add(search.count);
    let next_url = (next < matching.len()).then(|| gateway.url(&search.path(next)));
    let bundle = searchset(Some(matching.len() as u64), &own_url, next_url.as_deref(), &entries)?;
    permit.receipt.await.map_err(Refusal::Store)?;
    Ok(HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(bundle))
}

/// `GET /fhir/Task/{id}`
pub(crate) async fn read(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> Answer {
    let permit = open(&gateway, &request, Interaction::Read, Some(&id)).await?;
    let answer = served(&gateway, &permit, &id).await?;
    permit.receipt.await.map_err(Refusal::Store)?;
    Ok(answer)
}

/// `PUT /fhir/Task/{id}`: status and output, nothing else.
pub(crate) async fn update(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>, body: web::Payload) -> Answer {
    let if_match = if_match(&request)?;
    let permit = open(&gateway, &request, Interaction::Update, Some(&id)).await?;
    let catalogue = &gateway.stores.catalogue;
    let located = catalogue.locate_recontact_task(&id).await?;
    let resource = WriteResource::Patient(located.as_ref());
    let about = about(located.as_ref(), &id);
    let mandate = permit_write(&gateway, &permit.caller, WriteAction::AnswerRecontact, resource, about).await?;
    let written = read_task(&request, body).await?;
    if written.get("id").and_then(Value::as_str) != Some(id.as_str()) {
        let issue = Issue::error(IssueCode::Invalid, "the id of the resource and of the address differ").at("Task.id");
        return Err(FhirError::invalid(issue).into());
    }
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
    let answer = served(&gateway, &permit, &id).await?;
    permit.receipt.await.map_err(Refusal::Store)?;
    Ok(answer)
}

/// Permission to read the caller's own patients' tasks, or one of them, with the scopes that the interaction needs.
async fn open(gateway: &Gateway, request: &HttpRequest, interaction: Interaction, id: Option<&str>) -> Result<Permit, Failure> {
    let caller = credentials::caller(gateway, request).await?;
    require(&caller, ResourceType::Task.as_str(), interaction)?;
    let (located, about) = match id {
        None => (None, about(None, "")),
        Some(id) => {
            let located = gateway.stores.catalogue.locate_recontact_task(id).await?;
            let about = about(located.as_ref(), id);
            (located, about)
        }
    };
    let resource = match id {
        None => Resource::OwnPatients,
        Some(_) => Resource::Patient(located.as_ref()),
    };
    Ok(permit_thing(gateway, caller, Action::ReadPatient, resource, about).await?)
}

async fn served(gateway: &Gateway, permit: &Permit, id: &str) -> Answer {
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

/// Only a task that exists goes into the trail.
fn about(located: Option<&LocatedPatient>, id: &str) -> AuditResource {
    AuditResource::Thing {
        kind: "fhir-task",
        id: located.map(|_| id.to_owned()).unwrap_or_default(),
    }
}

/// The version of `If-Match: W/"3"`; absent where the header is.
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
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !["application/fhir+json", "application/json"]
        .iter()
        .any(|known| media_type.eq_ignore_ascii_case(known))
    {
        return Err(FhirError::UnsupportedMediaType);
    }
    let bytes = match body.to_bytes_limited(MAX_BYTES).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Err(FhirError::invalid(Issue::error(IssueCode::Structure, "the body cannot be read"))),
        Err(_) => return Err(FhirError::TooLarge { limit_bytes: MAX_BYTES }),
    };
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

/// What is searched for.
struct Search {
    statuses: Vec<TaskStatus>,
    count: usize,
    offset: usize,
}

impl Search {
    fn of(pairs: &[(String, String)]) -> Result<Self, FhirError> {
        let mut search = Self {
            statuses: Vec::new(),
            count: DEFAULT_COUNT,
            offset: 0,
        };
        let wrong =
            |name: &'static str, text: &'static str| FhirError::invalid(Issue::error(IssueCode::Value, text).at(format!("http.{name}")));
        let mut seen = Vec::new();
        for (name, value) in pairs {
            if seen.contains(&name.as_str()) {
                return Err(FhirError::invalid(Issue::error(
                    IssueCode::NotSupported,
                    "each parameter at most once",
                )));
            }
            seen.push(name.as_str());
            match name.as_str() {
                "status" => {
                    let codes = value.split(',').map(TaskStatus::parse).collect::<Option<_>>();
                    search.statuses = codes.ok_or(wrong("status", "codes of task-status, joined by commas, are expected"))?;
                }
                "_count" => {
                    let count = value.parse::<usize>().ok().filter(|n| *n > 0);
                    search.count = count.ok_or(wrong("_count", "a positive number is expected"))?.min(MAX_COUNT);
                }
                "_offset" => search.offset = value.parse().map_err(|_| wrong("_offset", "a number is expected"))?,
                "_format" if ["json", "application/json", "application/fhir+json"].contains(&value.as_str()) => {}
                _ => {
                    let issue = Issue::error(
                        IssueCode::NotSupported,
                        "only status, _count, _offset and _format (json) are known here",
                    );
                    return Err(FhirError::invalid(issue));
                }
            }
        }
        Ok(search)
    }

    fn path(&self, offset: usize) -> String {
        let mut path = format!("/fhir/Task?_count={}", self.count);
        if !self.statuses.is_empty() {
            let codes: Vec<&str> = self.statuses.iter().map(|s| s.as_str()).collect();
            path.push_str(&format!("&status={}", codes.join(",")));
        }
        if offset > 0 {
            path.push_str(&format!("&_offset={offset}"));
        }
        path
    }
}

fn not_written(error: CatalogueError) -> Failure {
    match error {
        CatalogueError::Conflict { .. } => FhirError::Conflict {
            explanation: "the task was written in between; read it again".to_owned(),
        }
        .into(),
        CatalogueError::NotFound { .. } => FhirError::NotFound.into(),
        other => other.into(),
    }
}
