//! Workflow engines as supervised child processes.
//!
//! The crate receives a run's directory, its workflow, its parameters and the staged files that the run may read ([`RunSpec`]). It resolves
//! no reference and sees no credential.
//!
//! * [`LocalExecutor`] starts the engine in a session of its own, inside bubblewrap if possible. It runs at most as many engines as it has
//!   slots. It follows each engine, also after the gateway was killed and restarted, and ends the engine with all its processes.
//! * [`outcome`] then lists the outputs of the run, and [`tasks`] its tasks.
//!
//! The files in the run's directory determine the state of a run; the process table is only a hint. The files (see [`RunDirectory`]):
//!
//! * `params.json`: the parameters, written before the start.
//! * `handle.json`: the process of the run, written before the engine starts.
//! * `stop.json`: the reason of a stop, written before the signal.
//! * `exit.json`: the exit code, written by atomic rename.
//! * `stdout`, `stderr`: the output of the engine.
//!
//! The engine cannot write any of these files: in the sandbox only `work` is writable.

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
