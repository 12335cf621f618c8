//! The outputs of a run: the engine lists them, and the gateway reads them from disk.

mod below;
mod walk;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde_json::Value;

use crate::RunDirectory;

/// The maximum size of cwltool's output object, in bytes.
const MAX_OBJECT_BYTES: u64 = 16 << 20;

/// The limits for the outputs of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeLimits {
    /// The maximum number of outputs; files and values both count.
    pub max_outputs: usize,
    /// The maximum size of one file in bytes.
    pub max_file_bytes: u64,
    /// The maximum size of all files together, in bytes.
    pub max_total_bytes: u64,
}

/// The outputs of a run, sorted by the names of the members in the engine's output object. The items of an array keep their order.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The outputs. A value can reveal data just like a file, so a review must cover values and files.
    pub outputs: Vec<Output>,
}

/// One output of a run: a file or a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The name of the output, unique in the run. It is the path in the output object, with `/` between the parts: the output's id, then array
    /// indexes, record fields, `secondaryFiles` with an index, or the path of a file in a directory.
    pub name: String,
    /// The content of the output.
    pub value: OutputValue,
}

/// The content of an output: a file or a value.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputValue {
    /// A file below the folder [`RunDirectory::outputs`].
    File(OutputFile),
    /// A number, string, boolean or null; or an empty array, record or directory.
    Value(Value),
}

/// A file as found on disk. No field is taken from the engine's statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// The path of the file, relative to [`RunDirectory::outputs`].
    pub path: PathBuf,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the file's bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// The reasons why all outputs of a run are rejected. The names in the errors come from the workflow and may be shown to the run's owner.
#[derive(Debug, thiserror::Error)]
pub enum OutcomeError {
    /// The engine's standard output is empty or is not one JSON object.
    #[error("the engine left no readable output object")]
    Malformed,
    /// The engine's output object is too large.
    #[error("the engine's output object is larger than {limit} bytes")]
    ObjectTooLarge {
        /// The maximum size in bytes.
        limit: u64,
    },
    /// The run has too many outputs.
    #[error("the run has more than {limit} outputs")]
    TooMany {
        /// The maximum number of outputs.
        limit: usize,
    },
    /// One file is too large, or all files together are too large.
    #[error("the outputs are larger than {limit} bytes")]
    TooLarge {
        /// The maximum size in bytes.
        limit: u64,
    },
    /// The engine states a path outside the output directory.
    #[error("output `{name}` is outside the output directory")]
    Outside {
        /// The name of the output.
        name: String,
    },
    /// A stated file or folder is a symbolic link, is below a symbolic link, does not exist, or is not a regular file or folder. A file name that is
    /// not UTF-8 and folders nested more than 64 deep also give this error.
    #[error("output `{name}` is not a regular file")]
    NotRegular {
        /// The name of the output.
        name: String,
    },
    /// Two outputs have the same name.
    #[error("two outputs have the name `{name}`")]
    Repeated {
        /// The name that two outputs have.
        name: String,
    },
    /// A file cannot be read. Whether the outputs are acceptable is therefore not known.
    #[error("an output cannot be read")]
    Read(#[source] io::Error),
}

/// Lists the outputs of the finished run in `directory`. The function reads every file to compute its digest, so it
/// must be called on a thread that may block.
///
/// Files are opened below the output directory one path segment at a time, so that symbolic links are never followed.
///
/// # Errors
/// [`OutcomeError`] if any output is not acceptable. All outputs are then rejected.
pub fn outcome(directory: &RunDirectory, limits: &OutcomeLimits) -> Result<Outcome, OutcomeError> {
    let mut text = Vec::new();
    File::open(directory.stdout())
        .and_then(|file| file.take(MAX_OBJECT_BYTES + 1).read_to_end(&mut text))
        .map_err(OutcomeError::Read)?;
    if text.len() as u64 > MAX_OBJECT_BYTES {
        return Err(OutcomeError::ObjectTooLarge { limit: MAX_OBJECT_BYTES });
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(&text) else {
        return Err(OutcomeError::Malformed);
    };
    let mut walk = walk::Walk::new(directory.outputs(), *limits)?;
    for (name, value) in &members {
        walk.take(name, value)?;
    }
    Ok(Outcome { outputs: walk.outputs })
}
