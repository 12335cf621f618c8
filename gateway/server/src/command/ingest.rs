//! `ingest --dataset D --profile phenopacket PATH...`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use clap::ValueEnum;
use gemj_access::{Mandate, WriteAction};
use gemj_model::{DatasetId, SystemClock};
use gemj_services::ingest::ingest_phenopackets;

use crate::installation::Installation;

/// A format of facts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Profile {
    /// GA4GH Phenopackets v2.
    Phenopacket,
}

pub(crate) async fn run(config: &Path, dataset: &str, profile: Profile, paths: Vec<PathBuf>) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, SystemClock::default().shared()).await?;
    let refused = match profile {
        Profile::Phenopacket => ingest_packets(&installation, dataset, paths, true).await?,
    };
    installation.checkpoint().await?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Ingests packets and names the refused ones on standard error. Answers how many were refused.
pub(crate) async fn ingest_packets(installation: &Installation, dataset: &str, paths: Vec<PathBuf>, say: bool) -> anyhow::Result<usize> {
    let dataset = DatasetId::parse(dataset)?;
    if !installation.configuration.datasets.iter().any(|d| d.id == dataset) {
        bail!("dataset '{dataset}' is not configured");
    }
    let mandate = Mandate::operator(WriteAction::Ingest);
    let accounting = ingest_phenopackets(&installation.stores, &mandate, &dataset, paths).await?;
    for refused in &accounting.quarantined {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
    }
    if say {
        let quarantined = accounting.quarantined.len();
        println!(
            "{} received: {} committed, {} already there, {quarantined} refused",
            accounting.received, accounting.committed, accounting.duplicate
        );
    }
    Ok(accounting.quarantined.len())
}
