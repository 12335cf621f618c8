//! The gateway that serves new requests. A reload of the configuration replaces it between two requests.

use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};

use actix_web::body::MessageBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::gateway::Gateway;

/// The gateway of the newest configuration. Clones share it.
#[derive(Clone)]
pub(crate) struct Serving(Arc<RwLock<web::Data<Gateway>>>);

impl Serving {
    pub(crate) fn new(gateway: Gateway) -> Self {
        Self(Arc::new(RwLock::new(web::Data::new(gateway))))
    }

    /// The gateway for a request that begins now.
    pub(crate) fn current(&self) -> web::Data<Gateway> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves every request that begins after this call with another gateway.
    pub(crate) fn replace(&self, gateway: Gateway) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = web::Data::new(gateway);
    }
}

/// Gives a request the gateway of the newest configuration. The request keeps it to its end, so that one answer never mixes two configurations.
/// This middleware must be the outermost, because the others use the gateway too.
pub(crate) async fn newest<B: MessageBody>(mut request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    if let Some(gateway) = request.app_data::<Serving>().map(Serving::current) {
        let mut container = Extensions::new();
        container.insert(gateway);
        request.add_data_container(Rc::new(container));
    }
    next.call(request).await
}
