use std::path::{Path, PathBuf};

/// The directory with the files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory(PathBuf);

impl RunDirectory {
    /// The run directory at `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The folder of the workflow's files, which the calling code writes. In the sandbox, the engine can only read it.
    #[must_use]
    pub fn workflow(&self) -> PathBuf {
        self.0.join("workflow")
    }

    /// The engine's working folder. In the sandbox, the engine can write to no other folder of the run's directory.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// The folder of the run's outputs.
    #[must_use]
    pub fn outputs(&self) -> PathBuf {
        self.0.join("work").join("out")
    }

    /// The file with the engine's standard output, which is cwltool's output object.
    #[must_use]
    pub fn stdout(&self) -> PathBuf {
        self.0.join("stdout")
    }

    /// The file with the engine's log, which contains the standard error of all tools.
    #[must_use]
    pub fn stderr(&self) -> PathBuf {
        self.0.join("stderr")
    }

    pub(crate) fn scratch(&self) -> PathBuf {
        self.work().join("tmp")
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.work().join("home")
    }

    pub(crate) fn params(&self) -> PathBuf {
        self.0.join("params.json")
    }

    /// The file with the filter of system calls, in bubblewrap's format. The file is empty if system calls are not filtered.
    pub(crate) fn filter(&self) -> PathBuf {
        self.0.join("filter")
    }

    pub(crate) fn handle(&self) -> PathBuf {
        self.0.join("handle.json")
    }

    pub(crate) fn stop(&self) -> PathBuf {
        self.0.join("stop.json")
    }

    pub(crate) fn exit(&self) -> PathBuf {
        self.0.join("exit.json")
    }
}
