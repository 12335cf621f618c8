//! The command `quarantine`: shows the results of the last runs of feeds.

use std::path::Path;
use std::process::ExitCode;

use gemj_access::{Job, Upkeep};

use crate::installation::Installation;
use crate::sources::Sources;

pub(crate) async fn run(config: &Path, sources: &Sources, limit: u32) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    let runs = installation.stores.catalogue.ingest_runs(Upkeep::of(Job::Inventory), limit).await?;
    for run in &runs {
        println!(
            "{}  {} into {}  {} received: {} committed, {} replaced, {} already there, {} older, {} refused; {} ignored",
            run.ended.rfc3339(),
            run.mapping_version,
            run.dataset,
            run.received,
            run.committed,
            run.replaced,
            run.duplicate,
            run.superseded,
            run.quarantined.len(),
            run.ignored
        );
        for unit in &run.quarantined {
            println!("    {}: {} ({})", unit.unit, unit.detail, unit.reason);
        }
    }
    Ok(ExitCode::SUCCESS)
}
