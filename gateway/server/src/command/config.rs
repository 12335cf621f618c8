//! The commands `config default` and `config check FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::serve::surroundings;
use crate::configuration::{Configuration, DEFAULT};

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Prints the default configuration, in which a comment explains every key.
    Default,
    /// Checks a configuration and reports an error with its line.
    Check {
        /// The configuration file.
        file: PathBuf,
    },
}

pub(crate) fn run(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Default => print!("{DEFAULT}"),
        ConfigCommand::Check { file } => {
            let read = Configuration::read(file)?;
            gemj_services::consent_forms::read(read.consent.forms_dir.as_deref())?;
            read.authentication.check()?;
            for issuer in &read.authentication.issuers {
                for file in issuer.secret_files().chain(&issuer.jwks_file) {
                    anyhow::ensure!(file.is_file(), "authentication.issuer: {} does not exist", file.display());
                }
            }
            for odd in surroundings::oddities_of_place(&read) {
                eprintln!("{}: {odd}", file.display());
            }
            println!("{}: good", file.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
