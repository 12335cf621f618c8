//! The command `objects list|hold|release|unload|erase|collect`.

mod erased;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use gemj_access::{Job, Mandate, OperatorRead, OperatorReadAction, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, InventoryItem, ObjectStatus, SampleFinding, TakenBack};
use gemj_model::{DatasetId, ObjectId, ParticipantId};
use gemj_services::drs::file_name;
use serde_json::json;

use super::known_names::{require_dataset, require_participant};
use super::output::print;
use crate::command_error::CommandError;
use crate::http::objects::finding;
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum ObjectsCommand {
    /// Lists stored files with the ids under which they are served.
    List {
        /// Lists only the files of this participant. The read is audited.
        #[arg(long)]
        participant: Option<String>,
        /// The reason for reading a participant's files, for the audit trail. It must not name a person.
        #[arg(long, requires = "participant")]
        reason: Option<String>,
        /// Lists only files of this dataset.
        #[arg(long)]
        dataset: Option<String>,
        /// Lists only held and unloaded files.
        #[arg(long)]
        not_served: bool,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Holds a file. A held file is not served until it is released.
    Hold(Change),
    /// Releases a held file, so that the file is served again.
    Release(Change),
    /// Unloads a file permanently. From now on, the file is absent from served files, the index, new runs and new releases. A new load of the
    /// file for the same owners is refused. For other owners, the file is treated as a new file.
    Unload(Change),
    /// Erases the bytes and the index of an unloaded file permanently. The file's row is kept, so that a new load of the same file is still refused.
    Erase(Change),
    /// Removes the stored bytes of unloaded files, and stored files that no row names, for example after an interrupted load.
    Collect {
        /// A file is removed if it has been unloaded, or without a row, for this number of hours. The number must exceed the duration of any
        /// load.
        #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(..=24 * 365))]
        grace_h: u32,
        /// Removes files even if the database names no file at all, for example after the first load was interrupted.
        #[arg(long)]
        none_named: bool,
    },
}

/// The options of a change to one file: the file's id, and the reason for the change.
#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The id of the file, as `objects list` prints it.
    id: String,
    /// The reason for the change, for the list of files and for later readers. The text must not name a person.
    #[arg(long)]
    reason: String,
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: ObjectsCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, sources).await?;
    let (participant, reason, dataset, not_served, json) = match command {
        ObjectsCommand::List {
            participant,
            reason,
            dataset,
            not_served,
            json,
        } => (participant, reason, dataset, not_served, json),
        ObjectsCommand::Hold(change) => return set(&installation, &change, ObjectStatus::Held).await,
        ObjectsCommand::Release(change) => return set(&installation, &change, ObjectStatus::Served).await,
        ObjectsCommand::Unload(change) => return unload(&installation, &change).await,
        ObjectsCommand::Erase(change) => return erased::erase(&installation, &change).await,
        ObjectsCommand::Collect { grace_h, none_named } => return erased::collect(&installation, grace_h, none_named).await,
    };
    let participant = participant.map(|p| ParticipantId::parse(&p)).transpose().context("--participant")?;
    let dataset = dataset.map(|d| DatasetId::parse(&d)).transpose().context("--dataset")?;
    if let Some(dataset) = &dataset {
        require_dataset(&installation, dataset)?;
    }
    let catalogue = &installation.stores.catalogue;
    let mut items = match participant {
        None => catalogue.inventory(Upkeep::of(Job::Inventory), dataset.as_ref()).await?,
        Some(participant) => {
            let read = OperatorRead::new(OperatorReadAction::Files, participant.clone(), reason.as_deref()).context("--reason")?;
            let items = catalogue.files_of(&read, dataset.as_ref(), installation.clock.now()).await?;
            installation.checkpoint().await?;
            if items.is_empty() {
                require_participant(&installation, &participant).await?;
            }
            items
        }
    };
    items.retain(|item| !not_served || item.status.status != ObjectStatus::Served);
    let base = installation.configuration.public_base();
    let text = if json {
        let findings = installation.stores.catalogue.sample_findings(Upkeep::of(Job::Inventory)).await?;
        let list: Vec<_> = items.iter().map(|item| describe(item, &base, &findings)).collect();
        serde_json::to_string_pretty(&list)? + "\n"
    } else {
        table(&items)
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

async fn set(installation: &Installation, change: &Change, to: ObjectStatus) -> anyhow::Result<ExitCode> {
    let id = ObjectId::parse(&change.id).context("the id")?;
    let mandate = Mandate::operator(WriteAction::ChangeObjectStatus);
    let catalogue = &installation.stores.catalogue;
    let changed = catalogue.set_object_status(&mandate, &id, to, &change.reason).await;
    let changed = changed.map_err(|error| refused(&id, error))?;
    installation.checkpoint().await?;
    println!("{id} is {}{}", to.as_str(), if changed { "" } else { " already" });
    Ok(ExitCode::SUCCESS)
}

async fn unload(installation: &Installation, change: &Change) -> anyhow::Result<ExitCode> {
    let id = ObjectId::parse(&change.id).context("the id")?;
    let mandate = Mandate::operator(WriteAction::ChangeObjectStatus);
    let taken = installation.stores.catalogue.unload_object(&mandate, &id, &change.reason).await;
    let taken = taken.map_err(|error| refused(&id, error))?;
    installation.checkpoint().await?;
    let to = ObjectStatus::Unloaded.as_str();
    match taken {
        None => println!("{id} is {to} already"),
        Some(TakenBack {
            memberships,
            statements,
            still_members,
            still_stated,
        }) => {
            println!(
                "{id} is {to}. Withdrawn with it: {memberships} membership(s) of its dataset, {statements} statement(s) of sex, family or site"
            );
            if still_members + still_stated > 0 {
                println!(
                    "not withdrawn: {still_members} membership(s), because the dataset has other data of these participants; {still_stated} statement(s) that other data may have made too, or that name the family of a participant who stays a member"
                );
            }
        }
    }
    // The allele names of the unloaded file are erased here. If the command is interrupted before that, the next load, unload or `index
    // collect` erases them.
    installation.erase_allele_names().await?;
    Ok(ExitCode::SUCCESS)
}

fn refused(id: &ObjectId, error: CatalogueError) -> anyhow::Error {
    match error {
        CatalogueError::Conflict { .. } => CommandError::UnloadedForGood { id: id.to_string() }.into(),
        CatalogueError::NotFound { .. } => no_file(id),
        error => error.into(),
    }
}

fn no_file(id: &ObjectId) -> anyhow::Error {
    OperatorError::UnknownFile { id: id.to_string() }.into()
}

fn table(items: &[InventoryItem]) -> String {
    let row = |cells: [&str; 8]| {
        let [id, dataset, format, assembly, status, bytes, name, owners] = cells;
        format!("{id:38} {dataset:14} {format:6} {assembly:9} {status:9} {bytes:>14} {name:45} {owners}\n")
    };
    let mut text = row(["id", "dataset", "format", "assembly", "status", "bytes", "name", "participants"]);
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
            &file_name(&object.id, object.format),
            &owners,
        ]);
    }
    text
}

fn describe(item: &InventoryItem, base: &str, findings: &[SampleFinding]) -> serde_json::Value {
    let object = &item.object;
    let own: Vec<_> = findings.iter().filter(|f| f.object == object.id).map(finding).collect();
    // The ids of other files that are held because they contradict this file.
    let mut against: Vec<&str> = findings
        .iter()
        .filter(|f| f.object != object.id && f.found.other.as_ref().is_some_and(|(other, _)| *other == object.id))
        .map(|f| f.object.as_str())
        .collect();
    against.dedup();
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
        "name": file_name(&object.id, object.format),
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
        "erased": object.storage_key.is_empty(),
        "status_reason": item.status.reason,
        "status_changed": item.status.changed.map(|at| at.rfc3339()),
        "findings": own,
        "contradicted_by": against,
        "htsget_id": object.id.as_str(),
        "htsget_url": format!("{base}/htsget/{kind}/{}", object.id),
        "drs_id": object.id.as_str(),
        "drs_url": format!("{base}/ga4gh/drs/v1/objects/{}", object.id),
    })
}
