//! The command `datasets list|show`: the configured datasets, and the data that they contain.

use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{InventoryItem, ObjectStatus};
use gemj_model::{DatasetId, DatasetPolicy};
use serde_json::{Value, json};

use super::known_names::require_dataset;
use super::output::{print, print_json, table};
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsCommand {
    /// Lists the configured datasets with their numbers of participants and files.
    List {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows a dataset: its conditions of use, files, feeds and releases.
    Show {
        /// The dataset to show.
        dataset: String,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &DatasetsCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    match command {
        DatasetsCommand::List { json } => {
            let items = installation.stores.catalogue.inventory(Upkeep::of(Job::Inventory), None).await?;
            let datasets = installation.configuration.datasets.iter();
            let all: Vec<Value> = datasets.map(|dataset| described(dataset, &items)).collect();
            if *json {
                print_json(&Value::Array(all))?;
            } else {
                let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let columns = ["dataset", "name", "participants", "files", "files_not_served"];
                let rows: Vec<Vec<String>> = all.iter().map(|one| columns.map(|column| cell(&one[column])).to_vec()).collect();
                print(&table(&["dataset", "name", "participants", "files", "not served"], &rows))?;
            }
        }
        DatasetsCommand::Show { dataset, json } => show(&installation, dataset, *json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(installation: &Installation, dataset: &str, json: bool) -> anyhow::Result<()> {
    let id = DatasetId::parse(dataset).context("DATASET")?;
    let policy = require_dataset(installation, &id)?;
    let catalogue = &installation.stores.catalogue;
    let inventory = Upkeep::of(Job::Inventory);
    let items = catalogue.inventory(inventory, Some(&id)).await?;
    let feeds = catalogue.feeds(inventory).await?;
    let feeds: Vec<&str> = feeds
        .iter()
        .filter(|feed| feed.dataset == id)
        .map(|feed| feed.profile.as_str())
        .collect();
    let releases = catalogue.releases(inventory).await?;
    let releases: Vec<&str> = releases
        .iter()
        .filter(|release| release.dataset == id)
        .map(|release| release.id.as_str())
        .collect();
    let mut all = described(policy, &items);
    all["feeds"] = json!(feeds);
    all["releases"] = json!(releases);
    if json {
        return print_json(&all);
    }
    let mut text = String::new();
    for (key, name) in [
        ("dataset", "dataset"),
        ("name", "name"),
        ("data_use", "data use"),
        ("participants", "participants with files"),
        ("files", "files"),
        ("files_not_served", "files not served"),
        ("bytes", "bytes"),
        ("formats", "formats"),
        ("feeds", "feeds"),
        ("releases", "releases"),
    ] {
        let shown = match &all[key] {
            Value::String(text) => text.clone(),
            Value::Array(list) if list.is_empty() => "-".to_owned(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        text += &format!("{name}: {shown}\n");
    }
    print(&text)
}

/// A dataset and the numbers of its files. Unloaded files are not counted, because their rows only keep the same file from being loaded again.
fn described(dataset: &DatasetPolicy, items: &[InventoryItem]) -> Value {
    let there = || {
        let of = items.iter().filter(|item| item.object.dataset == dataset.id);
        of.filter(|item| item.status.status != ObjectStatus::Unloaded)
    };
    let participants: HashSet<&str> = there()
        .flat_map(|item| item.participants.iter().flatten())
        .map(|id| id.as_str())
        .collect();
    let formats: std::collections::BTreeSet<&str> = there().map(|item| item.object.format.as_str()).collect();
    json!({
        "dataset": dataset.id.as_str(),
        "name": dataset.name,
        "data_use": dataset.data_use.iter().map(|term| term.code.as_str()).collect::<Vec<_>>(),
        "participants": participants.len(),
        "files": there().count(),
        "files_not_served": there().filter(|item| item.status.status != ObjectStatus::Served).count(),
        "bytes": there().map(|item| item.object.size_bytes).sum::<u64>(),
        "formats": formats,
    })
}
