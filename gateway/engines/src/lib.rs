//! Runs workflow engines as supervised child processes.
//!
//! The crate receives a run's directory, its workflow, its parameters and the staged files that the run may read ([`RunSpec`]). The crate
//! resolves no references and has no credentials.
//!
//! * [`LocalExecutor`] starts each engine in a session of its own, inside bubblewrap if possible. It runs at most as many engines at a time as it has
//!   slots. It follows each engine, even if the gateway is killed and restarted, and it ends an engine with all its processes.
//! * [`outcome`] lists the outputs of a finished run.
//! * [`tasks`] lists the tasks of a run.
//!
//! The files in a run's directory determine the state of the run. The process table only shows which processes are
//! left. The files are (see [`RunDirectory`]):
//!
//! * `params.json`: the parameters, written before the engine starts.
//! * `handle.json`: the process of the run, written before the engine starts.
//! * `stop.json`: the reason why the gateway stops the run, written before the signal is sent.
//! * `exit.json`: the exit code, written by an atomic rename.
//! * `stdout`, `stderr`: the output of the engine.
//!
//! In the sandbox, the engine can change none of these files except its own output, because only the folder `work` of the directory is writable.

mod cgroup;
mod cwltool;
mod declared_outputs;
mod digest;
mod error;
mod isolation;
mod local_executor;
mod outcome;
mod own_user;
mod parameters;
mod process;
mod record;
mod run_directory;
mod run_spec;
mod seccomp;
mod settings;
mod status;
mod tasks;

pub use declared_outputs::declared_outputs;
pub use error::{CancelError, RecoverError, StartError, SubmitError};
pub use isolation::Isolation;
pub use local_executor::LocalExecutor;
pub use outcome::{Outcome, OutcomeError, OutcomeLimits, Output, OutputFile, OutputValue, outcome};
pub use run_directory::RunDirectory;
pub use run_spec::{Engine, RunSpec};
pub use settings::{Settings, memory_of_one};
pub use status::{EngineStatus, Lost, RunEnd};
pub use tasks::{EngineTask, tasks};
