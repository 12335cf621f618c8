//! A gateway that runs inside another process, for tests that supply their own clock and ids. The binary does not use this module.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::command::{self, Arguments, serve};
use crate::http::routes::ROUTES;
use crate::installation::Installation;
use crate::sources::Sources;

/// Runs a command of the command line. `words` are the arguments without the program's name. Returns whether everything was done.
///
/// # Errors
/// The arguments are not a valid command, or nothing could be done.
pub fn run(words: &[&str], sources: &Sources) -> anyhow::Result<bool> {
    let arguments = Arguments::try_parse_from(["gemj-gateway"].iter().chain(words))?;
    let code = actix_web::rt::System::new().block_on(command::run(arguments, sources))?;
    Ok(code == ExitCode::SUCCESS)
}

/// Serves a configuration on a listening socket with one worker, until the process ends. Calls `ready` before it begins to serve.
///
/// # Errors
/// A part of the configuration cannot be opened.
pub fn serve(config: &Path, sources: &Sources, listener: TcpListener, ready: impl FnOnce()) -> anyhow::Result<()> {
    actix_web::rt::System::new().block_on(async {
        let installation = Installation::open(config, sources).await?;
        let serving = serve::prepare(installation).await?;
        ready();
        serve::serve(serving, 1, vec![listener], None).await
    })
}

/// Every route of the gateway, as (HTTP method, path template, operation).
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    ROUTES.iter().map(|route| (route.method, route.template, route.operation))
}
