//! The command `participants register SHEET`.

use std::path::Path;

use anyhow::Context as _;
use gemj_access::{Mandate, WriteAction};
use gemj_catalogue::{CatalogueError, NewParticipant};
use gemj_model::{FamilyId, ParticipantId, Sex, SiteId};

use crate::command::known_names::KnownNames;
use crate::command_error::CommandError;
use crate::installation::Installation;

const COLUMNS: [&str; 4] = ["participant", "family", "sex", "site"];

/// Registers all participants of a sheet, or none.
pub(super) async fn register(installation: &Installation, sheet: &Path) -> anyhow::Result<()> {
    let place = || sheet.display().to_string();
    let known = KnownNames::read(installation).await?;
    let new = read(sheet, &known).with_context(place)?;
    let mandate = Mandate::operator(WriteAction::RegisterParticipants);
    let added = installation.stores.catalogue.register_participants(&mandate, &new).await;
    let added = added.map_err(|error| -> anyhow::Error {
        match error {
            CatalogueError::Conflict { field } => CommandError::RegisteredOtherwise {
                place: place(),
                field: field.to_string(),
            }
            .into(),
            error => error.into(),
        }
    })?;
    println!("{added} registered, {} already there", new.len() as u64 - added);
    Ok(())
}

/// Reads the sheet. Every fault of a line is listed, and one fault refuses the whole sheet.
fn read(sheet: &Path, known: &KnownNames) -> anyhow::Result<Vec<NewParticipant>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(sheet)?;
    let header = reader.headers().context("the sheet's first line")?.clone();
    if let Some(unknown) = header.iter().find(|column| !COLUMNS.contains(column)) {
        return Err(CommandError::UnknownColumn {
            unknown: unknown.to_owned(),
            columns: COLUMNS.join(", "),
        }
        .into());
    }
    let at = |column: &str| header.iter().position(|name| name == column);
    let Some(participant) = at("participant") else {
        return Err(CommandError::NoParticipantColumn {
            columns: COLUMNS.join(", "),
        }
        .into());
    };
    let (mut new, mut faults) = (Vec::new(), Vec::new());
    let mut lines = std::collections::HashMap::new();
    for (index, row) in reader.records().enumerate() {
        // A fault names the line and not its content, because the content identifies a participant.
        let line = index + 2;
        let Ok(row) = row else {
            faults.push(format!("line {line}: {} values are expected", header.len()));
            continue;
        };
        let text = |column: &str| at(column).and_then(|at| row.get(at)).filter(|text| !text.is_empty());
        match one(row.get(participant).unwrap_or(""), text, known) {
            Ok(person) => match lines.insert(person.participant.clone(), line) {
                Some(earlier) => faults.push(format!("line {line}: the same participant as line {earlier}")),
                None => new.push(person),
            },
            Err(fault) => faults.push(format!("line {line}: {fault}")),
        }
    }
    if !faults.is_empty() {
        return Err(CommandError::NothingRegistered { faults: faults.join("\n") }.into());
    }
    Ok(new)
}

fn one<'a>(participant: &str, text: impl Fn(&str) -> Option<&'a str>, known: &KnownNames) -> Result<NewParticipant, String> {
    let site = text("site")
        .map(SiteId::parse)
        .transpose()
        .map_err(|fault| format!("site {fault}"))?;
    if let Some(fault) = site.as_ref().and_then(|site| known.unknown_site(site)) {
        return Err(fault.to_string());
    }
    Ok(NewParticipant {
        participant: ParticipantId::parse(participant).map_err(|fault| format!("participant {fault}"))?,
        family: text("family")
            .map(FamilyId::parse)
            .transpose()
            .map_err(|fault| format!("family {fault}"))?,
        sex: Sex::parse(text("sex").unwrap_or("")).ok_or("sex: female, male, other or unknown is expected")?,
        site,
    })
}
