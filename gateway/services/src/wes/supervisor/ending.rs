//! Records the end of a run and its outputs.

use std::fs::File;
use std::io::{self, Read as _};

use gemj_catalogue::{CatalogueError, NewRunOutput, NewRunTask, Run, RunAdvance, RunState};
use gemj_engines::{EngineStatus, Lost, Outcome, OutcomeError, OutputValue, RunEnd, tasks};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{Supervision, notes};
use crate::wes::run_files::{RunFiles, STDERR, STDOUT, VALUES};

/// The maximum length of a stored task name, in characters.
const MAX_TASK_NAME_CHARACTERS: usize = 255;

/// How a run ended, with the result that is stored.
struct End {
    state: RunState,
    note: Option<&'static str>,
    exit_code: Option<i64>,
    outcome: Option<Outcome>,
}

impl End {
    fn failed(state: RunState, note: &'static str, exit_code: Option<i64>) -> Self {
        Self {
            state,
            note: Some(note),
            exit_code,
            outcome: None,
        }
    }
}

impl Supervision {
    /// Records the end of a run whose engine has ended: the outputs are held for review, the inputs are removed, and the end state is
    /// stored.
    pub(super) async fn ended(&self, run: &Run, status: Option<EngineStatus>) -> Result<(), CatalogueError> {
        let files = self.files(run);
        let end = self.end_of(&files, status).await?;
        let (listed, outcome) = (files.clone(), end.outcome);
        let (outputs, tasks) = self
            .on_disk(move || {
                let outputs = outputs_of(&listed, outcome)?;
                listed.remove_all_but_outputs()?;
                Ok((outputs, tasks_of(&listed)))
            })
            .await?;
        self.advance(&RunAdvance {
            note: end.note,
            exit_code: end.exit_code,
            outputs: &outputs,
            tasks: Some(&tasks),
            ..RunAdvance::new(&run.id, RunState::Running, end.state)
        })
        .await?;
        self.forget(run);
        Ok(())
    }

    async fn end_of(&self, files: &RunFiles, status: Option<EngineStatus>) -> Result<End, CatalogueError> {
        let system = |note| End::failed(RunState::SystemError, note, None);
        Ok(match status {
            Some(EngineStatus::Finished {
                exit_code: 0,
                end: RunEnd::Exited,
                ..
            }) => match self.workflows.executor.outcome(files.path()).await {
                Ok(outcome) => End {
                    state: RunState::Complete,
                    note: None,
                    exit_code: Some(0),
                    outcome: Some(outcome),
                },
                Err(OutcomeError::Read(error)) => {
                    tracing::error!(%error, "outputs cannot be read");
                    return Err(CatalogueError::Unavailable);
                }
                Err(refused) => End::failed(RunState::ExecutorError, note_of(&refused), Some(0)),
            },
            Some(EngineStatus::Finished { exit_code, end, .. }) => match end {
                RunEnd::Exited => End::failed(RunState::ExecutorError, notes::FAILED, Some(exit_code.into())),
                RunEnd::WallClock => End::failed(RunState::ExecutorError, notes::WALL_CLOCK, None),
                RunEnd::Memory => End::failed(RunState::ExecutorError, notes::MEMORY, None),
                RunEnd::WorkSize => End::failed(RunState::ExecutorError, notes::WORK_SIZE, None),
                // The engine was cancelled, but the catalogue contains no request to cancel the run.
                RunEnd::Cancelled => system(notes::STOPPED),
            },
            Some(EngineStatus::Lost { why }) => system(match why {
                Lost::NeverStarted | Lost::CannotStart => notes::CANNOT_START,
                Lost::Vanished => notes::VANISHED,
                Lost::Unreadable => notes::UNREADABLE,
                Lost::Unkillable => notes::UNKILLABLE,
            }),
            // The engine is still running, or its state is unknown. The error makes the supervisor try again.
            Some(EngineStatus::Queued | EngineStatus::Running { .. }) | None => return Err(CatalogueError::Unavailable),
        })
    }
}

/// The reason why outputs are refused, without the names that the workflow chose.
fn note_of(refused: &OutcomeError) -> &'static str {
    match refused {
        OutcomeError::Malformed | OutcomeError::ObjectTooLarge { .. } | OutcomeError::Read(_) => notes::NO_OUTPUTS,
        OutcomeError::TooMany { .. } => notes::TOO_MANY_OUTPUTS,
        OutcomeError::TooLarge { .. } => notes::TOO_LARGE_OUTPUTS,
        OutcomeError::Outside { .. } | OutcomeError::NotRegular { .. } => notes::STRANGE_OUTPUTS,
        OutcomeError::Repeated { .. } => notes::REPEATED_OUTPUTS,
    }
}

/// All outputs of a run, each of which is reviewed: the output files, all other output values in one file, the engine's standard output,
/// and the engine's log.
fn outputs_of(files: &RunFiles, outcome: Option<Outcome>) -> io::Result<Vec<NewRunOutput>> {
    let mut outputs = Vec::new();
    let mut values = Map::new();
    for output in outcome.map(|outcome| outcome.outputs).unwrap_or_default() {
        match output.value {
            OutputValue::Value(value) => {
                values.insert(output.name, value);
            }
            OutputValue::File(file) => {
                let path = files.directory().outputs().join(&file.path);
                let relative = path.strip_prefix(files.path()).ok().and_then(|path| path.to_str());
                outputs.push(NewRunOutput {
                    id: fresh_id(),
                    name: output.name,
                    path: relative.ok_or(io::ErrorKind::InvalidData)?.to_owned(),
                    size_bytes: file.size_bytes,
                    sha256: file.sha256,
                });
            }
        }
    }
    let values_path = files.path().join(VALUES);
    if !values.is_empty() {
        std::fs::write(&values_path, serde_json::to_vec_pretty(&Value::Object(values))?)?;
    }
    for (name, path) in [("run.values", VALUES), ("run.stdout", STDOUT), ("run.stderr", STDERR)] {
        if let Some((sha256, size_bytes)) = digest(&files.path().join(path))? {
            outputs.push(NewRunOutput {
                id: fresh_id(),
                name: name.to_owned(),
                path: path.to_owned(),
                size_bytes,
                sha256,
            });
        }
    }
    Ok(outputs)
}

fn tasks_of(files: &RunFiles) -> Vec<NewRunTask> {
    let found = tasks(files.directory(), "workflow").unwrap_or_default();
    found
        .into_iter()
        .map(|task| NewRunTask {
            name: task
                .name
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_TASK_NAME_CHARACTERS)
                .collect(),
            started: task.started,
            ended: task.ended,
            exit_code: task.exit_code.map(i64::from),
        })
        .collect()
}

/// SHA-256 and size of a file; absent if the file does not exist.
fn digest(path: &std::path::Path) -> io::Result<Option<(String, u64)>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0_u64, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        size += count as u64;
    }
    let sha256 = hex::encode(hash.finalize());
    Ok(Some((sha256, size)))
}

fn fresh_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
