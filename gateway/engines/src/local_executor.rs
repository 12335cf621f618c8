//! Runs workflow engines on this machine.

mod prepare;
mod supervise;

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ga4gh_wes::RunId;
use gemj_model::Timestamp;
use tokio::sync::{Notify, watch};

use crate::cwltool::Cwltool;
use crate::process::{Leader, boot_id};
use crate::record::{self, Exit, Handle, Stop};
use crate::{
    CancelError, EngineStatus, Isolation, Lost, Outcome, OutcomeError, RecoverError, RunDirectory, RunEnd, RunSpec, Settings, StartError,
    SubmitError,
};

/// The exit code that is recorded for a run that was cancelled before it started. It is the code of a process that SIGTERM ended.
const TERMINATED: i32 = 128 + 15;

/// Runs engines as child processes, at most as many at a time as there are slots. Further runs wait and start in the order of submission.
///
/// Clones share all state. Runs continue if all clones are dropped or the gateway dies, and a later executor follows them after
/// [`LocalExecutor::recover`]. The methods must be called within a tokio runtime.
#[derive(Clone)]
pub struct LocalExecutor(Arc<Inner>);

pub(crate) struct Inner {
    settings: Settings,
    cwltool: Cwltool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    runs: HashMap<RunId, Arc<Run>>,
    waiting: VecDeque<Arc<Run>>,
    /// The number of running engines, including engines that an earlier gateway started.
    running: usize,
}

pub(crate) struct Run {
    run_id: RunId,
    directory: RunDirectory,
    /// The specification of a run that this executor starts; `None` for a run that an earlier gateway started.
    spec: Option<RunSpec>,
    status: watch::Sender<EngineStatus>,
    stop: AtomicBool,
    stop_notice: Notify,
}

impl Run {
    fn new(run_id: RunId, directory: RunDirectory, spec: Option<RunSpec>, status: EngineStatus) -> Self {
        Self {
            run_id,
            directory,
            spec,
            status: watch::Sender::new(status),
            stop: AtomicBool::new(false),
            stop_notice: Notify::new(),
        }
    }
}

impl LocalExecutor {
    /// Creates an executor. cwltool is called once to read its version, in the sandbox if a sandbox is available.
    ///
    /// # Errors
    /// [`StartError`] if a program that every run needs is missing, if cwltool cannot be run, or if isolation is required and unavailable.
    pub async fn new(settings: Settings) -> Result<Self, StartError> {
        let cwltool = Cwltool::probe(&settings).await?;
        Ok(Self(Arc::new(Inner {
            settings,
            cwltool,
            state: Mutex::default(),
        })))
    }

    /// The isolation of runs, as tested when the executor was created.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.0.cwltool.isolation
    }

    /// The version of cwltool, as cwltool reports it.
    #[must_use]
    pub fn cwltool_version(&self) -> &str {
        &self.0.cwltool.version
    }

    /// The number of engines that are running now.
    #[must_use]
    pub fn running_count(&self) -> usize {
        self.0.lock().running
    }

    /// Accepts a run. The run starts at once if a slot is free. Otherwise it starts when the runs before it have started and a slot is free.
    ///
    /// # Errors
    /// [`SubmitError`] if the run is not accepted; the engine is then not started.
    pub async fn submit(&self, spec: RunSpec) -> Result<(), SubmitError> {
        // The id is reserved before the files are written, so that only one of two concurrent calls for the same run continues.
        let run = Arc::new(Run::new(
            spec.run_id.clone(),
            RunDirectory::new(&spec.directory),
            Some(spec.clone()),
            EngineStatus::Queued,
        ));
        {
            let mut state = self.0.lock();
            let limit = self.0.settings.queue_length;
            let known = state.runs.get(&spec.run_id);
            let may_be_tried_again = matches!(
                known.map(|run| *run.status.borrow()),
                None | Some(EngineStatus::Lost { why: Lost::NeverStarted })
            );
            if !may_be_tried_again {
                return Err(SubmitError::AlreadyKnown);
            }
            let would_wait = state.running >= self.0.settings.slots || !state.waiting.is_empty();
            if would_wait && state.waiting.len() >= limit {
                return Err(SubmitError::QueueFull { limit });
            }
            state.runs.insert(spec.run_id.clone(), run.clone());
        }
        let inner = Arc::clone(&self.0);
        let prepared = tokio::task::spawn_blocking(move || {
            prepare::prepare(&spec)?;
            inner.cwltool.prepare(&spec).map_err(SubmitError::Write)
        });
        let prepared = prepared.await;
        let prepared = prepared.unwrap_or_else(|error| Err(SubmitError::Write(std::io::Error::other(error))));
        if let Err(error) = prepared {
            self.0.lock().runs.remove(&run.run_id);
            return Err(error);
        }
        let mut state = self.0.lock();
        // If the run was cancelled while its files were written, its status is already final.
        if !run.status.borrow().is_final() {
            state.waiting.push_back(run);
        }
        self.0.pump(&mut state);
        Ok(())
    }

    /// The status of a run; `None` if this executor does not know the run.
    #[must_use]
    pub fn status(&self, run_id: &RunId) -> Option<EngineStatus> {
        self.0.lock().runs.get(run_id).map(|run| *run.status.borrow())
    }

    /// Watches a run's status; `None` if this executor does not know the run.
    #[must_use]
    pub fn watch(&self, run_id: &RunId) -> Option<watch::Receiver<EngineStatus>> {
        self.0.lock().runs.get(run_id).map(|run| run.status.subscribe())
    }

    /// Waits until a run is over and returns its final status; `None` if this executor does not know the run.
    pub async fn wait(&self, run_id: &RunId) -> Option<EngineStatus> {
        let mut status = self.watch(run_id)?;
        let last = status.wait_for(|status| status.is_final()).await;
        last.map(|status| *status).ok()
    }

    /// Cancels a run and returns its status. A waiting run ends at once. The processes of a running run get SIGTERM, and SIGKILL after the grace
    /// time. The status becomes [`EngineStatus::Finished`] when the last process has ended. The cancellation is written to disk before this call
    /// returns, so that a restart of the gateway does not lose it. A run that is over does not change.
    ///
    /// # Errors
    /// [`CancelError`] if the run is unknown, or if the cancellation cannot be written.
    pub fn cancel(&self, run_id: &RunId) -> Result<EngineStatus, CancelError> {
        let mut state = self.0.lock();
        let run = state.runs.get(run_id).ok_or(CancelError::Unknown)?.clone();
        let status = *run.status.borrow();
        match status {
            EngineStatus::Finished { .. } | EngineStatus::Lost { .. } => Ok(status),
            EngineStatus::Queued => {
                run.directory.intend(RunEnd::Cancelled).map_err(CancelError::Write)?;
                let exit = Exit::now(TERMINATED);
                record::write_new(&run.directory.exit(), &exit).map_err(CancelError::Write)?;
                state.waiting.retain(|waiting| waiting.run_id != *run_id);
                let status = finished(exit, RunEnd::Cancelled);
                run.status.send_replace(status);
                Ok(status)
            }
            EngineStatus::Running { .. } => {
                run.directory.intend(RunEnd::Cancelled).map_err(CancelError::Write)?;
                run.stop.store(true, Ordering::SeqCst);
                run.stop_notice.notify_one();
                Ok(status)
            }
        }
    }

    /// Recovers a run that an earlier gateway started, from the run's records. A run that still has processes is followed to its end and takes a
    /// slot. If this executor already knows the run, nothing changes. Returns the status of the run.
    ///
    /// # Errors
    /// [`RecoverError`] if the directory cannot be read. The executor then does not know the run.
    pub async fn recover(&self, run_id: &RunId, directory: &Path) -> Result<EngineStatus, RecoverError> {
        if let Some(status) = self.status(run_id) {
            return Ok(status);
        }
        let directory = RunDirectory::new(directory);
        let found = {
            let directory = directory.clone();
            let found = tokio::task::spawn_blocking(move || find(&directory)).await;
            found
                .unwrap_or_else(|error| Err(std::io::Error::other(error)))
                .map_err(RecoverError::Directory)?
        };
        let mut state = self.0.lock();
        if let Some(run) = state.runs.get(run_id) {
            return Ok(*run.status.borrow());
        }
        let (status, leader) = match found {
            ObservedRun::Over(status) => (status, None),
            ObservedRun::Alive { leader, started, stopping } => (
                EngineStatus::Running { pid: leader.pid, started },
                Some((leader, started, stopping)),
            ),
        };
        let run = Arc::new(Run::new(run_id.clone(), directory, None, status));
        state.runs.insert(run_id.clone(), run.clone());
        if let Some((leader, started, stopping)) = leader {
            run.stop.store(stopping, Ordering::SeqCst);
            state.running += 1;
            tokio::spawn(supervise::follow(self.0.clone(), run, leader, started));
        }
        Ok(status)
    }

    /// Removes a run that is over from this executor's memory. The run's directory stays. Returns true if the run was known and over.
    pub fn forget(&self, run_id: &RunId) -> bool {
        let mut state = self.0.lock();
        let over = state.runs.get(run_id).is_some_and(|run| run.status.borrow().is_final());
        over && state.runs.remove(run_id).is_some()
    }

    /// Lists the outputs of a run that is over: calls [`crate::outcome`] with this executor's limits, on a blocking thread.
    ///
    /// # Errors
    /// [`OutcomeError`] if the outputs are not acceptable.
    pub async fn outcome(&self, directory: &Path) -> Result<Outcome, OutcomeError> {
        let (directory, limits) = (RunDirectory::new(directory), self.0.settings.outcome_limits());
        let outcome = tokio::task::spawn_blocking(move || crate::outcome(&directory, &limits)).await;
        outcome.unwrap_or_else(|error| Err(OutcomeError::Read(std::io::Error::other(error))))
    }
}

impl RunDirectory {
    /// Records the reason why the run is about to be stopped. If a reason is already recorded, that reason stays.
    pub(crate) fn intend(&self, end: RunEnd) -> std::io::Result<()> {
        record::write_new(&self.stop(), &Stop { end }).map(|_| ())
    }
}

fn finished(exit: Exit, end: RunEnd) -> EngineStatus {
    EngineStatus::Finished {
        exit_code: exit.exit_code,
        ended: Timestamp::from_seconds(exit.ended),
        end,
    }
}

enum ObservedRun {
    Over(EngineStatus),
    Alive {
        leader: Leader,
        started: Timestamp,
        stopping: bool,
    },
}

/// Determines the state of the run in `directory` from its records and the process table.
fn find(directory: &RunDirectory) -> std::io::Result<ObservedRun> {
    let lost = |why| Ok(ObservedRun::Over(EngineStatus::Lost { why }));
    let readable =
        |error: &std::io::Error| error.kind() == std::io::ErrorKind::InvalidData || error.kind() == std::io::ErrorKind::UnexpectedEof;
    let stop = match directory.read_stop() {
        Err(error) if readable(&error) => return lost(Lost::Unreadable),
        other => other?,
    };
    let end = stop.map_or(RunEnd::Exited, |stop| stop.end);
    // Creates `handle.json` unless the wrapper has already created it. After this, a wrapper that has not yet started the engine cannot start it.
    record::write_new(&directory.handle(), &Handle::Void { void: true })?;
    let handle = match directory.read_handle() {
        Err(error) if readable(&error) => return lost(Lost::Unreadable),
        other => other?,
    };
    let leader = match handle {
        Some(Handle::Started {
            pid,
            start_ticks,
            boot_id: boot,
            started,
        }) if boot == boot_id() => Some((Leader { pid, start_ticks }, Timestamp::from_seconds(started))),
        Some(Handle::Started { .. } | Handle::Void { .. }) | None => None,
    };
    // The processes are checked before the exit record. A run is over only when it has no process left, whatever its wrapper recorded.
    if let Some((leader, started)) = &leader
        && !leader.members(directory.path()).is_empty()
    {
        return Ok(ObservedRun::Alive {
            leader: leader.clone(),
            started: *started,
            stopping: stop.is_some(),
        });
    }
    match directory.read_exit() {
        Ok(Some(exit)) => Ok(ObservedRun::Over(finished(exit, end))),
        Ok(None) if stop.is_some() => {
            let exit = Exit::now(128 + 9);
            record::write_new(&directory.exit(), &exit)?;
            Ok(ObservedRun::Over(finished(exit, end)))
        }
        Ok(None) => match directory.read_handle()? {
            Some(Handle::Void { .. }) | None => lost(Lost::NeverStarted),
            Some(Handle::Started { .. }) => lost(Lost::Vanished),
        },
        Err(error) if readable(&error) => lost(Lost::Unreadable),
        Err(error) => Err(error),
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Each critical section leaves a consistent state, so the state of a poisoned lock can be used.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts waiting runs while slots are free.
    fn pump(self: &Arc<Self>, state: &mut State) {
        while state.running < self.settings.slots {
            let Some(run) = state.waiting.pop_front() else { break };
            let Some(spec) = &run.spec else { continue };
            match self.cwltool.command(spec).spawn() {
                Ok(child) => {
                    state.running += 1;
                    let status = EngineStatus::Running {
                        pid: child.id().unwrap_or_default(),
                        started: record::now(),
                    };
                    run.status.send_replace(status);
                    tokio::spawn(supervise::supervise(self.clone(), run, child));
                }
                Err(error) => {
                    tracing::error!(run_id = run.run_id.as_str(), %error, "the engine cannot be started");
                    run.status.send_replace(EngineStatus::Lost { why: Lost::CannotStart });
                }
            }
        }
    }

    /// Publishes the final status of a run, frees its slot and starts the next waiting run.
    fn end(self: &Arc<Self>, run: &Run, status: EngineStatus) {
        let mut state = self.lock();
        state.running = state.running.saturating_sub(1);
        run.status.send_replace(status);
        self.pump(&mut state);
    }
}
