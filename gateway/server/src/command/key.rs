//! The commands `key make|rotate|retire`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::capability_key::{self, KeyFile, KeyLock};
use crate::configuration::Configuration;
use crate::installation::refuse_unfinished;
use crate::private_files::require_private;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Creates the key of a new installation (`capabilities.key_file`). An existing key is not replaced. Every replica needs a copy of this
    /// key.
    Make,
    /// Replaces the key that signs URLs and access tokens. URLs and tokens of the earlier key stay valid until `key retire`. Linked numbers,
    /// pseudonyms and ids do not change.
    Rotate {
        /// Adds the new key without signing with it. With several replicas, first distribute this file and restart them, then run `key rotate`.
        #[arg(long)]
        prepare: bool,
    },
    /// Ends the validity of URLs and access tokens of the earlier key.
    Retire,
}

pub(crate) fn run(config: &Path, command: &KeyCommand) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::read(config)?;
    // With another key than the back-up's, the restore could not be continued.
    refuse_unfinished(&configuration)?;
    let path = configuration.capabilities.key_file;
    match command {
        KeyCommand::Make => {
            capability_key::make(&path)?;
            println!("{}: created", path.display());
        }
        KeyCommand::Rotate { prepare: true } => change(&path, KeyFile::prepare, "a new key is prepared")?,
        KeyCommand::Rotate { prepare: false } => change(&path, KeyFile::rotate, "a new key signs URLs and tokens")?,
        KeyCommand::Retire => change(&path, KeyFile::retire, "the earlier key is retired")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Replaces the file of the key, and removes the new files that killed commands left.
fn change(path: &Path, changed: impl FnOnce(KeyFile) -> anyhow::Result<KeyFile>, what: &str) -> anyhow::Result<()> {
    let context = || format!("capabilities.key_file: {}", path.display());
    require_private(path)?;
    // Of two commands at the same time, one would be lost.
    let lock = KeyLock::take(path)?;
    for file in lock.remove_left_over()? {
        println!(
            "{}: removed; an interrupted command left this file, and its key was never used",
            file.display()
        );
    }
    let stored = KeyFile::parse(&std::fs::read(path).with_context(context)?).with_context(context)?;
    capability_key::replace(path, &changed(stored).with_context(context)?)?;
    println!(
        "{}: {what}. Copy the file to every replica, restart the gateway, and make a new back-up",
        path.display()
    );
    Ok(())
}
