//! Records the events of a ledger tail that a restored database lacks, and takes files out of use that the lost database no longer served.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::audit::signed_writes;
use gemj_catalogue::{
    CatalogueError, LedgerTail, LostEvents, NewConsent, ObjectStatus, RecordedApproval, SeenExport, TailApproval, TailFile,
    UnknownParticipant, read_tail,
};
use gemj_model::Approval;

use super::completeness::files_in_use;
use super::continued;
use crate::command_error::CommandError;
use crate::installation::Installation;

/// The numbers of what was recorded.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    consents: usize,
    approvals: usize,
    revocations: usize,
    /// Approvals that could not be recorded, because they refer to a release that the restored database lacks. They open nothing.
    left_out: usize,
    /// Files that the lost database held or had unloaded, and that are held or unloaded again.
    files: usize,
}

impl std::fmt::Display for Replayed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} consent events, {} approvals and {} revocations recorded",
            self.consents, self.approvals, self.revocations
        )?;
        if self.files > 0 {
            write!(f, "; {} files held or unloaded again", self.files)?;
        }
        if self.left_out > 0 {
            write!(f, "; {} approvals left out, because their release was lost", self.left_out)?;
        }
        Ok(())
    }
}

/// The folder that has the tail: the folder itself, or the newest subfolder to which an interrupted call has moved the tail.
pub(super) fn folder_of_tail(folder: &Path) -> PathBuf {
    if folder.join(TAIL).is_file() {
        return folder.to_owned();
    }
    let newest = aside(folder).pop();
    newest.unwrap_or_else(|| folder.to_owned())
}

/// Records the events of the tail after the point at which its history and the history of the database part. Consent events get new numbers and the
/// current time of recording. An interrupted call can be repeated.
pub(super) async fn replay(installation: &Installation, folder: &Path, files_checked: bool) -> anyhow::Result<Replayed> {
    continued::refuse(folder)?;
    let key = installation.key.clone();
    let tail = read_tail(folder, &key)?.with_context(|| format!("{}: has no file ledger.tail", folder.display()))?;
    is_complete(installation, folder, &tail).await?;
    let catalogue = &installation.stores.catalogue;
    let in_use = files_in_use(installation).await?;
    if tail.files.is_none() && in_use > 0 && !files_checked {
        return Err(CommandError::TailWithoutFiles {
            folder: folder.display().to_string(),
            count: in_use.to_string(),
        }
        .into());
    }
    let lost = catalogue.lost_events(Upkeep::of(Job::BackUp), &tail).await?;
    let lost = lost.with_context(|| format!("{}: nothing was recorded. {RECONCILE}", folder.display()))?;
    let mut replayed = Replayed {
        consents: consents(installation, &lost).await?,
        ..Replayed::default()
    };
    for state in &lost.approvals {
        approval(installation, state, &mut replayed).await?;
    }
    exports(installation, &lost.exports).await?;
    for file in &lost.files {
        replayed.files += usize::from(take_out_of_use(installation, file).await?);
    }
    installation.erase_allele_names().await?;
    Ok(replayed)
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
    let signed = signed.with_context(|| {
        format!(
            "{}: has no file operations.head, so the ledger tail may be incomplete: the whole folder is needed, not only ledger.tail. {RECONCILE}",
            folder.display()
        )
    })?;
    ensure!(
        signed <= tail.writes,
        "{}: the ledger tail is incomplete: the signed head confirms {signed} writes, but the tail ends at write {}. {RECONCILE}",
        folder.display(),
        tail.writes
    );
    Ok(())
}

/// Stores the exports that the lost database has seen, so that an older export is still recognised.
async fn exports(installation: &Installation, exports: &[SeenExport]) -> anyhow::Result<()> {
    if exports.is_empty() {
        return Ok(());
    }
    let catalogue = &installation.stores.catalogue;
    let register = catalogue.approval_register(Upkeep::of(Job::Inventory)).await?;
    let mandate = Mandate::operator(WriteAction::RecordApproval);
    catalogue.apply_approvals(&mandate, &register, &[], exports).await?;
    Ok(())
}

async fn consents(installation: &Installation, lost: &LostEvents) -> anyhow::Result<usize> {
    let mut new_numbers = lost.numbers.clone();
    let (mut batch, mut numbers): (Vec<NewConsent>, Vec<u64>) = (Vec::new(), Vec::new());
    for consent in &lost.consents {
        let mut event = consent.event.clone();
        if let Some(corrected) = event.corrects {
            // The number of a replayed event is known only after its batch was recorded.
            if numbers.contains(&corrected) {
                record(installation, &mut batch, &mut numbers, &mut new_numbers).await?;
            }
            event.corrects = Some(new_numbers.get(&corrected).copied().unwrap_or(corrected));
        }
        batch.push(event);
        numbers.push(consent.sequence);
    }
    record(installation, &mut batch, &mut numbers, &mut new_numbers).await?;
    Ok(lost.consents.len())
}

/// Records a batch and empties it. Adds the new number of each event.
async fn record(
    installation: &Installation,
    batch: &mut Vec<NewConsent>,
    numbers: &mut Vec<u64>,
    new_numbers: &mut HashMap<u64, u64>,
) -> anyhow::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    let (catalogue, now) = (&installation.stores.catalogue, installation.clock.now());
    let epoch = catalogue.append_consent(&mandate, batch, now, UnknownParticipant::Register).await?;
    let first = epoch + 1 - batch.len() as u64;
    new_numbers.extend(numbers.drain(..).zip(first..));
    batch.clear();
    Ok(())
}

async fn approval(installation: &Installation, state: &TailApproval, replayed: &mut Replayed) -> anyhow::Result<()> {
    let mandate = Mandate::operator(WriteAction::RecordApproval);
    let catalogue = &installation.stores.catalogue;
    let open = Approval {
        revoked: None,
        ..state.approval.clone()
    };
    match catalogue.record_approval(&mandate, &open).await {
        Ok(RecordedApproval::New | RecordedApproval::Version(_)) => replayed.approvals += 1,
        Ok(RecordedApproval::NothingNew) => {}
        // The stored approval was revoked before the back-up.
        Err(CatalogueError::Conflict { field: "approval" }) => return Ok(()),
        Err(CatalogueError::NotFound { what: "release" }) => {
            replayed.left_out += 1;
        }
        Err(error) => return Err(error).with_context(|| format!("approval {}", state.approval.id.as_str())),
    }
    let Some(at) = state.approval.revoked else { return Ok(()) };
    let because = state.because.as_deref().unwrap_or_default();
    match catalogue.revoke_approval(&mandate, &state.approval.id, at, because).await {
        Ok(()) => replayed.revocations += 1,
        // The approval was left out above.
        Err(CatalogueError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Holds or unloads a file again. Returns false for a file that the restored database does not have.
async fn take_out_of_use(installation: &Installation, file: &TailFile) -> anyhow::Result<bool> {
    let mandate = Mandate::operator(WriteAction::ChangeObjectStatus);
    let catalogue = &installation.stores.catalogue;
    let reason = if file.reason.trim().is_empty() {
        "ledger tail"
    } else {
        file.reason.as_str()
    };
    let changed = match file.status {
        ObjectStatus::Unloaded => catalogue.unload_object(&mandate, &file.id, reason).await.map(drop),
        ObjectStatus::Held | ObjectStatus::Served => {
            let held = catalogue.set_object_status(&mandate, &file.id, ObjectStatus::Held, reason).await;
            held.map(drop)
        }
    };
    match changed {
        Ok(()) => Ok(true),
        // The file was loaded after the back-up.
        Err(CatalogueError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error).context("holding and unloading files again"),
    }
}
