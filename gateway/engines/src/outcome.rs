//! What a run made, as its engine says and as we find it.

mod below;
mod walk;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde_json::Value;

use crate::RunDirectory;

/// The most bytes of cwltool's output object.
const MAX_OBJECT_BYTES: u64 = 16 << 20;

/// What is accepted of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeLimits {
    /// Outputs, values included.
    pub max_outputs: usize,
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// Bytes of all files.
    pub max_total_bytes: u64,
}

/// All outputs of a run, in the order of the engine's output object.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The outputs. Values are outputs too: whatever reviews files must review them.
    pub outputs: Vec<Output>,
}

/// One output.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The place in the output object: the output's name, then for arrays the index, for records the field, for secondary files
    /// `secondaryFiles` and the index, for files of a directory their path in it; joined by `/`. Unique within the outcome.
    pub name: String,
    /// What it is.
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

/// One file, as it is on disk; nothing of this is the engine's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Relative to [`RunDirectory::outputs`].
    pub path: PathBuf,
    /// Its size.
    pub size_bytes: u64,
    /// Its SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

/// Why a run's outputs are refused, all of them. Names are the workflow's and may be shown to the run's owner.
#[derive(Debug, thiserror::Error)]
pub enum OutcomeError {
    /// There is no output object, or it is no JSON object.
    #[error("the engine left no readable output object")]
    Malformed,
    /// The output object is too large.
    #[error("the engine's output object is larger than {limit} bytes")]
    ObjectTooLarge {
        /// The most bytes it may have.
        limit: u64,
    },
    /// There are too many outputs.
    #[error("the run has more than {limit} outputs")]
    TooMany {
        /// The most there may be.
        limit: usize,
    },
    /// A file, or all together, have too many bytes.
    #[error("the outputs are larger than {limit} bytes")]
    TooLarge {
        /// The most bytes.
        limit: u64,
    },
    /// A file is said to be outside the output directory.
    #[error("output `{name}` is outside the output directory")]
    Outside {
        /// Which output.
        name: String,
    },
    /// A file is, or is behind, a symbolic link; or it is no regular file; or it is not there.
    #[error("output `{name}` is not a regular file")]
    NotRegular {
        /// Which output.
        name: String,
    },
    /// Two outputs have the same name.
    #[error("output `{name}` is there twice")]
    Repeated {
        /// Which output.
        name: String,
    },
    /// A file cannot be read, which says nothing of the run.
    #[error("an output cannot be read")]
    Read(#[source] io::Error),
}

/// The outputs of the run in `directory`, once it is over: reads and digests every file, so call it where blocking is allowed.
///
/// Files are opened below the output directory one segment at a time and never through a symbolic link.
///
/// # Errors
/// [`OutcomeError`] if one of them is not acceptable; then none is.
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
