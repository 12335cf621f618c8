//! Plans the import of a file of approvals: what the register will contain after the import, and every fault of the file.
//!
//! The plan is computed from the register and the file alone, without a write. A dry run prints it, and an import stores it in one transaction.

mod absent;
mod difference;
mod draft;
mod rems;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use gemj_catalogue::{ApprovalRegister, ApprovalStep, SeenExport};
use gemj_model::{Approval, ApprovalId, Timestamp};

use super::check::Known;
use super::document::{Recorded, RemsForm};
use super::rems::{RemsEntry, RemsMapping, RemsOutcome};
use draft::Draft;

/// How far a time of an export may be after the present, in seconds: the clocks of REMS, of the machine that fetched the export and of the gateway differ a
/// little. A later time is a fault, because every export until that time would be an older one.
pub const CLOCK_LEEWAY_S: i64 = 300;

/// What an import does with approvals in force whose application is absent from a file of entitlements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The approvals stay as they are, because the file is a part of the entitlements.
    Keep,
    /// The approvals end, because the file has all open entitlements.
    End,
}

/// The choices of the operator, and the times of an import.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// The present.
    pub now: Timestamp,
    /// The time at which the export was made.
    pub exported: Timestamp,
    /// What happens with absent applications. Without a choice, a file of entitlements with absent applications has a fault.
    pub absent: Option<Absent>,
    /// Whether entries without faults are stored although other entries have faults.
    pub skip_faulty: bool,
}

impl PlanOptions {
    /// Whether a time of an export is after the present by more than [`CLOCK_LEEWAY_S`].
    fn is_future(&self, time: Timestamp) -> bool {
        time > self.now.plus_seconds(CLOCK_LEEWAY_S)
    }
}

/// The kind of a change of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The approval is recorded for the first time.
    New,
    /// The approval gets a new version.
    Changed,
    /// The approval gets a new version that has already ended.
    Ended,
    /// The approval is revoked.
    Revoked,
}

/// A change of one approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The approval.
    pub id: ApprovalId,
    /// The kind of the change.
    pub kind: ChangeKind,
    /// The changed members, one text each. No text names a person.
    pub differences: Vec<String>,
}

/// The result of planning an import.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The steps to store, in order.
    pub steps: Vec<ApprovalStep>,
    /// The newest exports of the file's applications, to store with the steps.
    pub exports: Vec<SeenExport>,
    /// The changes of the steps, in order of id.
    pub changes: Vec<Change>,
    /// Every fault of the file, with its place. No text names a person.
    pub faults: Vec<String>,
    /// Remarks about entries without faults, with their places.
    pub notes: Vec<String>,
    /// Whether the faults forbid the import of the whole file.
    pub is_blocked: bool,
    /// The number of approvals that the file states as they are recorded.
    pub unchanged: usize,
    /// The number of applications that are not approved.
    pub undecided: usize,
    /// The number of applications whose recorded state is newer than the file.
    pub older: usize,
}

impl Plan {
    /// The number of changes of a kind.
    #[must_use]
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }
}

/// Plans the import of a file into the register.
#[must_use]
pub fn plan(file: Recorded, mapping: Option<&RemsMapping>, register: &ApprovalRegister, known: Known<'_>, options: PlanOptions) -> Plan {
    let mut draft = Draft::new(register, known, options);
    match file {
        Recorded::Ours(entries) => {
            for (place, entry) in entries {
                match entry {
                    Ok(approval) => draft.own(place, approval),
                    Err(fault) => draft.fault(format!("approval {}, line {}: {fault}", place.number, place.line)),
                }
            }
        }
        Recorded::Rems(form, entries) => {
            if options.is_future(options.exported) {
                draft.file_fault(format!(
                    "the time of the export ({}) is in the future of this gateway's clock ({}), and would make every later export an older one. \
                     Correct the clock that is wrong, or state the time of the export with --exported",
                    options.exported.rfc3339(),
                    options.now.rfc3339()
                ));
            }
            for fault in mapping.iter().flat_map(|mapping| mapping.faults(known)) {
                draft.file_fault(format!("the mapping: {fault}"));
            }
            if let (RemsForm::Entitlements, Some(mapping)) = (form, mapping) {
                draft.absent(&entries, mapping);
            }
            let contradicting = contradicting(&entries);
            for entry in entries {
                if let Some(base) = entry.base.as_ref().filter(|base| contradicting.contains(base)) {
                    draft.fault(format!(
                        "{}: approval {base}: the file has another document of this application with the same last activity and other content, \
                         so the newer one cannot be found. Export the application again",
                        entry.place
                    ));
                    continue;
                }
                draft.take(form, entry);
            }
        }
    }
    draft.finish()
}

/// The applications of which a file has documents with the same last activity and other content.
fn contradicting(entries: &[RemsEntry]) -> BTreeSet<ApprovalId> {
    let mut seen: BTreeMap<(&ApprovalId, Option<Timestamp>), &RemsOutcome> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for entry in entries {
        let Some(base) = &entry.base else { continue };
        if *seen.entry((base, entry.activity)).or_insert(&entry.outcome) != &entry.outcome {
            found.insert(base.clone());
        }
    }
    found
}

/// Whether an approval is not revoked and ends in the future.
fn is_open(approval: &Approval, now: Timestamp) -> bool {
    approval.revoked.is_none() && approval.not_after > now
}
