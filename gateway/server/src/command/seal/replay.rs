//! Records the events of a ledger tail that a restored database lacks.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::audit::signed_writes;
use gemj_catalogue::{CatalogueError, LedgerTail, NewConsent, RecordedApproval, Seal, TailApproval, UnknownParticipant, read_tail};
use gemj_model::Approval;

use crate::installation::Installation;

/// The numbers of what was recorded.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    consents: usize,
    approvals: usize,
    revocations: usize,
    /// Approvals that could not be recorded, because they refer to a release that the restored database lacks. They open nothing.
    left_out: usize,
}

impl std::fmt::Display for Replayed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} consent events, {} approvals and {} revocations recorded",
            self.consents, self.approvals, self.revocations
        )?;
        if self.left_out > 0 {
            write!(f, "; {} approvals left out, because their release was lost", self.left_out)?;
        }
        Ok(())
    }
}

/// Records the events and approvals that are newer than the seal's epoch. Consent events get new numbers and the current time of recording.
pub(super) async fn replay(installation: &Installation, seal: &Seal, folder: &Path) -> anyhow::Result<Replayed> {
    let key = installation.key.clone();
    let tail = read_tail(folder, &key)?.with_context(|| format!("{}: has no file ledger.tail", folder.display()))?;
    check(installation, seal, folder, &tail).await?;
    let mut replayed = Replayed {
        consents: consents(installation, seal, &tail).await?,
        ..Replayed::default()
    };
    for state in tail.approvals.iter().filter(|state| state.epoch > seal.epoch) {
        approval(installation, state, &mut replayed).await?;
    }
    Ok(replayed)
}

/// Checks that the tail continues the ledger of the restored database and is complete.
async fn check(installation: &Installation, seal: &Seal, folder: &Path, tail: &LedgerTail) -> anyhow::Result<()> {
    let reconcile = "Reconcile every site instead (`seal status` lists them)";
    if let Some(signed) = signed_writes(folder, &installation.key).await? {
        ensure!(
            signed <= tail.writes,
            "{}: the signed head confirms {signed} writes, but the ledger tail ends at write {}. {reconcile}",
            folder.display(),
            tail.writes
        );
    }
    ensure!(
        tail.epoch >= seal.epoch,
        "{}: the ledger tail ends before the restored database (epoch {} before {}). {reconcile}",
        folder.display(),
        tail.epoch,
        seal.epoch
    );
    let catalogue = &installation.stores.catalogue;
    let changes = catalogue.policy_changes_since(Upkeep::of(Job::FoldPolicy), 0).await?;
    let (before, after): (Vec<u64>, Vec<u64>) = changes.events.iter().map(|event| event.sequence).partition(|n| *n <= seal.epoch);
    let in_tail: Vec<u64> = tail
        .consents
        .iter()
        .map(|consent| consent.sequence)
        .filter(|n| *n <= seal.epoch)
        .collect();
    ensure!(
        before == in_tail,
        "{}: the ledger tail belongs to another installation, or to another history of this installation. {reconcile}",
        folder.display()
    );
    // An older event of the tail must not overrule a newer event.
    if !after.is_empty() {
        bail!(
            "{} consent events were recorded after the seal was closed, so the ledger tail cannot be replayed. {reconcile}",
            after.len()
        );
    }
    Ok(())
}

async fn consents(installation: &Installation, seal: &Seal, tail: &LedgerTail) -> anyhow::Result<usize> {
    let lost: Vec<_> = tail.consents.iter().filter(|consent| consent.sequence > seal.epoch).collect();
    let mut new_numbers: HashMap<u64, u64> = HashMap::new();
    let (mut batch, mut numbers): (Vec<NewConsent>, Vec<u64>) = (Vec::new(), Vec::new());
    for consent in &lost {
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
    Ok(lost.len())
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
