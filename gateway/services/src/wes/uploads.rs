//! The bodies of run submissions while they arrive. The bodies are on disk, with limits for each caller and for all callers together.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::submission::LIMITS;

/// The folder of incoming bodies, below the folder of all runs. The id of a run is never equal to this name.
const FOLDER: &str = ".uploads";

/// The largest body in bytes: all parts of a submission, and the headers of the parts.
pub const MAX_BODY_BYTES: u64 = LIMITS.total_bytes as u64 + (256 << 10);

/// The maximum number of bytes of all bodies on disk at one time.
const MAX_BYTES_OF_ALL: u64 = 256 << 20;

/// The maximum number of bodies that are on their way or being parsed at one time.
const MAX_UPLOADS: usize = 64;

/// The maximum number of bodies of one caller that are on their way or being parsed at one time.
const MAX_UPLOADS_OF_ONE: usize = 4;

/// The maximum number of bodies that are parsed at one time. Each body is parsed in memory.
const MAX_READERS: usize = 2;

/// The maximum time that a body waits to be parsed.
const READER_WAIT: Duration = Duration::from_secs(20);

/// Why the body of a submission is refused.
#[derive(Debug, thiserror::Error)]
pub enum UploadFault {
    /// The body is larger than [`MAX_BODY_BYTES`].
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// This caller, or all callers together, have reached a limit of uploads; or the body waited too long to be parsed.
    #[error("too many submissions are on their way; try again later")]
    Busy,
    /// The body cannot be written or read.
    #[error("the body cannot be stored")]
    Disk(#[from] io::Error),
}

/// The incoming bodies of all callers. Clones of this value share the same counts and limits.
#[derive(Clone, Debug)]
pub struct Uploads(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    account: Mutex<Account>,
    readers: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Account {
    bytes: u64,
    uploads: usize,
    of_one: HashMap<String, usize>,
}

impl Uploads {
    /// Creates an empty folder for incoming bodies below `runs`. Files that an earlier process left in the folder are removed.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub(super) fn open(runs: &Path) -> io::Result<Self> {
        let folder = runs.join(FOLDER);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        Ok(Self(Arc::new(Shared {
            folder,
            account: Mutex::default(),
            readers: Arc::new(Semaphore::new(MAX_READERS)),
        })))
    }

    fn account(&self) -> MutexGuard<'_, Account> {
        // Each change under the lock is complete, so a poisoned lock is still usable.
        self.0.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to receive a body from the caller with this pseudonym. The file for the body has mode 0600 and no name, so nothing remains on
    /// disk after a crash.
    ///
    /// # Errors
    /// [`UploadFault::Busy`] and [`UploadFault::Disk`].
    pub async fn begin(&self, caller: &str) -> Result<Upload, UploadFault> {
        let place = {
            let mut account = self.account();
            let own = account.of_one.get(caller).copied().unwrap_or(0);
            if account.uploads >= MAX_UPLOADS || own >= MAX_UPLOADS_OF_ONE || account.bytes >= MAX_BYTES_OF_ALL {
                return Err(UploadFault::Busy);
            }
            account.uploads += 1;
            account.of_one.insert(caller.to_owned(), own + 1);
            Place {
                uploads: self.clone(),
                caller: caller.to_owned(),
                bytes: 0,
            }
        };
        let path = self.0.folder.join(format!("{:032x}", rand::random::<u128>()));
        let file = tokio::task::spawn_blocking(move || {
            let file = fs::OpenOptions::new()
                .read(true)
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)?;
            fs::remove_file(&path)?;
            Ok(file)
        });
        let file = file.await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        Ok(Upload {
            file: tokio::fs::File::from_std(file),
            place,
        })
    }
}

/// One counted upload of a caller. The counts are reduced when this value is dropped.
#[derive(Debug)]
struct Place {
    uploads: Uploads,
    caller: String,
    bytes: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut account = self.uploads.account();
        account.bytes = account.bytes.saturating_sub(self.bytes);
        account.uploads = account.uploads.saturating_sub(1);
        let left = account.of_one.get(&self.caller).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            account.of_one.remove(&self.caller);
        } else {
            account.of_one.insert(self.caller.clone(), left);
        }
    }
}

/// The body of a submission while it arrives.
#[derive(Debug)]
pub struct Upload {
    file: tokio::fs::File,
    place: Place,
}

/// A complete body, and the permit to parse it in memory. The body and the permit last until this value is dropped.
#[derive(Debug)]
pub struct Arrived {
    /// The complete body. Reading begins at its start.
    pub file: tokio::fs::File,
    /// The permit, held while the body is parsed and its run is stored.
    pub turn: Turn,
}

/// The permit to have one body in memory.
#[derive(Debug)]
pub struct Turn {
    _reader: OwnedSemaphorePermit,
    _place: Place,
}

impl Upload {
    /// Receives and stores a piece of the body.
    ///
    /// # Errors
    /// [`UploadFault`]; the caller must then drop the upload.
    pub async fn take(&mut self, piece: &[u8]) -> Result<(), UploadFault> {
        let size = piece.len() as u64;
        if self.place.bytes.saturating_add(size) > MAX_BODY_BYTES {
            return Err(UploadFault::TooLarge);
        }
        {
            let mut account = self.place.uploads.account();
            if account.bytes.saturating_add(size) > MAX_BYTES_OF_ALL {
                return Err(UploadFault::Busy);
            }
            account.bytes += size;
        }
        self.place.bytes += size;
        self.file.write_all(piece).await?;
        Ok(())
    }

    /// Waits until the complete body may be parsed.
    ///
    /// # Errors
    /// [`UploadFault::Busy`] if the wait exceeds its limit, and [`UploadFault::Disk`].
    pub async fn arrived(self) -> Result<Arrived, UploadFault> {
        let Self { mut file, place } = self;
        let readers = Arc::clone(&place.uploads.0.readers);
        let reader = tokio::time::timeout(READER_WAIT, readers.acquire_owned()).await;
        let reader = reader.map_err(|_| UploadFault::Busy)?.map_err(|_| UploadFault::Busy)?;
        file.flush().await?;
        file.rewind().await?;
        Ok(Arrived {
            file,
            turn: Turn {
                _reader: reader,
                _place: place,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn a_body_is_read_back_in_full_and_leaves_no_file_name_on_disk() {
        let runs = tempfile::tempdir().unwrap();
        let uploads = Uploads::open(runs.path()).unwrap();
        let mut upload = uploads.begin("a").await.unwrap();
        for piece in [b"one ".as_slice(), b"two"] {
            upload.take(piece).await.unwrap();
        }
        let folder = runs.path().join(FOLDER);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        let mut arrived = upload.arrived().await.unwrap();
        let mut text = String::new();
        arrived.file.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "one two");
        drop(arrived);
        let account = uploads.account();
        assert_eq!((account.bytes, account.uploads, account.of_one.len()), (0, 0, 0));
    }

    #[tokio::test]
    async fn uploads_are_limited_for_one_caller_and_for_all_callers_together() {
        let runs = tempfile::tempdir().unwrap();
        let uploads = Uploads::open(runs.path()).unwrap();
        let mut own = Vec::new();
        for _ in 0..MAX_UPLOADS_OF_ONE {
            own.push(uploads.begin("a").await.unwrap());
        }
        assert!(matches!(uploads.begin("a").await, Err(UploadFault::Busy)));
        let mut other = uploads.begin("b").await.unwrap();
        let piece = vec![0; 1 << 20];
        let mut taken = 0_u64;
        let too_large = loop {
            match other.take(&piece).await {
                Ok(()) => taken += piece.len() as u64,
                Err(fault) => break fault,
            }
        };
        assert!(matches!(too_large, UploadFault::TooLarge) && taken <= MAX_BODY_BYTES && taken > 15 << 20);
        drop(other);
        uploads.account().bytes = MAX_BYTES_OF_ALL;
        assert!(matches!(uploads.begin("c").await, Err(UploadFault::Busy)));
        assert!(matches!(own[0].take(b"x").await, Err(UploadFault::Busy)));
    }
}
