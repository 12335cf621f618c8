//! The command `link SHEET`: links institutions' own numbers to participants.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Mandate, WriteAction};
use gemj_adapters::is_namespace;
use gemj_model::{ParticipantId, SiteId};
use gemj_services::ingest::{LinkedRow, link_numbers};

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

/// Records the links of a sheet with the columns `site,namespace,number,participant`. Returns the number of new links.
///
/// # Errors
/// A line is not usable, or names an unknown site or a participant that is not registered although `register` is false. Nothing is linked then.
pub(crate) async fn link(installation: &Installation, sheet: &Path, register: bool) -> anyhow::Result<u64> {
    let known = KnownNames::read(installation).await?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(sheet)
        .with_context(|| sheet.display().to_string())?;
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
        let participant = ParticipantId::parse(participant).map_err(|error| anyhow::anyhow!("line {line}: participant {error}"))?;
        if let Some(fault) = known.unregistered(&participant).filter(|_| !register) {
            return Err(CommandError::LinkUnregistered {
                line: line.to_string(),
                fault: fault.to_string(),
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
    Ok(link_numbers(
        &installation.stores,
        &Mandate::operator(WriteAction::LinkNumbers),
        &installation.key,
        &rows,
    )
    .await?)
}
