//! The supervisor of runs: it continues each run from the queue to its end.
//!
//! The catalogue contains the state of each run, and each step can be repeated. If a process ends at any point, the next process continues
//! the run:
//! * An engine that still runs is followed.
//! * If an engine ended in the meantime, its result is read.
//! * An engine that never started is started.

mod ending;
mod inputs;
pub(super) mod notes;
mod staging;
mod watchdog;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use ga4gh_wes::RunId;
use gemj_access::{CapabilityKey, Mandate, PolicyInForce, Upkeep};
use gemj_catalogue::audit::AuditLog;
use gemj_catalogue::{CatalogueError, PolicyWatch, Run, RunAdvance, RunState};
use gemj_engines::{Engine, EngineStatus, Lost, RunSpec};
use gemj_model::Clock;
use tokio::task::JoinSet;

use super::run_files::RunFiles;
use super::workflows::Workflows;
use crate::Stores;
use staging::Unstaged;
use watchdog::Stop;

/// The stores, settings and keys that the supervisor uses.
pub struct Supervision {
    /// The stores of the programme.
    pub stores: Stores,
    /// The folder of runs and the engine.
    pub workflows: Arc<Workflows>,
    /// The current consents and approvals.
    pub watch: PolicyWatch,
    /// The datasets, organisations and bans on which `decide` is based, in addition to the consents and approvals in `watch`.
    pub policy: PolicyInForce,
    /// The audit log in which decisions are recorded.
    pub audit: AuditLog,
    /// The key with which capabilities of inputs are opened.
    pub key: CapabilityKey,
    /// The clock that gives the current time.
    pub clock: Arc<dyn Clock>,
    /// The key for reading runs: the job `SuperviseRuns`.
    pub upkeep: Upkeep,
    /// The key for recording the steps of runs.
    pub mandate: Mandate,
}

/// The interval at which the catalogue is read without a notification, because another process may have written to the catalogue.
const POLL: Duration = Duration::from_secs(1);

/// Continues runs to their end, at most one run for each slot at a time, for as long as this future is polled. If the future is dropped,
/// engines keep running, and the next supervisor of the folder continues the runs.
pub async fn supervise(supervision: Supervision) {
    let this = Arc::new(supervision);
    let (mut tasks, mut under_way) = (JoinSet::new(), HashMap::new());
    let mut begun = loop {
        match this.stores.catalogue.runs_begun(this.upkeep).await {
            Ok(begun) => break begun.into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
            Err(error) => {
                tracing::error!(%error, "runs cannot be read");
                tokio::time::sleep(POLL).await;
            }
        }
    };
    loop {
        let taken: HashSet<&String> = under_way.values().collect();
        let free = this.workflows.slots.saturating_sub(taken.len());
        let mut next: Vec<String> = std::mem::take(&mut begun);
        if free > 0 && next.is_empty() {
            // The catalogue can still list a run as waiting that was just taken, so such a run is skipped.
            let limit = u32::try_from(this.workflows.slots).unwrap_or(u32::MAX);
            match this.stores.catalogue.runs_waiting(this.upkeep, limit).await {
                Ok(waiting) => next = waiting.into_iter().filter(|id| !taken.contains(id)).take(free).collect(),
                Err(error) => tracing::error!(%error, "waiting runs cannot be read"),
            }
        }
        for id in next {
            let (this, run) = (Arc::clone(&this), id.clone());
            let handle = tasks.spawn(async move { this.see_through(&run).await });
            under_way.insert(handle.id(), id);
        }
        tokio::select! {
            Some(ended) = tasks.join_next_with_id() => {
                let task = match ended {
                    Ok((task, ())) => task,
                    Err(error) => {
                        tracing::error!(%error, "seeing a run through broke off");
                        error.id()
                    }
                };
                under_way.remove(&task);
            }
            () = this.workflows.news.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

impl Supervision {
    /// Continues one run from its current state to its end.
    async fn see_through(&self, id: &str) {
        loop {
            let step = match self.run(id).await {
                Ok(Some(run)) if !run.state.is_over() => self.step(&run).await,
                Ok(Some(_) | None) => return,
                Err(error) => Err(error),
            };
            if let Err(error) = step {
                tracing::error!(run = id, %error, "a run waits for the stores");
                tokio::time::sleep(POLL).await;
            }
        }
    }

    async fn run(&self, id: &str) -> Result<Option<Run>, CatalogueError> {
        self.stores.catalogue.supervised_run(self.upkeep, id).await
    }

    async fn step(&self, run: &Run) -> Result<(), CatalogueError> {
        match run.state {
            RunState::Queued => {
                self.advance(&RunAdvance::new(&run.id, RunState::Queued, RunState::Initializing))
                    .await
            }
            RunState::Initializing => self.begin(run).await,
            RunState::Running => self.follow(run).await,
            RunState::Canceling => self.stop(run).await,
            RunState::Complete | RunState::ExecutorError | RunState::SystemError | RunState::Canceled => Ok(()),
        }
    }

    /// Records one step of a run in the catalogue. If another process changed the run first, nothing is recorded, and the next read shows
    /// the new state.
    async fn advance(&self, step: &RunAdvance<'_>) -> Result<(), CatalogueError> {
        self.stores.catalogue.advance_run(&self.mandate, step).await?;
        Ok(())
    }

    /// Ends a run with a system error for a reason of the gateway. The run's inputs and outputs are removed.
    async fn give_up(&self, run: &Run, note: &str) -> Result<(), CatalogueError> {
        let files = self.files(run);
        self.on_disk(move || {
            files.remove_inputs()?;
            files.remove_outputs()
        })
        .await?;
        self.advance(&RunAdvance {
            note: Some(note),
            ..RunAdvance::new(&run.id, run.state, RunState::SystemError)
        })
        .await?;
        self.forget(run);
        Ok(())
    }

    /// State INITIALIZING: decides and stages the inputs and submits the run to the engine, unless an earlier process has done so.
    async fn begin(&self, run: &Run) -> Result<(), CatalogueError> {
        match self.started(run).await? {
            Started::Yes(_) => {
                self.advance(&RunAdvance::new(&run.id, RunState::Initializing, RunState::Running))
                    .await
            }
            Started::Stopped => Ok(()),
            Started::No(note) => self.give_up(run, note).await,
        }
    }

    /// State RUNNING: waits until the engine ends, or until the run must be stopped.
    async fn follow(&self, run: &Run) -> Result<(), CatalogueError> {
        let id = match self.started(run).await? {
            Started::Yes(id) => id,
            Started::Stopped => return Ok(()),
            Started::No(note) => return self.give_up(run, note).await,
        };
        tokio::select! {
            status = self.workflows.executor.wait(&id) => self.ended(run, status).await,
            stop = self.until_stopped(run) => match stop {
                Stop::Cancelled => Ok(()),
                Stop::Denied => self.advance(&RunAdvance {
                    note: Some(notes::WITHDRAWN),
                    ..RunAdvance::new(&run.id, RunState::Running, RunState::Canceling)
                }).await,
            },
        }
    }

    /// State CANCELING: stops the engine. The run has ended when none of its processes is alive.
    async fn stop(&self, run: &Run) -> Result<(), CatalogueError> {
        let Some(id) = RunId::parse(&run.id) else {
            return self.give_up(run, notes::UNREADABLE).await;
        };
        let files = self.files(run);
        if let Err(error) = self.workflows.executor.recover(&id, files.path()).await {
            tracing::error!(run = run.id, %error, "a run's folder cannot be read");
            return self.give_up(run, notes::UNREADABLE).await;
        }
        if let Err(error) = self.workflows.executor.cancel(&id) {
            tracing::error!(run = run.id, %error, "a run cannot be stopped");
            return Err(CatalogueError::Unavailable);
        }
        if let Some(EngineStatus::Lost { why: Lost::Unkillable }) = self.workflows.executor.wait(&id).await {
            return self.give_up(run, notes::UNKILLABLE).await;
        }
        self.on_disk(move || {
            files.remove_inputs()?;
            files.remove_outputs()
        })
        .await?;
        self.advance(&RunAdvance::new(&run.id, RunState::Canceling, RunState::Canceled))
            .await?;
        self.forget(run);
        Ok(())
    }

    /// Ensures that the run's engine was started exactly once. The result states whether it was started.
    async fn started(&self, run: &Run) -> Result<Started, CatalogueError> {
        let Some(id) = RunId::parse(&run.id) else {
            return Ok(Started::No(notes::UNREADABLE));
        };
        let files = self.files(run);
        match self.workflows.executor.recover(&id, files.path()).await {
            Ok(EngineStatus::Lost { why: Lost::NeverStarted }) => {}
            Ok(EngineStatus::Queued | EngineStatus::Running { .. } | EngineStatus::Finished { .. } | EngineStatus::Lost { .. }) => {
                return Ok(Started::Yes(id));
            }
            Err(error) => {
                tracing::error!(run = run.id, %error, "a run's folder cannot be read");
                return Ok(Started::No(notes::UNREADABLE));
            }
        }
        let staged = tokio::select! {
            staged = self.stage(run, &files) => staged,
            stop = self.until_stopped(run) => match stop {
                Stop::Cancelled => return Ok(Started::Stopped),
                Stop::Denied => Err(Unstaged::Refused(notes::WITHDRAWN)),
            },
        };
        let staged = match staged {
            Ok(staged) => staged,
            Err(Unstaged::Refused(note)) => return Ok(Started::No(note)),
            Err(Unstaged::Store(error)) => return Err(error),
        };
        let spec = RunSpec {
            run_id: id.clone(),
            directory: files.path().to_owned(),
            engine: Engine::Cwltool,
            workflow: staged.request.workflow.into(),
            fragment: staged.request.fragment,
            params: staged.params,
            inputs: staged.paths,
        };
        // The state of the run is checked last before the engine starts, because a cancellation may have been requested while the files
        // were copied.
        match self.run(&run.id).await? {
            Some(now) if now.state == run.state => {}
            Some(_) | None => return Ok(Started::Stopped),
        }
        match self.workflows.executor.submit(spec).await {
            Ok(()) => Ok(Started::Yes(id)),
            Err(error) => {
                tracing::error!(run = run.id, %error, "the engine does not take a run");
                Ok(Started::No(notes::NOT_TAKEN))
            }
        }
    }

    fn files(&self, run: &Run) -> RunFiles {
        RunFiles::of(&self.workflows.directory, &run.id)
    }

    fn forget(&self, run: &Run) {
        if let Some(id) = RunId::parse(&run.id) {
            self.workflows.executor.forget(&id);
        }
    }

    /// Runs disk work outside the async threads. A disk failure is retried like a store failure.
    async fn on_disk<T: Send + 'static>(&self, work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, CatalogueError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(|error| {
            tracing::error!(%error, "the folder of runs fails");
            CatalogueError::Unavailable
        })
    }
}

/// The result of starting a run's engine.
enum Started {
    Yes(RunId),
    /// A cancellation of the run was requested, so the engine was not started.
    Stopped,
    /// The engine cannot be started, for this reason.
    No(&'static str),
}
