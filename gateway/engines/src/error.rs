use std::io;

/// The reasons why the executor cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// cwltool does not run.
    #[error("the workflow engine cannot be run ({reason})")]
    Engine {
        /// The reason.
        reason: String,
    },
    /// A program that every run needs is missing.
    #[error("the program `{program}` is not installed")]
    ProgramMissing {
        /// The name of the program.
        program: &'static str,
    },
    /// Isolation is required and does not work.
    #[error("isolation is required, but bubblewrap is absent or cannot make a sandbox here")]
    IsolationUnavailable,
}

/// The reasons why a run is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Too many runs wait.
    #[error("the queue is full ({limit} runs)")]
    QueueFull {
        /// The maximum number of waiting runs.
        limit: usize,
    },
    /// The executor knows this run already.
    #[error("the run is already known")]
    AlreadyKnown,
    /// A run was already started in the directory.
    #[error("a run was already started in this directory")]
    AlreadyStarted,
    /// The directory is not absolute, does not exist, or is accessible to other users.
    #[error("the run directory must be absolute, exist and have mode 0700")]
    Directory,
    /// The workflow is not a regular file below `workflow`.
    #[error("the workflow is not a regular file of the run's workflow directory")]
    Workflow,
    /// The fragment is not a plain name.
    #[error("the workflow's fragment is not a plain name")]
    Fragment,
    /// There are too many inputs.
    #[error("there are more than {limit} inputs")]
    TooManyInputs {
        /// The maximum number of inputs.
        limit: usize,
    },
    /// An input is not an absolute path of a regular file.
    #[error("input {index} is not an absolute path of a regular file")]
    Input {
        /// The index of the input, from 0.
        index: usize,
    },
    /// A relative location in the parameters is not a file of the workflow.
    #[error("a relative location in the parameters is not a file of the run's workflow directory")]
    RelativeLocation,
    /// The run's files cannot be written.
    #[error("the run directory cannot be written")]
    Write(#[source] io::Error),
}

/// The reasons why a run cannot be cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The run is unknown.
    #[error("no such run is known")]
    Unknown,
    /// The record of the stop cannot be written; nothing was stopped.
    #[error("the run directory cannot be written")]
    Write(#[source] io::Error),
}

/// The reasons why a run cannot be recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The directory cannot be read or written. This does not determine the state of the run.
    #[error("the run directory cannot be read")]
    Directory(#[source] io::Error),
}
