//! The command `release create|list|show|diff`.

mod create;
mod diff;
mod show;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::RecordedRelease;
use gemj_model::ReleaseId;

use super::near_names::near_names;
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseCommand {
    /// Creates a release of a dataset: its files and their participants whose consent is valid now. A release never changes.
    Create {
        /// The release's id, for example rare-disease-2026.1. An id can be used only once.
        id: String,
        /// The dataset of the new release.
        #[arg(long)]
        dataset: String,
        /// The citation. If absent, the citation is built from the organisation, the dataset's name, the release's id and the day.
        #[arg(long)]
        citation: Option<String>,
    },
    /// Lists the releases of all datasets.
    List {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows a release: its description, the SHA-256 of its manifest, and the manifest.
    Show {
        /// The id of the release to show.
        id: String,
        /// Prints only the bytes of the release's manifest.
        #[arg(long)]
        manifest: bool,
    },
    /// Compares the second of two releases with the first. Exit code 1 if the releases differ.
    Diff {
        /// The id of the first release.
        first: String,
        /// The id of the second release.
        second: String,
        /// Prints the pseudonyms of participants who are in only one of the two releases.
        #[arg(long)]
        participants: bool,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &ReleaseCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    match command {
        ReleaseCommand::Create { id, dataset, citation } => create::create(&installation, id, dataset, citation.as_deref()).await,
        ReleaseCommand::List { json } => show::list(&installation, *json).await,
        ReleaseCommand::Show { id, manifest } => show::show(&installation, id, *manifest).await,
        ReleaseCommand::Diff {
            first,
            second,
            participants,
            json,
        } => diff::diff(&installation, first, second, *participants, *json).await,
    }
}

/// Reads a recorded release. An unknown id is an error.
async fn release(installation: &Installation, id: &str) -> anyhow::Result<RecordedRelease> {
    let id = ReleaseId::parse(id).context("the release's id")?;
    let found = installation.stores.catalogue.release(Upkeep::of(Job::Inventory), &id).await?;
    if let Some(found) = found {
        return Ok(found);
    }
    let releases = installation.stores.catalogue.releases(Upkeep::of(Job::Inventory)).await?;
    let near = near_names(id.as_str(), releases.iter().map(|release| release.id.as_str()));
    let id = id.to_string();
    Err(OperatorError::UnknownRelease { id, near }.into())
}
