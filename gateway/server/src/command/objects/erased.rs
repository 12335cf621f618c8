//! The commands `objects erase` and `objects collect`.

use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::CatalogueError;
use gemj_model::{Clock as _, ObjectId, SystemClock};
use gemj_services::stored_files::{self, StoredFilesError};

use super::Change;
use crate::command_error::CommandError;
use crate::installation::Installation;

pub(super) async fn erase(installation: &Installation, change: &Change) -> anyhow::Result<ExitCode> {
    let id = ObjectId::parse(&change.id).context("the id")?;
    let mandate = Mandate::operator(WriteAction::ChangeObjectStatus);
    let erased = stored_files::erase(&installation.stores, &mandate, &id, &change.reason).await;
    let erased = erased.map_err(|error| match error {
        StoredFilesError::Catalogue(CatalogueError::Conflict { .. }) => CommandError::NotUnloaded { id: id.to_string() }.into(),
        StoredFilesError::Catalogue(CatalogueError::NotFound { .. }) => super::no_file(&id),
        error => error.into(),
    })?;
    installation.checkpoint().await?;
    if erased {
        println!("{id} is erased: its file and its index are removed");
        println!(
            "`index merge` removes the file's entries from the carrier index; `index collect` then removes the replaced index files after its grace time"
        );
    } else {
        println!("{id} is already erased");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn collect(installation: &Installation, grace_h: u32, none_named: bool) -> anyhow::Result<ExitCode> {
    let mandate = Mandate::operator(WriteAction::ChangeObjectStatus);
    // The machine that stores the files dates them with its own clock. Therefore the machine's clock is used here too, also in a demo with
    // another clock.
    let now = SystemClock::default().now();
    let report = stored_files::collect(
        &installation.stores,
        &mandate,
        Upkeep::of(Job::IndexFiles),
        grace_h * 3600,
        now,
        none_named,
    )
    .await;
    let report = report.map_err(|error| match error {
        StoredFilesError::NoneNamed(_) => anyhow::anyhow!("{error}; use --none-named to remove them nevertheless"),
        error => error.into(),
    })?;
    installation.checkpoint().await?;
    println!(
        "{} files of {} bytes removed, including the files of {} unloaded objects; {} not old enough",
        report.removed, report.removed_bytes, report.objects, report.waiting
    );
    Ok(ExitCode::SUCCESS)
}
