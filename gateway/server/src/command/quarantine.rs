//! The command `quarantine list|show|redrive`: the accounts of the runs of feeds, with every rejected unit and its reason.

mod redrive;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{IngestRun, IngestState};
use serde_json::{Value, json};

use super::output::{print, print_json};
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Lists the last runs of feeds, with every rejected unit and the reason. The command without a subcommand does the same.
    List {
        /// The number of runs to show.
        #[arg(long, default_value_t = 10)]
        limit: u32,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows the whole account of one run: every count by name, and every rejected unit.
    Show {
        /// The id of the run, as `quarantine list` prints it.
        run: String,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ingests input again with the dataset, site and namespace of an earlier run, and states which of its rejected units are committed now.
    Redrive {
        /// The id of the run, as `quarantine list` prints it.
        run: String,
        /// The file of the profile, if the run used a site's own profile.
        #[arg(long)]
        profile: Option<String>,
        /// The files and folders to ingest: those of the earlier run, or parts of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: QuarantineCommand) -> anyhow::Result<ExitCode> {
    match command {
        QuarantineCommand::List { limit, json } => {
            let installation = Installation::open_existing(config, sources).await?;
            let runs = installation.stores.catalogue.ingest_runs(Upkeep::of(Job::Inventory), limit).await?;
            match json {
                true => print_json(&Value::Array(runs.iter().map(described).collect()))?,
                false => print(&runs.iter().map(text::listed).collect::<String>())?,
            }
            Ok(ExitCode::SUCCESS)
        }
        QuarantineCommand::Show { run, json } => {
            let installation = Installation::open_existing(config, sources).await?;
            let run = find(&installation, &run).await?;
            match json {
                true => print_json(&whole(&run))?,
                false => print(&text::shown(&run))?,
            }
            Ok(ExitCode::SUCCESS)
        }
        QuarantineCommand::Redrive { run, profile, paths } => redrive::run(config, sources, &run, profile.as_deref(), paths).await,
    }
}

/// The run with this id.
async fn find(installation: &Installation, id: &str) -> anyhow::Result<IngestRun> {
    let found = installation.stores.catalogue.ingest_run(Upkeep::of(Job::Inventory), id).await?;
    Ok(found.ok_or_else(|| OperatorError::UnknownRun { id: id.to_owned() })?)
}

fn described(run: &IngestRun) -> Value {
    let result = &run.result;
    // A run without an end has counted only the units that it stored.
    let known = |count: u64| (run.state != IngestState::Begun).then_some(count);
    let units = result.quarantined.iter().map(|unit| {
        json!({
            "number": unit.number,
            "part": unit.is_part,
            "reason": unit.reason,
            "detail": unit.detail,
            "received_again_by": unit.received_again_by,
        })
    });
    json!({
        "run": run.id,
        "profile": run.profile,
        "mapping_version": run.mapping_version,
        "dataset": run.dataset.as_str(),
        "site": run.site.as_ref().map(gemj_model::SiteId::as_str),
        "namespace": run.namespace,
        "exported": run.exported.map(|exported| exported.rfc3339()),
        "state": run.state.as_str(),
        "began": run.began.map(|began| began.rfc3339()),
        "ended": run.ended.rfc3339(),
        "received": known(result.received),
        "committed": result.committed,
        "replaced": result.replaced,
        "unchanged": known(result.unchanged),
        "duplicate": known(result.duplicate),
        "superseded": known(result.superseded),
        "ignored": known(result.ignored),
        "parts_refused": known(result.parts_refused()),
        "quarantined": units.collect::<Vec<_>>(),
    })
}

fn whole(run: &IngestRun) -> Value {
    let counts = run.result.counts.iter();
    let counts: Vec<Value> = counts
        .map(|count| json!({"kind": count.kind, "name": count.name, "count": count.count}))
        .collect();
    let mut described = described(run);
    described["counts"] = Value::Array(counts);
    described
}
