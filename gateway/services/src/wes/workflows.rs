//! The place where runs are kept and executed.

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

/// Most outputs of one run.
const MAX_OUTPUTS: usize = 100;

/// What an operator says of workflows.
#[derive(Clone, Debug)]
pub struct WorkflowOptions {
    /// The folder of all runs, absolute.
    pub directory: PathBuf,
    /// The `cwltool` program, absolute.
    pub cwltool: PathBuf,
    /// The `bwrap` program, absolute; absent where there is none.
    pub bwrap: Option<PathBuf>,
    /// Whether to refuse to start where runs cannot be isolated.
    pub require_isolation: bool,
    /// The most runs at a time.
    pub slots: usize,
    /// Seconds that one run may take.
    pub wall_clock_s: u64,
    /// The most bytes of all outputs of one run.
    pub max_output_bytes: u64,
    /// Limits of a run's sandbox.
    pub sandbox: SandboxOptions,
    /// Seconds of a step of time: a change of a run is shown to its owner at the end of its step.
    pub shown_every_s: u32,
    /// Seconds within which the body of a submission must arrive.
    pub upload_timeout_s: u32,
    /// The most runs that one caller may submit within 24 hours; absent for no limit.
    pub runs_per_day: Option<NonZeroU32>,
}

/// Why runs cannot be executed.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowsError {
    /// The folder cannot be used.
    #[error("the folder of runs cannot be used: {0}")]
    Folder(#[source] io::Error),
    /// The folder is open to others.
    #[error("the folder of runs must be the gateway's own (mode 0700)")]
    Open,
    /// Another process runs what is in the folder.
    #[error("another gateway executes the runs of this folder")]
    Taken,
    /// The engine does not run.
    #[error(transparent)]
    Engine(#[from] StartError),
}

/// Why a run is not kept.
#[derive(Debug, thiserror::Error)]
pub enum SubmitFault {
    /// The caller submitted as many runs within 24 hours as one caller may.
    #[error("as many runs were submitted within 24 hours as one caller may submit")]
    DayIsFull,
    /// As many runs of the caller wait as may wait.
    #[error("as many runs of this caller wait as may wait")]
    QueueIsFull,
    /// It cannot be kept.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// The folder of runs and the engine that executes them. One process at a time has it.
pub struct Workflows {
    pub(super) executor: LocalExecutor,
    pub(super) directory: PathBuf,
    pub(super) slots: usize,
    steps: Steps,
    uploads: Uploads,
    upload_timeout: Duration,
    runs_per_day: Option<NonZeroU32>,
    /// Told when something is to be looked at: a new run, a cancelled one.
    pub(super) news: Notify,
    /// Held as long as this process lives.
    _lock: fs::File,
}

impl Workflows {
    /// Makes the folder where it is absent, takes it, and tries the engine.
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
            // What waits, waits in the catalogue.
            queue_length: options.slots,
            wall_clock_s: options.wall_clock_s,
            max_output_bytes: options.max_output_bytes,
            // A reviewer looks at each of them.
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

    /// The engine's version, as it says itself.
    #[must_use]
    pub fn engine_version(&self) -> &str {
        self.executor.cwltool_version()
    }

    /// The grid of time on which changes of runs are shown to their owners.
    #[must_use]
    pub fn steps(&self) -> Steps {
        self.steps
    }

    /// The bodies of submissions on their way.
    #[must_use]
    pub fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// How long a body may take to arrive.
    #[must_use]
    pub fn upload_timeout(&self) -> Duration {
        self.upload_timeout
    }

    /// Opens an output's bytes.
    ///
    /// # Errors
    /// They are not there, or not where they are said to be.
    pub fn open_output(&self, run: &str, path: &str) -> io::Result<fs::File> {
        super::run_files::output_file(&self.directory, run, path)
    }

    /// Keeps a run: its files first, then its row. Where the row fails the files go again.
    ///
    /// # Errors
    /// [`SubmitFault`]; nothing is kept then, unless the database did not say whether it kept the row.
    pub async fn submit(
        &self,
        catalogue: &Catalogue,
        mandate: &Mandate,
        run: &str,
        submitted: &Submitted,
        inputs: Vec<(ObjectId, String)>,
    ) -> Result<(), SubmitFault> {
        let request = serde_json::to_string(&submitted.stored).map_err(|_| ServiceError::Unsupported("the request cannot be kept"))?;
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
            // Whether it was kept is not known: if so, the files are needed.
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

    /// Says that a run is to be looked at.
    pub fn wake(&self) {
        self.news.notify_one();
    }
}
