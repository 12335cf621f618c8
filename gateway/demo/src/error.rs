//! The errors of making the demo.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The reasons why the demo could not be made or a token could not be minted.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A file could not be written or read.
    #[error("{path}: {source}")]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The plan does not fit a file format, which is a fault of this crate.
    #[error("the plan does not fit the file format")]
    Encoding(#[source] io::Error),
    /// A JSON text could not be made, which is a fault of this crate.
    #[error("a JSON text could not be made")]
    Json(#[from] serde_json::Error),
    /// A text of the programme's plan is not a valid identifier, time or clause, which is a fault of this crate.
    #[error("the plan has a malformed {what}")]
    Plan {
        /// The kind of the invalid text.
        what: &'static str,
    },
    /// The system provided no random numbers, or a key could not be made.
    #[error("no key could be made")]
    KeyGeneration,
    /// A private key file exists but cannot be used.
    #[error("{path}: does not contain a usable private key")]
    KeyFile {
        /// The path of the file.
        path: PathBuf,
    },
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Signing(#[source] jsonwebtoken::errors::Error),
    /// The folder contains no demo.
    #[error("{path}: this folder has no demo broker; run `demo` with this folder first")]
    NoBroker {
        /// The path of the folder.
        path: PathBuf,
    },
}

impl DemoError {
    /// Makes a constructor that adds the path to an error of the operating system.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }
}
