//! The command `export`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use gemj_access::{OperatorListing, OperatorRead, OperatorReadAction};
use gemj_catalogue::PolicyWatch;
use gemj_model::{DatasetId, ParticipantId, SiteId};
use gemj_services::export::{CaseFormat, Export};

use super::known_names::{require_dataset, require_participant, require_site};
use crate::installation::Installation;
use crate::sources::Sources;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// GA4GH Phenopackets v2 in JSON, one file for each packet. Packets come out as they came.
    Phenopackets,
    /// The Beacon Friendly Format: individuals.json and biosamples.json of the Beacon v2 default model.
    Bff,
    /// Tables of the OMOP Common Data Model 5.4 in Parquet.
    Omop,
    /// Donors and samples of MIABIS on FHIR (R4) in NDJSON.
    MiabisOnFhir,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// The format of the files.
    #[arg(long, value_enum)]
    format: ExportFormat,
    /// The dataset whose data is exported.
    #[arg(long)]
    dataset: String,
    /// The institution that receives the files. Only data that this institution sent is exported.
    #[arg(long, value_name = "SITE")]
    for_site: String,
    /// Exports only the data of this participant.
    #[arg(long)]
    participant: Option<String>,
    /// The folder for the files. It is created; an existing folder must be empty.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The reason for the export, for the audit trail. It must not name a person.
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &ExportOptions) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    let dataset = DatasetId::parse(&options.dataset).context("--dataset")?;
    require_dataset(&installation, &dataset)?;
    let site = SiteId::parse(&options.for_site).context("--for-site")?;
    require_site(&installation, &site).await?;
    let participant = options
        .participant
        .as_deref()
        .map(ParticipantId::parse)
        .transpose()
        .context("--participant")?;
    if let Some(participant) = &participant {
        require_participant(&installation, participant).await?;
    }
    let configuration = &installation.configuration;
    let datasets = configuration.datasets.iter().map(|d| d.id.clone()).collect();
    let watch = PolicyWatch::new(
        installation.stores.catalogue.clone(),
        installation.forms.clone(),
        datasets,
        Arc::clone(&installation.clock),
    )
    .with_rules(configuration.consent.rules());
    std::fs::create_dir_all(&options.out).with_context(|| format!("--out: {}", options.out.display()))?;
    let is_empty = std::fs::read_dir(&options.out)?.next().is_none();
    anyhow::ensure!(is_empty, "--out: {}: the folder is not empty", options.out.display());
    let reason = options.reason.as_deref();
    let (format, action) = match options.format {
        ExportFormat::Phenopackets => (None, OperatorReadAction::Export),
        ExportFormat::Bff => (Some(CaseFormat::Bff), OperatorReadAction::ExportFacts),
        ExportFormat::Omop => (Some(CaseFormat::Omop), OperatorReadAction::ExportFacts),
        ExportFormat::MiabisOnFhir => (Some(CaseFormat::MiabisOnFhir), OperatorReadAction::ExportFacts),
    };
    let export = Export {
        stores: &installation.stores,
        key: &installation.key,
        watch: &watch,
        clock: &*installation.clock,
        dataset: &dataset,
        site: &site,
        listing: &OperatorListing::new(reason).context("--reason")?,
        read: &|participant| OperatorRead::new(action, participant.clone(), reason),
    };
    let participant = participant.as_ref();
    let account = match format {
        None => packets(&export, participant, &options.out).await?,
        Some(format) => cases(&export, participant, format, &options.out).await?,
    };
    installation.checkpoint().await?;
    print!("{account}");
    Ok(ExitCode::SUCCESS)
}

/// Exports the kept packets. Returns the account as text.
async fn packets(export: &Export<'_>, participant: Option<&ParticipantId>, out: &Path) -> anyhow::Result<String> {
    let exported = export.write(participant, out).await?;
    Ok(format!(
        "exported: {} packets of {} participants; {} members of the dataset are left out, because their consent does not cover the export\n",
        exported.packets, exported.participants, exported.withheld
    ))
}

/// Exports stored facts in a format. Returns the account as text: a line for each file, and a line for each rule that left something out.
async fn cases(export: &Export<'_>, participant: Option<&ParticipantId>, format: CaseFormat, out: &Path) -> anyhow::Result<String> {
    let account = export.write_cases(participant, format, out).await?;
    let mut text = format!(
        "exported: {} participants; {} members of the dataset are left out, because their consent does not cover the export\n\
         members about whom the institution sent nothing: {}\n",
        account.participants, account.withheld, account.without_units
    );
    for (file, count) in &account.files {
        text += &format!("{file}: {count}\n");
    }
    for (rule, count) in &account.left_out {
        text += &format!("left out by {}: {count} ({})\n", rule.as_str(), rule.words());
    }
    Ok(text)
}
