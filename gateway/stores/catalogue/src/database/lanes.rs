//! The order of writes. While the record of a withdrawal waits for another write, withdrawn data is still served. SQLite has one writer,
//! and on PostgreSQL all writes lock one row.
//!
//! Therefore a consent write waits for at most the write in progress and one more ordinary write. Every other write lets the consent write
//! pass, in this process and in all other processes.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::error::CatalogueError;

/// The lane of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// An event of the consent ledger: this write is next.
    Consent,
    /// Every other write.
    Ordinary,
}

/// The interval between two checks of another process's lock.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// The maximum time for which another process's consent write is let pass. A write that takes longer is considered stopped.
const LONGEST_PASS: Duration = Duration::from_secs(5);

/// The lanes of one SQLite database in this process. SQLite itself has no queue: among waiting processes, chance decides.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// Held by the one ordinary write that is in progress or next.
    ordinary: Arc<Mutex<()>>,
    /// Held by the one write that is in progress.
    writer: Arc<Mutex<()>>,
    /// A file beside the database. It is locked while a consent write of any process waits or is in progress.
    consent: Arc<File>,
    /// The number of consent writes of this process that wait or are in progress.
    consents: AtomicUsize,
}

/// The turn of one write. The next turn begins when this value is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _consent: Option<Announced>,
    _writer: OwnedMutexGuard<()>,
    _ordinary: Option<OwnedMutexGuard<()>>,
    _counted: Option<Counted>,
    lanes: Arc<Lanes>,
}

impl Turn {
    /// Whether a consent write of any process waits while this write is in progress.
    pub(super) fn holds_up_consent(&self) -> bool {
        self.lanes.consents.load(Ordering::Acquire) > 0 || self.lanes.consent_waits_elsewhere()
    }
}

/// Counts one consent write of this process that waits or is in progress.
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

/// Announces to all processes that a consent write waits or is in progress.
#[derive(Debug)]
struct Announced(Arc<File>);

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Lanes {
    /// The lanes of a database. The file at `path` announces waiting consent writes.
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
            consent: Arc::new(file),
            consents: AtomicUsize::new(0),
        })
    }

    /// Waits for the turn of a write.
    pub(super) async fn turn(self: &Arc<Self>, lane: Lane) -> Turn {
        let counted = (lane == Lane::Consent).then(|| Counted::of(self));
        // At most one ordinary write waits for the writer. A consent write therefore waits for at most this write and the write in
        // progress.
        let ordinary = match lane {
            Lane::Ordinary => Some(Arc::clone(&self.ordinary).lock_owned().await),
            Lane::Consent => None,
        };
        let writer = Arc::clone(&self.writer).lock_owned().await;
        let consent = match lane {
            Lane::Consent => self.announce().await,
            Lane::Ordinary => {
                self.let_pass().await;
                None
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

    /// Announces to all processes that a consent write waits. If this fails or takes too long, the write waits like any other write.
    async fn announce(&self) -> Option<Announced> {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_PASS {
            match self.consent.try_lock() {
                Ok(()) => return Some(Announced(Arc::clone(&self.consent))),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK_EVERY).await,
                Err(TryLockError::Error(_)) => return None,
            }
        }
        None
    }

    /// Waits while a consent write of another process waits or is in progress.
    async fn let_pass(&self) {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_PASS && self.consent_waits_elsewhere() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether a consent write of another process waits. Called by the one write of this process that has the turn.
    fn consent_waits_elsewhere(&self) -> bool {
        match self.consent.try_lock_shared() {
            Ok(()) => {
                let _ = self.consent.unlock();
                false
            }
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(_)) => false,
        }
    }
}
