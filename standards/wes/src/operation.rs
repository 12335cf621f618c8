/// The operations of WES, by their official operationId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Describe the service.
    GetServiceInfo,
    /// List the runs that the caller may see.
    ListRuns,
    /// Start a run.
    RunWorkflow,
    /// Get the full log of a run.
    GetRunLog,
    /// Get a run's state.
    GetRunStatus,
    /// List a run's tasks.
    ListTasks,
    /// Get one task.
    GetTask,
    /// Stop a run.
    CancelRun,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 8] = [
        Self::GetServiceInfo,
        Self::ListRuns,
        Self::RunWorkflow,
        Self::GetRunLog,
        Self::GetRunStatus,
        Self::ListTasks,
        Self::GetTask,
        Self::CancelRun,
    ];

    /// The operationId of the specification.
    #[must_use]
    pub const fn operation_id(self) -> &'static str {
        match self {
            Self::GetServiceInfo => "GetServiceInfo",
            Self::ListRuns => "ListRuns",
            Self::RunWorkflow => "RunWorkflow",
            Self::GetRunLog => "GetRunLog",
            Self::GetRunStatus => "GetRunStatus",
            Self::ListTasks => "ListTasks",
            Self::GetTask => "GetTask",
            Self::CancelRun => "CancelRun",
        }
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::GetServiceInfo | Self::ListRuns | Self::GetRunLog | Self::GetRunStatus | Self::ListTasks | Self::GetTask => "GET",
            Self::RunWorkflow | Self::CancelRun => "POST",
        }
    }

    /// The path below [`crate::BASE_PATH`], in OpenAPI's template form.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::GetServiceInfo => "/service-info",
            Self::ListRuns | Self::RunWorkflow => "/runs",
            Self::GetRunLog => "/runs/{run_id}",
            Self::GetRunStatus => "/runs/{run_id}/status",
            Self::ListTasks => "/runs/{run_id}/tasks",
            Self::GetTask => "/runs/{run_id}/tasks/{task_id}",
            Self::CancelRun => "/runs/{run_id}/cancel",
        }
    }
}
