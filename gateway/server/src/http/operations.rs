//! Liveness, readiness and metrics of the process.

use actix_web::{HttpRequest, HttpResponse, web};
use gemj_model::ErrorKind;
use serde_json::{Map, Value, json};

use super::gateway::Gateway;
use super::metrics::exposition::{CONTENT_TYPE, Exposition};
use super::metrics_access::MetricsVerdict;
use super::problem::problem;
use super::readiness::parts;

/// `GET /healthz`: always 200 while the process runs.
pub(crate) async fn get_healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The header of `/readyz` with the mark of the key that signs URLs and tokens. `doctor` compares it with the key on the disk, so that a replica that
/// still signs with an earlier key is found. The key cannot be computed from its mark.
pub(crate) const SIGNING_KEY: &str = "Gemj-Signing-Key";

/// `GET /readyz`: whether the catalogue, the objects, the index and the audit trail can be used. A 503 names the state of each part.
pub(crate) async fn get_readyz(gateway: web::Data<Gateway>) -> HttpResponse {
    let parts = parts(&gateway).await;
    let Some(obstacle) = parts.obstacle() else {
        return HttpResponse::Ok()
            .insert_header((SIGNING_KEY, gateway.key.signing_mark()))
            .content_type("text/plain; charset=utf-8")
            .body("ready\n");
    };
    let named: Map<String, Value> = parts.named().map(|(name, state)| (name.to_owned(), state.into())).collect();
    let body = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": obstacle,
        "parts": named,
    });
    HttpResponse::ServiceUnavailable()
        .insert_header((SIGNING_KEY, gateway.key.signing_mark()))
        .content_type("application/problem+json")
        .body(body.to_string())
}

/// `GET /metrics`: numbers about the process and the stores in the Prometheus text format, without data of a participant or a caller. If the
/// configuration does not open the path on this address, the answer is 404. If every client may read it, the numbers about participants are omitted.
pub(crate) async fn get_metrics(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    match gateway.metrics_access.of(request.headers()) {
        MetricsVerdict::Open => text(&gateway, gateway.metrics_access.is_protected()).await,
        MetricsVerdict::Closed => problem(ErrorKind::NotFound, "no such path"),
        MetricsVerdict::NoToken => problem(ErrorKind::Unauthenticated, "the metrics need their bearer token"),
    }
}

/// `GET /metrics` on a separate address: the same numbers, for every client that reaches the address.
pub(crate) async fn get_metrics_apart(gateway: web::Data<Gateway>) -> HttpResponse {
    text(&gateway, true).await
}

async fn text(gateway: &Gateway, with_participants: bool) -> HttpResponse {
    let mut text = Exposition::default();
    gateway.metrics.write(&mut text);
    gateway.gauges.write(gateway, &mut text, with_participants).await;
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(text.into_text())
}
