//! Readiness: whether the gateway can answer requests that need the stores.

use std::time::Duration;

use actix_web::rt;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::CatalogueError;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::gateway::Gateway;

/// The time for which a check of the object store is cached. Any client can request the readiness, and each check of a bucket costs money.
const BELIEVED_FOR: Duration = Duration::from_secs(2);

/// Time limit of a check of the object store.
const PATIENCE: Duration = Duration::from_secs(5);

/// The result and the time of the last check of the object store.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    objects: Mutex<Option<(Instant, bool)>>,
}

/// The reason why the gateway is not ready; absent if it is ready.
pub(crate) async fn obstacle(gateway: &Gateway) -> Option<&'static str> {
    if !gateway.audit.is_writing() {
        return Some("the audit trail cannot be written");
    }
    match gateway.watch.current().await {
        Ok(_) => {}
        Err(CatalogueError::Sealed) => return Some("the database is sealed: `gemj-gateway seal status` shows the next step"),
        Err(_) => return Some("the catalogue does not answer"),
    }
    if !gateway.readiness.has_objects(gateway).await {
        return Some("the folder or bucket of objects does not answer");
    }
    None
}

impl Readiness {
    async fn has_objects(&self, gateway: &Gateway) -> bool {
        let mut seen = self.objects.lock().await;
        if let Some((at, answered)) = *seen
            && at.elapsed() < BELIEVED_FOR
        {
            return answered;
        }
        let look = gateway.stores.objects.look(Upkeep::of(Job::Inventory));
        let answered = match rt::time::timeout(PATIENCE, look).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "the folder or bucket of objects cannot be used");
                false
            }
            Err(_) => {
                tracing::error!("the bucket of objects does not answer in time");
                false
            }
        };
        *seen = Some((Instant::now(), answered));
        answered
    }
}
