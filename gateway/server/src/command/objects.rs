//! `objects list|hold|release|unload`.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, InventoryItem, ObjectStatus};
use gemj_model::{DatasetId, ObjectId, ParticipantId, SystemClock};
use serde_json::json;

use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectsCommand {
    /// Lists stored files with the ids they are served under.
    List {
        /// Only those of a participant.
        #[arg(long)]
        participant: Option<String>,
        /// Only those of a dataset.
        #[arg(long)]
        dataset: Option<String>,
        /// Only those that are held or were taken out.
        #[arg(long)]
        not_served: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Serves a file to nobody until it is released.
    Hold(Change),
    /// Serves a file that was held.
    Release(Change),
    /// Takes a file out for good: files, index entries, runs to come and releases to come are without it from this moment on. Loaded again for
    /// the same owners it is refused; for others it is a new file.
    Unload(Change),
}

/// Which file, and why.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The file's id (`objects list`).
    id: String,
    /// Why, for the list and for whoever looks later. Name nobody in it.
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(config: &Path, command: ObjectsCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, SystemClock::default().shared()).await?;
    let (participant, dataset, not_served, json) = match command {
        ObjectsCommand::List {
            participant,
            dataset,
            not_served,
            json,
        } => (participant, dataset, not_served, json),
        ObjectsCommand::Hold(change) => return set(&installation, &change, ObjectStatus::Held).await,
        ObjectsCommand::Release(change) => return set(&installation, &change, ObjectStatus::Served).await,
        ObjectsCommand::Unload(change) => return set(&installation, &change, ObjectStatus::Unloaded).await,
    };
    let participant = participant.map(|p| ParticipantId::parse(&p)).transpose().context("--participant")?;
    let dataset = dataset.map(|d| DatasetId::parse(&d)).transpose().context("--dataset")?;
    let mut items = installation
        .stores
        .catalogue
        .inventory(Upkeep::of(Job::Inventory), participant.as_ref(), dataset.as_ref())
        .await?;
    items.retain(|item| !not_served || item.status.status != ObjectStatus::Served);
    let base = installation.configuration.public_base();
    let text = if json {
        let list: Vec<_> = items.iter().map(|item| describe(item, &base)).collect();
        serde_json::to_string_pretty(&list)? + "\n"
    } else {
        table(&items)
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has seen enough (`| head`).
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

async fn set(installation: &Installation, change: &Change, to: ObjectStatus) -> anyhow::Result<ExitCode> {
    let id = ObjectId::parse(&change.id).context("the id")?;
    let mandate = Mandate::operator(WriteAction::ChangeObjectStatus);
    let catalogue = &installation.stores.catalogue;
    let changed = catalogue.set_object_status(&mandate, &id, to, &change.reason).await;
    let changed = changed.map_err(|error| match error {
        CatalogueError::Conflict { .. } => {
            anyhow::anyhow!("{id} was taken out, which is for good: load the file again for its right owners")
        }
        error => error.into(),
    })?;
    installation.checkpoint().await?;
    println!("{id} is {}{}", to.as_str(), if changed { "" } else { " already" });
    Ok(ExitCode::SUCCESS)
}

fn table(items: &[InventoryItem]) -> String {
    let row = |cells: [&str; 7]| {
        let [id, dataset, format, assembly, status, bytes, owners] = cells;
        format!("{id:38} {dataset:14} {format:6} {assembly:9} {status:9} {bytes:>14} {owners}\n")
    };
    let mut text = row(["id", "dataset", "format", "assembly", "status", "bytes", "participants"]);
    for item in items {
        let object = &item.object;
        let named: Vec<&str> = item.participants.iter().flatten().map(ParticipantId::as_str).collect();
        let owners = if named.len() > 3 {
            format!("{} of {} columns", named.len(), item.participants.len())
        } else {
            named.join(",")
        };
        let bytes = object.size_bytes.to_string();
        text += &row([
            object.id.as_str(),
            object.dataset.as_str(),
            object.format.as_str(),
            object.assembly.as_str(),
            item.status.status.as_str(),
            &bytes,
            &owners,
        ]);
    }
    text
}

fn describe(item: &InventoryItem, base: &str) -> serde_json::Value {
    let object = &item.object;
    let kind = object.format.data_kind().as_str();
    let samples: Vec<_> = object
        .samples
        .iter()
        .zip(&item.participants)
        .map(|(sample, participant)| {
            json!({
                "sample": sample.sample,
                "participant": participant.as_ref().map(ParticipantId::as_str),
                "specimen": sample.specimen.as_ref().map(|s| s.as_str()),
            })
        })
        .collect();
    let single = match item.participants.as_slice() {
        [Some(one)] if !object.joint => Some(one.as_str()),
        _ => None,
    };
    json!({
        "id": object.id.as_str(),
        "dataset": object.dataset.as_str(),
        "participant": single,
        "data_kind": kind,
        "format": object.format.as_str(),
        "assembly": object.assembly.as_str(),
        "origin": object.origin.as_str(),
        "joint": object.joint,
        "samples": samples,
        "size": object.size_bytes,
        "sha256": object.sha256,
        "created": object.created.rfc3339(),
        "status": item.status.status.as_str(),
        "status_reason": item.status.reason,
        "status_changed": item.status.changed.map(|at| at.rfc3339()),
        "htsget_id": object.id.as_str(),
        "htsget_url": format!("{base}/htsget/{kind}/{}", object.id),
        "drs_id": object.id.as_str(),
        "drs_url": format!("{base}/ga4gh/drs/v1/objects/{}", object.id),
    })
}
