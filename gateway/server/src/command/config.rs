//! The commands `config default` and `config check FILE`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use gemj_model::{Clock as _, SystemClock};

use super::ConfigFile;
use super::serve::surroundings;
use crate::command_error::CommandError;
use crate::configuration::{Configuration, DEFAULT, Fault, faults_of_files, oddities, oddities_of_holders};
use crate::private_files::faults_of_permissions;
use crate::tls::faults_of_dates;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Prints the default configuration, in which a comment explains every key.
    Default,
    /// Checks a configuration and reports every fault with its line.
    Check {
        #[command(flatten)]
        config: ConfigFile,
        /// The configuration file, also without `--config`.
        file: Option<PathBuf>,
    },
}

pub(crate) fn run(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Default => print!("{DEFAULT}"),
        ConfigCommand::Check { config, file } => {
            let file = file.as_ref().unwrap_or(&config.config);
            let examined = Configuration::examine(file)?;
            let faults = match &examined.configuration {
                Some(configuration) => {
                    let files = faults_of_files(configuration).into_iter();
                    let dates = faults_of_dates(configuration, SystemClock::default().now());
                    examined.with_lines(files.chain(dates).chain(faults_of_permissions(configuration)).collect())
                }
                None => examined.faults.clone(),
            };
            for fault in &faults {
                eprintln!("{}: {fault}", file.display());
            }
            if let Some(configuration) = &examined.configuration {
                let key = &configuration.capabilities.key_file;
                if !key.exists() {
                    let what = format!(
                        "capabilities.key_file: {} does not exist; a new installation makes it with `gemj-gateway key make`, any other needs its \
                         existing key",
                        key.display()
                    );
                    for fault in examined.with_lines(vec![Fault::at("capabilities.key_file", what)]) {
                        eprintln!("{}: warning: {fault}", file.display());
                    }
                }
                for odd in examined.with_lines(oddities_of_holders(configuration)) {
                    eprintln!("{}: warning: {odd}", file.display());
                }
                let odd = surroundings::oddities_of_place(configuration).into_iter();
                for odd in odd.chain(configuration.datasets.iter().flat_map(oddities)) {
                    eprintln!("{}: warning: {odd}", file.display());
                }
            }
            if !faults.is_empty() {
                return Err(CommandError::FaultyConfiguration {
                    file: file.display().to_string(),
                    count: faults.len().to_string(),
                }
                .into());
            }
            println!("{}: good", file.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}
