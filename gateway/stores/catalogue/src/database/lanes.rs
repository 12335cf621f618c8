//! Which write is next. SQLite has one writer, and on PostgreSQL all writes of the programme meet at one row: whichever write waits for a
//! withdrawal to be recorded serves data that was withdrawn. So a consent write waits for at most the write that is in course, and every
//! other write lets it pass, in this process and in every other one.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use crate::error::CatalogueError;

/// Which lane a write takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// An event of the consent ledger: it is next.
    Consent,
    /// Every other write.
    Ordinary,
}

/// How often a lock of another process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// How long another process's consent write is let pass. One that takes longer was stopped in the middle.
const LONGEST_PASS: Duration = Duration::from_secs(5);

/// The lanes of one SQLite database in this process. SQLite's own waiting is a lottery between processes, and no queue.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// Held by the one ordinary write that is in course or next.
    ordinary: Arc<Mutex<()>>,
    /// Held by the one write that is in course.
    writer: Arc<Mutex<()>>,
    /// A file beside the database, locked while a consent write of any process waits or is in course.
    consent: Arc<File>,
    /// How many consent writes of this process wait or are in course.
    consents: AtomicUsize,
}

/// The turn of one write; the next begins when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _consent: Option<Announced>,
    _writer: OwnedMutexGuard<()>,
    _ordinary: Option<OwnedMutexGuard<()>>,
    _counted: Option<Counted>,
    lanes: Arc<Lanes>,
}

impl Turn {
    /// Whether a consent write of any process waits while this write is in course.
    pub(super) fn holds_up_consent(&self) -> bool {
        self.lanes.consents.load(Ordering::Acquire) > 0 || self.lanes.consent_waits_elsewhere()
    }
}

/// That one consent write of this process waits or is in course.
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

/// That a consent write waits or is in course, said to all processes.
#[derive(Debug)]
struct Announced(Arc<File>);

impl Drop for Announced {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Lanes {
    /// The lanes of the database with this file to say in that a consent write waits.
    pub(super) fn open(path: &Path) -> Result<Self, CatalogueError> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            tracing::error!(kind = ?error.kind(), "catalogue: the file beside the database in which consent writes are announced cannot be opened");
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
        // Of ordinary writes one at most waits for the writer itself: that one, and the one in course, are all that a consent write waits for.
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

    /// Says to all processes that a consent write waits. Where that cannot be said in time, the write waits like any other.
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

    /// Waits while a consent write of another process waits or is in course.
    async fn let_pass(&self) {
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_PASS && self.consent_waits_elsewhere() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Whether a consent write of another process waits. Asked by the one write that has the turn here.
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
