//! Lists stored files by the first word of their keys.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use futures::TryStreamExt as _;
use gemj_model::Timestamp;
use object_store::ObjectStore as _;

use super::backend::{Backend, check_key};
use super::blocking;
use crate::error::ObjectError;

/// A stored blob, as found in the folder or bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedBlob {
    /// The storage key of the blob.
    pub key: String,
    /// The size of the blob in bytes.
    pub size_bytes: u64,
    /// The time when the blob was last written.
    pub written: Timestamp,
}

/// The first words of storage keys: for stored files, and for their index files.
pub(super) const FILES: &str = "objects";
const INDEXES: &str = "index";

/// The suffix of a local file's name while the file is being written.
pub(super) const HALF: &str = ".partial";

const LISTING: &str = "listing stored files";

/// Lists the blobs whose keys begin with the word `name`, in no particular order. Blobs that are still being written are not listed.
pub(super) async fn list(backend: &Arc<Backend>, name: &str) -> Result<Vec<ListedBlob>, ObjectError> {
    check_key(name)?;
    match backend.as_ref() {
        Backend::Local { root } => {
            let (root, name) = (root.clone(), name.to_owned());
            blocking(move || {
                let mut found = Vec::new();
                walk(&root.join(&name), &name, &mut found)?;
                Ok(found)
            })
            .await
        }
        Backend::Remote { store, prefix } => {
            let folder = Backend::remote_path(prefix, name)?;
            let before = if prefix.is_empty() { 0 } else { prefix.len() + 1 };
            let listed: Vec<_> = store.list(Some(&folder)).try_collect().await?;
            let blob = |meta: object_store::ObjectMeta| {
                let key = meta.location.as_ref().get(before..)?.to_owned();
                Some(ListedBlob {
                    key,
                    size_bytes: meta.size,
                    written: Timestamp(meta.last_modified.timestamp_micros()),
                })
            };
            Ok(listed.into_iter().filter_map(blob).collect())
        }
    }
}

/// Lists every stored file and index file, and the partial files that loads left in a local folder, in no particular order.
pub(super) async fn list_files(backend: &Arc<Backend>) -> Result<Vec<ListedBlob>, ObjectError> {
    let mut found = list(backend, FILES).await?;
    found.extend(list(backend, INDEXES).await?);
    if let Backend::Local { root } = backend.as_ref() {
        let root = root.clone();
        let halves = blocking(move || {
            let mut found = Vec::new();
            for folder in words_in(&root)? {
                for inner in words_in(&root.join(&folder))? {
                    half_written(&root, &format!("{folder}/{inner}"), &mut found)?;
                }
            }
            Ok(found)
        });
        found.extend(halves.await?);
    }
    Ok(found)
}

/// The names of entries in a folder that are valid words of a storage key.
fn words_in(folder: &Path) -> Result<Vec<String>, ObjectError> {
    let failed = ObjectError::io(LISTING);
    let mut words = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(words),
        entries => entries.map_err(&failed)?,
    };
    for entry in entries {
        let name = entry.map_err(&failed)?.file_name();
        words.extend(name.to_str().filter(|name| check_key(name).is_ok()).map(str::to_owned));
    }
    Ok(words)
}

/// Adds the partial files in one folder to `found`. `folder` is relative to the root.
fn half_written(root: &Path, folder: &str, found: &mut Vec<ListedBlob>) -> Result<(), ObjectError> {
    let failed = ObjectError::io(LISTING);
    let entries = match std::fs::read_dir(root.join(folder)) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(()),
        entries => entries.map_err(&failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(&failed)?;
        let name = entry.file_name().to_str().map(str::to_owned);
        let Some(name) = name.filter(|name| name.strip_suffix(HALF).is_some_and(|word| check_key(word).is_ok())) else {
            continue;
        };
        let metadata = match entry.metadata() {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            metadata => metadata.map_err(&failed)?,
        };
        if metadata.is_file() {
            found.push(blob(format!("{folder}/{name}"), &metadata).map_err(&failed)?);
        }
    }
    Ok(())
}

fn blob(key: String, metadata: &Metadata) -> std::io::Result<ListedBlob> {
    let written = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(ListedBlob {
        key,
        size_bytes: metadata.len(),
        written: Timestamp(i64::try_from(written.as_micros()).unwrap_or(i64::MAX)),
    })
}

fn walk(folder: &Path, key: &str, found: &mut Vec<ListedBlob>) -> Result<(), ObjectError> {
    let failed = ObjectError::io(LISTING);
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(&failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(&failed)?;
        // A name that is not a word of a key is skipped, for example the name of a partial file.
        let Some(name) = entry.file_name().to_str().map(str::to_owned).filter(|name| check_key(name).is_ok()) else {
            continue;
        };
        let key = format!("{key}/{name}");
        let metadata = match entry.metadata() {
            // The file was removed after the folder was listed.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            metadata => metadata.map_err(&failed)?,
        };
        if metadata.is_dir() {
            walk(&entry.path(), &key, found)?;
        } else if metadata.is_file() {
            found.push(blob(key, &metadata).map_err(&failed)?);
        }
    }
    Ok(())
}
