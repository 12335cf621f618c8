//! The order of writes. Withdrawn data is served until the withdrawal is recorded, so a withdrawal must not wait long for other writes. SQLite
//! permits one write at a time, and on PostgreSQL all writes lock one row.
//!
//! Therefore a consent write waits for at most the write in progress and one more ordinary write. Every other write lets the consent write
//! pass, in this process and in all other processes.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::error::CatalogueError;

/// The class of a write, which determines its position in the order of writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// A write of the consent ledger. This write has priority over all ordinary writes.
    Consent,
    /// Every write that is not a consent write.
    Ordinary,
}

/// The interval between two checks whether another process has released the lock file.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The maximum time for which a write waits for the consent write of another process. After this time the other write is considered stopped.
const LONGEST_PASS: Duration = Duration::from_secs(5);

/// The lanes of one SQLite database in this process. SQLite itself has no queue: which of several waiting processes writes next is random.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// The lock of the ordinary write that is in progress or waits for the writer's lock.
    ordinary: Arc<Mutex<()>>,
    /// The lock of the write that is in progress.
    writer: Arc<Mutex<()>>,
    /// The announcements of consent writes to other processes.
    announcements: Arc<Announcements>,
    /// The number of consent writes of this process that wait or are in progress.
    consents: AtomicUsize,
}

/// The turn of one write. The turn ends when this value is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _consent: Option<Announced>,
    _writer: OwnedMutexGuard<()>,
    _ordinary: Option<OwnedMutexGuard<()>>,
    _counted: Option<Counted>,
    lanes: Arc<Lanes>,
}

impl Turn {
    /// Whether a consent write of any process waits for this write.
    pub(super) fn holds_up_consent(&self) -> bool {
        self.lanes.consents.load(Ordering::Acquire) > 0 || self.lanes.announcements.are_elsewhere()
    }
}

/// Counts one consent write of this process, until the value is dropped.
#[derive(Debug)]
struct Counted(Arc<Lanes>);

impl Counted {
    fn of(lanes: &Arc<Lanes>) -> Self {
        lanes.consents.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(lanes))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.consents.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The file beside the database that one process locks while a consent write of this process waits or is in progress.
#[derive(Debug)]
struct Announcements {
    file: File,
    /// The number of announced consent writes of this process. The process holds the file's lock while this number is not 0.
    ours: std::sync::Mutex<usize>,
}

impl Announcements {
    fn ours(&self) -> MutexGuard<'_, usize> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Announces a consent write, unless a consent write of another process is announced.
    fn announce(self: &Arc<Self>) -> Result<Announced, TryLockError> {
        let mut ours = self.ours();
        if *ours == 0 {
            self.file.try_lock()?;
        }
        *ours += 1;
        Ok(Announced(Arc::clone(self)))
    }

    /// Whether another process has announced a consent write.
    fn are_elsewhere(&self) -> bool {
        let ours = self.ours();
        // While this process holds the lock, no other process does. A look at the file would replace the lock by a shared one.
        if *ours > 0 {
            return false;
        }
        match self.file.try_lock_shared() {
            Ok(()) => {
                let _ = self.file.unlock();
                false
            }
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(_)) => false,
        }
    }
}

/// The announcement to all processes that a consent write waits or is in progress. The announcement ends when the value is dropped.
#[derive(Debug)]
struct Announced(Arc<Announcements>);

impl Drop for Announced {
    fn drop(&mut self) {
        let mut ours = self.0.ours();
        *ours -= 1;
        if *ours == 0 {
            let _ = self.0.file.unlock();
        }
    }
}

impl Lanes {
    /// Opens the lanes of a database. The file at `path` is used to announce waiting consent writes to other processes.
    pub(super) fn open(path: &Path) -> Result<Self, CatalogueError> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            tracing::error!(kind = ?error.kind(), "catalogue: the file that announces consent writes, beside the database, cannot be opened");
            CatalogueError::Unavailable
        })?;
        Ok(Self {
            ordinary: Arc::default(),
            writer: Arc::default(),
            announcements: Arc::new(Announcements {
                file,
                ours: std::sync::Mutex::new(0),
            }),
            consents: AtomicUsize::new(0),
        })
    }

    /// Waits until a write of this lane may begin.
    pub(super) async fn turn(self: &Arc<Self>, lane: Lane) -> Turn {
        let counted = (lane == Lane::Consent).then(|| Counted::of(self));
        // Only one ordinary write at a time waits for the writer's lock. A consent write therefore waits for at most this ordinary write and
        // the write in progress.
        let ordinary = match lane {
            Lane::Ordinary => Some(Arc::clone(&self.ordinary).lock_owned().await),
            Lane::Consent => None,
        };
        let writer = Arc::clone(&self.writer).lock_owned();
        let (writer, consent) = match lane {
            // The write in progress in this process may itself wait for a long write of another process. The long write gives way only to an
            // announced consent write. Therefore the announcement does not wait for the write in progress.
            Lane::Consent => tokio::join!(writer, self.announce()),
            Lane::Ordinary => {
                let writer = writer.await;
                self.let_pass().await;
                (writer, None)
            }
        };
        Turn {
            _consent: consent,
            _writer: writer,
            _ordinary: ordinary,
            _counted: counted,
            lanes: Arc::clone(self),
        }
    }

    /// Announces to all processes that a consent write waits. If this fails or takes longer than 5 s, the consent write waits like an ordinary
    /// write.
    async fn announce(&self) -> Option<Announced> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_PASS {
            match self.announcements.announce() {
                Ok(announced) => return Some(announced),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK_EVERY).await,
                Err(TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    /// Waits while a consent write of another process waits or is in progress, but at most 5 s.
    async fn let_pass(&self) {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_PASS && self.announcements.are_elsewhere() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
