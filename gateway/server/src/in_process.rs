//! A gateway inside another process: for tests that give it a clock and ids of their own. The binary has no way here.

use std::net::TcpListener;
use std::path::Path;

use crate::command::serve;
use crate::http::routes::ROUTES;
use crate::installation::Installation;
use crate::sources::Sources;

/// Serves a configuration on a listening socket with one worker, until the process is told to stop. `ready` is called once requests are answered.
/// Needs an actix system around it.
///
/// # Errors
/// Whatever of the configuration cannot be opened.
pub async fn serve_on(config: &Path, sources: &Sources, listener: TcpListener, ready: impl FnOnce()) -> anyhow::Result<()> {
    let installation = Installation::open(config, sources).await?;
    let gateway = serve::prepare(installation).await?;
    ready();
    serve::serve(gateway, 1, listener).await
}

/// Every path and method of the gateway: method, template, operation.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method, route.template, route.operation))
}
