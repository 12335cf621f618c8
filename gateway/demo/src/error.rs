//! What can go wrong while the demo is made.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the demo could not be made or a token not be minted.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A file could not be written or read.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A plan could not be put into a file format: a fault of this crate.
    #[error("the plan does not fit the file format")]
    Encoding(#[source] io::Error),
    /// A JSON text could not be made: a fault of this crate.
    #[error("a JSON text could not be made")]
    Json(#[from] serde_json::Error),
    /// The plan holds a text that is no identifier, time or clause: a fault of this crate.
    #[error("the plan has a malformed {what}")]
    Plan {
        /// What is malformed.
        what: &'static str,
    },
    /// The system gave no randomness or made no key.
    #[error("no key could be made")]
    KeyGeneration,
    /// A key file of the broker is there but cannot be used.
    #[error("{path}: is not a usable private key")]
    KeyFile {
        /// Which file.
        path: PathBuf,
    },
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// No demo has been made in this folder.
    #[error("{path}: no demo broker here; run `demo` with this folder first")]
    NoBroker {
        /// The folder.
        path: PathBuf,
    },
}

impl DemoError {
    /// Names the file in a failure of the system.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
