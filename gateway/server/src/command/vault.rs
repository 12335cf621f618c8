//! The command `vault list|renew|destroy`: the encrypted numbers of institutions, and their keys.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::CatalogueError;
use gemj_model::SiteId;
use gemj_services::vault::{Vault, VaultError};
use serde_json::{Value, json};

use super::known_names::require_site;
use super::link::stated_reason;
use super::output::{print, print_json, table};
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Lists the institutions whose numbers are kept, with their keys and the number of kept numbers.
    List {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Replaces the key of an institution by a new one, and encrypts its numbers again.
    Renew(Change),
    /// Destroys the key of an institution and its kept numbers permanently. Feeds are still read, because the digests of the numbers stay.
    Destroy(Change),
}

/// The options of a change of one vault.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The institution.
    #[arg(long)]
    site: String,
    /// The reason. It is stored, and must not name a person.
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &VaultCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    let (change, is_renewal) = match command {
        VaultCommand::List { json } => return listed(&installation, *json).await,
        VaultCommand::Renew(change) => (change, true),
        VaultCommand::Destroy(change) => (change, false),
    };
    let site = SiteId::parse(&change.site).context("--site")?;
    let reason = stated_reason(&change.reason)?;
    require_site(&installation, &site).await?;
    let vault = Vault {
        stores: &installation.stores,
        key: &installation.key,
        mandate: &Mandate::operator(WriteAction::KeepVault),
        numbers: Upkeep::of(Job::ResolveNumbers),
        entropy: &*installation.entropy,
    };
    let changed = match is_renewal {
        true => vault.renew(&site, &reason).await,
        false => vault.destroy(&site, &reason).await,
    };
    installation.checkpoint().await?;
    let count = changed.map_err(|error| -> anyhow::Error {
        match error {
            VaultError::Catalogue(CatalogueError::NotFound { what: "vault" }) => CommandError::NoVault {
                site: site.as_str().to_owned(),
            }
            .into(),
            error => error.into(),
        }
    })?;
    print(&match is_renewal {
        true => format!("the key of {site} is replaced: {count} numbers encrypted again\n"),
        false => format!("the key of {site} is destroyed: {count} numbers deleted. Back-ups are not changed\n"),
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn listed(installation: &Installation, json: bool) -> anyhow::Result<ExitCode> {
    let vaults = installation.stores.catalogue.vaults(Upkeep::of(Job::Inventory)).await?;
    let state = |is_destroyed: bool| if is_destroyed { "destroyed" } else { "current" };
    if json {
        let list = vaults.iter().map(|vault| {
            json!({
                "site": vault.site.as_str(),
                "key": state(vault.is_destroyed),
                "version": vault.version,
                "numbers": vault.entries,
            })
        });
        print_json(&Value::Array(list.collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = vaults
        .iter()
        .map(|vault| {
            vec![
                vault.site.to_string(),
                state(vault.is_destroyed).to_owned(),
                vault.version.to_string(),
                vault.entries.to_string(),
            ]
        })
        .collect();
    print(&table(&["site", "key", "version", "numbers"], &rows))?;
    Ok(ExitCode::SUCCESS)
}
