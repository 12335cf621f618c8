//! The register while an import is planned.

use std::collections::{BTreeMap, BTreeSet};

use gemj_catalogue::{ApprovalRegister, ApprovalStep, SeenExport};
use gemj_model::{Approval, ApprovalId, Timestamp};

use super::difference::differences;
use super::{Change, ChangeKind, Plan, PlanOptions, is_open};
use crate::approvals::check::{self, Known};
use crate::approvals::place::Place;

/// The register before the import, and as the entries taken so far change it.
pub(super) struct Draft<'a> {
    before: BTreeMap<ApprovalId, &'a Approval>,
    pub(super) current: BTreeMap<ApprovalId, Approval>,
    seen_before: BTreeMap<ApprovalId, &'a SeenExport>,
    pub(super) seen: BTreeMap<ApprovalId, SeenExport>,
    /// The approvals of the file in the gateway's own format, to find an id that occurs twice.
    own: BTreeMap<ApprovalId, Approval>,
    /// The reasons of the revocations, by approval.
    pub(super) reasons: BTreeMap<ApprovalId, String>,
    pub(super) known: Known<'a>,
    pub(super) options: PlanOptions,
    pub(super) plan: Plan,
}

impl<'a> Draft<'a> {
    pub(super) fn new(register: &'a ApprovalRegister, known: Known<'a>, options: PlanOptions) -> Self {
        let approvals = || register.approvals.iter().map(|approval| (approval.id.clone(), approval));
        let exports = || register.exports.iter().map(|seen| (seen.application.clone(), seen));
        Self {
            before: approvals().collect(),
            current: approvals().map(|(id, approval)| (id, approval.clone())).collect(),
            seen_before: exports().collect(),
            seen: exports().map(|(id, seen)| (id, seen.clone())).collect(),
            own: BTreeMap::new(),
            reasons: BTreeMap::new(),
            known,
            options,
            plan: Plan::default(),
        }
    }

    /// Adds a fault of one entry.
    pub(super) fn fault(&mut self, text: String) {
        self.plan.is_blocked |= !self.options.skip_faulty;
        self.plan.faults.push(text);
    }

    /// Adds a fault of the whole file. Nothing of the file can be stored, whatever the operator chose.
    pub(super) fn file_fault(&mut self, text: String) {
        self.plan.is_blocked = true;
        self.plan.faults.push(text);
    }

    pub(super) fn note(&mut self, text: String) {
        self.plan.notes.push(text);
    }

    /// Takes an approval in the gateway's own format.
    pub(super) fn own(&mut self, place: Place, approval: Approval) {
        let what = format!("approval {} (number {}, line {})", approval.id, place.number, place.line);
        if self.own.get(&approval.id).is_some_and(|other| *other != approval) {
            self.fault(format!("{what}: the file has another approval with this id"));
            return;
        }
        self.own.insert(approval.id.clone(), approval.clone());
        let stored = self.current.get(&approval.id);
        if let Some(stored) = stored
            && let Some(revoked) = stored.revoked
        {
            let same = *stored
                == Approval {
                    revoked: Some(revoked),
                    ..approval
                };
            if same {
                self.plan.unchanged += 1;
            } else {
                self.fault(format!("{what}: was revoked; a new approval needs a new id"));
            }
            return;
        }
        let faults = check::faults(&approval, self.known);
        for fault in &faults {
            self.fault(format!("{what}: {fault}"));
        }
        if faults.is_empty() {
            if approval.purposes.is_empty() {
                self.note(format!("{what}: it has no purpose, and therefore opens nothing"));
            }
            self.put(approval);
        }
    }

    /// Puts an approval without faults into the register.
    pub(super) fn put(&mut self, approval: Approval) {
        if self.current.get(&approval.id) == Some(&approval) {
            self.plan.unchanged += 1;
        } else {
            self.current.insert(approval.id.clone(), approval);
        }
    }

    /// Ends open approvals at a time that is not in the future. The new version differs from the earlier one only in its times.
    pub(super) fn end(&mut self, ids: &[ApprovalId], at: Timestamp) {
        let now = self.options.now;
        for id in ids {
            if let Some(approval) = self.current.get_mut(id)
                && is_open(approval, now)
            {
                approval.not_after = at.min(now);
                // An approval whose start is not before its end is not valid, and a start that was never reached says nothing.
                approval.not_before = approval.not_before.filter(|start| *start < approval.not_after);
            }
        }
    }

    /// Refuses changed approvals whose visa value would belong to several approvals, of which one names no users.
    fn share_values(&mut self) {
        loop {
            let mut holders: BTreeMap<&str, Vec<&Approval>> = BTreeMap::new();
            for approval in self.current.values().filter(|approval| approval.revoked.is_none()) {
                holders.entry(&approval.visa_value).or_default().push(approval);
            }
            let clashing = holders
                .into_values()
                .filter(|holders| holders.len() > 1 && holders.iter().any(|approval| approval.users.is_empty()))
                .flatten()
                .filter(|approval| self.before.get(&approval.id).copied() != Some(*approval))
                .map(|approval| approval.id.clone());
            let clashing: BTreeSet<ApprovalId> = clashing.collect();
            if clashing.is_empty() {
                return;
            }
            for id in clashing {
                self.fault(format!(
                    "approval {id}: its visa value belongs to another approval, and approvals can share a visa value only if each of them names \
                     its users"
                ));
                match self.before.get(&id) {
                    Some(before) => self.current.insert(id, (*before).clone()),
                    None => self.current.remove(&id),
                };
            }
        }
    }

    /// Computes the steps from the register before and after.
    pub(super) fn finish(mut self) -> Plan {
        self.share_values();
        let (now, mut plan) = (self.options.now, self.plan);
        let mut records = Vec::new();
        for (id, approval) in self.current {
            let before = self.before.get(&id).copied();
            let kind = match before {
                Some(before) if *before == approval => continue,
                // The file approves the application and ends it: nothing was ever open here.
                None if approval.revoked.is_some() => continue,
                None => ChangeKind::New,
                Some(_) if approval.revoked.is_some() => ChangeKind::Revoked,
                Some(before) if is_open(before, now) && !is_open(&approval, now) => ChangeKind::Ended,
                Some(_) => ChangeKind::Changed,
            };
            let differences = match (kind, before) {
                (ChangeKind::Revoked, _) => self.reasons.get(&id).cloned().into_iter().collect(),
                (_, Some(before)) => differences(before, &approval),
                (_, None) => Vec::new(),
            };
            if kind == ChangeKind::Revoked {
                plan.steps.push(ApprovalStep::Revoke {
                    id: id.clone(),
                    at: approval.revoked.unwrap_or(now),
                    reason: self.reasons.remove(&id).unwrap_or_default(),
                });
            } else {
                records.push(ApprovalStep::Record(Box::new(approval)));
            }
            plan.changes.push(Change { id, kind, differences });
        }
        // Revocations come first, because a revoked approval no longer holds its visa value.
        plan.steps.append(&mut records);
        let newer = self.seen.into_iter().filter(|(id, seen)| self.seen_before.get(id) != Some(&seen));
        plan.exports = newer.map(|(_, seen)| seen).collect();
        plan
    }
}
