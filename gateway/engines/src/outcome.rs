//! The outputs of a run, as listed by its engine and as found on disk.

mod below;
mod walk;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde_json::Value;

use crate::RunDirectory;

/// The maximum size of cwltool's output object in bytes.
const MAX_OBJECT_BYTES: u64 = 16 << 20;

/// The limits for the outputs of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeLimits {
    /// The maximum number of outputs, values included.
    pub max_outputs: usize,
    /// The maximum size of one file in bytes.
    pub max_file_bytes: u64,
    /// The maximum size of all files in bytes.
    pub max_total_bytes: u64,
}

/// All outputs of a run, in the order of the engine's output object.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The outputs. Values are outputs too, so a review must cover values as well as files.
    pub outputs: Vec<Output>,
}

/// One output.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The path in the output object, unique within the outcome. It starts with the output's name, joined by `/` with: the index in an
    /// array, the field of a record, `secondaryFiles` and the index of a secondary file, the path of a file in a directory.
    pub name: String,
    /// The content.
    pub value: OutputValue,
}

/// A file or a value.
#[derive(Clone, Debug, PartialEq)]
pub enum OutputValue {
    /// A file below [`RunDirectory::outputs`].
    File(OutputFile),
    /// A number, string, boolean or null; or an empty array, record or directory.
    Value(Value),
}

/// One file, as found on disk. No field comes from the engine's own statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// The path, relative to [`RunDirectory::outputs`].
    pub path: PathBuf,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

/// The reasons why all outputs of a run are rejected. The names come from the workflow and may be shown to the run's owner.
#[derive(Debug, thiserror::Error)]
pub enum OutcomeError {
    /// There is no output object, or it is not a JSON object.
    #[error("the engine left no readable output object")]
    Malformed,
    /// The output object is too large.
    #[error("the engine's output object is larger than {limit} bytes")]
    ObjectTooLarge {
        /// The maximum size in bytes.
        limit: u64,
    },
    /// There are too many outputs.
    #[error("the run has more than {limit} outputs")]
    TooMany {
        /// The maximum number of outputs.
        limit: usize,
    },
    /// One file or all files together are too large.
    #[error("the outputs are larger than {limit} bytes")]
    TooLarge {
        /// The maximum size in bytes.
        limit: u64,
    },
    /// The path of a file is outside the output directory.
    #[error("output `{name}` is outside the output directory")]
    Outside {
        /// The name of the output.
        name: String,
    },
    /// A file is a symbolic link or behind one, is not a regular file, or does not exist.
    #[error("output `{name}` is not a regular file")]
    NotRegular {
        /// The name of the output.
        name: String,
    },
    /// Two outputs have the same name.
    #[error("two outputs have the name `{name}`")]
    Repeated {
        /// The name.
        name: String,
    },
    /// A file cannot be read. This does not determine whether the outputs are acceptable.
    #[error("an output cannot be read")]
    Read(#[source] io::Error),
}

/// The outputs of the run in `directory` after its end. This reads and digests every file, so call it on a thread that may block.
///
/// Files are opened below the output directory, one path segment at a time and never through a symbolic link.
///
/// # Errors
/// [`OutcomeError`] if one of the outputs is not acceptable. All outputs are rejected then.
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
