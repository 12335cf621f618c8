//! The command `backup`.

pub(super) mod files;
pub(super) mod passphrase;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gemj_access::{Job, Upkeep};
use gemj_services::backup;

use crate::installation::Installation;
use crate::sources::Sources;
use crate::terminal::files_bar;

#[derive(Debug, Args)]
pub(crate) struct BackupOptions {
    /// The folder of the back-up. It must be absent or empty.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// The file with the passphrase that encrypts the configuration and the keys: at least 16 characters, readable only by its owner.
    #[arg(long, value_name = "FILE")]
    passphrase_file: PathBuf,
    /// Backs up only the configuration and the keys. For installations whose database or objects are backed up by their own tools.
    #[arg(long)]
    keys_only: bool,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &BackupOptions) -> anyhow::Result<ExitCode> {
    let passphrase = passphrase::read(&options.passphrase_file)?;
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    let configuration = &installation.configuration;
    anyhow::ensure!(
        options.keys_only || configuration.database.url.starts_with("sqlite:"),
        "backup: the database is PostgreSQL, which has its own tools. Use `--keys-only` for the configuration and the keys, and follow \
         docs/backup.md for the database and the objects"
    );
    let keys = files::of(config, configuration)?;
    let what = backup::Sources {
        stores: (!options.keys_only).then_some(&installation.stores),
        runs: configuration.workflows.as_ref().map(|workflows| workflows.directory.as_path()),
        keys: &keys,
        passphrase: &passphrase,
        key: &installation.key,
        gateway: installation.version,
        begun: installation.clock.now().rfc3339(),
    };
    let bar = files_bar();
    let made = backup::create(&what, Upkeep::of(Job::BackUp), &options.to, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    let manifest = made.context("backup")?;
    let bytes: u64 = manifest.files.values().map(|file| file.size_bytes).sum();
    println!("{}: {} files, {bytes} bytes", options.to.display(), manifest.files.len());
    match manifest.database {
        Some(state) => println!("the consent ledger up to epoch {}", state.epoch),
        None => println!("the configuration and the keys only: back up the database and the objects with their own tools (docs/backup.md)"),
    }
    if configuration.audit.checkpoint_dir.is_none() {
        eprintln!(
            "backup: audit.checkpoint_dir is not configured, so no copy of later withdrawals is kept outside the database. After a restore, every \
             site must be reconciled"
        );
    }
    if manifest.left_out.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for name in &manifest.left_out {
        eprintln!(
            "backup: workflows.directory: {name}: is not in the back-up: it is a special file, or its name is not UTF-8. Rename or remove it"
        );
    }
    Ok(ExitCode::from(1))
}
