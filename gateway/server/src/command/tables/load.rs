//! The command `tables load FILE`.

use std::path::Path;
use std::process::ExitCode;

use gemj_access::{Mandate, WriteAction};
use gemj_adapters::code_table::TableFile;
use gemj_catalogue::{CatalogueError, LoadedAs};
use gemj_model::CodeTable;

use super::LoadOptions;
use crate::command::output::print;
use crate::command_error::CommandError;
use crate::installation::Installation;

/// The maximum length of a name, in bytes.
const MAX_NAME_BYTES: usize = 64;
/// The maximum length of a version or a note, in characters.
const MAX_TEXT_CHARS: usize = 500;

pub(super) async fn run(installation: &Installation, options: &LoadOptions) -> anyhow::Result<ExitCode> {
    let shown = options.file.display().to_string();
    let file = TableFile::open(&options.file, options.kind).map_err(|fault| CommandError::TableFile {
        file: shown.clone(),
        fault: fault.to_string(),
    })?;
    let name = stated("name", options.name.as_deref(), file.stated_name())?;
    let version = stated("version", options.version.as_deref(), file.stated_version())?;
    let licence = stated("licence", options.licence.as_deref(), file.stated_licence())?;
    let is_name = name.len() <= MAX_NAME_BYTES
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    if !is_name {
        return Err(CommandError::TableText { what: "name".to_owned() }.into());
    }
    let table = CodeTable {
        name,
        version,
        kind: options.kind,
        licence,
        sha256: file.sha256(),
        received: file.received(),
        refused: file.refused().len() as u64,
    };
    if table.received == table.refused {
        refused(&file)?;
        return Err(CommandError::TableWithoutRows { file: shown }.into());
    }
    let mandate = Mandate::operator(WriteAction::LoadCodeTable);
    let loaded = installation
        .stores
        .catalogue
        .load_code_table(&mandate, &table, &mut file.rows())
        .await;
    installation.checkpoint().await?;
    let loaded = loaded.map_err(|error| failure(error, &table, &options.file))?;
    refused(&file)?;
    print(&said(&table, &loaded, &file))?;
    let has_mistake = file.refused().iter().any(|row| row.fault.is_mistake());
    Ok(if has_mistake { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// A text that the option or the file states. If both state it, both must state the same.
fn stated(what: &'static str, option: Option<&str>, file: Option<&str>) -> anyhow::Result<String> {
    let what = || what.to_owned();
    let text = match (option.map(str::trim), file) {
        (Some(option), Some(file)) if option != file => return Err(CommandError::TableStatesOther { what: what() }.into()),
        (Some(text), _) | (None, Some(text)) => text,
        (None, None) => return Err(CommandError::TableStatesNo { what: what() }.into()),
    };
    let fits = !text.is_empty() && text.chars().count() <= MAX_TEXT_CHARS && !text.contains(char::is_control);
    match fits {
        true => Ok(text.to_owned()),
        false => Err(CommandError::TableText { what: what() }.into()),
    }
}

fn failure(error: CatalogueError, table: &CodeTable, file: &Path) -> anyhow::Error {
    let name = table.name.clone();
    match error {
        CatalogueError::Conflict { field: "version" } => CommandError::TableVersionTwice {
            name,
            version: table.version.clone(),
        }
        .into(),
        CatalogueError::Conflict { field: "kind" } => CommandError::TableOfOtherKind { name }.into(),
        CatalogueError::Invalid { field: "rows" } => CommandError::TableChanged {
            file: file.display().to_string(),
        }
        .into(),
        error => error.into(),
    }
}

/// Prints every refused row.
fn refused(file: &TableFile) -> anyhow::Result<()> {
    for row in file.refused() {
        print(&format!("line {}: {}: {}\n", row.line, row.fault.code(), row.fault))?;
    }
    Ok(())
}

fn said(table: &CodeTable, loaded: &LoadedAs, file: &TableFile) -> String {
    let mut text = String::new();
    if !file.unread_columns().is_empty() {
        text += &format!("columns that are not read: {}\n", file.unread_columns().join(", "));
    }
    for (fault, count) in file.refused_by_fault() {
        text += &format!("refused, {}: {count}\n", fault.code());
    }
    let of = format!("{} {}", table.name, table.version);
    text += &match loaded {
        LoadedAs::New => format!("{of}: loaded\n"),
        LoadedAs::Replaced { version } => format!("{of}: loaded, replaces {version}\n"),
        LoadedAs::Already => format!("{of}: the same content is in use already; nothing changed\n"),
    };
    let stored = table.received - table.refused;
    text + &format!("{of}: {} rows = {stored} loaded + {} refused\n", table.received, table.refused)
}
