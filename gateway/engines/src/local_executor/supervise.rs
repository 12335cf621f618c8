use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gemj_model::Timestamp;
use rustix::process::Signal;
use tokio::process::Child;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::{Inner, Run, finished};
use crate::cgroup::Cgroup;
use crate::process::{Leader, Usage, signal_all};
use crate::record::{self, Exit, Handle};
use crate::{EngineStatus, Lost, RunEnd};

/// The interval between checks whether the leader of a recovered run is alive. A recovered run is not a child of this process, so the kernel does not
/// report its end to this process.
const POLL: Duration = Duration::from_millis(200);

/// The interval between checks while the processes of a run start or end.
const ENDING: Duration = Duration::from_millis(20);

/// The interval between checks of the size of a run's `work` folder.
const SIZE: Duration = Duration::from_secs(2);

/// The interval between checks of the memory and the number of processes of a run without a control group.
const MEMORY: Duration = Duration::from_secs(1);

/// The longest time that processes may live after SIGKILL, because a process in an uninterruptible wait ends late.
const UNKILLABLE: Duration = Duration::from_secs(30);

/// Follows a run that this gateway process started, until the run's end.
pub(super) async fn supervise(inner: Arc<Inner>, run: Arc<Run>, mut child: Child) {
    let started = match *run.status.borrow() {
        EngineStatus::Running { started, .. } => started,
        EngineStatus::Queued | EngineStatus::Finished { .. } | EngineStatus::Lost { .. } => record::now(),
    };
    // The wrapper writes `handle.json` before it starts the engine. If the wrapper ends without writing it, no engine was started.
    let mut poll = interval(ENDING);
    let leader = loop {
        tokio::select! {
            _ = child.wait() => break leader_of(&run),
            _ = poll.tick() => if let Some(leader) = leader_of(&run) { break Some(leader) },
        }
    };
    let Some(leader) = leader else {
        inner.end(&run, EngineStatus::Lost { why: Lost::CannotStart });
        return;
    };
    let exit = async {
        let _ = child.wait().await;
    };
    let status = until_over(&inner, &run, &leader, started, exit).await;
    inner.end(&run, status);
}

/// Follows a run that an earlier gateway process started, until the run's end.
pub(super) async fn follow(inner: Arc<Inner>, run: Arc<Run>, leader: Leader, started: Timestamp) {
    let exit = async {
        let mut poll = interval(POLL);
        while leader.lives() {
            poll.tick().await;
        }
    };
    let status = until_over(&inner, &run, &leader, started, exit).await;
    inner.end(&run, status);
}

fn leader_of(run: &Run) -> Option<Leader> {
    match run.directory.read_handle() {
        Ok(Some(Handle::Started { pid, start_ticks, .. })) => Some(Leader { pid, start_ticks }),
        Ok(Some(Handle::Void { .. }) | None) | Err(_) => None,
    }
}

/// Waits until the wrapper ends or a limit or cancellation ends the run. Then ends all remaining processes and returns the final status.
async fn until_over(inner: &Inner, run: &Run, leader: &Leader, started: Timestamp, exit: impl Future<Output = ()>) -> EngineStatus {
    let elapsed = record::now().0.saturating_sub(started.0).max(0).unsigned_abs();
    let allowed = Duration::from_secs(inner.settings.wall_clock_s);
    let deadline = Instant::now() + allowed.saturating_sub(Duration::from_micros(elapsed));
    let end = tokio::select! {
        () = exit => None,
        () = wait_for_stop(run) => Some(RunEnd::Cancelled),
        () = tokio::time::sleep_until(deadline) => Some(RunEnd::WallClock),
        () = wait_for_size(inner, run) => Some(RunEnd::WorkSize),
        () = wait_for_memory(inner, run, leader) => Some(RunEnd::Memory),
    };
    let group = inner.cwltool.group(&run.run_id);
    let end = end.or_else(|| group.as_ref().is_some_and(Cgroup::ran_out_of_memory).then_some(RunEnd::Memory));
    if let Some(end) = end {
        if let Err(error) = run.directory.intend(end) {
            tracing::error!(run_id = run.run_id.as_str(), %error, "the reason to stop cannot be written");
        }
        terminate(inner, run, leader).await;
    }
    // Background processes that the engine left are ended too.
    if let Some(group) = &group {
        group.kill();
    }
    if !kill(run, leader).await {
        tracing::error!(run_id = run.run_id.as_str(), "processes of the run cannot be killed");
        return EngineStatus::Lost { why: Lost::Unkillable };
    }
    if let Some(group) = &group {
        group.remove().await;
    }
    conclusion(run, end)
}

async fn wait_for_stop(run: &Run) {
    while !run.stop.load(Ordering::SeqCst) {
        run.stop_notice.notified().await;
    }
}

async fn wait_for_size(inner: &Inner, run: &Run) {
    let mut tick = interval(SIZE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let work = run.directory.work();
        let (bytes, files) = (inner.settings.max_work_bytes, inner.settings.max_work_files);
        let exceeds = tokio::task::spawn_blocking(move || exceeds(&work, bytes, files)).await;
        if exceeds.unwrap_or(false) {
            return;
        }
    }
}

/// Waits until a run exceeds its limit of memory or of processes. If the run has a control group, the kernel enforces the
/// limits, and this function never completes.
async fn wait_for_memory(inner: &Inner, run: &Run, leader: &Leader) {
    if inner.cwltool.group(&run.run_id).is_some() {
        return std::future::pending().await;
    }
    let (bytes, tasks) = (inner.settings.max_memory_bytes, inner.settings.max_processes);
    let mut tick = interval(MEMORY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let (leader, directory) = (leader.clone(), run.directory.path().to_owned());
        let exceeds = tokio::task::spawn_blocking(move || {
            let usage = Usage::of(&leader.members(&directory));
            bytes.is_some_and(|limit| usage.exceeds_bytes(limit)) || tasks.is_some_and(|limit| usage.tasks > limit)
        });
        if exceeds.await.unwrap_or(false) {
            return;
        }
    }
}

/// Whether the content of `folder` exceeds a number of bytes on disk or a number of files and folders. Links are not followed. The size of a file that
/// vanishes during the check does not count. A folder that cannot be read exceeds the limits, because its content is unknown.
fn exceeds(folder: &Path, limit: u64, max_files: u64) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let (mut total, mut files): (u64, u64) = (0, 0);
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(folder) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => continue,
            Err(_) => return true,
            Ok(entries) => entries,
        };
        for entry in entries.flatten() {
            files += 1;
            if files > max_files {
                return true;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(entry.path());
            }
            // Each block has 512 bytes. A sparse file counts with its allocated blocks only.
            total = total.saturating_add(metadata.blocks().saturating_mul(512));
            if total > limit {
                return true;
            }
        }
    }
    false
}

/// Sends SIGTERM to all processes of a run and waits until they have ended, at most for the grace time.
async fn terminate(inner: &Inner, run: &Run, leader: &Leader) {
    let until = Instant::now() + inner.settings.grace();
    signal_all(&leader.members(run.directory.path()), Signal::TERM);
    while Instant::now() < until && !leader.members(run.directory.path()).is_empty() {
        sleep(ENDING).await;
    }
}

/// Sends SIGKILL to all processes of a run until no process is left. Returns false if processes are left after [`UNKILLABLE`].
async fn kill(run: &Run, leader: &Leader) -> bool {
    let until = Instant::now() + UNKILLABLE;
    loop {
        let members = leader.members(run.directory.path());
        if members.is_empty() {
            return true;
        }
        if Instant::now() > until {
            return false;
        }
        signal_all(&members, Signal::KILL);
        sleep(ENDING).await;
    }
}

/// The final status of a run that has no live process.
fn conclusion(run: &Run, end: Option<RunEnd>) -> EngineStatus {
    let unreadable = EngineStatus::Lost { why: Lost::Unreadable };
    let Ok(stop) = run.directory.read_stop() else { return unreadable };
    // The reason that was recorded first counts, so that every later call returns the same end.
    let end = stop.map(|stop| stop.end).or(end);
    match (run.directory.read_exit(), end) {
        (Ok(Some(exit)), end) => finished(exit, end.unwrap_or(RunEnd::Exited)),
        (Ok(None), Some(end)) => {
            let exit = Exit::now(128 + 9);
            if let Err(error) = record::write_new(&run.directory.exit(), &exit) {
                tracing::error!(run_id = run.run_id.as_str(), %error, "the end cannot be written");
            }
            finished(exit, end)
        }
        (Ok(None), None) => EngineStatus::Lost { why: Lost::Vanished },
        (Err(_), _) => unreadable,
    }
}
