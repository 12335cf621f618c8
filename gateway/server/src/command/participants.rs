//! The command `participants register|list|show`.

mod register;
mod show;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum ParticipantsCommand {
    /// Registers the participants of a sheet, in no dataset. Other commands refuse a participant that is not registered.
    Register {
        /// The sheet (CSV with a header). Columns: participant; optionally family, sex, site.
        sheet: PathBuf,
    },
    /// Lists the registered participants with their datasets. The read is audited.
    List {
        /// Lists only members of this dataset.
        #[arg(long)]
        dataset: Option<String>,
        /// Lists only participants of this site.
        #[arg(long)]
        site: Option<String>,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows a participant's registration, and how much data is stored about the participant. The read is audited.
    Show {
        /// The participant to show.
        participant: String,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &ParticipantsCommand) -> anyhow::Result<ExitCode> {
    let installation = match command {
        ParticipantsCommand::Register { .. } => Installation::open(config, &sources.of(config)).await?,
        _ => Installation::open_existing(config, &sources.of(config)).await?,
    };
    match command {
        ParticipantsCommand::Register { sheet } => register::register(&installation, sheet).await?,
        ParticipantsCommand::List {
            dataset,
            site,
            reason,
            json,
        } => show::list(&installation, (dataset.as_deref(), site.as_deref()), reason.as_deref(), *json).await?,
        ParticipantsCommand::Show { participant, reason, json } => {
            show::show(&installation, participant, reason.as_deref(), *json).await?;
        }
    }
    installation.checkpoint().await?;
    Ok(ExitCode::SUCCESS)
}
