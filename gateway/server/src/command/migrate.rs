//! The command `migrate [--check]`: the schema of the database, and its upgrade.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gemj_catalogue::{Catalogue, SchemaState, schema_state};

use crate::configuration::Configuration;
use crate::installation::refuse_unfinished;
use crate::private_files::require_private_keys;

#[derive(Debug, Args)]
pub(crate) struct MigrateOptions {
    /// Changes nothing. Exit code: 0 if the database has this program's schema, 1 if steps are pending, 2 if this program cannot use the
    /// database.
    #[arg(long)]
    check: bool,
}

pub(crate) async fn run(config: &Path, options: &MigrateOptions) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::read(config)?;
    refuse_unfinished(&configuration)?;
    require_private_keys(&configuration)?;
    let url = &configuration.database.url;
    let state = schema_state(url).await.context("database")?;
    print(&state);
    refuse(&state)?;
    if state.pending.is_empty() {
        println!("nothing to do");
        return Ok(ExitCode::SUCCESS);
    }
    if options.check {
        println!("`gemj-gateway migrate` or the next start applies these steps; make a back-up before (docs/backup.md)");
        return Ok(ExitCode::FAILURE);
    }
    let catalogue = Catalogue::open(url, configuration.database.max_connections)
        .await
        .context("database")?;
    catalogue.close().await;
    println!("upgraded to schema {}", state.program);
    Ok(ExitCode::SUCCESS)
}

fn print(state: &SchemaState) {
    println!("schema of the database: {}", state.database);
    println!("schema of this program: {}", state.program);
    for step in &state.pending {
        println!("pending: {:04} {}", step.version, step.name);
    }
}

/// Refuses a database that this program would refuse at its start.
fn refuse(state: &SchemaState) -> anyhow::Result<()> {
    anyhow::ensure!(
        !state.is_newer(),
        "database: a newer version of gemj-gateway has upgraded it to schema {}, and this program knows schemas up to {}. Nothing was changed. \
         Install the newer version again: a schema never goes back. To return to an older version, restore a back-up that it made (docs/backup.md)",
        state.database,
        state.program
    );
    let numbers: Vec<String> = state.different.iter().map(i64::to_string).collect();
    anyhow::ensure!(
        numbers.is_empty(),
        "database: schema steps {} differ from those of this program, or failed: another program or an unreleased build made them. Nothing was \
         changed. Use the version that made the database, or restore a back-up (docs/backup.md)",
        numbers.join(", ")
    );
    Ok(())
}
