//! Workflow engines as supervised child processes.
//!
//! The crate receives a run's directory, its workflow, its parameters and the staged files it may read ([`RunSpec`]). It
//! resolves no reference and sees no credential. [`LocalExecutor`] starts the engine in a session of its own, inside bubblewrap
//! where that works, never more at a time than it has slots; follows it, also after the gateway was killed and started again;
//! and ends it with everything it started. [`outcome`] then lists what the run made, and [`tasks`] what it did.
//!
//! What a run left in its directory is the truth; the process table is only a hint. The files, see [`RunDirectory`]:
//! `params.json` (before), `handle.json` (which process, before the engine starts), `stop.json` (why it was stopped, before the
//! signal), `exit.json` (how it ended, by atomic rename), `stdout`, `stderr`. The engine can write none of them: in the sandbox
//! only `work` is writable.

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
