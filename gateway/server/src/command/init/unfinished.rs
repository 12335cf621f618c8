//! What an `init` that does not become complete leaves: nothing.

use std::path::{Path, PathBuf};

use crate::configuration::Configuration;

/// What `init` makes. If the installation does not become complete, everything that did not exist before is removed again, so that a second try begins
/// like the first one. The draft of the configuration is always removed.
pub(super) struct Unfinished {
    draft: PathBuf,
    /// The first new folder of each path that `init` makes.
    folders: Vec<PathBuf>,
    /// An empty folder of objects that existed before. It stays, and becomes empty again.
    emptied: Option<PathBuf>,
    key: PathBuf,
    /// The file of the database; its journal and locks begin with the same name.
    database: Option<PathBuf>,
    pub(super) is_complete: bool,
}

impl Unfinished {
    pub(super) fn of(configuration: &Configuration, draft: &Path) -> Self {
        let key = configuration.capabilities.key_file.clone();
        let database = configuration.database.url.strip_prefix("sqlite:").map(PathBuf::from);
        let objects = configuration.objects.url.strip_prefix("file://").map(PathBuf::from);
        let parents = [key.parent(), database.as_deref().and_then(Path::parent)].map(|folder| folder.map(Path::to_owned));
        let made = parents
            .into_iter()
            .chain([objects.clone(), configuration.audit.checkpoint_dir.clone()])
            .flatten();
        let first_new = |path: PathBuf| path.ancestors().take_while(|folder| !folder.exists()).last().map(Path::to_owned);
        Self {
            draft: draft.to_owned(),
            folders: made.filter_map(first_new).collect(),
            emptied: objects.filter(|folder| folder.is_dir()),
            key,
            database,
            is_complete: false,
        }
    }

    fn remove(&self) {
        let _ = std::fs::remove_file(&self.key);
        if let Some(file) = &self.database
            && let (Some(folder), Some(name)) = (file.parent(), file.file_name())
        {
            remove_entries(folder, |entry| entry.as_encoded_bytes().starts_with(name.as_encoded_bytes()));
        }
        if let Some(folder) = &self.emptied {
            remove_entries(folder, |_| true);
        }
        for folder in &self.folders {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.draft);
        if !self.is_complete {
            self.remove();
        }
    }
}

/// Removes those entries of a folder whose name is meant.
fn remove_entries(folder: &Path, is_meant: impl Fn(&std::ffi::OsStr) -> bool) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_meant(&entry.file_name())) {
        let path = entry.path();
        let _ = if path.is_dir() {
            std::fs::remove_dir_all(path)
        } else {
            std::fs::remove_file(path)
        };
    }
}
