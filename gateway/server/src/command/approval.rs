//! The command `approval record|import|revoke|list|expiring|notice`.

mod expiring;
mod import;
mod list;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use gemj_access::{Mandate, WriteAction};
use gemj_catalogue::CatalogueError;
use gemj_model::{ApprovalId, Timestamp};
use gemj_services::approvals::Absent;

use crate::command::output::print;
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

pub(crate) use import::{ImportOptions, import};

#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalCommand {
    /// Records one approval: a JSON object.
    Record {
        /// The JSON file; `-` is standard input.
        file: PathBuf,
    },
    /// Records the approvals of a file: a JSON array in the gateway's format, or an export of REMS (applications, entitlements, or the CSV of
    /// applications). If the file has a fault, nothing is stored.
    Import {
        /// The file with the approvals; `-` is standard input.
        file: PathBuf,
        /// The mapping of the REMS installation: issuer, visa values, organisations and resources (TOML).
        #[arg(long, value_name = "FILE")]
        rems_map: Option<PathBuf>,
        /// Prints the differences and stores nothing.
        #[arg(long)]
        dry_run: bool,
        /// The time at which the export was made (2026-04-01T09:00:00+09:00). Without it, the file's time counts (standard input: now).
        #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
        exported: Option<Timestamp>,
        /// What happens with approvals in force whose application is absent from a file of entitlements. Without a choice, such a file is refused.
        #[arg(long, value_enum)]
        absent: Option<AbsentChoice>,
        /// Stores the entries without faults although other entries have faults.
        #[arg(long)]
        skip_faulty: bool,
    },
    /// Revokes an approval. The revocation is effective for every request that begins after the command has returned.
    Revoke {
        /// The id of the approval to revoke.
        id: String,
        /// The reason for the revocation, for staff.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Lists approvals that are in force or begin later.
    List {
        /// Lists ended and revoked approvals too.
        #[arg(long)]
        all: bool,
        /// Prints JSON with all recorded fields of each approval.
        #[arg(long)]
        json: bool,
    },
    /// Lists the approvals, and the rights in datasets, that lapse within a number of days.
    Expiring {
        /// The number of days from now.
        #[arg(long, default_value_t = 60)]
        days: u32,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the text of a notice to the applicant about the state and the end of an approval. The text names no person.
    Notice {
        /// The id of the approval.
        id: String,
        /// The language of the text. Without it, the text is in Japanese and then in English.
        #[arg(long, value_parser = ["ja", "en"])]
        language: Option<String>,
    },
}

/// What an import does with approvals whose application is absent from a file of entitlements.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AbsentChoice {
    /// The file has all open entitlements: the approvals end.
    End,
    /// The file has a part of the entitlements: the approvals stay.
    Keep,
}

impl From<AbsentChoice> for Absent {
    fn from(choice: AbsentChoice) -> Self {
        match choice {
            AbsentChoice::End => Self::End,
            AbsentChoice::Keep => Self::Keep,
        }
    }
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &ApprovalCommand) -> anyhow::Result<ExitCode> {
    let installation = match command {
        ApprovalCommand::Record { .. } | ApprovalCommand::Import { .. } => Installation::open(config, &sources.of(config)).await?,
        _ => Installation::open_existing(config, &sources.of(config)).await?,
    };
    match command {
        ApprovalCommand::Record { file } => {
            let options = ImportOptions {
                is_single: true,
                ..ImportOptions::PLAIN
            };
            let done = import(&installation, file, options).await?;
            installation.checkpoint().await?;
            Ok(done.exit_code())
        }
        ApprovalCommand::Import {
            file,
            rems_map,
            dry_run,
            exported,
            absent,
            skip_faulty,
        } => {
            let options = ImportOptions {
                rems_map: rems_map.as_deref(),
                is_single: false,
                exported: *exported,
                absent: absent.map(Absent::from),
                skip_faulty: *skip_faulty,
                dry_run: *dry_run,
            };
            let done = import(&installation, file, options).await?;
            print(&(done.summary() + "\n"))?;
            installation.checkpoint().await?;
            Ok(done.exit_code())
        }
        ApprovalCommand::Revoke { id, reason } => {
            let id = ApprovalId::parse(id)?;
            let mandate = Mandate::operator(WriteAction::RecordApproval);
            let now = installation.clock.now();
            let revoked = installation.stores.catalogue.revoke_approval(&mandate, &id, now, reason).await;
            revoked.map_err(|error| -> anyhow::Error {
                match error {
                    CatalogueError::NotFound { .. } => OperatorError::UnknownApproval { id: id.to_string() }.into(),
                    error => error.into(),
                }
            })?;
            println!("revoked: {id}");
            installation.checkpoint().await?;
            Ok(ExitCode::SUCCESS)
        }
        ApprovalCommand::List { all, json } => list::list(&installation, *all, *json).await,
        ApprovalCommand::Expiring { days, json } => expiring::expiring(&installation, *days, *json).await,
        ApprovalCommand::Notice { id, language } => expiring::print_notice(&installation, id, language.as_deref()).await,
    }
}
