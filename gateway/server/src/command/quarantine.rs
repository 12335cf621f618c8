//! The command `quarantine`: shows the results of the last runs of feeds.

use std::path::Path;
use std::process::ExitCode;

use gemj_access::{Job, Upkeep};
use gemj_catalogue::IngestRun;
use serde_json::{Value, json};

use super::output::print_json;
use crate::installation::Installation;
use crate::sources::Sources;

pub(crate) async fn run(config: &Path, sources: &Sources, limit: u32, json: bool) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, sources).await?;
    let runs = installation.stores.catalogue.ingest_runs(Upkeep::of(Job::Inventory), limit).await?;
    if json {
        print_json(&Value::Array(runs.iter().map(described).collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
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

fn described(run: &IngestRun) -> Value {
    let units = run.quarantined.iter();
    json!({
        "run": run.id,
        "profile": run.profile,
        "mapping_version": run.mapping_version,
        "dataset": run.dataset.as_str(),
        "ended": run.ended.rfc3339(),
        "received": run.received,
        "committed": run.committed,
        "replaced": run.replaced,
        "duplicate": run.duplicate,
        "superseded": run.superseded,
        "ignored": run.ignored,
        "quarantined": units.map(|unit| json!({"unit": unit.unit, "reason": unit.reason, "detail": unit.detail})).collect::<Vec<_>>(),
    })
}
