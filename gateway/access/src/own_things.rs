//! Runs and recontact requests that the caller made. A caller reads their own runs and requests as the owner. A caller reads the runs of other
//! callers as a reviewer, and their recontact requests as an approver.

use crate::action::Action;
use crate::caller::Caller;
use crate::decide::hospital;
use crate::declared::Declared;
use crate::resource::{LocatedRecontact, LocatedRun};
use crate::role::RoleKind;
use crate::smart_scope;

impl Caller {
    /// Whether the caller submitted the run. Always false if the run's owner is unknown.
    #[must_use]
    pub fn owns_run(&self, run: &LocatedRun) -> bool {
        !run.owner.is_empty() && run.owner == self.pseudonym
    }

    /// Whether the caller made the recontact request. Always false if the requester is unknown.
    #[must_use]
    pub fn owns_request(&self, request: &LocatedRecontact) -> bool {
        !request.requester.is_empty() && request.requester == self.pseudonym
    }

    /// The action with which the caller reads an output of a run. A caller with the role of reviewer who does not own the run reads the output as a
    /// reviewer. For every other caller, the action is the owner's; the decision denies that action to a caller who does not own the run.
    #[must_use]
    pub fn action_on_output(&self, run: Option<&LocatedRun>) -> Action {
        if !run.is_some_and(|run| self.owns_run(run)) && self.has_role(RoleKind::OutputReviewer) {
            Action::ReviewRunOutput
        } else {
            Action::ReadRunOutput
        }
    }

    /// The action with which the caller reads a recontact request. A caller with the role of approver who does not own the request reads it as an
    /// approver. For every other caller, the action is the owner's; the decision denies that action to a caller who does not own the request.
    #[must_use]
    pub fn action_on_request(&self, request: Option<&LocatedRecontact>) -> Action {
        if !request.is_some_and(|request| self.owns_request(request)) && self.has_role(RoleKind::RecontactApprover) {
            Action::ReviewRecontact
        } else {
            Action::ReadRecontact
        }
    }

    /// Whether the caller has a role that writes for a hospital, and the caller's scopes allow the declared use. Whether the patient belongs to the
    /// hospital is checked later, when the patient is known.
    #[must_use]
    pub fn may_write_for_a_hospital(&self, declared: &Declared) -> bool {
        hospital::writes_for_a_hospital(self) && smart_scope::check(self, Some(declared)).is_ok()
    }

    /// Whether the caller has a role of this kind, in any scope.
    pub(crate) fn has_role(&self, kind: RoleKind) -> bool {
        self.roles.iter().any(|role| role.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    fn caller(roles: &[RoleKind]) -> Caller {
        Caller {
            pseudonym: "one".to_owned(),
            roles: roles.iter().map(|kind| Role { kind: *kind, scope: None }).collect(),
            ..Caller::default()
        }
    }

    fn run(owner: &str) -> LocatedRun {
        LocatedRun {
            id: "R".to_owned(),
            owner: owner.to_owned(),
            projects: Vec::new(),
            inputs: Vec::new(),
        }
    }

    #[test]
    fn a_reviewer_reads_outputs_of_other_callers_as_a_reviewer_and_their_own_as_the_owner() {
        let (reviewer, other) = (caller(&[RoleKind::OutputReviewer]), caller(&[RoleKind::RecontactApprover]));
        assert_eq!(reviewer.action_on_output(Some(&run("two"))), Action::ReviewRunOutput);
        assert_eq!(reviewer.action_on_output(None), Action::ReviewRunOutput);
        assert_eq!(reviewer.action_on_output(Some(&run("one"))), Action::ReadRunOutput);
        assert_eq!(other.action_on_output(Some(&run("two"))), Action::ReadRunOutput);
        assert_eq!(other.action_on_request(None), Action::ReviewRecontact);
        assert_eq!(reviewer.action_on_request(None), Action::ReadRecontact);
    }

    #[test]
    fn a_run_without_an_owner_is_owned_by_no_caller() {
        assert!(!Caller::anonymous().owns_run(&run("")));
    }
}
