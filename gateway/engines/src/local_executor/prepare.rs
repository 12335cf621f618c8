use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Component, Path};

use crate::parameters::resolve_relative;
use crate::record::{self, Handle};
use crate::{RunDirectory, RunSpec, SubmitError};

/// The maximum number of input files of a run. Each input file is a separate mount in the sandbox.
const MAX_INPUTS: usize = 1000;

/// Checks a run and writes the files that its engine needs, such as the parameters.
pub(super) fn prepare(spec: &RunSpec) -> Result<(), SubmitError> {
    let directory = RunDirectory::new(&spec.directory);
    check_directory(directory.path())?;
    check_workflow(spec, &directory)?;
    if spec.inputs.len() > MAX_INPUTS {
        return Err(SubmitError::TooManyInputs { limit: MAX_INPUTS });
    }
    for (index, path) in spec.inputs.iter().enumerate() {
        // A symbolic link is rejected, because it could lead to another file than the staged file.
        let regular = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
        if !is_clean(path) || !regular {
            return Err(SubmitError::Input { index });
        }
    }
    match directory.read_handle().map_err(SubmitError::Write)? {
        Some(Handle::Started { .. }) => return Err(SubmitError::AlreadyStarted),
        Some(Handle::Void { .. }) => fs::remove_file(directory.handle()).map_err(SubmitError::Write)?,
        None => {}
    }
    if directory.exit().exists() || directory.stop().exists() {
        return Err(SubmitError::AlreadyStarted);
    }
    let params = resolve_relative(&spec.params, &directory.workflow()).ok_or(SubmitError::RelativeLocation)?;
    write_files(&directory, &params).map_err(SubmitError::Write)
}

fn write_files(directory: &RunDirectory, params: &serde_json::Map<String, serde_json::Value>) -> io::Result<()> {
    let mut private = fs::DirBuilder::new();
    private.mode(0o700).recursive(true);
    for folder in [directory.outputs(), directory.scratch(), directory.home()] {
        private.create(folder)?;
    }
    record::write(&directory.params(), params)
}

/// Whether a path is absolute and contains no `.` or `..`.
fn is_clean(path: &Path) -> bool {
    path.is_absolute() && path.components().skip(1).all(|part| matches!(part, Component::Normal(_)))
}

fn check_directory(path: &Path) -> Result<(), SubmitError> {
    let metadata = fs::symlink_metadata(path).map_err(|_| SubmitError::Directory)?;
    let private = metadata.permissions().mode() & 0o077 == 0;
    // cwltool treats paths as URLs in some places, so characters with a meaning in URLs are rejected.
    let plain = path.to_str().is_some_and(|text| !text.contains(['#', '?', '%', '\n', '"', '\\']));
    if is_clean(path) && metadata.is_dir() && private && plain {
        Ok(())
    } else {
        Err(SubmitError::Directory)
    }
}

fn check_workflow(spec: &RunSpec, directory: &RunDirectory) -> Result<(), SubmitError> {
    let below = spec.workflow.components().all(|part| matches!(part, Component::Normal(_))) && !spec.workflow.as_os_str().is_empty();
    let path = directory.workflow().join(&spec.workflow);
    if !below || !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err(SubmitError::Workflow);
    }
    let plain = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
    if spec.fragment.as_ref().is_some_and(|fragment| !plain(fragment)) {
        return Err(SubmitError::Fragment);
    }
    Ok(())
}
