//! The command `approval record|import|revoke|list`.

mod import;
mod list;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use gemj_access::{Mandate, WriteAction};
use gemj_model::ApprovalId;

use crate::installation::Installation;
use crate::sources::Sources;

pub(crate) use import::import;

#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalCommand {
    /// Records one approval: a JSON object.
    Record {
        /// The JSON file; `-` is standard input.
        file: PathBuf,
    },
    /// Records the approvals of a file: a JSON array in the gateway's format, or an export of REMS (applications or entitlements).
    Import {
        /// The file with the approvals; `-` is standard input.
        file: PathBuf,
        /// The mapping of the REMS installation: issuer, visa values, organisations and resources (TOML).
        #[arg(long, value_name = "FILE")]
        rems_map: Option<PathBuf>,
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
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &ApprovalCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, &sources.of(config)).await?;
    match command {
        ApprovalCommand::Record { file } => {
            let done = import(&installation, file, None, 1).await?;
            installation.checkpoint().await?;
            Ok(done.exit_code())
        }
        ApprovalCommand::Import { file, rems_map } => {
            let done = import(&installation, file, rems_map.as_deref(), usize::MAX).await?;
            println!("{}", done.summary());
            installation.checkpoint().await?;
            Ok(done.exit_code())
        }
        ApprovalCommand::Revoke { id, reason } => {
            let id = ApprovalId::parse(id)?;
            let mandate = Mandate::operator(WriteAction::RecordApproval);
            let now = installation.clock.now();
            installation.stores.catalogue.revoke_approval(&mandate, &id, now, reason).await?;
            println!("revoked: {id}");
            installation.checkpoint().await?;
            Ok(ExitCode::SUCCESS)
        }
        ApprovalCommand::List { all, json } => list::list(&installation, *all, *json).await,
    }
}
