//! The command `approval import`.

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, RecordedApproval};
use gemj_model::{Approval, ApprovalId, DatasetId, ReleaseId};
use gemj_services::approvals::{self, Known, Recorded, RemsEntry, RemsMapping, RemsOutcome, check};

use crate::installation::Installation;

/// The numbers of approvals in an imported file, by the result of the import.
#[derive(Debug, Default)]
pub(crate) struct Imported {
    pub(crate) recorded: usize,
    pub(crate) changed: usize,
    pub(crate) unchanged: usize,
    pub(crate) revoked: usize,
    pub(crate) undecided: usize,
    pub(crate) refused: usize,
}

impl Imported {
    pub(super) fn summary(&self) -> String {
        let some = |count: usize, what: &str| if count == 0 { String::new() } else { format!(", {count} {what}") };
        if self.recorded + self.changed + self.revoked + self.refused == 0 {
            return format!(
                "nothing new{}{}",
                some(self.unchanged, "unchanged"),
                some(self.undecided, "not approved")
            );
        }
        format!(
            "{} recorded{}{}{}{}, {} refused",
            self.recorded,
            some(self.changed, "changed"),
            some(self.unchanged, "unchanged"),
            some(self.revoked, "revoked"),
            some(self.undecided, "not approved"),
            self.refused
        )
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        if self.refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
    }
}

/// Records the valid approvals of a file, and reports the invalid ones on standard error. `most` is the maximum number of approvals in the
/// file.
pub(crate) async fn import(installation: &Installation, file: &Path, rems_map: Option<&Path>, most: usize) -> anyhow::Result<Imported> {
    let context = || format!("{}", file.display());
    let bytes = read(file).with_context(context)?;
    let mapping = rems_map.map(mapping).transpose()?;
    let read = approvals::read(&bytes, mapping.as_ref(), installation.clock.now()).with_context(context)?;
    let releases = installation.stores.catalogue.releases(Upkeep::of(Job::Inventory)).await?;
    let mut register = Register {
        installation,
        file,
        releases: releases.into_iter().map(|r| (r.id, r.dataset)).collect(),
        done: Imported::default(),
    };
    match read {
        Recorded::Ours(entries) => {
            if entries.len() > most {
                bail!(
                    "{}: contains {} approvals; use `approval import` for several",
                    file.display(),
                    entries.len()
                );
            }
            for (place, entry) in entries.into_iter().enumerate() {
                let place = place + 1;
                match entry {
                    Ok(approval) => register.record(&approval).await?,
                    Err(fault) => register.refuse(&format!("approval {place}"), &fault.to_string()),
                }
            }
        }
        Recorded::Rems(entries) => {
            if most == 1 {
                bail!("{}: is an export of REMS; use `approval import` for it", file.display());
            }
            for entry in entries {
                register.take_in(entry).await?;
            }
        }
    }
    Ok(register.done)
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        // Reads one byte more than the maximum size of a document, so that the parser rejects a larger input as too large.
        std::io::stdin().take((64 << 20) + 1).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file)
}

fn mapping(file: &Path) -> anyhow::Result<RemsMapping> {
    let context = || format!("{}", file.display());
    let text = std::fs::read_to_string(file).with_context(context)?;
    toml::from_str(&text).with_context(context)
}

struct Register<'a> {
    installation: &'a Installation,
    file: &'a Path,
    releases: Vec<(ReleaseId, DatasetId)>,
    done: Imported,
}

impl Register<'_> {
    fn refuse(&mut self, what: &str, why: &str) {
        self.done.refused += 1;
        eprintln!("{}: {what}: {why}", self.file.display());
    }

    async fn record(&mut self, approval: &Approval) -> anyhow::Result<()> {
        let what = format!("approval {}", approval.id);
        let configuration = &self.installation.configuration;
        let known = Known {
            datasets: &configuration.datasets,
            organisations: &configuration.organisations,
            releases: &self.releases,
        };
        if let Err(fault) = check(approval, known) {
            self.refuse(&what, &fault.to_string());
            return Ok(());
        }
        if approval.purposes.is_empty() {
            eprintln!(
                "{}: {what}: note: it has no purpose, and therefore opens nothing",
                self.file.display()
            );
        }
        let mandate = Mandate::operator(WriteAction::RecordApproval);
        match self.installation.stores.catalogue.record_approval(&mandate, approval).await {
            Ok(RecordedApproval::New) => self.done.recorded += 1,
            Ok(RecordedApproval::NothingNew) => self.done.unchanged += 1,
            Ok(RecordedApproval::Version(version)) => {
                self.done.changed += 1;
                println!("{what}: changed, now version {version}");
            }
            Err(CatalogueError::Conflict { field: "approval" }) => {
                self.refuse(&what, "was revoked; a new approval needs a new id");
            }
            Err(CatalogueError::Conflict { field: "visa_value" }) => {
                self.refuse(
                    &what,
                    "its visa value belongs to another approval, and approvals can share a visa value only if each of them names its users",
                );
            }
            Err(error @ (CatalogueError::Invalid { .. } | CatalogueError::NotFound { .. })) => self.refuse(&what, &error.to_string()),
            Err(error) => return Err(anyhow::Error::new(error).context(what)),
        }
        Ok(())
    }

    async fn take_in(&mut self, entry: RemsEntry) -> anyhow::Result<()> {
        let what = entry
            .application
            .map_or_else(|| "an entry".to_owned(), |number| format!("application {number}"));
        match entry.outcome {
            RemsOutcome::Approval(approval) => self.record(&approval).await?,
            RemsOutcome::Over(id) => self.revoke(&id).await?,
            RemsOutcome::Undecided => self.done.undecided += 1,
            RemsOutcome::Refused(fault) => self.refuse(&what, &fault.to_string()),
        }
        Ok(())
    }

    /// Revokes the recorded approvals of an application that has ended in REMS.
    async fn revoke(&mut self, id: &ApprovalId) -> anyhow::Result<()> {
        let catalogue = &self.installation.stores.catalogue;
        let parts = format!("{id}:");
        let mandate = Mandate::operator(WriteAction::RecordApproval);
        for approval in catalogue.list_approvals(Upkeep::of(Job::Inventory)).await? {
            let is_of_it = approval.id == *id || approval.id.as_str().starts_with(&parts);
            if is_of_it && approval.revoked.is_none() {
                let now = self.installation.clock.now();
                catalogue.revoke_approval(&mandate, &approval.id, now, "over in REMS").await?;
                self.done.revoked += 1;
            }
        }
        Ok(())
    }
}
