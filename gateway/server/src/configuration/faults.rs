//! The faults of a configuration file, each with its line.

use std::fmt;
use std::path::PathBuf;

/// One fault of a configuration: the place (a path of keys such as `datasets[2].data_use`, counted from 0), and a text that names the cause and
/// the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The path of keys. Empty for a fault of the file's syntax.
    pub(crate) place: String,
    pub(crate) what: String,
    /// The line in the file, from 1. Absent until [`super::reading`] has looked for the place.
    pub(crate) line: Option<usize>,
}

impl Fault {
    /// A fault at a place. The text begins with the name of the key, so that a reader needs no line number to find it.
    pub(crate) fn at(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
            line: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// The reason why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    #[error("{path}: cannot be read: {kind}{}", remedy(*kind))]
    Unreadable { path: PathBuf, kind: std::io::ErrorKind },
    #[error("{}", lines(path, faults))]
    Faulty { path: PathBuf, faults: Vec<Fault> },
}

fn remedy(kind: std::io::ErrorKind) -> &'static str {
    match kind {
        std::io::ErrorKind::NotFound => "; `gemj-gateway init` makes a configuration, and `--config FILE` names another file",
        std::io::ErrorKind::PermissionDenied => "; run the command as the gateway's user",
        _ => "",
    }
}

fn lines(path: &std::path::Path, faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("{}: {fault}", path.display())).collect();
    lines.join("\n")
}
