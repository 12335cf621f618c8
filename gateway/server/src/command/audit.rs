//! The command `audit verify`.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::audit::{AuditError, verify};

use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verifies every hash chain of the audit trail, and reports the first row that was changed, removed or moved.
    Verify,
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &AuditCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    let AuditCommand::Verify = command;
    let checkpoints = installation.configuration.audit.checkpoint_dir.as_deref();
    match verify(
        &installation.stores.catalogue,
        Upkeep::of(Job::Audit),
        checkpoints,
        &installation.key,
    )
    .await
    {
        Ok(report) => {
            println!("good: {} rows in {} chains", report.rows, report.chains);
            Ok(ExitCode::SUCCESS)
        }
        Err(AuditError::Fault(fault)) => {
            eprintln!("{fault}");
            Ok(ExitCode::from(1))
        }
        Err(error @ AuditError::Catalogue(_)) => Err(error.into()),
    }
}
