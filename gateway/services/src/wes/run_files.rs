//! The files of a run: their paths, the files written before the run, and the files that remain after the run.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use ga4gh_wes::Attachment;
use gemj_engines::RunDirectory;

use super::removal::remove_tree;

/// The path of the engine's standard output, relative to the run's folder.
pub(super) const STDOUT: &str = "stdout";

/// The path of the engine's log, relative to the run's folder.
pub(super) const STDERR: &str = "stderr";

/// The path of the file with the output values that are not files, relative to the run's folder.
pub(super) const VALUES: &str = "values.json";

/// The folder of the staged inputs, relative to the run's folder.
const INPUTS: &str = "inputs";

/// The files of one run.
#[derive(Clone, Debug)]
pub(super) struct RunFiles(RunDirectory);

impl RunFiles {
    /// The files of the run with this id, below the folder of all runs.
    pub(super) fn of(folder: &Path, run: &str) -> Self {
        Self(RunDirectory::new(folder.join(run)))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn directory(&self) -> &RunDirectory {
        &self.0
    }

    pub(super) fn inputs(&self) -> PathBuf {
        self.path().join(INPUTS)
    }

    /// Makes the run's folder with the attachments and syncs them to disk. If a step fails, the folder is removed.
    pub(super) fn create(&self, attachments: &[Attachment]) -> io::Result<()> {
        self.write(attachments).inspect_err(|_| {
            let _ = self.remove();
        })
    }

    fn write(&self, attachments: &[Attachment]) -> io::Result<()> {
        let mut private = fs::DirBuilder::new();
        private.mode(0o700);
        private.create(self.path())?;
        let workflow = self.0.workflow();
        private.create(&workflow)?;
        private.recursive(true);
        for attachment in attachments {
            let path = workflow.join(attachment.name.as_str());
            private.create(path.parent().unwrap_or(&workflow))?;
            write_new(&path, &attachment.bytes)?;
        }
        fs::File::open(&workflow)?.sync_all()?;
        fs::File::open(self.path())?.sync_all()
    }

    /// Removes the run's folder with all files.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove_tree(self.path())
    }

    /// Removes the folder of the staged inputs.
    pub(super) fn remove_inputs(&self) -> io::Result<()> {
        remove_tree(&self.inputs())
    }

    /// Removes all files that could contain participant data and are not outputs: staged inputs, scratch files, and files that tools wrote
    /// to their home folder.
    pub(super) fn remove_all_but_outputs(&self) -> io::Result<()> {
        self.remove_inputs()?;
        let work = self.0.work();
        let kept = self.0.outputs();
        let entries = match fs::read_dir(&work) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.path() == kept {
                continue;
            }
            remove_tree(&entry.path())?;
        }
        Ok(())
    }

    /// Removes the outputs and logs of a run that must not have outputs.
    pub(super) fn remove_outputs(&self) -> io::Result<()> {
        remove_tree(&self.0.work())?;
        for log in [STDOUT, STDERR, VALUES] {
            absent_is_fine(fs::remove_file(self.path().join(log)))?;
        }
        Ok(())
    }
}

/// Opens the file of an output. The stored path is relative to the run's folder. The files of a finished run do not change any more. A path
/// that contains no symbolic link when it is checked therefore contains none when the file is opened.
///
/// # Errors
/// The file does not exist, or the path leads through a link or out of the run's folder.
pub(crate) fn output_file(folder: &Path, run: &str, path: &str) -> io::Result<fs::File> {
    let plain = |text: &str| Path::new(text).components().all(|part| matches!(part, Component::Normal(_)));
    if !plain(run) || !plain(path) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let run = fs::canonicalize(folder)?.join(run);
    let wanted = run.join(path);
    if fs::canonicalize(&wanted)? != wanted || !fs::symlink_metadata(&wanted)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    fs::File::open(wanted)
}

pub(super) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
