//! Records the events of a ledger tail that a restored database lacks, and takes files out of use that the lost database no longer served.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::audit::signed_writes;
use gemj_catalogue::{CatalogueError, Divergence, LedgerTail, Replayed, read_tail};
use gemj_model::ApprovalId;

use super::continued;
use crate::command_error::CommandError;
use crate::installation::Installation;

/// The folder that has the tail: the folder itself, or the newest subfolder to which an interrupted call has moved the tail.
pub(super) fn folder_of_tail(folder: &Path) -> PathBuf {
    if folder.join(TAIL).is_file() {
        return folder.to_owned();
    }
    let newest = aside(folder).pop();
    newest.unwrap_or_else(|| folder.to_owned())
}

/// Records the events of the tail that the database lacks. Returns the text of what was recorded. `after_seal` is the id of a seal after which the
/// installation of the tail was in use.
pub(super) async fn replay(installation: &Installation, folder: &Path, after_seal: Option<&str>) -> anyhow::Result<String> {
    continued::refuse(folder)?;
    let key = installation.key.clone();
    let tail = read_tail(folder, &key)?.filter(|tail| tail.writes > 0);
    let tail = tail.ok_or_else(|| CommandError::NoTail {
        folder: folder.display().to_string(),
    })?;
    is_complete(installation, folder, &tail).await?;
    let catalogue = &installation.stores.catalogue;
    let lost = catalogue.lost_events(Upkeep::of(Job::BackUp), &tail, after_seal).await?;
    let lost = lost.map_err(|divergence| refusal(folder, divergence))?;
    let mandate = Mandate::operator(WriteAction::Restore);
    let replayed = catalogue.replay(&mandate, &lost, installation.clock.now()).await;
    let replayed = match replayed {
        Err(CatalogueError::Conflict { field: "writes" }) => return Err(CommandError::ReplayRaced {}.into()),
        replayed => replayed.with_context(|| format!("{}: nothing was recorded. {RECONCILE}", folder.display()))?,
    };
    installation.erase_allele_names().await?;
    Ok(text_of(&replayed))
}

/// The error for a tail that does not continue the history of the database.
fn refusal(folder: &Path, divergence: Divergence) -> CommandError {
    let folder = folder.display().to_string();
    match divergence {
        Divergence::EarlierVersion => CommandError::TailOfEarlierVersion { folder },
        Divergence::OtherHistory => CommandError::TailOfOtherHistory { folder },
        Divergence::OwnConsents { count } => CommandError::OwnConsents {
            folder,
            count: count.to_string(),
        },
        Divergence::OwnMerges { count } => CommandError::OwnMerges {
            folder,
            count: count.to_string(),
        },
        Divergence::OwnApprovals { ids } => CommandError::OwnApprovals {
            folder,
            ids: ids.iter().map(ApprovalId::as_str).collect::<Vec<_>>().join(", "),
        },
        Divergence::SealedMeanwhile { id, closed, because } => CommandError::TailSealedMeanwhile {
            folder,
            closed: closed.rfc3339(),
            because,
            id,
        },
    }
}

fn text_of(replayed: &Replayed) -> String {
    let mut text = format!(
        "{} consent events, {} approvals and {} revocations recorded",
        replayed.consents, replayed.approvals, replayed.revocations
    );
    for (count, what) in [
        (replayed.merges, "statements and reviews of merges recorded"),
        (replayed.files, "files held or unloaded again"),
        (
            replayed.blocked,
            "ids of held or unloaded files blocked, because the database does not have these files",
        ),
        (replayed.ended, "approvals recorded as ended, because their release was lost"),
    ] {
        if count > 0 {
            text += &format!("; {count} {what}");
        }
    }
    text
}

/// The way out if a tail cannot be used.
const RECONCILE: &str = "Reconcile every site instead (`gemj-gateway seal status` lists the steps)";

/// The name of the file with the tail.
const TAIL: &str = "ledger.tail";

/// The subfolders to which `lift` has moved tails of lost databases, from the oldest to the newest. A tail whose history continues elsewhere is left
/// out.
fn aside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_aside = |path: &Path| {
        let name = path.file_name().and_then(std::ffi::OsStr::to_str);
        name.is_some_and(|name| name.starts_with(super::ASIDE)) && path.join(TAIL).is_file() && continued::refuse(path).is_ok()
    };
    let mut found: Vec<PathBuf> = entries.filter(|path| is_aside(path)).collect();
    found.sort();
    found
}

/// Checks with the signed head beside the tail that the end of the tail is not missing.
async fn is_complete(installation: &Installation, folder: &Path, tail: &LedgerTail) -> anyhow::Result<()> {
    let signed = signed_writes(folder, &installation.key).await;
    let signed = signed.with_context(|| format!("{}: the end of the ledger tail cannot be checked. {RECONCILE}", folder.display()))?;
    let signed = signed.ok_or_else(|| CommandError::NoHead {
        folder: folder.display().to_string(),
    })?;
    ensure!(
        signed <= tail.writes,
        "{}: the ledger tail is incomplete: the signed head confirms {signed} writes, but the tail ends at write {}. {RECONCILE}",
        folder.display(),
        tail.writes
    );
    Ok(())
}
