//! The command `tables load|list|lookup|unmapped|remove`: code tables, and stored codes without a mapping.

mod load;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, StoredCodeTable, StoredLabel, StoredMapping};
use gemj_model::{CodeTableKind, DatasetId, Timestamp};
use serde_json::{Value, json};

use super::known_names::require_dataset;
use super::output::{print, print_json, table};
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum TablesCommand {
    /// Loads a version of a table (CSV or TSV). It replaces the version of the same name that is in use. Every row is loaded, or printed with its line and
    /// the reason. Exit code 1 if a row has a mistake.
    Load(LoadOptions),
    /// Lists every version of every table that was loaded: kind, licence note, numbers of rows, and whether it is in use.
    List {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows the mappings and the labels of a code in the tables in use.
    Lookup {
        /// The code with its prefix, such as ICD10:K29.7.
        code: String,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists the codes of stored facts that no table in use maps, with the number of facts, the most frequent code first. No participant is named.
    Unmapped {
        /// Only the facts of this dataset.
        #[arg(long)]
        dataset: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Removes the rows of a table. The version stays in the list as removed.
    Remove {
        /// The name of the table.
        name: String,
    },
}

/// The options of `tables load`.
#[derive(Debug, Args)]
pub(crate) struct LoadOptions {
    /// The file with the table.
    file: PathBuf,
    /// The kind of the table: `map` (mappings between code systems) or `labels` (labels of codes).
    #[arg(long, value_parser = kind)]
    kind: CodeTableKind,
    /// The name of the table. If absent, the name in the file.
    #[arg(long)]
    name: Option<String>,
    /// The version of the table. If absent, the version in the file.
    #[arg(long)]
    version: Option<String>,
    /// A note about the licence of the table. If absent, the note in the file.
    #[arg(long)]
    licence: Option<String>,
}

fn kind(text: &str) -> Result<CodeTableKind, String> {
    CodeTableKind::parse(text).ok_or_else(|| "map or labels is expected".to_owned())
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &TablesCommand) -> anyhow::Result<ExitCode> {
    let installation = match command {
        TablesCommand::Load(_) => Installation::open(config, sources).await?,
        TablesCommand::List { .. } | TablesCommand::Lookup { .. } | TablesCommand::Unmapped { .. } | TablesCommand::Remove { .. } => {
            Installation::open_existing(config, sources).await?
        }
    };
    match command {
        TablesCommand::Load(options) => return load::run(&installation, options).await,
        TablesCommand::List { json } => list(&installation, *json).await?,
        TablesCommand::Lookup { code, json } => lookup(&installation, code, *json).await?,
        TablesCommand::Unmapped { dataset, json } => unmapped(&installation, dataset.as_deref(), *json).await?,
        TablesCommand::Remove { name } => remove(&installation, name).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(installation: &Installation, json: bool) -> anyhow::Result<()> {
    let tables = installation.stores.catalogue.code_tables().await?;
    if json {
        return print_json(&Value::Array(tables.iter().map(described).collect()));
    }
    let parts = |table: &StoredCodeTable| {
        let parts = table
            .parts
            .iter()
            .map(|part| format!("{}>{}: {}", part.source, part.target, part.rows));
        parts.collect::<Vec<_>>().join(", ")
    };
    let rows: Vec<Vec<String>> = tables
        .iter()
        .map(|table| {
            vec![
                table.name.clone(),
                table.version.clone(),
                table.kind.as_str().to_owned(),
                table.state.as_str().to_owned(),
                table.received.to_string(),
                table.refused.to_string(),
                table.licence.clone(),
                parts(table),
            ]
        })
        .collect();
    let head = ["name", "version", "kind", "state", "rows", "refused", "licence", "from>to: rows"];
    print(&table(&head, &rows))
}

fn described(table: &StoredCodeTable) -> Value {
    let parts = table
        .parts
        .iter()
        .map(|part| json!({"from": part.source, "to": part.target, "rows": part.rows}));
    json!({
        "name": table.name,
        "version": table.version,
        "kind": table.kind.as_str(),
        "state": table.state.as_str(),
        "licence": table.licence,
        "sha256": table.sha256,
        "received": table.received,
        "loaded": table.received.saturating_sub(table.refused),
        "refused": table.refused,
        "recorded": table.recorded.rfc3339(),
        "ended": table.ended.map(Timestamp::rfc3339),
        "parts": parts.collect::<Vec<_>>(),
    })
}

async fn lookup(installation: &Installation, code: &str, json: bool) -> anyhow::Result<()> {
    let has_prefix = code
        .split_once(':')
        .is_some_and(|(prefix, local)| !prefix.is_empty() && !local.is_empty());
    if !has_prefix {
        return Err(CommandError::CodeWithoutPrefix { code: code.to_owned() }.into());
    }
    let catalogue = &installation.stores.catalogue;
    let mappings = catalogue
        .code_mappings(&BTreeSet::from([code]))
        .await?
        .remove(code)
        .unwrap_or_default();
    let labels = catalogue.code_labels(code).await?;
    if json {
        let mapping = |found: &StoredMapping| {
            let mapping = &found.mapping;
            json!({
                "target": mapping.target,
                "target_system": mapping.target_system,
                "display": mapping.target_display,
                "equivalence": mapping.equivalence.as_str(),
                "table": found.table,
                "version": found.version,
            })
        };
        let label = |found: &StoredLabel| {
            json!({
                "label": found.label.label,
                "language": found.label.language,
                "status": found.label.status.as_str(),
                "table": found.table,
                "version": found.version,
            })
        };
        return print_json(&json!({
            "code": code,
            "mappings": mappings.iter().map(mapping).collect::<Vec<_>>(),
            "labels": labels.iter().map(label).collect::<Vec<_>>(),
        }));
    }
    let mapped = mappings.iter().map(|found| {
        let mapping = &found.mapping;
        vec![
            mapping.equivalence.as_str().to_owned(),
            mapping.target.clone(),
            mapping.target_display.clone(),
            format!("{} {}", found.table, found.version),
        ]
    });
    let labelled = labels.iter().map(|found| {
        vec![
            found.label.status.as_str().to_owned(),
            found.label.language.clone(),
            found.label.label.clone(),
            format!("{} {}", found.table, found.version),
        ]
    });
    print(&table(
        &["relation", "to", "text", "table"],
        &mapped.chain(labelled).collect::<Vec<_>>(),
    ))
}

async fn unmapped(installation: &Installation, dataset: Option<&str>, json: bool) -> anyhow::Result<()> {
    let dataset = dataset.map(DatasetId::parse).transpose().context("--dataset")?;
    if let Some(dataset) = &dataset {
        require_dataset(installation, dataset)?;
    }
    let inventory = Upkeep::of(Job::Inventory);
    let codes = installation.stores.catalogue.unmapped_codes(inventory, dataset.as_ref()).await?;
    if json {
        let list = codes
            .iter()
            .map(|unmapped| json!({"code": unmapped.code, "facts": unmapped.facts, "reason": unmapped.why.as_str()}));
        return print_json(&Value::Array(list.collect()));
    }
    let rows: Vec<Vec<String>> = codes
        .iter()
        .map(|unmapped| vec![unmapped.facts.to_string(), unmapped.code.clone(), unmapped.why.as_str().to_owned()])
        .collect();
    print(&table(&["facts", "code", "reason"], &rows))
}

async fn remove(installation: &Installation, name: &str) -> anyhow::Result<()> {
    let mandate = Mandate::operator(WriteAction::LoadCodeTable);
    let removed = installation.stores.catalogue.remove_code_table(&mandate, name).await;
    installation.checkpoint().await?;
    let version = removed.map_err(|error| -> anyhow::Error {
        match error {
            CatalogueError::NotFound { what: "code table" } => CommandError::NoCodeTable { name: name.to_owned() }.into(),
            error => error.into(),
        }
    })?;
    print(&format!("{name} {version}: removed\n"))
}
