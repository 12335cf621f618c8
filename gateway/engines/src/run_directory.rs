use std::path::{Path, PathBuf};

/// The files of one run.
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

    /// The workflow's files, written by the caller; read-only to the engine.
    #[must_use]
    pub fn workflow(&self) -> PathBuf {
        self.0.join("workflow")
    }

    /// The engine's working folder: the only folder that the engine can write to.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.0.join("work")
    }

    /// The outputs.
    #[must_use]
    pub fn outputs(&self) -> PathBuf {
        self.0.join("work").join("out")
    }

    /// The engine's standard output: cwltool's output object.
    #[must_use]
    pub fn stdout(&self) -> PathBuf {
        self.0.join("stdout")
    }

    /// The engine's log, with the standard error of all tools.
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

    /// The filter of system calls, in bubblewrap's format; empty if there is none.
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
