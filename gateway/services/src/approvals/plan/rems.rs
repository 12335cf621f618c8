//! How an application of REMS changes the register.

use gemj_catalogue::SeenExport;
use gemj_model::{Approval, ApprovalId, Timestamp};

use super::draft::Draft;
use super::is_open;
use crate::approvals::check;
use crate::approvals::document::RemsForm;
use crate::approvals::rems::{RemsEntry, RemsOutcome};

impl Draft<'_> {
    /// Takes an application of an export.
    ///
    /// * A final state revokes the approvals, whatever the time of the export is, because REMS has no way back from it.
    /// * An export that is older than the newest imported one changes nothing. The times of activity are compared as the exports state them: if times
    ///   after the present were changed to the present, their order would be lost.
    /// * A time of activity that is more than [`CLOCK_LEEWAY_S`](super::CLOCK_LEEWAY_S) after the present is a fault. It is not stored, because every
    ///   export until that time would be an older one.
    /// * If the same content was imported before and a newer export was imported since then, the content only takes access away, whatever time is stated: a
    ///   script that finds an old file again must not open the data to a user who was removed.
    /// * Otherwise the register has exactly the approvals of the export afterwards. Other open approvals of the application end.
    pub(super) fn take(&mut self, form: RemsForm, entry: RemsEntry) {
        let what = what(&entry);
        let base = match (entry.base, &entry.outcome) {
            (Some(base), outcome) if !matches!(outcome, RemsOutcome::Refused(_)) => base,
            (_, RemsOutcome::Refused(faults)) => {
                for fault in faults {
                    self.fault(format!("{what}: {fault}"));
                }
                return;
            }
            (_, _) => return,
        };
        let future = entry.activity.filter(|activity| self.options.is_future(*activity));
        let stated = SeenExport {
            application: base.clone(),
            activity: entry.activity.filter(|_| future.is_none()),
            exported: self.options.exported,
            over: false,
        };
        // The newest time at which this content was the state of the application, as far as the register knows.
        let content = entry.content.and_then(|content| content.id());
        let known = content
            .as_ref()
            .and_then(|content| self.seen.get(content))
            .map(|seen| seen.exported);
        let this = SeenExport {
            exported: known.map_or(stated.exported, |known| known.min(stated.exported)),
            ..stated.clone()
        };
        if let Some(activity) = future
            && !self.accepts_future(&what, &entry.outcome, activity)
        {
            return;
        }
        let mut only_less = false;
        let before = self.seen.get(&base).cloned();
        if let RemsOutcome::Over(word) = entry.outcome {
            self.revoke(&base, word);
            self.saw(SeenExport { over: true, ..this });
            return;
        }
        if let Some(before) = before {
            if is_older(&stated, &before) {
                self.plan.older += 1;
                self.saw_content(content, stated.exported);
                return;
            }
            only_less = is_older(&this, &before);
            if before.over {
                self.note(format!(
                    "{what}: an earlier export states that the application is over, which is final in REMS, so nothing is recorded. Is the file from \
                     another installation of REMS with the same 'id_prefix'?"
                ));
                return;
            }
        }
        let parts = self.parts_of(&base);
        let has_open = parts
            .iter()
            .any(|id| self.current.get(id).is_some_and(|a| is_open(a, self.options.now)));
        let state = |draft: &Self| -> Vec<Option<Approval>> { parts.iter().map(|id| draft.current.get(id).cloned()).collect() };
        let state_before = only_less.then(|| state(self));
        let mut is_withheld = false;
        match entry.outcome {
            RemsOutcome::Over(_) | RemsOutcome::Refused(_) => return,
            RemsOutcome::Undecided(state) if has_open => {
                self.fault(format!(
                    "{what}: is '{state}' in REMS, but its approval is in force here; REMS has no way back from an approval. Is the file from \
                     another installation of REMS with the same 'id_prefix'?"
                ));
                return;
            }
            RemsOutcome::Undecided(_) => {
                self.plan.undecided += 1;
                return;
            }
            RemsOutcome::Listed if has_open => {
                self.plan.unchanged += 1;
                return;
            }
            RemsOutcome::Listed => {
                self.note(format!(
                    "{what}: is approved in REMS and has no approval in force here; import /api/applications/{}/raw, because this file names no \
                     users",
                    entry.application.unwrap_or_default()
                ));
                return;
            }
            RemsOutcome::Ended(at) => self.end(&parts, at),
            RemsOutcome::Approved(mut approvals) => {
                if only_less {
                    (approvals, is_withheld) = self.narrowed(approvals);
                }
                if is_withheld {
                    self.note_withheld(form, &what, entry.application);
                }
                if !self.approved(form, &what, &parts, approvals) {
                    return;
                }
            }
        }
        // A repeated content that takes nothing away is probably an old file with a wrong time. Otherwise REMS has returned to an earlier state.
        if state_before.is_none_or(|before| before != state(self)) {
            if !is_withheld {
                self.saw_content(content, stated.exported);
            }
            self.saw(stated);
        } else {
            self.saw(this);
        }
    }

    /// Whether an application counts although its last activity is in the future. Adds a fault if it does not.
    fn accepts_future(&mut self, what: &str, outcome: &RemsOutcome, activity: Timestamp) -> bool {
        let (activity, now) = (activity.rfc3339(), self.options.now.rfc3339());
        let is_final = matches!(outcome, RemsOutcome::Over(_));
        if is_final {
            self.note(format!(
                "{what}: its last activity ({activity}) is in the future of this gateway's clock ({now}); a final state counts nevertheless. Correct \
                 the clock that is wrong"
            ));
        } else {
            self.fault(format!(
                "{what}: its last activity ({activity}) is in the future of this gateway's clock ({now}), so its export cannot be compared with later \
                 ones. Correct the clock of this gateway or of REMS. If REMS has stored the wrong time, import /api/entitlements?expired=true, which \
                 states no activity"
            ));
        }
        is_final
    }

    /// Notes that a known state gives no access. The other kind of export states the same with another content, so it gives the access if REMS has returned
    /// to the state.
    fn note_withheld(&mut self, form: RemsForm, what: &str, application: Option<i64>) {
        let other = match form {
            RemsForm::Applications => "/api/entitlements?expired=true".to_owned(),
            RemsForm::Entitlements | RemsForm::Sheet => format!("/api/applications/{}/raw", application.unwrap_or_default()),
        };
        self.note(format!(
            "{what}: this state was imported before, and a newer export was imported since then, so it gives no access. If REMS has returned to this \
             state, import {other}"
        ));
    }

    /// Replaces the approvals of an application. Returns false if one of them has a fault; then the register stays as it was.
    fn approved(&mut self, form: RemsForm, what: &str, parts: &[ApprovalId], approvals: Vec<Approval>) -> bool {
        let mut accepted = Vec::with_capacity(approvals.len());
        let mut good = true;
        for approval in approvals {
            let stored = self.current.get(&approval.id);
            if stored.is_some_and(|stored| stored.revoked.is_some()) {
                self.note(format!(
                    "{what}: approval {} was revoked here and stays revoked, although REMS still approves it; a new application in REMS gets a new \
                     approval",
                    approval.id
                ));
                continue;
            }
            let approval = match (form, stored) {
                (RemsForm::Entitlements, Some(stored)) => with_known(stored, approval),
                _ => approval,
            };
            for fault in check::faults(&approval, self.known) {
                good = false;
                self.fault(format!("{what}: approval {}: {fault}", approval.id));
            }
            accepted.push(approval);
        }
        if !good {
            return false;
        }
        let gone: Vec<ApprovalId> = parts.iter().filter(|id| accepted.iter().all(|a| a.id != **id)).cloned().collect();
        if accepted.is_empty() && !gone.is_empty() {
            self.note(format!("{what}: no user is left who may use the data, so its approvals end"));
        }
        self.end(&gone, self.options.exported);
        for approval in accepted {
            self.put(approval);
        }
        true
    }

    /// The approvals in force, limited to the users and the time of other approvals with the same ids, and whether the other approvals would give more
    /// access.
    fn narrowed(&self, approvals: Vec<Approval>) -> (Vec<Approval>, bool) {
        let narrowed = |approval: &Approval| {
            let stored = self.current.get(&approval.id).filter(|stored| is_open(stored, self.options.now))?;
            let mut users = stored.users.clone();
            if users.is_empty() {
                users.clone_from(&approval.users);
            } else if !approval.users.is_empty() {
                users.retain(|user| approval.users.contains(user));
                // An approval without users is open to every holder of its visa.
                if users.is_empty() {
                    return None;
                }
            }
            Some(Approval {
                users,
                not_after: stored.not_after.min(approval.not_after),
                ..stored.clone()
            })
        };
        let limited: Vec<Option<Approval>> = approvals.iter().map(narrowed).collect();
        let is_less = |(approval, limited): (&Approval, &Option<Approval>)| {
            limited
                .as_ref()
                .is_none_or(|limited| limited.users != approval.users || limited.not_after != approval.not_after)
        };
        let is_withheld = approvals.iter().zip(&limited).any(is_less);
        (limited.into_iter().flatten().collect(), is_withheld)
    }

    fn revoke(&mut self, base: &ApprovalId, word: &str) {
        for id in self.parts_of(base) {
            if let Some(approval) = self.current.get_mut(&id)
                && approval.revoked.is_none()
            {
                approval.revoked = Some(self.options.now);
                self.reasons.insert(id, format!("{word} in REMS"));
            }
        }
    }

    /// Notes that the application had a content at this time.
    fn saw_content(&mut self, content: Option<ApprovalId>, at: Timestamp) {
        if let Some(application) = content {
            self.saw(SeenExport {
                application,
                activity: None,
                exported: at,
                over: false,
            });
        }
    }

    /// Keeps the newest of the exports of an application.
    pub(super) fn saw(&mut self, this: SeenExport) {
        let before = self.seen.get(&this.application);
        let newest = match before {
            None => this,
            Some(before) => SeenExport {
                activity: this.activity.max(before.activity),
                exported: this.exported.max(before.exported),
                over: this.over || before.over,
                application: this.application,
            },
        };
        self.seen.insert(newest.application.clone(), newest);
    }

    /// The ids of an application's approvals in the register: its plain id, and the id followed by a dataset or an organisation.
    pub(super) fn parts_of(&self, base: &ApprovalId) -> Vec<ApprovalId> {
        let is_part = |id: &&ApprovalId| {
            let rest = id.as_str().strip_prefix(base.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '@']))
        };
        self.current.keys().filter(is_part).cloned().collect()
    }
}

/// Whether an export is older than another one of the same application. The last activity decides if both exports state it and it differs, because the
/// operator can state a wrong time of the export. Otherwise the times of the exports decide.
pub(super) fn is_older(this: &SeenExport, other: &SeenExport) -> bool {
    match (this.activity, other.activity) {
        (Some(this), Some(other)) if this != other => this < other,
        _ => this.exported < other.exported,
    }
}

/// An approval that was made from entitlements, with what entitlements do not state: the project and the applicant. Files of entitlements can lack the
/// earliest rows, so an earlier start is kept.
fn with_known(stored: &Approval, approval: Approval) -> Approval {
    let starts = [stored.not_before, approval.not_before];
    Approval {
        project: stored.project.clone(),
        applicant: stored.applicant.clone(),
        not_before: starts.into_iter().flatten().min(),
        ..approval
    }
}

fn what(entry: &RemsEntry) -> String {
    match entry.application {
        Some(number) => format!("application {number}, {}", entry.place),
        None => entry.place.to_string(),
    }
}
