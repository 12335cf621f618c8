//! The folder in which runs are stored, and the engine that executes the runs.

use std::fs;
use std::io;
use std::num::NonZeroU32;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::Duration;

use gemj_access::Mandate;
use gemj_catalogue::{Catalogue, CatalogueError, NewRunRow};
use gemj_engines::{LocalExecutor, Settings, StartError};
use gemj_model::ObjectId;
use tokio::sync::Notify;

use super::run_files::RunFiles;
use super::sandbox::SandboxOptions;
use super::steps::Steps;
use super::submission::Submitted;
use super::uploads::Uploads;
use crate::ServiceError;

/// The maximum number of outputs of one run.
const MAX_OUTPUTS: usize = 100;

/// The operator's settings for workflows.
#[derive(Clone, Debug)]
pub struct WorkflowOptions {
    /// The folder of all runs, as an absolute path.
    pub directory: PathBuf,
    /// The path of the `cwltool` program, absolute.
    pub cwltool: PathBuf,
    /// The path of the `bwrap` program, absolute; absent if the machine does not have the program.
    pub bwrap: Option<PathBuf>,
    /// Whether the gateway refuses to start if runs cannot be isolated.
    pub require_isolation: bool,
    /// The maximum number of runs that are executed at one time.
    pub slots: usize,
    /// The maximum duration of one run, in seconds.
    pub wall_clock_s: u64,
    /// The maximum number of bytes of all outputs of one run.
    pub max_output_bytes: u64,
    /// The limits of a run's sandbox.
    pub sandbox: SandboxOptions,
    /// The length of a time step in seconds. A change of a run is shown to its owner at the end of the time step.
    pub shown_every_s: u32,
    /// The maximum time in which the body of a submission must arrive, in seconds.
    pub upload_timeout_s: u32,
    /// The maximum number of runs that one caller may submit within 24 hours; absent for no limit.
    pub runs_per_day: Option<NonZeroU32>,
}

/// Why the gateway cannot execute runs.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowsError {
    /// The folder of runs cannot be used.
    #[error("the folder of runs cannot be used: {0}")]
    Folder(#[source] io::Error),
    /// Users other than the gateway's own can access the folder of runs.
    #[error("the folder of runs must be the gateway's own (mode 0700)")]
    Open,
    /// Another process already executes the runs of the folder.
    #[error("another gateway executes the runs of this folder")]
    Taken,
    /// The engine does not start.
    #[error(transparent)]
    Engine(#[from] StartError),
}

/// Why a submitted run is not stored.
#[derive(Debug, thiserror::Error)]
pub enum SubmitFault {
    /// The caller has reached the limit of submitted runs within 24 hours.
    #[error("the caller has reached the limit of runs submitted within 24 hours")]
    DayIsFull,
    /// The caller has reached the limit of queued runs.
    #[error("the caller has reached the limit of queued runs")]
    QueueIsFull,
    /// The run cannot be stored.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// The folder of runs, and the engine that executes the runs. Only one process at a time can hold the folder.
pub struct Workflows {
    pub(super) executor: LocalExecutor,
    pub(super) directory: PathBuf,
    pub(super) slots: usize,
    steps: Steps,
    uploads: Uploads,
    upload_timeout: Duration,
    runs_per_day: Option<NonZeroU32>,
    /// Notified when the supervisor must look at a run, because it is new or was cancelled.
    pub(super) news: Notify,
    /// The lock on the folder of runs, held while this process lives.
    _lock: fs::File,
}

impl Workflows {
    /// Creates the folder of runs if it is absent, locks it, and starts the engine once as a test.
    ///
    /// # Errors
    /// [`WorkflowsError`].
    pub async fn open(options: &WorkflowOptions) -> Result<Self, WorkflowsError> {
        let directory = &options.directory;
        fs::DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(directory)
            .map_err(WorkflowsError::Folder)?;
        let directory = fs::canonicalize(directory).map_err(WorkflowsError::Folder)?;
        let mode = fs::metadata(&directory).map_err(WorkflowsError::Folder)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(WorkflowsError::Open);
        }
        let lock = fs::File::create(directory.join(".lock")).map_err(WorkflowsError::Folder)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(WorkflowsError::Taken),
            Err(fs::TryLockError::Error(error)) => return Err(WorkflowsError::Folder(error)),
        }
        let settings = Settings {
            require_isolation: options.require_isolation,
            slots: options.slots,
            // The engine needs no longer queue, because waiting runs are queued in the catalogue.
            queue_length: options.slots,
            wall_clock_s: options.wall_clock_s,
            max_output_bytes: options.max_output_bytes,
            // The number is limited because a reviewer examines each output.
            max_outputs: MAX_OUTPUTS,
            ..options
                .sandbox
                .settings(options.slots, Settings::new(&options.cwltool, options.bwrap.clone()))
        };
        let uploads = Uploads::open(&directory).map_err(WorkflowsError::Folder)?;
        Ok(Self {
            executor: LocalExecutor::new(settings).await?,
            directory,
            slots: options.slots,
            steps: Steps::of_seconds(options.shown_every_s),
            uploads,
            upload_timeout: Duration::from_secs(options.upload_timeout_s.into()),
            runs_per_day: options.runs_per_day,
            news: Notify::new(),
            _lock: lock,
        })
    }

    /// The engine's version, as the engine reports it.
    #[must_use]
    pub fn engine_version(&self) -> &str {
        self.executor.cwltool_version()
    }

    /// The time steps in which changes of runs are shown to their owners.
    #[must_use]
    pub fn steps(&self) -> Steps {
        self.steps
    }

    /// The incoming bodies of submissions.
    #[must_use]
    pub fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// The maximum time in which the body of a submission must arrive.
    #[must_use]
    pub fn upload_timeout(&self) -> Duration {
        self.upload_timeout
    }

    /// Opens the file of a run's output for reading.
    ///
    /// # Errors
    /// The file does not exist, or the path leads through a link or out of the run's folder.
    pub fn open_output(&self, run: &str, path: &str) -> io::Result<fs::File> {
        super::run_files::output_file(&self.directory, run, path)
    }

    /// Stores a submitted run: first its files, then its row in the catalogue. If the catalogue refuses the row, the files are removed.
    ///
    /// # Errors
    /// [`SubmitFault`]. Nothing is then stored, unless the database did not confirm whether it stored the row.
    pub async fn submit(
        &self,
        catalogue: &Catalogue,
        mandate: &Mandate,
        run: &str,
        submitted: &Submitted,
        inputs: Vec<(ObjectId, String)>,
    ) -> Result<(), SubmitFault> {
        let request = serde_json::to_string(&submitted.stored).map_err(|_| ServiceError::Unsupported("the request cannot be stored"))?;
        let files = RunFiles::of(&self.directory, run);
        let (made, attachments) = (files.clone(), submitted.attachments.clone());
        let written = tokio::task::spawn_blocking(move || made.create(&attachments)).await;
        if let Err(error) = written.unwrap_or_else(|error| Err(io::Error::other(error))) {
            tracing::error!(%error, "a run's files cannot be written");
            return Err(ServiceError::Catalogue(CatalogueError::Unavailable).into());
        }
        let row = NewRunRow {
            id: run.to_owned(),
            request,
            inputs,
            day_limit: self.runs_per_day,
        };
        match catalogue.submit_run(mandate, &row).await {
            Ok(()) => {
                self.news.notify_one();
                Ok(())
            }
            // It is unknown whether the catalogue stored the row. The files remain, because a stored run needs them.
            Err(error @ CatalogueError::Unavailable) => Err(ServiceError::Catalogue(error).into()),
            Err(error) => {
                let _ = tokio::task::spawn_blocking(move || files.remove()).await;
                Err(match error {
                    CatalogueError::Conflict { field: "queue" } => ServiceError::Catalogue(CatalogueError::Unavailable).into(),
                    CatalogueError::Conflict { field: "own-queue" } => SubmitFault::QueueIsFull,
                    CatalogueError::Conflict { field: "day" } => SubmitFault::DayIsFull,
                    other => ServiceError::Catalogue(other).into(),
                })
            }
        }
    }

    /// Notifies the supervisor that a run needs attention.
    pub fn wake(&self) {
        self.news.notify_one();
    }
}
