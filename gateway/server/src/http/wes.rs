//! WES 1.1: submission of workflow runs, and their state, logs and outputs.

mod form;
mod run_workflow;
mod upload;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_wes::{BadRequest, Missing, PageRequest, WesError};
use gemj_access::{Action, LocatedRun, Resource, WriteAction, WriteResource};
use gemj_catalogue::Run;
use gemj_catalogue::audit::AuditResource;
use gemj_model::ErrorKind;
use gemj_services::wes::{Steps, SubmitFault, View};
use gemj_services::{ServiceError, wes};
use serde::Serialize;

use super::credentials;
use super::failure::{StandardError, StandardFailure};
use super::flow::{Granted, Permit, Refusal, look_up, permit_thing, permit_write};
use super::gateway::Gateway;
use super::problem::Problem;
use super::query::query_pairs;
use super::request_caller::RequestCaller;
use super::routes::Standard;
use serde_json::Value;

pub(crate) use run_workflow::run_workflow;

/// The length in seconds of the time steps in which runs are shown if no engine is configured now. Runs of an earlier configuration can still
/// be shown then.
const STEP_WITHOUT_ENGINE_S: u32 = 60;

/// Seconds after which a caller who has submitted too many runs should try again.
const TOO_MANY_RUNS_RETRY_S: u32 = 3600;

/// An error of a WES request.
pub(crate) type WesFailure = StandardFailure<WesError>;
type WesResult = Result<HttpResponse, WesFailure>;

/// `GET /service-info` of WES.
pub(crate) async fn get_service_info(gateway: web::Data<Gateway>) -> WesResult {
    let version = gateway.workflows.as_ref().map(|workflows| workflows.engine_version());
    let until = steps(&gateway).last(gateway.clock.now());
    let described = wes::service_info(&gateway.about, &gateway.stores.catalogue, version, until).await;
    Ok(HttpResponse::Ok().json(described.map_err(Refusal::Store)?))
}

/// `GET /runs`: the caller's own runs.
pub(crate) async fn list_runs(gateway: web::Data<Gateway>, request: HttpRequest) -> WesResult {
    let page = PageRequest::from_query(&query_pairs(&request), wes::PAGE_SIZES)?;
    let caller = credentials::caller(&gateway, &request).await?;
    let permit = permit_thing(&gateway, caller, Action::ReadRun, Resource::OwnRuns, AuditResource::None).await?;
    let listed = permit
        .answer(async |permit| {
            Ok::<_, WesFailure>(wes::list_runs(&gateway.stores.catalogue, &permit.grant, &page, view(&gateway, false)).await?)
        })
        .await?;
    Ok(answer(listed))
}

/// `GET /runs/{run_id}`: one run with its request, logs and outputs.
pub(crate) async fn get_run_log(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> WesResult {
    let permit = permit_run(&gateway, &request, &id).await?;
    let (runs_url, outputs_url) = (gateway.url("/ga4gh/wes/v1/runs"), gateway.url("/airlock/outputs"));
    let log = async |permit: &Granted| {
        let run = run(&gateway, permit).await?;
        let view = open_view(&gateway, permit, &id).await?;
        let catalogue = &gateway.stores.catalogue;
        Ok::<_, WesFailure>(wes::get_run_log(catalogue, &permit.grant, &run, &runs_url, &outputs_url, view).await?)
    };
    Ok(answer(permit.answer(log).await?))
}

/// `GET /runs/{run_id}/status`: the state of a run.
pub(crate) async fn get_run_status(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> WesResult {
    let permit = permit_run(&gateway, &request, &id).await?;
    let run = permit.answer(async |permit| run(&gateway, permit).await).await?;
    Ok(answer(wes::run_state(&run, view(&gateway, false))?))
}

/// `GET /runs/{run_id}/tasks`: the tasks of a run.
pub(crate) async fn list_tasks(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> WesResult {
    let page = PageRequest::from_query(&query_pairs(&request), wes::PAGE_SIZES)?;
    let permit = permit_run(&gateway, &request, &id).await?;
    let listed = async |permit: &Granted| {
        let run = run(&gateway, permit).await?;
        let view = open_view(&gateway, permit, &id).await?;
        Ok::<_, WesFailure>(wes::list_tasks(&gateway.stores.catalogue, &permit.grant, &run, &page, view).await?)
    };
    Ok(answer(permit.answer(listed).await?))
}

/// `GET /runs/{run_id}/tasks/{task_id}`: one task of a run.
pub(crate) async fn get_task(gateway: web::Data<Gateway>, request: HttpRequest, path: web::Path<(String, String)>) -> WesResult {
    let (id, task) = path.into_inner();
    let permit = permit_run(&gateway, &request, &id).await?;
    let found = async |permit: &Granted| {
        let run = run(&gateway, permit).await?;
        let view = open_view(&gateway, permit, &id).await?;
        Ok::<_, WesFailure>(wes::get_task(&gateway.stores.catalogue, &permit.grant, &run, &task, view).await?)
    };
    let found = permit.answer(found).await?.ok_or(WesError::NotFound(Missing::Task))?;
    Ok(answer(found))
}

/// `POST /runs/{run_id}/cancel`: cancels a run.
pub(crate) async fn cancel_run(gateway: web::Data<Gateway>, request: HttpRequest, id: web::Path<String>) -> WesResult {
    let caller = credentials::caller(&gateway, &request).await?;
    let located = locate(&gateway, &id).await?;
    let (resource, about) = (WriteResource::Run(located.as_ref()), about(located.as_ref()));
    let mandate = permit_write(&gateway, &caller, WriteAction::CancelRun, resource, about).await?;
    gateway.stores.catalogue.cancel_run(&mandate).await.map_err(Refusal::Store)?;
    if let Some(workflows) = &gateway.workflows {
        workflows.wake();
    }
    Ok(HttpResponse::Ok().json(wes::run_id(&id)?))
}

/// Permission to read one of the caller's own runs.
async fn permit_run(gateway: &Gateway, request: &HttpRequest, id: &str) -> Result<Permit, WesFailure> {
    let caller = credentials::caller(gateway, request).await?;
    let located = locate(gateway, id).await?;
    let resource = Resource::Run(located.as_ref());
    Ok(permit_thing(gateway, caller, Action::ReadRun, resource, about(located.as_ref())).await?)
}

/// The run of a permission.
async fn run(gateway: &Gateway, permit: &Granted) -> Result<Run, WesFailure> {
    let run = gateway.stores.catalogue.run(&permit.grant).await.map_err(Refusal::Store)?;
    Ok(run.ok_or_else(|| permit.hidden(gateway))?)
}

/// The options for showing runs: the current time, the length of the time steps, and whether released outputs are shown.
fn view(gateway: &Gateway, open: bool) -> View {
    View {
        steps: steps(gateway),
        now: gateway.clock.now(),
        open,
    }
}

fn steps(gateway: &Gateway) -> Steps {
    gateway
        .workflows
        .as_ref()
        .map_or(Steps::of_seconds(STEP_WITHOUT_ENGINE_S), |workflows| workflows.steps())
}

/// The view of one run, with a check whether the owner may read released outputs now.
async fn open_view(gateway: &Gateway, permit: &Granted, id: &str) -> Result<View, WesFailure> {
    let open = outputs_are_open(gateway, permit.caller.clone(), id).await?;
    Ok(view(gateway, open))
}

/// Whether the owner may read released outputs of a run now.
async fn outputs_are_open(gateway: &Gateway, caller: RequestCaller, id: &str) -> Result<bool, WesFailure> {
    let located = locate(gateway, id).await?;
    let resource = Resource::RunOutput(located.as_ref().map(|run| (run, true)));
    match permit_thing(gateway, caller, Action::ReadRunOutput, resource, about(located.as_ref())).await {
        Ok(_) => Ok(true),
        Err(Refusal::Denied(_)) => Ok(false),
        Err(refusal) => Err(refusal.into()),
    }
}

async fn locate(gateway: &Gateway, id: &str) -> Result<Option<LocatedRun>, Refusal> {
    look_up(gateway.stores.catalogue.locate_run(id)).await
}

/// The audit resource of a workflow run. Only the id of an existing run is written to the audit trail.
fn about(located: Option<&LocatedRun>) -> AuditResource {
    located.map_or(AuditResource::None, |run| AuditResource::Thing {
        kind: "run",
        id: run.id.clone(),
    })
}

fn answer(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

impl StandardError for WesError {
    const STANDARD: Standard = Standard::Wes;
    const CONTENT_TYPE: &'static str = "application/json";

    fn of(kind: ErrorKind, explanation: String) -> Option<Self> {
        Some(match kind {
            ErrorKind::Unauthenticated => Self::Unauthorized { explanation },
            ErrorKind::Forbidden => Self::Forbidden { explanation },
            ErrorKind::NotFound => Self::NotFound(Missing::Run),
            ErrorKind::Invalid | ErrorKind::TooManyRequests | ErrorKind::Conflict => return None,
            ErrorKind::MethodNotAllowed => Self::MethodNotAllowed,
            ErrorKind::UnsupportedMediaType => Self::UnsupportedMediaType,
            ErrorKind::Unavailable => Self::ServiceUnavailable,
            ErrorKind::RangeNotSatisfiable | ErrorKind::TooLarge | ErrorKind::Internal => Self::InternalServerError,
        })
    }

    fn http_status(&self) -> u16 {
        self.status()
    }

    fn body(&self) -> Value {
        self.to_json()
    }
}

impl From<BadRequest> for WesFailure {
    fn from(error: BadRequest) -> Self {
        WesError::from(error).into()
    }
}

impl From<ServiceError> for WesFailure {
    fn from(error: ServiceError) -> Self {
        match error {
            // The page token is the only part of a WES request that is parsed after the Grant.
            ServiceError::Unsupported(_) => BadRequest::PageToken.into(),
            other => Refusal::Service(other).into(),
        }
    }
}

impl From<SubmitFault> for WesFailure {
    fn from(fault: SubmitFault) -> Self {
        match fault {
            SubmitFault::DayIsFull | SubmitFault::QueueIsFull => Self::Other(Box::new(Problem {
                retry_after_s: Some(TOO_MANY_RUNS_RETRY_S),
                ..Problem::new(ErrorKind::TooManyRequests, &fault.to_string())
            })),
            SubmitFault::Service(error) => error.into(),
        }
    }
}
