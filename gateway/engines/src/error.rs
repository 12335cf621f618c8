use std::io;

/// Why the executor cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// cwltool does not run.
    #[error("the workflow engine cannot be run ({reason})")]
    Engine {
        /// What happened.
        reason: String,
    },
    /// A program that every run needs is missing.
    #[error("the program `{program}` is not installed")]
    ProgramMissing {
        /// Which.
        program: &'static str,
    },
    /// Isolation is required and does not work.
    #[error("isolation is required, but bubblewrap is absent or cannot make a sandbox here")]
    IsolationUnavailable,
}

/// Why a run is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Too many are waiting.
    #[error("the queue is full ({limit} runs)")]
    QueueFull {
        /// The most that may wait.
        limit: usize,
    },
    /// This run is known already.
    #[error("the run is already known")]
    AlreadyKnown,
    /// The directory has a run in it that was started.
    #[error("a run was already started in this directory")]
    AlreadyStarted,
    /// The directory is not absolute, not there, or open to others.
    #[error("the run directory must be absolute, exist and have mode 0700")]
    Directory,
    /// The workflow is not a regular file below `workflow`.
    #[error("the workflow is not a regular file of the run's workflow directory")]
    Workflow,
    /// The fragment is no plain name.
    #[error("the workflow's fragment is not a plain name")]
    Fragment,
    /// There are too many inputs.
    #[error("there are more than {limit} inputs")]
    TooManyInputs {
        /// The most there may be.
        limit: usize,
    },
    /// An input is not an absolute path of a regular file.
    #[error("input {index} is not an absolute path of a regular file")]
    Input {
        /// Which, from 0.
        index: usize,
    },
    /// A relative location in the parameters is no file of the workflow.
    #[error("a relative location in the parameters is not a file of the run's workflow directory")]
    RelativeLocation,
    /// The run's files cannot be written.
    #[error("the run directory cannot be written")]
    Write(#[source] io::Error),
}

/// Why a run cannot be cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// No such run.
    #[error("no such run is known")]
    Unknown,
    /// The intent to stop cannot be written down; nothing was stopped.
    #[error("the run directory cannot be written")]
    Write(#[source] io::Error),
}

/// Why a run cannot be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The directory cannot be read or written, which says nothing of the run.
    #[error("the run directory cannot be read")]
    Directory(#[source] io::Error),
}
