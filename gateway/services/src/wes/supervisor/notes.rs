//! Fixed messages about runs. No message contains data, personal information or text from a workflow.

/// The message for a run that may no longer use an input, at its start or while it is active. The message does not disclose the reason.
pub(in crate::wes) const WITHDRAWN: &str = "inputs no longer available";
pub(in crate::wes) const EXPIRED: &str = "The permission under which the run was submitted ended while it waited: submit it again.";
pub(in crate::wes) const UNSTAGED: &str = "An input could not be read.";
pub(in crate::wes) const UNREADABLE: &str = "The run's folder cannot be read.";
pub(in crate::wes) const NOT_TAKEN: &str = "The engine did not accept the run.";
pub(in crate::wes) const FAILED: &str = "The workflow ended with an error. Its log is held for review.";
pub(in crate::wes) const WALL_CLOCK: &str = "The run exceeded its time limit and was stopped.";
pub(in crate::wes) const WORK_SIZE: &str = "The run exceeded its limit of disk space and was stopped.";
pub(in crate::wes) const CANNOT_START: &str = "The engine could not be started.";
pub(in crate::wes) const VANISHED: &str = "The engine ended, and its exit status is unknown.";
pub(in crate::wes) const UNKILLABLE: &str = "The run could not be stopped.";
pub(in crate::wes) const STOPPED: &str = "The engine was stopped, but no cancellation was requested.";
pub(in crate::wes) const NO_OUTPUTS: &str = "The workflow ended, but its outputs cannot be read.";
pub(in crate::wes) const TOO_MANY_OUTPUTS: &str = "The workflow made more outputs than a run may have.";
pub(in crate::wes) const TOO_LARGE_OUTPUTS: &str = "The workflow's outputs exceed the size limit.";
pub(in crate::wes) const MEMORY: &str = "The run exceeded its limit of memory and was stopped.";
pub(in crate::wes) const STRANGE_OUTPUTS: &str = "The workflow named an output that is not a regular file in its own folder.";
pub(in crate::wes) const REPEATED_OUTPUTS: &str = "The workflow named two outputs with the same name.";

/// The form in which the owner may see a message before a review. A workflow can choose how it fails, so all failures that a workflow can
/// cause have the same message.
pub(in crate::wes) fn before_review(note: &str) -> &str {
    match note {
        WALL_CLOCK | WORK_SIZE | MEMORY | VANISHED | NO_OUTPUTS | TOO_MANY_OUTPUTS | TOO_LARGE_OUTPUTS | STRANGE_OUTPUTS
        | REPEATED_OUTPUTS => FAILED,
        other => other,
    }
}
