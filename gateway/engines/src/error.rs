use std::io;

/// The reasons why the executor of runs cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// cwltool cannot be run.
    #[error("the workflow engine cannot be run ({reason})")]
    Engine {
        /// The reason, for the log.
        reason: String,
    },
    /// A system program that every run needs, for example `setsid`, is not installed. The workflow engine itself has another error.
    #[error("the program `{program}` is not installed")]
    ProgramMissing {
        /// The name of the missing program.
        program: &'static str,
    },
    /// The settings require isolation, and the sandbox does not work on this machine.
    #[error("isolation is required, but bubblewrap is absent or cannot make a sandbox here")]
    IsolationUnavailable,
}

/// The reasons why a run is not accepted for execution.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Too many runs already wait for a slot.
    #[error("the queue is full ({limit} runs)")]
    QueueFull {
        /// The maximum number of waiting runs.
        limit: usize,
    },
    /// The executor already knows a run with this id.
    #[error("the run is already known")]
    AlreadyKnown,
    /// A run was already started in the run's directory.
    #[error("a run was already started in this directory")]
    AlreadyStarted,
    /// The run's directory is not absolute, does not exist, is accessible to other users, or has a path with a character that has a meaning in
    /// URLs.
    #[error("the run directory must be absolute, exist and have mode 0700")]
    Directory,
    /// The workflow document is not a regular file below the folder `workflow`.
    #[error("the workflow is not a regular file of the run's workflow directory")]
    Workflow,
    /// The fragment that names a process of the document is not a plain name.
    #[error("the workflow's fragment is not a plain name")]
    Fragment,
    /// The run has too many input files.
    #[error("there are more than {limit} inputs")]
    TooManyInputs {
        /// The maximum number of inputs.
        limit: usize,
    },
    /// An input is not an absolute path of a regular file.
    #[error("input {index} is not an absolute path of a regular file")]
    Input {
        /// The index of the input in the list of inputs, from 0.
        index: usize,
    },
    /// A relative location in the parameters is not an existing file or folder below the folder `workflow`.
    #[error("a relative location in the parameters is not a file of the run's workflow directory")]
    RelativeLocation,
    /// The files that the engine needs cannot be written.
    #[error("the run directory cannot be written")]
    Write(#[source] io::Error),
}

/// The reasons why a run cannot be cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// The executor does not know the run.
    #[error("no such run is known")]
    Unknown,
    /// The record of the reason for stopping cannot be written, so the run was not stopped.
    #[error("the run directory cannot be written")]
    Write(#[source] io::Error),
}

/// The reasons why a run cannot be recovered.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The run's directory cannot be read or written. The state of the run is therefore not known.
    #[error("the run directory cannot be read")]
    Directory(#[source] io::Error),
}
