//! The reasons why a back-up cannot be made, read or restored.

use std::path::{Path, PathBuf};

use gemj_catalogue::CatalogueError;
use gemj_objects::ObjectError;

/// The reason why a back-up cannot be made, read or restored. Each text names the file.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// A file or folder cannot be read or written.
    #[error("{path}: {kind}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// The kind of error.
        kind: std::io::ErrorKind,
    },
    /// The target folder of a back-up is not empty.
    #[error("{0}: exists already and is not empty; name a new folder")]
    NotEmpty(PathBuf),
    /// The restore of another back-up was interrupted here.
    #[error(
        "{0}: the restore of another back-up was interrupted here. Restore the same back-up again, which continues it, or restore to a new folder"
    )]
    OtherRestore(PathBuf),
    /// Another process restores here.
    #[error("{0}: another process restores a back-up here; wait for its end")]
    RestoreRuns(PathBuf),
    /// The folder has no manifest.
    #[error(
        "{0}: is not a complete back-up: it has no manifest.json. An interrupted `backup` leaves such a folder; make the back-up again"
    )]
    NoManifest(PathBuf),
    /// The manifest cannot be read, or has another format.
    #[error("{0}: is not a manifest that this version can read")]
    Manifest(PathBuf),
    /// The manifest was not made with the key in the back-up.
    #[error("{0}: was changed after the back-up, or belongs to another back-up: its authentication code is wrong")]
    ManifestCode(PathBuf),
    /// A file of the manifest is absent.
    #[error("{0}: is missing in the back-up")]
    Missing(PathBuf),
    /// A file is not in the manifest.
    #[error("{0}: is in the back-up's folder, but not in its manifest")]
    Added(PathBuf),
    /// An entry of a folder is neither a regular file nor a folder.
    #[error(
        "{0}: is a symbolic link or a special file and was not read. A back-up has only folders and regular files. Remove it, and copy the back-up again \
         from its source"
    )]
    NotRegular(PathBuf),
    /// A file has more bytes than a file of its kind can have, or grows while it is read.
    #[error("{path}: has more than {most_bytes} bytes, so it is not the file of a back-up. Copy the back-up again from its source")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        most_bytes: u64,
    },
    /// A file has another size or checksum than the manifest states.
    #[error("{0}: is damaged: its size or SHA-256 differs from the manifest")]
    Damaged(PathBuf),
    /// Stored bytes have another size or checksum than the database states.
    #[error("the stored file {key} is damaged: its size or SHA-256 differs from the database")]
    DamagedObject {
        /// The storage key.
        key: String,
    },
    /// Stored bytes of the database are absent.
    #[error(
        "the stored file {key} cannot be copied ({error}). If it was erased while the back-up ran, make the back-up again into a new folder"
    )]
    Object {
        /// The storage key.
        key: String,
        /// The error of the object store.
        error: ObjectError,
    },
    /// The key archive cannot be opened.
    #[error("{0}: {1}")]
    Keys(PathBuf, super::key_archive::ArchiveFault),
    /// The catalogue failed.
    #[error("the database: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed.
    #[error("the object store: {0}")]
    Objects(#[from] ObjectError),
    /// A thread stopped.
    #[error("a thread of the back-up stopped")]
    Stopped,
}

impl BackupFault {
    /// Makes a function that turns an I/O error about a file into a fault.
    pub(super) fn of(path: &Path) -> impl Fn(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |error| Self::File {
            path: path.clone(),
            kind: error.kind(),
        }
    }
}
