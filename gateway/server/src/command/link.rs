//! The commands `link SHEET` and `unlink SHEET`: link institutions' own numbers to participants, and remove links.

mod cell;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Job, Mandate, OperatorListing, Upkeep, WriteAction};
use gemj_adapters::{is_namespace, open_regular};
use gemj_catalogue::CatalogueError;
use gemj_model::{ParticipantId, SiteId};
use gemj_services::ingest::{LinkedRow, unlink_numbers};
use gemj_services::vault::{Vault, VaultError};

use super::known_names::KnownNames;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

/// Maximum length of a namespace or number, in bytes.
const MAX_BYTES: usize = 255;

pub(crate) async fn run(config: &Path, sources: &Sources, sheet: &Path, register: bool) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    let added = link(&installation, sheet, register).await?;
    installation.checkpoint().await?;
    println!("{added} linked");
    Ok(ExitCode::SUCCESS)
}

/// Removes the links of a sheet, and retires what feeds stored through the numbers of the sheet's participants.
pub(crate) async fn unlink(config: &Path, sources: &Sources, sheet: &Path, reason: &str) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, sources).await?;
    let reason = stated_reason(reason)?;
    let rows = read(&installation, sheet, false).await?;
    let mandate = Mandate::operator(WriteAction::LinkNumbers);
    let unlinked = unlink_numbers(&installation.stores, &mandate, &installation.key, &rows, &reason).await;
    let unlinked = unlinked.map_err(|error| -> anyhow::Error {
        match error {
            CatalogueError::NotFound { what: "number" } => CommandError::NotLinkedSo {
                place: sheet.display().to_string(),
            }
            .into(),
            error => error.into(),
        }
    })?;
    installation.checkpoint().await?;
    println!(
        "{} unlinked, {} units of feeds retired: send the data of these participants again",
        unlinked.links, unlinked.units
    );
    Ok(ExitCode::SUCCESS)
}

/// A reason that can be recorded.
///
/// # Errors
/// The reason is empty, too long, or contains control characters.
pub(crate) fn stated_reason(reason: &str) -> anyhow::Result<String> {
    Ok(OperatorListing::new(Some(reason)).context("--reason")?.reason().to_owned())
}

/// Records the links of a sheet with the columns `site,namespace,number,participant`. Returns the number of new links.
///
/// # Errors
/// A line is not usable, or names an unknown site or a participant that is not registered although `register` is false. Nothing is linked then.
pub(crate) async fn link(installation: &Installation, sheet: &Path, register: bool) -> anyhow::Result<u64> {
    let rows = read(installation, sheet, register).await?;
    let mandate = Mandate::operator(WriteAction::LinkNumbers);
    let vault = Vault {
        stores: &installation.stores,
        key: &installation.key,
        mandate: &Mandate::operator(WriteAction::KeepVault),
        numbers: Upkeep::of(Job::ResolveNumbers),
        entropy: &*installation.entropy,
    };
    let linked = vault.link(&mandate, &rows, &installation.configuration.vault.sites).await;
    let place = || sheet.display().to_string();
    linked.map_err(|error| match error {
        VaultError::Catalogue(CatalogueError::Conflict { field: "number" }) => CommandError::LinkedElsewhere { place: place() }.into(),
        VaultError::Catalogue(CatalogueError::Conflict { field: "purged" }) => CommandError::LinkOfErased { place: place() }.into(),
        error => error.into(),
    })
}

/// Reads a sheet with the columns `site,namespace,number,participant`.
async fn read(installation: &Installation, sheet: &Path, register: bool) -> anyhow::Result<Vec<LinkedRow>> {
    let known = KnownNames::read(installation).await?;
    let file = open_regular(sheet).with_context(|| sheet.display().to_string())?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let header = reader.headers().context("the sheet's first line")?;
    if header.iter().ne(["site", "namespace", "number", "participant"]) {
        return Err(CommandError::LinkHeader {
            file: sheet.display().to_string(),
        }
        .into());
    }
    let mut rows = Vec::new();
    for (index, row) in reader.records().enumerate() {
        // An error names the line's number and not its content, because the content identifies a participant.
        let line = index + 2;
        let row = row.map_err(|_| CommandError::LinkColumns { line: line.to_string() })?;
        let text = |column: usize| row.get(column).filter(|t| !t.is_empty() && t.len() <= MAX_BYTES);
        let (Some(site), Some(namespace), Some(number), Some(participant)) = (text(0), text(1), text(2), text(3)) else {
            return Err(CommandError::LinkColumn {
                line: line.to_string(),
                most: MAX_BYTES.to_string(),
            }
            .into());
        };
        let site = SiteId::parse(site).map_err(|error| anyhow::anyhow!("line {line}: site {error}"))?;
        if let Some(fault) = known.unknown_site(&site) {
            return Err(CommandError::LinkSite {
                line: line.to_string(),
                fault: fault.to_string(),
            }
            .into());
        }
        if !is_namespace(namespace) {
            return Err(CommandError::LinkNamespace { line: line.to_string() }.into());
        }
        if let Some(fault) = cell::of_number(number) {
            return Err(CommandError::LinkNumber {
                line: line.to_string(),
                fault: fault.as_str().to_owned(),
            }
            .into());
        }
        let participant = ParticipantId::parse(participant).map_err(|error| anyhow::anyhow!("line {line}: participant {error}"))?;
        if let Some(fault) = known.unregistered(&participant).filter(|_| !register) {
            return Err(CommandError::LinkUnregistered {
                line: line.to_string(),
                fault: fault.to_string(),
            }
            .into());
        }
        if known.unregistered(&participant).is_some()
            && let Some(fault) = cell::of_new_participant(participant.as_str())
        {
            return Err(CommandError::LinkNewParticipant {
                line: line.to_string(),
                fault: fault.as_str().to_owned(),
            }
            .into());
        }
        rows.push(LinkedRow {
            site,
            namespace: namespace.to_owned(),
            number: number.to_owned(),
            participant,
        });
    }
    Ok(rows)
}
