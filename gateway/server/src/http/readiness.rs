//! Whether requests that need the stores would be answered now.

use std::time::Duration;

use actix_web::rt;
use gemj_access::{Job, Upkeep};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::gateway::Gateway;

/// How long a look at the objects is believed: anybody may ask, and a bucket's owner pays for each look.
const BELIEVED_FOR: Duration = Duration::from_secs(2);

/// How long the objects are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was seen of the objects, and when.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    objects: Mutex<Option<(Instant, bool)>>,
}

/// What keeps the gateway from answering; absent where nothing does.
pub(crate) async fn obstacle(gateway: &Gateway) -> Option<&'static str> {
    if !gateway.audit.is_writing() {
        return Some("the audit trail cannot be written");
    }
    if gateway.watch.current().await.is_err() {
        return Some("the catalogue does not answer");
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
