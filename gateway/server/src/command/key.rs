//! The command `key make`.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;

use crate::capability_key;
use crate::configuration::Configuration;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Creates the key of a new installation (`capabilities.key_file`). An existing key is not replaced. Every replica needs a copy of this
    /// key.
    Make,
}

pub(crate) fn run(config: &Path, command: &KeyCommand) -> anyhow::Result<ExitCode> {
    let KeyCommand::Make = command;
    let path = Configuration::read(config)?.capabilities.key_file;
    capability_key::make(&path)?;
    println!("{}: created", path.display());
    Ok(ExitCode::SUCCESS)
}
