//! The command `participants register|list|show|merge|merges|review`.

mod merges;
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
    /// Records that two participants may be one person. Until a person has reviewed it, only what both participants consented to is answered.
    Merge {
        /// The participant under whom the person is known from now on.
        survivor: String,
        /// The participant under whom the person was known too.
        prior: String,
        /// The reason. It is stored, and must not name a person.
        #[arg(long)]
        reason: String,
    },
    /// Lists the merges with their reviews. The read is audited.
    Merges {
        /// Lists only merges that no person has reviewed.
        #[arg(long)]
        open: bool,
        /// Lists only merges of this participant.
        #[arg(long)]
        participant: Option<String>,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Records the decision about a merge. A later decision replaces it, so that `--different` after `--same` undoes the merge.
    #[command(group(clap::ArgGroup::new("verdict").required(true).args(["same", "different"])))]
    Review {
        /// The number of the merge, as in `participants merges`.
        number: u64,
        /// Both participants are one person: the prior participant is closed, and its units of feeds move to the survivor.
        #[arg(long)]
        same: bool,
        /// The participants are two persons: the merge has no effect, and units that moved are moved back.
        #[arg(long)]
        different: bool,
        /// The reason. It is stored, and must not name a person.
        #[arg(long)]
        reason: String,
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
        ParticipantsCommand::Merge { survivor, prior, reason } => merges::merge(&installation, survivor, prior, reason).await?,
        ParticipantsCommand::Merges {
            open,
            participant,
            reason,
            json,
        } => merges::list(&installation, participant.as_deref(), *open, reason.as_deref(), *json).await?,
        ParticipantsCommand::Review { number, same, reason, .. } => merges::review(&installation, *number, *same, reason).await?,
    }
    installation.checkpoint().await?;
    Ok(ExitCode::SUCCESS)
}
