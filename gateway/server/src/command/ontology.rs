//! The command `ontology load FILE`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Mandate, WriteAction};

use super::unknown_terms;
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum OntologyCommand {
    /// Loads a release of an ontology (OBO or OBO-graph JSON). The release replaces the ontology's earlier release.
    Load {
        /// The file with the release.
        file: PathBuf,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &OntologyCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    match command {
        OntologyCommand::Load { file } => {
            println!("{}", load(&installation, file).await?);
            for line in unknown_terms::lines(&installation, WriteAction::LoadOntology, None).await? {
                println!("{line}");
            }
        }
    }
    installation.checkpoint().await?;
    Ok(ExitCode::SUCCESS)
}

/// Loads a release of an ontology. Returns a line with the ontology's prefix, the version and the number of terms.
pub(crate) async fn load(installation: &Installation, file: &Path) -> anyhow::Result<String> {
    let context = || format!("{}: a release of an ontology in OBO or OBO-graph JSON is expected", file.display());
    let bytes = std::fs::read(file).with_context(context)?;
    let release = gemj_adapters::ontology::parse(&bytes).with_context(context)?;
    let mandate = Mandate::operator(WriteAction::LoadOntology);
    installation.stores.catalogue.load_ontology(&mandate, &release).await?;
    Ok(format!("{} {}: {} terms", release.prefix, release.version, release.terms.len()))
}
