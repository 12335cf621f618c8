//! Makes the WES responses that describe runs to their owners.

use std::num::NonZeroU32;

use ga4gh_wes::{
    Log, PageRequest, PageSizes, RunId, RunListResponse, RunLog, RunStatus, RunSummary, State, TaskId, TaskListResponse, TaskLog,
    UtcSeconds,
};
use gemj_access::Grant;
use gemj_catalogue::{Catalogue, OutputState, Run, RunState, RunTask};
use gemj_model::Timestamp;

use super::owners_outputs::owners_outputs;
use super::page_token::{LastRun, PagePlace, WholePage};
use super::request::StoredRequest;
use super::run_files::{STDERR, STDOUT};
use super::steps::{Shown, Steps};
use super::supervisor::notes;
use crate::ServiceError;

/// The page sizes of the lists of runs and of tasks.
pub const PAGE_SIZES: PageSizes = PageSizes {
    default: NonZeroU32::new(50).unwrap(),
    max: NonZeroU32::new(200).unwrap(),
};

/// The id and name of the task that represents the whole run.
const WHOLE_RUN: &str = "workflow";

/// The WES state of a run's stored state.
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

/// Parses the id of a stored run.
///
/// # Errors
/// The stored id is not a valid WES run id; this is an internal error.
pub fn run_id(id: &str) -> Result<RunId, ServiceError> {
    RunId::parse(id).ok_or(ServiceError::Catalogue(gemj_catalogue::CatalogueError::Corrupt { what: "run id" }))
}

/// What a description of a run may show: the time of the description, and the caller's right to outputs.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The time steps in which changes of runs are shown.
    pub steps: Steps,
    /// The current time.
    pub now: Timestamp,
    /// Whether the caller may read released outputs of the run now. This is true only while every input may still be used.
    pub open: bool,
}

/// `GET /runs/{run_id}/status`: the state of one run.
///
/// # Errors
/// The stored id is not a valid WES run id.
pub fn run_state(run: &Run, view: View) -> Result<RunStatus, ServiceError> {
    Ok(RunStatus {
        run_id: run_id(&run.id)?,
        state: wes_state(view.steps.show(run, view.now).state),
    })
}

/// `GET /runs`: the runs of the Grant holder.
///
/// # Errors
/// [`ServiceError`]. A page token that this service did not make for this caller is [`ServiceError::Unsupported`].
pub async fn list_runs(catalogue: &Catalogue, grant: &Grant, page: &PageRequest, view: View) -> Result<RunListResponse, ServiceError> {
    let before = page.token.as_ref().map(LastRun::parse).transpose().map_err(|_| NOT_OURS)?;
    let size = page.size.get();
    let runs = catalogue.own_runs(grant, before.as_ref().map(LastRun::id), size + 1).await?;
    let page = WholePage::cut(runs.ok_or(NOT_OURS)?, size);
    let last = page.items.last().filter(|_| page.more);
    Ok(RunListResponse {
        runs: page.items.iter().map(|run| summary(run, view)).collect::<Result<_, _>>()?,
        next_page_token: last.map(|run| LastRun::of(&run.id).token()).unwrap_or_default(),
    })
}

fn summary(run: &Run, view: View) -> Result<RunSummary, ServiceError> {
    let shown = view.steps.show(run, view.now);
    Ok(RunSummary {
        run_id: run_id(&run.id)?,
        state: wes_state(shown.state),
        start_time: shown.started.map(seconds),
        end_time: shown.ended.map(seconds),
        tags: stored(run)?.request.tags,
    })
}

/// `GET /runs/{run_id}`: the description of one run. `runs_url` and `outputs_url` are the base URLs of runs and of outputs, without a slash
/// at the end.
///
/// # Errors
/// [`ServiceError`].
pub async fn get_run_log(
    catalogue: &Catalogue,
    grant: &Grant,
    run: &Run,
    runs_url: &str,
    outputs_url: &str,
    view: View,
) -> Result<RunLog, ServiceError> {
    let outputs = catalogue.run_outputs(grant).await?;
    let shown = view.steps.show(run, view.now);
    let released = |path: &str| {
        let output = outputs
            .iter()
            .find(|o| view.open && o.path == path && o.state == OutputState::Released)?;
        Some(format!("{outputs_url}/{}", output.id))
    };
    let end = Ending::of(run, shown, released(STDERR).is_some());
    let stored = stored(run)?;
    Ok(RunLog {
        run_id: run_id(&run.id)?,
        request: stored.request,
        state: wes_state(shown.state),
        run_log: Log {
            name: Some(WHOLE_RUN.to_owned()),
            start_time: shown.started.map(seconds),
            end_time: shown.ended.map(seconds),
            stdout: released(STDOUT),
            stderr: released(STDERR),
            exit_code: end.exit_code,
            system_logs: end.notes,
            ..Log::default()
        },
        task_logs_url: format!("{runs_url}/{}/tasks", run.id),
        outputs: owners_outputs(shown.state, &stored.declared_outputs, &outputs, outputs_url, view.open),
    })
}

/// The end of a run, limited to the information that its owner may have.
struct Ending {
    exit_code: Option<i32>,
    notes: Vec<String>,
}

impl Ending {
    /// The exit code and the notes of a run for its owner. A workflow chooses its exit code and the way in which it fails. Until a reviewer
    /// releases the log of the run, the owner therefore sees only whether the run failed.
    fn of(run: &Run, shown: Shown, log_is_released: bool) -> Self {
        let is_shown = shown.state == run.state || !run.state.is_over();
        let notes = run.note.lines().filter(|_| is_shown);
        if log_is_released {
            return Self {
                exit_code: exit_code(run.exit_code),
                notes: notes.map(str::to_owned).collect(),
            };
        }
        Self {
            exit_code: (shown.state == RunState::Complete).then_some(0),
            notes: notes.map(|note| notes::before_review(note).to_owned()).collect(),
        }
    }
}

/// `GET /runs/{run_id}/tasks`: one page of the tasks of a run.
///
/// The steps come from the engine's log, and the commands of the workflow can write to that log too. A name or a time in the log can
/// therefore carry data out. So the steps are shown only after a reviewer has released the log. Before that, one task represents the whole
/// run.
///
/// # Errors
/// [`ServiceError`]. A page token that this service did not make is [`ServiceError::Unsupported`].
pub async fn list_tasks(
    catalogue: &Catalogue,
    grant: &Grant,
    run: &Run,
    page: &PageRequest,
    view: View,
) -> Result<TaskListResponse, ServiceError> {
    let from = place(page)?.map_or(0, |place| place.0);
    let size = page.size.get();
    let released = log_is_released(catalogue, grant, view).await?;
    let mut tasks = Vec::new();
    if from == 0 {
        tasks.push(whole_run(run, view, released)?);
    }
    if released {
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

/// `GET /runs/{run_id}/tasks/{task_id}`: one task of a run; absent if the run has no task with this id, or if the task may not be shown.
///
/// # Errors
/// [`ServiceError`].
pub async fn get_task(catalogue: &Catalogue, grant: &Grant, run: &Run, task: &str, view: View) -> Result<Option<TaskLog>, ServiceError> {
    let released = log_is_released(catalogue, grant, view).await?;
    if task == WHOLE_RUN {
        return Ok(Some(whole_run(run, view, released)?));
    }
    let Ok(position) = task.parse::<u64>() else { return Ok(None) };
    if position.to_string() != task || !released {
        return Ok(None);
    }
    let found = catalogue.run_tasks(grant, position, 1).await?;
    Ok(found.iter().filter(|t| t.position == position).map(step).next())
}

async fn log_is_released(catalogue: &Catalogue, grant: &Grant, view: View) -> Result<bool, ServiceError> {
    let outputs = catalogue.run_outputs(grant).await?;
    Ok(view.open && outputs.iter().any(|o| o.path == STDERR && o.state == OutputState::Released))
}

fn whole_run(run: &Run, view: View, log_is_released: bool) -> Result<TaskLog, ServiceError> {
    let id = TaskId::parse(WHOLE_RUN).ok_or(ServiceError::NotFound)?;
    let shown = view.steps.show(run, view.now);
    Ok(TaskLog {
        start_time: shown.started.map(seconds),
        end_time: shown.ended.map(seconds),
        exit_code: Ending::of(run, shown, log_is_released).exit_code,
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

/// The error for a page token that this service did not make, or made for another caller.
const NOT_OURS: ServiceError = ServiceError::Unsupported("page_token is not one of this service");

fn place(page: &PageRequest) -> Result<Option<PagePlace>, ServiceError> {
    let token = page.token.as_ref().map(PagePlace::parse).transpose();
    token.map_err(|_| NOT_OURS)
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
