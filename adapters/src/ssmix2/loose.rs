//! A folder of HL7 files that is no storage: each file is one message.

use std::path::{Path, PathBuf};

use super::MAX_ENTRIES;
use super::transaction;
use crate::unit::Met;

/// The parts of a file's name in a storage.
const NAME_PARTS: usize = 7;

/// The files of a folder of messages.
pub(crate) struct Loose {
    /// The messages, in the order of the names.
    pub(crate) files: Vec<PathBuf>,
    /// The number of hidden files, which are not read.
    pub(crate) hidden: u64,
}

impl Loose {
    /// What is reported for the hidden files.
    pub(crate) fn left(&self) -> impl Iterator<Item = Met> + use<> {
        (0..self.hidden).map(|_| Met::Ignored("file:hidden".to_owned()))
    }
}

/// The files of a folder that contains only files. `None` for a storage, and for a folder of a storage: its file names state
/// which message is current, so these files must not be read as single messages.
pub(crate) fn loose_messages(root: &Path) -> Option<Loose> {
    if !std::fs::metadata(root).ok()?.is_dir() || transaction::transaction_files(root).is_some() {
        return None;
    }
    let (mut files, mut hidden) = (Vec::new(), 0);
    for entry in std::fs::read_dir(root).ok()? {
        let entry = entry.ok()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            hidden += 1;
            continue;
        }
        let is_of_storage = name.split('_').count() >= NAME_PARTS;
        if !entry.file_type().ok()?.is_file() || is_of_storage || files.len() == MAX_ENTRIES {
            return None;
        }
        files.push(entry.path());
    }
    files.sort();
    (!files.is_empty()).then_some(Loose { files, hidden })
}
