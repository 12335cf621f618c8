//! Liveness, readiness and metrics of the process.

use actix_web::{HttpRequest, HttpResponse, web};
use gemj_model::ErrorKind;

use super::gateway::Gateway;
use super::metrics::Metrics;
use super::metrics_access::MetricsVerdict;
use super::problem::problem;
use super::readiness::obstacle;

/// `GET /healthz`: always 200 while the process runs.
pub(crate) async fn get_healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: whether the stores answer and the audit trail can be written.
pub(crate) async fn get_readyz(gateway: web::Data<Gateway>) -> HttpResponse {
    match obstacle(&gateway).await {
        None => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        Some(obstacle) => problem(ErrorKind::Unavailable, obstacle),
    }
}

/// `GET /metrics`: counters of requests and decisions in the Prometheus text format, without data of participants, datasets or callers. If the
/// configuration does not open the path on this address, the answer is 404.
pub(crate) async fn get_metrics(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    match gateway.metrics_access.of(request.headers()) {
        MetricsVerdict::Open => text(&gateway.metrics),
        MetricsVerdict::Closed => problem(ErrorKind::NotFound, "no such path"),
        MetricsVerdict::NoToken => problem(ErrorKind::Unauthenticated, "the metrics need their bearer token"),
    }
}

/// `GET /metrics` on a separate address: the same counters, for every client that reaches the address.
pub(crate) async fn get_metrics_apart(gateway: web::Data<Gateway>) -> HttpResponse {
    text(&gateway.metrics)
}

fn text(metrics: &Metrics) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics.text())
}
