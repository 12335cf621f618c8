//! The tasks of a run, from its engine's log.

mod words;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use gemj_model::Timestamp;

use crate::RunDirectory;
use words::words;

/// The maximum number of bytes read from a log.
const MAX_LOG_BYTES: u64 = 32 << 20;

/// The maximum number of listed tasks.
const MAX_TASKS: usize = 20_000;

/// One command of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineTask {
    /// The step's name. If a step runs several times, the engine makes the name unique.
    pub name: String,
    /// The command line by argument. Paths are the paths in the run. Empty if unknown.
    pub command: Vec<String>,
    /// The start, to the second.
    pub started: Option<Timestamp>,
    /// The end, to the second.
    pub ended: Option<Timestamp>,
    /// The exit code; `None` while the task runs or if the log does not contain the code.
    pub exit_code: Option<i32>,
}

/// The commands of the run in `directory`, in the order of their start; also during the run. If the log contains no command, the result is
/// one task with the name `workflow` for the whole run.
///
/// The log also contains the standard error of the tools, so a tool can forge lines. The tasks are information for people and must not be
/// the basis of a decision.
///
/// # Errors
/// The log cannot be read. A run that did not start has no log and no tasks.
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

/// The statement of a line about a job.
enum Said<'a> {
    Started(&'a str),
    Exited(i32),
    Completed(&'a str),
}

/// Parses `[2026-11-21 14:20:42] INFO [job NAME] ...`: the time, the name, the statement.
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
        // `/its/folder$ command`
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

/// The task at `index`, if it has not ended.
fn open<'a>(tasks: &'a mut [EngineTask], index: Option<&usize>) -> Option<&'a mut EngineTask> {
    tasks.get_mut(*index?).filter(|task| task.ended.is_none())
}

#[cfg(test)]
mod tests;
