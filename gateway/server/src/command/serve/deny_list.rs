//! Trust, read again while serving: a stolen token cannot wait for a restart, and neither can a role that was taken away.

use std::path::PathBuf;
use std::sync::PoisonError;

use actix_web::web;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::configuration::Configuration;
use crate::http::drs;
use crate::http::gateway::Gateway;

/// Reads `[authentication]` of the configuration again at every SIGHUP, and nothing else of it: the deny list, roles, clients and issuers. It holds for
/// every request and every decision that begins after the log says so: for tokens that were verified before, and for what was issued for them.
/// A configuration that cannot be read changes nothing; where it can be read and its issuers, roles or clients cannot be used, the deny list
/// alone is taken from it.
pub(crate) fn reread_at_hangup(config: PathBuf, gateway: web::Data<Gateway>) -> anyhow::Result<JoinHandle<()>> {
    let mut hangups = signal(SignalKind::hangup()).context("SIGHUP")?;
    Ok(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match reread(config.clone()).await {
                Ok(configuration) => take(&gateway, &configuration),
                Err(error) => tracing::error!("the deny list stays as it was: {error:#}"),
            }
        }
    }))
}

fn take(gateway: &Gateway, configuration: &Configuration) {
    let trust = &configuration.authentication;
    gateway.policy.bans().replace(trust.deny.bans());
    gateway.authenticator.replace_deny_list(&trust.deny);
    tracing::info!("the deny list was read again");
    match gateway.authenticator.replace(trust) {
        Ok(true) => {
            *gateway.drs_authorizations.write().unwrap_or_else(PoisonError::into_inner) = drs::authorizations(trust);
            tracing::info!("issuers, roles and clients were read again");
        }
        Ok(false) => {}
        Err(fault) => tracing::error!("issuers, roles and clients stay as they were: {fault}"),
    }
}

async fn reread(config: PathBuf) -> anyhow::Result<Configuration> {
    Ok(tokio::task::spawn_blocking(move || Configuration::read(&config)).await??)
}
