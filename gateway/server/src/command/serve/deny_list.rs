//! Reload of the trust settings while the gateway serves. The denial of a stolen token and the removal of a role must take effect without a
//! restart.

use std::path::PathBuf;
use std::sync::PoisonError;

use actix_web::web;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::configuration::Configuration;
use crate::http::drs;
use crate::http::gateway::Gateway;

/// At every SIGHUP, reads the section `[authentication]` of the configuration again (the deny list, roles, clients and issuers) and nothing
/// else.
///
/// The new settings apply to every request and decision that begins after the log reports them. The settings also apply to tokens that were verified
/// earlier, and to tokens and URLs that were issued for those tokens. A configuration that cannot be read changes nothing. If the issuers,
/// roles or clients of a readable configuration are invalid, only its deny list is used.
pub(crate) fn reread_at_hangup(config: PathBuf, gateway: web::Data<Gateway>) -> anyhow::Result<JoinHandle<()>> {
    let mut hangups = signal(SignalKind::hangup()).context("SIGHUP")?;
    Ok(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match reread(config.clone()).await {
                Ok(configuration) => take(&gateway, &configuration),
                Err(error) => tracing::error!("the deny list is unchanged: {error:#}"),
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
        Err(fault) => tracing::error!("issuers, roles and clients are unchanged: {fault}"),
    }
}

async fn reread(config: PathBuf) -> anyhow::Result<Configuration> {
    Ok(tokio::task::spawn_blocking(move || Configuration::read(&config)).await??)
}
