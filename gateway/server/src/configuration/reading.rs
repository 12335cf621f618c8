//! Reading of a configuration file: all faults with their lines, not only the first.
//!
//! The TOML reader stops at the first value that it cannot use. To find the next faults too, the entry with the fault is replaced in a copy of the
//! text, and the copy is read again: a wrong key is blanked, a missing key of a required section gets its default, and an entry of a list that
//! cannot be completed is blanked. The copy is only used to find faults, never as a configuration.

mod mend;
mod places;

use std::path::{Path, PathBuf};

use super::{Configuration, ConfigurationError, Fault, rules};
use mend::Draft;
use places::Places;

/// The result of reading a configuration file.
pub(crate) struct Examined {
    /// The configuration, with absolute paths. Absent if the file has a fault.
    pub(crate) configuration: Option<Configuration>,
    /// All faults, by line.
    pub(crate) faults: Vec<Fault>,
    /// The places of keys in the file, for faults that other code finds.
    places: Places,
}

impl Examined {
    /// Gives each fault the line of its place, and returns the faults by line.
    pub(crate) fn with_lines(&self, mut faults: Vec<Fault>) -> Vec<Fault> {
        for fault in &mut faults {
            fault.line = fault.line.or_else(|| self.places.line(&fault.place));
        }
        faults.sort_by_key(|fault| fault.line.unwrap_or(0));
        faults
    }

    /// The configuration, or the error with all faults of the file at `path`.
    fn usable(self, path: &Path) -> Result<Configuration, ConfigurationError> {
        self.configuration.ok_or_else(|| ConfigurationError::Faulty {
            path: path.to_owned(),
            faults: self.faults,
        })
    }
}

/// The absolute folder of a configuration file.
fn folder_of(path: &Path) -> Result<PathBuf, ConfigurationError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::path::absolute(folder.unwrap_or(Path::new("."))).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> ConfigurationError {
    ConfigurationError::Unreadable {
        path: path.to_owned(),
        kind: error.kind(),
    }
}

impl Configuration {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// The file cannot be read, or it has faults. The error names all faults with their lines.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationError> {
        Self::examine(path)?.usable(path)
    }

    /// Reads and checks the text of a configuration file that is, or will be, at a path.
    ///
    /// # Errors
    /// The text has faults. The error names all faults with their lines.
    pub(crate) fn parse(text: &str, path: &Path) -> Result<Self, ConfigurationError> {
        Self::examine_text(text, &folder_of(path)?).usable(path)
    }

    /// Reads a configuration file and finds all of its faults.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn examine(path: &Path) -> Result<Examined, ConfigurationError> {
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        Ok(Self::examine_text(&text, &folder_of(path)?))
    }

    /// Finds all faults of a configuration's text. Relative paths are relative to `folder`.
    pub(crate) fn examine_text(text: &str, folder: &Path) -> Examined {
        let mut draft = Draft::new(text);
        let parsed = draft.complete();
        let mut examined = Examined {
            configuration: None,
            faults: Vec::new(),
            places: draft.places(),
        };
        let mut faults = draft.take_faults();
        if let Some(mut configuration) = parsed {
            configuration.resolve_paths(folder);
            let broken = rules::broken(&configuration);
            faults.extend(broken.into_iter().filter(|fault| !draft.explains(fault)));
            if faults.is_empty() {
                examined.configuration = Some(configuration);
            }
        }
        examined.faults = examined.with_lines(faults);
        examined
    }
}
