//! Counters for `/metrics`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};

use super::gateway::Gateway;
use super::routes::{ROUTES, template_of};

/// The counters of the process since its start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    allowed: AtomicU64,
    denied: AtomicU64,
}

impl Metrics {
    pub(crate) fn count_decision(&self, allowed: bool) {
        if allowed { &self.allowed } else { &self.denied }.fetch_add(1, Ordering::Relaxed);
    }

    fn count_answer(&self, operation: &'static str, status: u16) {
        *self
            .answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry((operation, status))
            .or_default() += 1;
    }

    /// All counters as Prometheus text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        text.push_str("# HELP gemj_http_responses_total Answers by operation and status.\n# TYPE gemj_http_responses_total counter\n");
        for ((operation, status), count) in self.answers.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(
                text,
                "gemj_http_responses_total{{operation=\"{operation}\",status=\"{status}\"}} {count}"
            );
        }
        text.push_str("# HELP gemj_decisions_total Access decisions by verdict.\n# TYPE gemj_decisions_total counter\n");
        for (verdict, count) in [("allow", &self.allowed), ("deny", &self.denied)] {
            let _ = writeln!(
                text,
                "gemj_decisions_total{{verdict=\"{verdict}\"}} {}",
                count.load(Ordering::Relaxed)
            );
        }
        text
    }
}

/// Counts each answer under the operation of its route. Paths are not kept, because they may contain capabilities.
pub(crate) async fn count<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    let response = next.call(request).await?;
    let template = response.request().match_pattern().unwrap_or_default();
    let method = response.request().method().as_str().to_ascii_lowercase();
    let operation = ROUTES
        .iter()
        .find(|r| r.template == template_of(&template) && r.method == method)
        .map_or("none", |r| r.operation);
    if let Some(gateway) = response.request().app_data::<web::Data<Gateway>>() {
        gateway.metrics.count_answer(operation, response.status().as_u16());
    }
    Ok(response)
}
