//! What the gateway says of runs: fixed messages. None tells of data, of people or of what a workflow wrote.

/// Of a run that may not use an input any more, at its start or under way: why is nobody's to know.
pub(super) const WITHDRAWN: &str = "inputs no longer available";
pub(super) const EXPIRED: &str = "The permission under which the run was submitted ended while it waited: submit it again.";
pub(super) const UNSTAGED: &str = "An input could not be read.";
pub(super) const UNREADABLE: &str = "The run's folder cannot be read.";
pub(super) const NOT_TAKEN: &str = "The engine did not take the run.";
pub(super) const FAILED: &str = "The workflow ended with an error. Its log is held for review.";
pub(super) const WALL_CLOCK: &str = "The run took longer than it may and was stopped.";
pub(super) const WORK_SIZE: &str = "The run needed more disk than it may and was stopped.";
pub(super) const CANNOT_START: &str = "The engine could not be started.";
pub(super) const VANISHED: &str = "The engine ended without saying how.";
pub(super) const UNKILLABLE: &str = "The run could not be stopped.";
pub(super) const STOPPED: &str = "The engine was stopped by another hand.";
pub(super) const NO_OUTPUTS: &str = "The workflow ended without outputs that can be read.";
pub(super) const TOO_MANY_OUTPUTS: &str = "The workflow made more outputs than a run may have.";
pub(super) const TOO_LARGE_OUTPUTS: &str = "The workflow's outputs are larger than they may be.";
pub(super) const STRANGE_OUTPUTS: &str = "The workflow named an output that is no regular file of its own.";
