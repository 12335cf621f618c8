//! Readiness: whether the gateway can answer requests that need the stores.

use std::time::Duration;

use actix_web::rt;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::CatalogueError;
use gemj_variants::check_segments;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::gateway::Gateway;

/// The time for which a check of the object store is cached. Any client can request the readiness, and each check of a bucket costs money.
const OBJECTS_BELIEVED_FOR: Duration = Duration::from_secs(2);

/// The time for which a good check of the index is cached. A check reads a few bytes of each segment.
const INDEX_BELIEVED_FOR: Duration = Duration::from_secs(10);

/// The time for which a failed check of the index is cached.
const FAULT_BELIEVED_FOR: Duration = Duration::from_secs(2);

/// Time limit of one check.
const PATIENCE: Duration = Duration::from_secs(5);

/// The cached results of the checks of the object store and of the index.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    objects: Checked,
    index: Checked,
}

/// A check whose result is cached. Requests that arrive during a check wait for its result.
#[derive(Debug, Default)]
struct Checked(Mutex<Option<(Instant, Result<(), &'static str>)>>);

/// The state of each part that the gateway needs: its name, and the reason why it cannot be used.
pub(crate) struct Parts {
    parts: Vec<(&'static str, Result<(), &'static str>)>,
}

impl Parts {
    /// The reason of the first part that cannot be used. Absent if the gateway is ready.
    pub(crate) fn obstacle(&self) -> Option<&'static str> {
        self.parts.iter().find_map(|(_, state)| state.err())
    }

    /// The name of each part, with the reason why it cannot be used, or `good`.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.parts.iter().map(|(name, state)| (*name, state.err().unwrap_or("good")))
    }

    /// The name of each part, and whether it can be used.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.parts.iter().map(|(name, state)| (*name, state.is_ok()))
    }
}

/// Checks every part that the gateway needs. A gateway that is about to end is not ready, whatever its parts are.
pub(crate) async fn parts(gateway: &Gateway) -> Parts {
    let (catalogue, objects, index) = tokio::join!(
        catalogue(gateway),
        gateway.readiness.objects.state(OBJECTS_BELIEVED_FOR, || objects(gateway)),
        gateway.readiness.index.state(INDEX_BELIEVED_FOR, || index(gateway)),
    );
    let process = if gateway.drain.is_stopping() {
        Err("the gateway is stopping")
    } else {
        Ok(())
    };
    let audit = if !gateway.audit.is_writing() {
        Err("the audit trail cannot be written")
    } else if !gateway.audit.is_copied() {
        Err("audit.checkpoint_dir cannot be written, so later withdrawals would be lost with the database: check its disk and its owner")
    } else {
        Ok(())
    };
    Parts {
        parts: vec![
            ("process", process),
            ("audit", audit),
            ("catalogue", catalogue),
            ("objects", objects),
            ("index", index),
        ],
    }
}

async fn catalogue(gateway: &Gateway) -> Result<(), &'static str> {
    match gateway.watch.current().await {
        Ok(_) => Ok(()),
        Err(CatalogueError::OtherHistory) => {
            Err("the seal was lifted, and this process has an outdated state: it ends and must be started again")
        }
        Err(CatalogueError::Sealed) => Err("the database is sealed: `gemj-gateway seal status` shows the next step"),
        Err(_) => Err("the catalogue does not answer"),
    }
}

async fn objects(gateway: &Gateway) -> Result<(), &'static str> {
    let look = gateway.stores.objects.look(Upkeep::of(Job::Inventory));
    match rt::time::timeout(PATIENCE, look).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => tracing::error!(%error, "the folder or bucket of objects cannot be used"),
        Err(_) => tracing::error!("the bucket of objects does not answer in time"),
    }
    Err("the folder or bucket of objects does not answer")
}

async fn index(gateway: &Gateway) -> Result<(), &'static str> {
    let check = check_segments(&gateway.stores.catalogue, &gateway.stores.objects);
    match rt::time::timeout(PATIENCE, check).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => tracing::error!(%error, "the carrier index cannot be used"),
        Err(_) => tracing::error!("the carrier index could not be checked in time"),
    }
    Err("a segment of the carrier index cannot be opened: `gemj-gateway index status` and `doctor` show which one")
}

impl Checked {
    async fn state<C: Future<Output = Result<(), &'static str>>>(
        &self,
        good_for: Duration,
        check: impl FnOnce() -> C,
    ) -> Result<(), &'static str> {
        let mut seen = self.0.lock().await;
        if let Some((at, state)) = *seen
            && at.elapsed() < if state.is_ok() { good_for } else { FAULT_BELIEVED_FOR }
        {
            return state;
        }
        let state = check().await;
        *seen = Some((Instant::now(), state));
        state
    }
}
