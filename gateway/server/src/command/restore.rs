//! The command `restore`.

mod key_files;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gemj_access::{CapabilityKey, Job, Mandate, Upkeep, WriteAction};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::backup::{Opened, Places, Unfinished, restore_files};

use self::key_files::KeyFiles;
use super::backup::passphrase;
use crate::capability_key;
use crate::configuration::Configuration;
use crate::installation::object_settings;
use crate::sources::Sources;
use crate::terminal::files_bar;

#[derive(Debug, Args)]
pub(crate) struct RestoreOptions {
    /// The folder of the back-up.
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// The file with the passphrase of the back-up, readable only by its owner.
    #[arg(long, value_name = "FILE")]
    passphrase_file: PathBuf,
    /// Restores only the configuration and the keys. Afterwards the configuration can be changed, for example for other folders, and `restore`
    /// without this option restores the rest.
    #[arg(long)]
    keys_only: bool,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &RestoreOptions) -> anyhow::Result<ExitCode> {
    let passphrase = passphrase::read(&options.passphrase_file)?;
    let backup = Opened::open(&options.from, &passphrase).context("restore")?;
    let keys = KeyFiles::of(&backup, config)?;
    verify(&backup, &keys.key)?;
    keys.check()?;
    let Some(state) = backup.manifest.database.filter(|_| !options.keys_only) else {
        let written = keys.write()?;
        println!("{written} files of the configuration and the keys restored");
        if backup.manifest.database.is_none() {
            println!("restore the database and the objects with their own tools, then run `seal close` (docs/backup.md)");
        }
        return Ok(ExitCode::SUCCESS);
    };
    let database = keys.configuration.database.url.strip_prefix("sqlite:").map(PathBuf::from);
    let database = database.context("restore: database.url: the back-up contains an SQLite database, so `sqlite:PATH` is expected")?;
    let objects = ObjectStore::open(&settings(&keys)?).await.context("objects")?;
    let places = Places {
        database: &database,
        objects: &objects,
        runs: keys.configuration.workflows.as_ref().map(|workflows| workflows.directory.as_path()),
    };
    let begun = Unfinished::find(&database, &backup).context("restore")?;
    let begun = match begun {
        Some(begun) => {
            println!("an interrupted restore of this back-up is continued");
            begun
        }
        None => {
            places
                .require_empty(Upkeep::of(Job::BackUp))
                .await
                .context("restore: only into an empty installation")?;
            // From here on, no other command opens the installation until the restore is complete.
            Unfinished::begin(&database, &backup).context("restore")?
        }
    };
    keys.write()?;
    let now = sources.clock.now();
    let because = format!(
        "restored from the back-up of {}, up to epoch {}",
        backup.manifest.begun, state.epoch
    );
    let authority = (Upkeep::of(Job::BackUp), &Mandate::operator(WriteAction::Restore));
    let bar = files_bar();
    let restored = restore_files(&backup, &places, begun, authority, (&because, now), |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await;
    bar.finish_and_clear();
    restored.context("restore: interrupted; remove the cause and run the same command again: it continues")?;
    println!(
        "{} files restored; the consent ledger ends at epoch {}",
        backup.manifest.files.len(),
        state.epoch
    );
    for name in &backup.manifest.left_out {
        eprintln!("restore: a file of a workflow run is not in the back-up: {name}");
    }
    println!("the installation is sealed: it serves nothing protected");
    println!(
        "next: `gemj-gateway seal replay` with the ledger tail, or reconcile every site; `gemj-gateway seal status` shows what is missing"
    );
    Ok(ExitCode::SUCCESS)
}

fn verify(backup: &Opened, key: &CapabilityKey) -> anyhow::Result<()> {
    let bar = files_bar();
    let verified = backup.verify(key, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    verified.context("restore: nothing was written")
}

/// The settings of the object store. The key of an S3 service may still be in the back-up only. The reference is not needed.
fn settings(keys: &KeyFiles<'_>) -> anyhow::Result<ObjectSettings> {
    let mut objects = keys.configuration.objects.clone();
    let secret_file = objects.secret_access_key_file.take();
    let secret = secret_file.map(|file| match keys.content_for(&file) {
        Some(content) => Ok(String::from_utf8_lossy(content).trim().to_owned()),
        None => std::fs::read_to_string(&file)
            .map(|text| text.trim().to_owned())
            .with_context(|| format!("objects.secret_access_key_file: {}", file.display())),
    });
    Ok(ObjectSettings {
        secret_access_key: secret.transpose()?,
        reference_fasta: None,
        ..object_settings(&objects)?
    })
}

/// The configuration of the new installation: the existing file, or the file of the back-up.
fn configuration(config: &Path, archived: &[u8]) -> anyhow::Result<Configuration> {
    if config.exists() {
        return Ok(Configuration::read(config)?);
    }
    let text = std::str::from_utf8(archived).context("the configuration in the back-up is not UTF-8")?;
    Ok(Configuration::parse(text, config)?)
}

fn key_of(bytes: &[u8]) -> anyhow::Result<CapabilityKey> {
    capability_key::parse(bytes).context("the installation's key in the back-up")
}
