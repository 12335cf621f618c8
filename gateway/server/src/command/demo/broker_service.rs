//! The HTTP server of the demo's passport broker, on its own port.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, AUTHORIZATION};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use gemj_demo::Broker;
use gemj_model::Clock;

/// Starts the broker's server. The returned handle stops the server.
pub(super) fn start(broker: Broker, listener: TcpListener, clock: Arc<dyn Clock>) -> anyhow::Result<ServerHandle> {
    let shared = web::Data::new((broker, clock));
    let server = HttpServer::new(move || App::new().app_data(shared.clone()).default_service(web::to(respond)))
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

async fn respond(shared: web::Data<(Broker, Arc<dyn Clock>)>, request: HttpRequest) -> HttpResponse {
    let (broker, clock) = shared.get_ref();
    let authorization = request.headers().get(AUTHORIZATION).and_then(|v| v.to_str().ok());
    let answer = broker.respond(request.method().as_str(), request.path(), authorization, clock.now());
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    if let Some(methods) = answer.allow {
        response.insert_header((header::ALLOW, methods));
    }
    response.content_type(answer.content_type).body(answer.body)
}
