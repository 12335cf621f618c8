//! Reads the tasks of a run from its engine's log.

mod words;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use gemj_model::Timestamp;

use crate::RunDirectory;
use words::words;

/// The maximum number of bytes that are read from the beginning of a log.
const MAX_LOG_BYTES: u64 = 32 << 20;

/// The maximum number of tasks that are listed.
const MAX_TASKS: usize = 20_000;

/// One task of a run: one command that the engine executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineTask {
    /// The name of the workflow step. If a step runs several times, the engine makes the name unique.
    pub name: String,
    /// The arguments of the command line. Paths are as the run sees them. Empty if the command is unknown.
    pub command: Vec<String>,
    /// The start of the task, to the second; absent if unknown.
    pub started: Option<Timestamp>,
    /// The end of the task, to the second; absent while the task runs, or if unknown.
    pub ended: Option<Timestamp>,
    /// The exit code; `None` while the task runs or if the log does not contain the code.
    pub exit_code: Option<i32>,
}

/// The tasks of the run in `directory`, in the order of their start. The function can be called while the run is running. If the log contains no
/// command, the result is one task for the whole run, whose name is the parameter `workflow`.
///
/// The log also contains the standard error of the tools, so a tool can forge lines. The tasks inform people; no decision may depend on them.
///
/// # Errors
/// The log cannot be read. A run that did not start has no log; its list of tasks is empty, without an error.
pub fn tasks(directory: &RunDirectory, workflow: &str) -> io::Result<Vec<EngineTask>> {
    let Some(log) = read(&directory.stderr())? else {
        return Ok(Vec::new());
    };
    let tasks = parse(&log);
    if !tasks.is_empty() {
        return Ok(tasks);
    }
    let started = match directory.read_handle() {
        Ok(Some(crate::record::Handle::Started { started, .. })) => Some(Timestamp::from_seconds(started)),
        Ok(Some(crate::record::Handle::Void { .. }) | None) | Err(_) => None,
    };
    let exit = directory.read_exit().ok().flatten();
    Ok(vec![EngineTask {
        name: workflow.to_owned(),
        command: Vec::new(),
        started,
        ended: exit.map(|exit| Timestamp::from_seconds(exit.ended)),
        exit_code: exit.map(|exit| exit.exit_code),
    }])
}

fn read(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_LOG_BYTES).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// What a line of the log states about a task.
enum Said<'a> {
    Started(&'a str),
    Exited(i32),
    Completed(&'a str),
}

/// Parses a line of the form `[2026-11-21 14:20:42] INFO [job NAME] ...`. Returns the time, the name of the task, and
/// the statement. Absent for any other line.
fn line_of_job(line: &str) -> Option<(Option<Timestamp>, &str, Said<'_>)> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let (date, time) = time.split_once(' ')?;
    let time = Timestamp::parse(&format!("{date}T{time}Z")).ok();
    let (_, rest) = rest.split_once(' ')?;
    let (name, rest) = rest.strip_prefix("[job ")?.split_once("] ")?;
    let said = if let Some(status) = rest.strip_prefix("completed ") {
        Said::Completed(status)
    } else if let Some(code) = rest.strip_prefix("exited with status: ") {
        Said::Exited(code.trim().parse().ok()?)
    } else {
        // The line contains the task's folder and its command: `/its/folder$ command`.
        let (folder, command) = rest.split_once("$ ")?;
        if !folder.starts_with('/') {
            return None;
        }
        Said::Started(command)
    };
    Some((time, name, said))
}

fn parse(log: &str) -> Vec<EngineTask> {
    let mut tasks: Vec<EngineTask> = Vec::new();
    let mut indexes: HashMap<&str, usize> = HashMap::new();
    let mut lines = log.lines();
    while let Some(line) = lines.next() {
        let Some((time, name, said)) = line_of_job(line) else { continue };
        match said {
            Said::Started(first) => {
                if tasks.len() == MAX_TASKS || indexes.contains_key(name) {
                    continue;
                }
                indexes.insert(name, tasks.len());
                let mut command = first.to_owned();
                while command.ends_with('\\') {
                    let Some(more) = lines.next() else { break };
                    command.push('\n');
                    command.push_str(more);
                }
                tasks.push(EngineTask {
                    name: name.to_owned(),
                    command: words(&command),
                    started: time,
                    ended: None,
                    exit_code: None,
                });
            }
            Said::Exited(code) => {
                if let Some(task) = open(&mut tasks, indexes.get(name)) {
                    task.exit_code = Some(code);
                }
            }
            Said::Completed(status) => {
                if let Some(task) = open(&mut tasks, indexes.get(name)) {
                    task.ended = time;
                    if status == "success" {
                        task.exit_code.get_or_insert(0);
                    }
                }
            }
        }
    }
    tasks
}

/// The task at `index`. Absent if the index is absent, or if the task has ended.
fn open<'a>(tasks: &'a mut [EngineTask], index: Option<&usize>) -> Option<&'a mut EngineTask> {
    tasks.get_mut(*index?).filter(|task| task.ended.is_none())
}

#[cfg(test)]
mod tests;
