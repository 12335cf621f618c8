//! `approval import|revoke`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Mandate, WriteAction};
use gemj_model::{Approval, ApprovalId, SystemClock};

use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalCommand {
    /// Records the approvals of a JSON file: an array of {id, visa_value, project, organisation, datasets, purpose, delivery, not_after}.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Revokes an approval, effective for every request that begins after this returned.
    Revoke {
        /// Its id.
        id: String,
    },
}

pub(crate) async fn run(config: &Path, command: &ApprovalCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, SystemClock::default().shared()).await?;
    match command {
        ApprovalCommand::Import { file } => println!("{} recorded", import(&installation, file).await?),
        ApprovalCommand::Revoke { id } => {
            let id = ApprovalId::parse(id)?;
            let mandate = Mandate::operator(WriteAction::RecordApproval);
            installation
                .stores
                .catalogue
                .revoke_approval(&mandate, &id, installation.clock.now())
                .await?;
            println!("revoked: {id}");
        }
    }
    installation.checkpoint().await?;
    Ok(ExitCode::SUCCESS)
}

/// Records every approval of a file.
pub(crate) async fn import(installation: &Installation, file: &Path) -> anyhow::Result<usize> {
    let context = || format!("{}", file.display());
    let text = std::fs::read_to_string(file).with_context(context)?;
    let approvals: Vec<Approval> = serde_json::from_str(&text).with_context(context)?;
    let mandate = Mandate::operator(WriteAction::RecordApproval);
    for approval in &approvals {
        installation
            .stores
            .catalogue
            .record_approval(&mandate, approval)
            .await
            .with_context(|| format!("approval {}", approval.id))?;
    }
    Ok(approvals.len())
}
