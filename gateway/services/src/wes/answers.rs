//! Runs as WES tells them.

use std::num::NonZeroU32;

use ga4gh_wes::{
    Log, PageRequest, PageSizes, RunId, RunListResponse, RunLog, RunStatus, RunSummary, State, TaskId, TaskListResponse, TaskLog,
    UtcSeconds,
};
use gemj_access::Grant;
use gemj_catalogue::{Catalogue, OutputState, Run, RunOutput, RunState, RunTask};
use gemj_model::Timestamp;
use serde_json::{Map, Value, json};

use super::page_token::{PagePlace, WholePage};
use super::request::StoredRequest;
use super::run_files::{STDERR, STDOUT};
use crate::ServiceError;

/// Sizes of pages of runs and of tasks.
pub const PAGE_SIZES: PageSizes = PageSizes {
    default: NonZeroU32::new(50).unwrap(),
    max: NonZeroU32::new(200).unwrap(),
};

/// The id and name of the task that stands for the whole run.
const WHOLE_RUN: &str = "workflow";

/// A stored state in WES's terms.
pub(super) fn wes_state(state: RunState) -> State {
    match state {
        RunState::Queued => State::Queued,
        RunState::Initializing => State::Initializing,
        RunState::Running => State::Running,
        RunState::Canceling => State::Canceling,
        RunState::Complete => State::Complete,
        RunState::ExecutorError => State::ExecutorError,
        RunState::SystemError => State::SystemError,
        RunState::Canceled => State::Canceled,
    }
}

/// An id that is stored.
///
/// # Errors
/// One that WES cannot write: a fault of ours.
pub fn run_id(id: &str) -> Result<RunId, ServiceError> {
    RunId::parse(id).ok_or(ServiceError::Catalogue(gemj_catalogue::CatalogueError::Corrupt { what: "run id" }))
}

/// `GET /runs/{run_id}/status`
///
/// # Errors
/// An id that WES cannot write.
pub fn run_state(run: &Run) -> Result<RunStatus, ServiceError> {
    Ok(RunStatus {
        run_id: run_id(&run.id)?,
        state: wes_state(run.state),
    })
}

/// `GET /runs`: the Grant holder's own.
///
/// # Errors
/// [`ServiceError`]; a token that is none of ours is [`ServiceError::Unsupported`].
pub async fn list_runs(catalogue: &Catalogue, grant: &Grant, page: &PageRequest) -> Result<RunListResponse, ServiceError> {
    let before = place(page)?.map(|place| place.0);
    let size = page.size.get();
    let page = WholePage::cut(catalogue.own_runs(grant, before, size + 1).await?, size);
    let last = page.items.last().map(|run| run.sequence);
    Ok(RunListResponse {
        runs: page.items.iter().map(summary).collect::<Result<_, _>>()?,
        next_page_token: next(page.more, last),
    })
}

fn summary(run: &Run) -> Result<RunSummary, ServiceError> {
    Ok(RunSummary {
        run_id: run_id(&run.id)?,
        state: wes_state(run.state),
        start_time: run.started.map(seconds),
        end_time: run.ended.map(seconds),
        tags: stored(run)?.request.tags,
    })
}

/// `GET /runs/{run_id}`. `runs_url` and `outputs_url` are where runs and outputs are, without a slash at their end. `open` is whether the caller
/// may read released outputs now: everybody whose data the run was given still lets them.
///
/// # Errors
/// [`ServiceError`].
pub async fn get_run_log(
    catalogue: &Catalogue,
    grant: &Grant,
    run: &Run,
    runs_url: &str,
    outputs_url: &str,
    open: bool,
) -> Result<RunLog, ServiceError> {
    let outputs = catalogue.run_outputs(grant).await?;
    let released = |path: &str| {
        let output = outputs
            .iter()
            .find(|o| open && o.path == path && o.state == OutputState::Released)?;
        Some(format!("{outputs_url}/{}", output.id))
    };
    Ok(RunLog {
        run_id: run_id(&run.id)?,
        request: stored(run)?.request,
        state: wes_state(run.state),
        run_log: Log {
            name: Some(WHOLE_RUN.to_owned()),
            start_time: run.started.map(seconds),
            end_time: run.ended.map(seconds),
            stdout: released(STDOUT),
            stderr: released(STDERR),
            exit_code: exit_code(run.exit_code),
            system_logs: run.note.lines().map(str::to_owned).collect(),
            ..Log::default()
        },
        task_logs_url: format!("{runs_url}/{}/tasks", run.id),
        outputs: (!outputs.is_empty()).then(|| {
            let files = outputs.iter().map(|output| output_of(output, outputs_url, open)).collect();
            Map::from_iter([("files".to_owned(), Value::Array(files))])
        }),
    })
}

/// What the owner is told of an output. Before it is released, and once somebody left whose data the run was given, nothing that comes from its
/// content: a size or a digest of a small file is as good as its bytes.
fn output_of(output: &RunOutput, outputs_url: &str, open: bool) -> Value {
    let mut told = json!({
        "id": output.id,
        "name": output.name,
        "state": output.state.as_str(),
    });
    if open && output.state == OutputState::Released {
        told["size"] = output.size_bytes.into();
        told["sha256"] = output.sha256.as_str().into();
        told["url"] = format!("{outputs_url}/{}", output.id).into();
    }
    if let Some(reason) = &output.reason {
        told["reason"] = reason.as_str().into();
    }
    told
}

/// `GET /runs/{run_id}/tasks`, from the place of the page on. The steps are read from the engine's log, to which the commands of the workflow
/// write too: a name or time in it can carry anything out. So they are told when a reviewer has released that log; before, one task stands
/// for the whole run.
///
/// # Errors
/// [`ServiceError`]; a token that is none of ours is [`ServiceError::Unsupported`].
pub async fn list_tasks(catalogue: &Catalogue, grant: &Grant, run: &Run, page: &PageRequest) -> Result<TaskListResponse, ServiceError> {
    let from = place(page)?.map_or(0, |place| place.0);
    let size = page.size.get();
    let mut tasks = Vec::new();
    if from == 0 {
        tasks.push(whole_run(run)?);
    }
    if log_is_released(catalogue, grant).await? {
        let steps = catalogue.run_tasks(grant, from.saturating_sub(1), size + 1).await?;
        tasks.extend(steps.iter().map(step));
    }
    let page = WholePage::cut(tasks, size);
    let count = page.items.len() as u64;
    Ok(TaskListResponse {
        task_logs: page.items,
        next_page_token: next(page.more, Some(from.saturating_add(count))),
    })
}

/// `GET /runs/{run_id}/tasks/{task_id}`; absent where the run has no such task, or none that may be told.
///
/// # Errors
/// [`ServiceError`].
pub async fn get_task(catalogue: &Catalogue, grant: &Grant, run: &Run, task: &str) -> Result<Option<TaskLog>, ServiceError> {
    if task == WHOLE_RUN {
        return Ok(Some(whole_run(run)?));
    }
    let Ok(position) = task.parse::<u64>() else { return Ok(None) };
    if position.to_string() != task || !log_is_released(catalogue, grant).await? {
        return Ok(None);
    }
    let found = catalogue.run_tasks(grant, position, 1).await?;
    Ok(found.iter().filter(|t| t.position == position).map(step).next())
}

async fn log_is_released(catalogue: &Catalogue, grant: &Grant) -> Result<bool, ServiceError> {
    let outputs = catalogue.run_outputs(grant).await?;
    Ok(outputs.iter().any(|o| o.path == STDERR && o.state == OutputState::Released))
}

fn whole_run(run: &Run) -> Result<TaskLog, ServiceError> {
    let id = TaskId::parse(WHOLE_RUN).ok_or(ServiceError::NotFound)?;
    Ok(TaskLog {
        start_time: run.started.map(seconds),
        end_time: run.ended.map(seconds),
        exit_code: exit_code(run.exit_code),
        ..TaskLog::new(id, WHOLE_RUN)
    })
}

fn step(task: &RunTask) -> TaskLog {
    let id = TaskId::of_index(usize::try_from(task.position).unwrap_or(usize::MAX));
    TaskLog {
        start_time: task.started.map(seconds),
        end_time: task.ended.map(seconds),
        exit_code: exit_code(task.exit_code),
        ..TaskLog::new(id, &task.name)
    }
}

fn stored(run: &Run) -> Result<StoredRequest, ServiceError> {
    let corrupt = gemj_catalogue::CatalogueError::Corrupt { what: "run request" };
    serde_json::from_str(&run.request).map_err(|_| ServiceError::Catalogue(corrupt))
}

fn place(page: &PageRequest) -> Result<Option<PagePlace>, ServiceError> {
    let token = page.token.as_ref().map(PagePlace::parse).transpose();
    token.map_err(|_| ServiceError::Unsupported("page_token is not one of this service"))
}

fn next(more: bool, place: Option<u64>) -> String {
    match place {
        Some(place) if more => PagePlace(place).token(),
        Some(_) | None => String::new(),
    }
}

fn seconds(time: Timestamp) -> UtcSeconds {
    UtcSeconds(time.seconds())
}

fn exit_code(code: Option<i64>) -> Option<i32> {
    code.and_then(|code| i32::try_from(code).ok())
}
