//! The commands `gene-model load FILE` and `gene-model list`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Mandate, WriteAction};
use gemj_model::Assembly;
use serde_json::{Value, json};

use super::output::print_json;
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum GeneModelCommand {
    /// Loads the genes of an assembly (GFF3 of GENCODE, Ensembl or RefSeq, or a table; plain or gzipped). The genes replace the assembly's
    /// earlier genes.
    Load {
        /// The file with the genes.
        file: PathBuf,
        /// The assembly of the file's coordinates.
        #[arg(long, value_parser = assembly)]
        assembly: Assembly,
        /// The name of the gene model's release. If absent, the name in the file.
        #[arg(long)]
        version: Option<String>,
    },
    /// Shows the loaded gene models.
    List {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

fn assembly(text: &str) -> Result<Assembly, String> {
    Assembly::parse(text).map_err(|error| error.to_string())
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &GeneModelCommand) -> anyhow::Result<ExitCode> {
    let installation = match command {
        GeneModelCommand::Load { .. } => Installation::open(config, sources).await?,
        _ => Installation::open_existing(config, sources).await?,
    };
    match command {
        GeneModelCommand::Load { file, assembly, version } => {
            println!("{}", load(&installation, file, *assembly, version.as_deref()).await?);
        }
        GeneModelCommand::List { json } => {
            let models = installation.stores.catalogue.loaded_gene_models().await?;
            if *json {
                let list = models
                    .iter()
                    .map(|model| json!({"assembly": model.assembly.as_str(), "version": model.version}));
                print_json(&Value::Array(list.collect()))?;
                return Ok(ExitCode::SUCCESS);
            }
            for model in models {
                println!("{}\t{}", model.assembly.as_str(), model.version);
            }
            return Ok(ExitCode::SUCCESS);
        }
    }
    installation.checkpoint().await?;
    Ok(ExitCode::SUCCESS)
}

/// Loads a gene model. Returns a line with the model's release and number of genes, and with the numbers of skipped records by reason.
async fn load(installation: &Installation, file: &Path, assembly: Assembly, version: Option<&str>) -> anyhow::Result<String> {
    let context = || format!("{}", file.display());
    let input = File::open(file).with_context(context)?;
    let parsed = gemj_adapters::gene_model::parse(input, assembly, version).with_context(context)?;
    let mandate = Mandate::operator(WriteAction::LoadOntology);
    installation.stores.catalogue.load_gene_model(&mandate, &parsed.model).await?;
    let mut said = format!("{} {}: {} genes", assembly.as_str(), parsed.model.version, parsed.model.genes.len());
    for (count, what) in [
        (parsed.on_other_contigs, "records on other contigs"),
        (parsed.without_symbol, "records without a symbol"),
        (parsed.strewn, "symbols of very many places"),
    ] {
        if count > 0 {
            said.push_str(&format!("; left out: {count} {what}"));
        }
    }
    Ok(said)
}
