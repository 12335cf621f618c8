//! The commands `seal status|close|replay|lift`, and the check at the start of `serve` that seals a restored database.

mod completeness;
pub(crate) mod continued;
mod replay;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::CatalogueError;
use gemj_catalogue::audit::{checkpoint_operations, finish_setting_aside, lacks_signed_writes, set_heads_aside};

use self::completeness::{Completeness, Statements};
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum SealCommand {
    /// Shows whether the database is sealed, and what is missing before the seal can be lifted. Exit code 2 if it is sealed.
    Status {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Seals the database. Run this command after a database was restored by its own tools.
    Close {
        /// The reason, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: String,
    },
    /// Records the consent events and approvals of a ledger tail that the restored database lacks, and lifts the seal.
    Replay {
        /// The folder that contains `ledger.tail` and the signed heads of the lost installation. Default: `audit.checkpoint_dir`.
        #[arg(long, value_name = "FOLDER")]
        tail: Option<PathBuf>,
        /// States that the installation of the tail was in use, and not a rehearsal, after the seal with this id. If the installation was sealed itself
        /// after the back-up, the command names the id.
        #[arg(long, value_name = "ID")]
        after_seal: Option<String>,
    },
    /// Lifts the seal after every site was reconciled (`consent reconcile`).
    Lift {
        /// The reason, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        statements: Statements,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &SealCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    match command {
        SealCommand::Status { json } => status(&installation, *json).await,
        SealCommand::Close { reason } => {
            let mandate = Mandate::operator(WriteAction::Restore);
            let now = installation.clock.now();
            let is_text = !reason.trim().is_empty() && reason.chars().count() <= 200 && !reason.chars().any(char::is_control);
            if !is_text {
                return Err(CommandError::SealReason {}.into());
            }
            installation.stores.catalogue.close_seal(&mandate, reason, now).await?;
            installation.checkpoint().await?;
            println!("sealed");
            Ok(ExitCode::SUCCESS)
        }
        SealCommand::Replay { tail, after_seal } => {
            required(&installation).await?;
            let own = installation.configuration.files_outside();
            let folder = tail.as_deref().or(own.as_deref());
            let folder =
                folder.context("--tail: the folder of the ledger tail is expected, because audit.checkpoint_dir is not configured")?;
            if let Some(own) = &own {
                finish_setting_aside(own).await.context("audit.checkpoint_dir")?;
            }
            let folder = replay::folder_of_tail(folder);
            let replayed = replay::replay(&installation, &folder, after_seal.as_deref()).await?;
            println!("{replayed}");
            lift(&installation, &format!("ledger tail: {replayed}"), Some(&folder)).await
        }
        SealCommand::Lift { reason, statements } => {
            required(&installation).await?;
            let known = Completeness::read(&installation).await?;
            known.check(statements)?;
            let missing = known.obstacles(statements);
            if !missing.is_empty() {
                return Err(CommandError::SealStays {
                    missing: missing.join("\n"),
                }
                .into());
            }
            lift(&installation, &format!("{reason}{}", known.stated(statements)), None).await
        }
    }
}

/// Seals the database if it lacks writes that the files outside the database confirm. `serve` calls this function before it serves. A copy was sealed
/// when it was opened.
pub(crate) async fn close_if_restored(installation: &Installation) -> anyhow::Result<()> {
    installation.seal_if_set_back().await?;
    let catalogue = &installation.stores.catalogue;
    if let Some(folder) = &installation.configuration.files_outside() {
        // The ledger tail can confirm a write that no signed head confirms yet.
        match checkpoint_operations(catalogue, folder, &installation.key).await {
            Ok(()) | Err(CatalogueError::SetBack | CatalogueError::CheckpointFolder { .. } | CatalogueError::DamagedHead) => {}
            Err(error) => return Err(error).context("audit.checkpoint_dir"),
        }
    }
    if let Some(seal) = catalogue.seal(Upkeep::of(Job::Inventory)).await.context("database")? {
        eprintln!(
            "gemj-gateway: the database is sealed since {}: {}. Nothing protected is served; `gemj-gateway seal status` shows the next step",
            seal.closed.rfc3339(),
            seal.because
        );
    }
    Ok(())
}

async fn required(installation: &Installation) -> anyhow::Result<()> {
    let seal = installation.stores.catalogue.seal(Upkeep::of(Job::Inventory)).await?;
    seal.map(drop).ok_or_else(|| OperatorError::NotSealed.into())
}

/// The beginning of the names of subfolders with the heads and the tail of a lost database.
const ASIDE: &str = "before-restore-";

/// Lifts the seal. The heads and the tail of the lost database are moved to a subfolder, and new ones begin. `used` is the folder of the tail that was
/// replayed. A folder in which the history does not continue gets a note.
async fn lift(installation: &Installation, reason: &str, used: Option<&Path>) -> anyhow::Result<ExitCode> {
    let catalogue = &installation.stores.catalogue;
    let own = installation.configuration.files_outside();
    let mut ended: Vec<PathBuf> = used.map(Path::to_owned).into_iter().collect();
    if let Some(folder) = &own
        && lacks_signed_writes(catalogue, folder, &installation.key).await?
    {
        let subfolder = format!("{ASIDE}{}", installation.clock.now().0);
        let (moved, subfolder) = set_heads_aside(folder, &subfolder).await?;
        println!("{moved} files of the lost database moved to {}", subfolder.display());
        ended.push(subfolder);
    }
    catalogue.lift_seal(&Mandate::operator(WriteAction::Restore), reason).await?;
    // Only now the history continues. Before, an interrupted call must find the tail again.
    let real = |folder: &Path| folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    for folder in ended {
        if own.as_deref().map(real) != Some(real(&folder)) {
            continued::note(&folder, installation.clock.now(), own.as_deref());
        }
    }
    installation.checkpoint().await?;
    println!("the seal is lifted");
    Ok(ExitCode::SUCCESS)
}

async fn status(installation: &Installation, json: bool) -> anyhow::Result<ExitCode> {
    let Some(seal) = installation.stores.catalogue.seal(Upkeep::of(Job::Inventory)).await? else {
        println!("{}", if json { "{\"sealed\":false}" } else { "not sealed" });
        return Ok(ExitCode::SUCCESS);
    };
    let missing = Completeness::read(installation).await?;
    if json {
        println!("{}", missing.json(&seal));
    } else {
        println!("sealed since {}: {}", seal.closed.rfc3339(), seal.because);
        println!("with a ledger tail of the lost database: `gemj-gateway seal replay --tail FOLDER`");
        println!("without a ledger tail, these steps and then `gemj-gateway seal lift --reason TEXT`:");
        for line in missing.obstacles(&Statements::default()) {
            println!("{line}");
        }
    }
    Ok(ExitCode::from(2))
}
