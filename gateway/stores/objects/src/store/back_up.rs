//! Copies stored bytes to a back-up and from a back-up, under unchanged keys.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use futures::{StreamExt as _, TryStreamExt as _};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use object_store::path::Path as RemotePath;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};

use super::backend::{Backend, check_key, private_folder};
use super::list::HALF;
use super::put::put_open_file;
use super::{ObjectStore, Stored, blocking, require};
use crate::error::ObjectError;

/// The number of bytes of a local file that are copied in one step.
const STEP_BYTES: usize = 4 * 1024 * 1024;

impl ObjectStore {
    /// Whether the folder or bucket contains anything under the store's prefix (job `BackUp`).
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], or an error of the disk or the S3 service.
    pub async fn is_empty(&self, upkeep: Upkeep) -> Result<bool, ObjectError> {
        require_back_up(upkeep)?;
        match self.backend.as_ref() {
            Backend::Local { root } => {
                let root = root.clone();
                blocking(move || {
                    let mut entries = std::fs::read_dir(root).map_err(ObjectError::io("reading the object store's folder"))?;
                    Ok(entries.next().is_none())
                })
                .await
            }
            Backend::Remote { store, prefix } => {
                let prefix = (!prefix.is_empty()).then(|| RemotePath::from(prefix.as_str()));
                let first = store.list(prefix.as_ref()).next().await.transpose()?;
                Ok(first.is_none())
            }
        }
    }

    /// Copies the bytes of a key to a new file (jobs `BackUp`, `BuildSegments`), and returns their size and checksum. The file is synced.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], [`ObjectError::BadKey`], or an error of the disk or the S3 service. An absent key is an error.
    pub async fn copy_out(&self, upkeep: Upkeep, key: &str, to: &Path) -> Result<Stored, ObjectError> {
        if upkeep.job() != Job::BuildSegments {
            require_back_up(upkeep)?;
        }
        check_key(key)?;
        let writing = ObjectError::io("writing the back-up");
        if let Some(folder) = to.parent() {
            private_folder(folder).map_err(&writing)?;
        }
        let mut options = std::fs::File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(to).map_err(&writing)?;
        let (mut hash, mut size_bytes) = (Sha256::new(), 0);
        match self.backend.as_ref() {
            Backend::Local { root } => {
                let from = Backend::local_path(root, key)?;
                (hash, size_bytes) = blocking(move || {
                    let (mut hash, mut size_bytes) = (Sha256::new(), 0);
                    let reading = ObjectError::io("reading a stored file");
                    let mut source = std::fs::File::open(from).map_err(&reading)?;
                    let mut step = vec![0; STEP_BYTES];
                    loop {
                        let count = std::io::Read::read(&mut source, &mut step).map_err(&reading)?;
                        if count == 0 {
                            break;
                        }
                        hash.update(&step[..count]);
                        file.write_all(&step[..count]).map_err(ObjectError::io("writing the back-up"))?;
                        size_bytes += count as u64;
                    }
                    file.sync_all().map_err(ObjectError::io("writing the back-up"))?;
                    Ok((hash, size_bytes))
                })
                .await?;
            }
            Backend::Remote { store, prefix } => {
                let mut stream = store.get(&Backend::remote_path(prefix, key)?).await?.into_stream();
                while let Some(step) = stream.try_next().await? {
                    hash.update(&step);
                    file.write_all(&step).map_err(&writing)?;
                    size_bytes += step.len() as u64;
                }
                file.sync_all().map_err(&writing)?;
            }
        }
        Ok(Stored {
            key: key.to_owned(),
            size_bytes,
            sha256: hex::encode(hash.finalize()),
        })
    }

    /// The size and the checksum of the bytes under a key (job `BackUp`). Absent if the key has no bytes. A restore that is continued does not copy
    /// complete files again.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], [`ObjectError::BadKey`], or an error of the disk or the S3 service.
    pub async fn content(&self, upkeep: Upkeep, key: &str) -> Result<Option<Stored>, ObjectError> {
        require_back_up(upkeep)?;
        check_key(key)?;
        let (mut hash, mut size_bytes) = (Sha256::new(), 0);
        match self.backend.as_ref() {
            Backend::Local { root } => {
                let path = Backend::local_path(root, key)?;
                let read = blocking(move || {
                    let reading = ObjectError::io("reading a stored file");
                    let mut source = match std::fs::File::open(path) {
                        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                        source => source.map_err(&reading)?,
                    };
                    let (mut hash, mut size_bytes) = (Sha256::new(), 0);
                    let mut step = vec![0; STEP_BYTES];
                    loop {
                        let count = std::io::Read::read(&mut source, &mut step).map_err(&reading)?;
                        if count == 0 {
                            return Ok(Some((hash, size_bytes)));
                        }
                        hash.update(&step[..count]);
                        size_bytes += count as u64;
                    }
                });
                match read.await? {
                    None => return Ok(None),
                    Some(read) => (hash, size_bytes) = read,
                }
            }
            Backend::Remote { store, prefix } => {
                let mut stream = match store.get(&Backend::remote_path(prefix, key)?).await {
                    Err(object_store::Error::NotFound { .. }) => return Ok(None),
                    found => found?.into_stream(),
                };
                while let Some(step) = stream.try_next().await? {
                    hash.update(&step);
                    size_bytes += step.len() as u64;
                }
            }
        }
        Ok(Some(Stored {
            key: key.to_owned(),
            size_bytes,
            sha256: hex::encode(hash.finalize()),
        }))
    }

    /// Stores an open file of a back-up under its earlier key (action `Restore`), and returns its size and checksum. The partial file of an interrupted
    /// restore is replaced; the caller allows only one restore at a time.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], [`ObjectError::BadKey`], or an error of the disk or the S3 service.
    pub async fn copy_in(&self, mandate: &Mandate, key: &str, from: File) -> Result<Stored, ObjectError> {
        require(mandate, &[WriteAction::Restore])?;
        check_key(key)?;
        if let Backend::Local { root } = self.backend.as_ref() {
            let half = Backend::local_path(root, key)?.with_extension(&HALF[1..]);
            let _ = std::fs::remove_file(half);
        }
        put_open_file(&self.backend, key.to_owned(), from, None, |_| {}).await
    }
}

fn require_back_up(upkeep: Upkeep) -> Result<(), ObjectError> {
    if upkeep.job() == Job::BackUp {
        Ok(())
    } else {
        Err(ObjectError::WrongKey)
    }
}
