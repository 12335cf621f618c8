//! `release create|list|show|diff`.

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

use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseCommand {
    /// Makes a release of a dataset: its files and the participants in them whose consent holds now. It never changes.
    Create {
        /// Its id, such as rare-disease-2026.1; an id is used once.
        id: String,
        /// The dataset.
        #[arg(long)]
        dataset: String,
        /// How it is to be cited; made of the dataset's name, the id and the day where left out.
        #[arg(long)]
        citation: Option<String>,
    },
    /// Lists the releases.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows a release: what it is, the SHA-256 of its manifest, and the manifest.
    Show {
        /// Its id.
        id: String,
        /// The manifest's bytes alone.
        #[arg(long)]
        manifest: bool,
    },
    /// Says what the second of two releases has and has not of the first. Exit code 1 where they differ.
    Diff {
        /// The first.
        first: String,
        /// The second.
        second: String,
        /// Names the participants who came and left.
        #[arg(long)]
        participants: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &ReleaseCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, &sources.of(config)).await?;
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

/// A release that is there.
async fn release(installation: &Installation, id: &str) -> anyhow::Result<RecordedRelease> {
    let id = ReleaseId::parse(id).context("the release's id")?;
    let found = installation.stores.catalogue.release(Upkeep::of(Job::Inventory), &id).await?;
    found.with_context(|| format!("there is no release '{id}'"))
}
