//! The command `audit verify`.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::audit::{AuditError, verify};
use gemj_catalogue::{TailFault, read_tail};

use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verifies every hash chain of the audit trail, and reports the first row that was changed, removed or moved.
    Verify,
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &AuditCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, sources).await?;
    let AuditCommand::Verify = command;
    let checkpoints = installation.configuration.files_outside();
    match verify(
        &installation.stores.catalogue,
        Upkeep::of(Job::Audit),
        checkpoints.as_deref(),
        &installation.key,
    )
    .await
    {
        Ok(report) => {
            if let Some(fault) = tail_fault(&installation) {
                eprintln!("{fault}. {REPAIR_TAIL}");
                return Ok(ExitCode::from(1));
            }
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

/// The remedy of a damaged ledger tail, while the database still has all events.
pub(crate) const REPAIR_TAIL: &str = "The database still has the events: check the storage, move ledger.tail away, and run any command that \
                                      writes: it makes a new tail from the database";

/// The first fault of the ledger tail. Absent if the tail can be read, or does not exist yet.
pub(crate) fn tail_fault(installation: &Installation) -> Option<TailFault> {
    let folder = installation.configuration.files_outside()?;
    read_tail(&folder, &installation.key).err()
}
