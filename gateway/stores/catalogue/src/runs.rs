//! Workflow runs: the submitted request, the state, the outputs and their review.

mod advance;
mod cancel;
mod locate;
mod output;
mod read;
mod review;
mod row;
mod state;
mod submit;
mod supervise;
mod task;

pub use advance::RunAdvance;
pub use locate::LocatedOutput;
pub use output::{NewRunOutput, OutputState, RunOutput};
pub use review::OutputVerdict;
pub use row::Run;
pub use state::RunState;
pub use submit::{MAX_QUEUED_RUNS, MAX_QUEUED_RUNS_OF_ONE_OWNER, NewRunRow};
pub use supervise::StoredInput;
pub use task::{NewRunTask, RunTask};
