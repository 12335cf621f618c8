//! Is it alive, is it ready, what has it done.

use actix_web::{HttpResponse, web};
use gemj_model::ErrorKind;

use super::gateway::Gateway;
use super::problem::problem;

/// `GET /healthz`: the process runs.
pub(crate) async fn get_healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: a request that needed the stores would be answered now.
pub(crate) async fn get_readyz(gateway: web::Data<Gateway>) -> HttpResponse {
    match gateway.watch.current().await {
        Ok(_) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        Err(_) => problem(ErrorKind::Unavailable, "the catalogue does not answer"),
    }
}

/// `GET /metrics`: counters of requests and decisions in the Prometheus text format. Nothing of any person, dataset or caller.
pub(crate) async fn get_metrics(gateway: web::Data<Gateway>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(gateway.metrics.text())
}
