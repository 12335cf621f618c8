//! The deny list, read again while serving: a stolen token cannot wait for a restart.

use std::path::PathBuf;

use actix_web::web;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::configuration::Configuration;
use crate::http::gateway::Gateway;

/// Reads `[authentication.deny]` of the configuration again at every SIGHUP, and nothing else of it. It holds for every request that begins
/// after the log says so, cached tokens too. A configuration that cannot be read changes nothing.
pub(super) fn reread_at_hangup(config: PathBuf, gateway: web::Data<Gateway>) -> anyhow::Result<JoinHandle<()>> {
    let mut hangups = signal(SignalKind::hangup()).context("SIGHUP")?;
    Ok(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match reread(config.clone()).await {
                Ok(configuration) => {
                    gateway.authenticator.replace_deny_list(&configuration.authentication.deny);
                    tracing::info!("the deny list was read again");
                }
                Err(error) => tracing::error!("the deny list stays as it was: {error:#}"),
            }
        }
    }))
}

async fn reread(config: PathBuf) -> anyhow::Result<Configuration> {
    tokio::task::spawn_blocking(move || {
        let configuration = Configuration::read(&config)?;
        configuration.authentication.check()?;
        Ok(configuration)
    })
    .await?
}
