//! Stores bytes and files under new keys.

use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use gemj_model::Entropy;
use object_store::{ObjectStoreExt as _, PutPayload, WriteMultipart};
use sha2::{Digest as _, Sha256};

use super::backend::{Backend, check_key, private_folder};
use super::list::HALF;
use super::{Stored, blocking};
use crate::error::ObjectError;
use crate::input_file::open_regular;

/// The number of bytes that are read from the file and stored in one step.
const STEP_BYTES: usize = 4 * 1024 * 1024;

/// The size of one part of an S3 multipart upload. With the maximum of 10,000 parts, a file can have 156 GiB. This is more than a 60x CRAM
/// file, or a joint VCF file of the programme for one contig.
const PART_BYTES: usize = 16 * 1024 * 1024;

/// The action of an error while a file is read.
const READING: &str = "reading the file";

/// The maximum number of parts of an upload that are sent at the same time.
const PARTS_UNDER_WAY: usize = 4;

/// Makes a random key that begins with `prefix` and that no other object has.
pub(super) fn fresh_key(entropy: &dyn Entropy, prefix: &str) -> Result<String, ObjectError> {
    let name = entropy.id();
    let key = format!("{prefix}/{}/{name}", &name[..2]);
    check_key(&key)?;
    Ok(key)
}

/// A file being written. The file appears under its key only when it is complete, and a partial file is removed.
struct LocalUpload {
    file: Option<File>,
    temporary: PathBuf,
    path: PathBuf,
}

impl LocalUpload {
    fn begin(root: &Path, key: &str) -> Result<Self, ObjectError> {
        let path = Backend::local_path(root, key)?;
        let failed = ObjectError::io("writing a stored file");
        let folder = path.parent().ok_or(ObjectError::BadKey)?;
        private_folder(folder).map_err(&failed)?;
        let temporary = path.with_extension(&HALF[1..]);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&temporary).map_err(&failed)?;
        Ok(Self {
            file: Some(file),
            temporary,
            path,
        })
    }

    fn finish(self) -> io::Result<()> {
        self.finish_with(|folder| File::open(folder)?.sync_all())
    }

    /// Gives the file its name, and syncs its folders with `sync_folder`. After an error, no file of this upload is left.
    fn finish_with(mut self, sync_folder: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.sync_all()?;
        }
        std::fs::rename(&self.temporary, &self.path)?;
        // The new name survives a crash only after the folder is synced.
        let folders = self.path.ancestors().skip(1).take(2);
        for folder in folders {
            sync_folder(folder).inspect_err(|_| {
                // No record will name the key, so the file would be an orphan. The error of the sync is returned, not an error of the removal.
                let _ = std::fs::remove_file(&self.path);
            })?;
        }
        Ok(())
    }
}

impl Drop for LocalUpload {
    fn drop(&mut self) {
        // After the rename, the temporary name no longer exists, and this call does nothing.
        let _ = std::fs::remove_file(&self.temporary);
    }
}

enum Upload {
    Local(Arc<std::sync::Mutex<Option<LocalUpload>>>),
    Remote(WriteMultipart),
}

/// Stores bytes under a key and returns their size and checksum.
pub(super) async fn put_bytes(backend: &Arc<Backend>, key: String, bytes: Bytes) -> Result<Stored, ObjectError> {
    let mut hash = Sha256::new();
    hash.update(&bytes);
    let stored = Stored {
        key: key.clone(),
        size_bytes: bytes.len() as u64,
        sha256: hex::encode(hash.finalize()),
    };
    match backend.as_ref() {
        Backend::Local { root } => {
            let root = root.clone();
            blocking(move || {
                let failed = ObjectError::io("writing a stored file");
                let mut upload = LocalUpload::begin(&root, &key)?;
                if let Some(file) = &mut upload.file {
                    file.write_all(&bytes).map_err(&failed)?;
                }
                upload.finish().map_err(&failed)
            })
            .await?;
        }
        Backend::Remote { store, prefix } => {
            store.put(&Backend::remote_path(prefix, &key)?, PutPayload::from(bytes)).await?;
        }
    }
    Ok(stored)
}

/// The properties of a file that show a change: size, modification time, and inode number.
fn state(metadata: &Metadata) -> io::Result<(u64, std::time::SystemTime, u64)> {
    #[cfg(unix)]
    let identity = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let identity = 0;
    Ok((metadata.len(), metadata.modified()?, identity))
}

/// Stores the file at `path` under a key. The function fails if the file changes while it is read.
pub(super) async fn put_file(
    backend: &Arc<Backend>,
    key: String,
    path: &Path,
    progress: impl Fn(u64) + Send,
) -> Result<Stored, ObjectError> {
    let path = path.to_owned();
    let (file, path) = blocking(move || Ok((open_regular(&path).map_err(ObjectError::io(READING))?, path))).await?;
    put_open_file(backend, key, file, Some(path), progress).await
}

/// Stores an open file under a key. The function fails if the file changes while it is read, or if `path` then names another file.
pub(super) async fn put_open_file(
    backend: &Arc<Backend>,
    key: String,
    mut file: File,
    path: Option<PathBuf>,
    progress: impl Fn(u64) + Send,
) -> Result<Stored, ObjectError> {
    let (opened, before) = blocking(move || {
        let before = file.metadata().and_then(|m| state(&m)).map_err(ObjectError::io(READING))?;
        Ok((file, before))
    })
    .await?;
    file = opened;
    let mut upload = match backend.as_ref() {
        Backend::Local { root } => {
            let (root, key) = (root.clone(), key.clone());
            let upload = blocking(move || LocalUpload::begin(&root, &key)).await?;
            Upload::Local(Arc::new(std::sync::Mutex::new(Some(upload))))
        }
        Backend::Remote { store, prefix } => {
            let multipart = store.put_multipart(&Backend::remote_path(prefix, &key)?).await?;
            Upload::Remote(WriteMultipart::new_with_chunk_size(multipart, PART_BYTES))
        }
    };
    let mut size_bytes = 0;
    let outcome: Result<String, ObjectError> = async {
        let mut hash = Sha256::new();
        loop {
            let local = match &upload {
                Upload::Local(local) => Some(Arc::clone(local)),
                Upload::Remote(_) => None,
            };
            let (file_back, hash_back, step) = blocking(move || {
                let mut step = Vec::new();
                (&mut file)
                    .take(STEP_BYTES as u64)
                    .read_to_end(&mut step)
                    .map_err(ObjectError::io(READING))?;
                hash.update(&step);
                if let Some(local) = local {
                    let mut local = local.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if let Some(file) = local.as_mut().and_then(|l| l.file.as_mut()) {
                        file.write_all(&step).map_err(ObjectError::io("writing a stored file"))?;
                    }
                }
                Ok((file, hash, step))
            })
            .await?;
            (file, hash) = (file_back, hash_back);
            if step.is_empty() {
                break;
            }
            size_bytes += step.len() as u64;
            // Reading stops when the file has become longer. A file that another process still extends might never end.
            if size_bytes > before.0 {
                return Err(ObjectError::ChangedWhileRead);
            }
            if let Upload::Remote(multipart) = &mut upload {
                multipart.wait_for_capacity(PARTS_UNDER_WAY).await?;
                multipart.put(Bytes::from(step));
            }
            progress(size_bytes);
        }
        let after = blocking(move || {
            let of = |metadata: io::Result<Metadata>| metadata.and_then(|m| state(&m)).map_err(ObjectError::io(READING));
            let opened = of(file.metadata())?;
            Ok((opened, path.map_or(Ok(opened), |path| of(std::fs::metadata(path)))?))
        })
        .await?;
        if after != (before, before) || size_bytes != before.0 {
            return Err(ObjectError::ChangedWhileRead);
        }
        Ok(hex::encode(hash.finalize()))
    }
    .await;
    let sha256 = match (upload, outcome) {
        (Upload::Local(local), Ok(sha256)) => {
            blocking(move || {
                let upload = local.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
                upload.map_or(Err(ObjectError::Stopped), |upload| {
                    upload.finish().map_err(ObjectError::io("writing a stored file"))
                })
            })
            .await?;
            sha256
        }
        (Upload::Remote(multipart), Ok(sha256)) => {
            multipart.finish().await?;
            sha256
        }
        (Upload::Local(_), Err(error)) => return Err(error),
        (Upload::Remote(multipart), Err(error)) => {
            // The error that stopped the upload is returned, not an error of the abort.
            let _ = multipart.abort().await;
            return Err(error);
        }
    };
    Ok(Stored { key, size_bytes, sha256 })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn if_a_folder_cannot_be_synced_the_upload_fails_and_leaves_no_file() {
        let root = tempfile::tempdir().unwrap();
        let files_in = |folder: &Path| std::fs::read_dir(folder).unwrap().count();
        for failing in 0..2 {
            let synced = std::cell::Cell::new(0);
            let upload = LocalUpload::begin(root.path(), "objects/ab/abcd").unwrap();
            let outcome = upload.finish_with(|_| match synced.replace(synced.get() + 1) {
                now if now == failing => Err(io::ErrorKind::StorageFull.into()),
                _ => Ok(()),
            });
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::StorageFull);
            assert_eq!(files_in(&root.path().join("objects/ab")), 0, "failure of sync {failing}");
        }
        LocalUpload::begin(root.path(), "objects/ab/abcd").unwrap().finish().unwrap();
        assert_eq!(files_in(&root.path().join("objects/ab")), 1);
    }
}
